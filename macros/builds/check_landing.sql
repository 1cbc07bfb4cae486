{#- Stop before the first model, with one line, when there is nothing that can be built. -#}
{% macro check_landing() -%}
    {%- set expected = 4 -%}
    {%- set nothing = 'no landing schema in database ' ~ target.dbname -%}
    {%- set found = run_query("select to_regclass('landing.schema_version') is not null,
        to_regnamespace('landing') is not null").rows[0] -%}
    {%- if not found[1] -%}
        {%- do exceptions.raise_compiler_error(nothing ~ ': run make extract first') -%}
    {%- elif not found[0] -%}
        {%- do exceptions.raise_compiler_error(
            'schema landing in database ' ~ target.dbname ~ ' has no schema_version, so it is not '
            ~ 'the extractor\'s: set PGDATABASE to the archive\'s database') -%}
    {%- endif -%}
    {%- set version = run_query('select max(version) from landing.schema_version').rows[0][0] -%}
    {%- if version != expected -%}
        {%- do exceptions.raise_compiler_error(
            'landing in database ' ~ target.dbname ~ ' has schema version ' ~ version ~ ' and these '
            ~ 'models read version ' ~ expected ~ ': ' ~ (
                'update this checkout (git pull, then make install)' if version and version > expected
                else 'make extract upgrades it')) -%}
    {%- endif -%}
{%- endmacro %}
