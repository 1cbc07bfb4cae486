{#- Postgres also takes zones by other spellings, abbreviations and rules; the report, for
    one, does not know those. -#}
{% macro check_reporting_timezone() -%}
    {%- set zone = var('reporting_timezone') -%}
    {%- set known -%}
        select exists (
            select from pg_timezone_names where name = '{{ zone | replace("'", "''") }}'
        )
    {%- endset -%}
    {%- if not run_query(known).rows[0][0] -%}
        {%- do exceptions.raise_compiler_error(
            'reporting_timezone ' ~ zone ~ ' is no time zone: set it to a name as '
            ~ 'pg_timezone_names has it, like Europe/Berlin') -%}
    {%- endif -%}
{%- endmacro %}
