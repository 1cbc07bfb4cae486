{#- Stop a build that would add to tables which still hold what landing no longer tells. -#}
{% macro check_erasures() -%}
    {%- set query = 'select count(*) from landing.erasures where refreshed_at is null' -%}
    {%- set unfinished = run_query(query).rows[0][0] -%}
    {%- if unfinished and not flags.FULL_REFRESH -%}
        {%- do exceptions.raise_compiler_error(
            'these tables may still hold what was to be forgotten: run discord-warehouse '
            ~ 'forget, which goes on where it ended and builds them anew') -%}
    {%- endif -%}
{%- endmacro %}
