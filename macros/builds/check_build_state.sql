{#- Refuse to add rows to a table that a build of today would not have begun. -#}
{% macro check_build_state(relation, state, bound, fingerprint) -%}
    {%- set remedy = ': run dbt build --full-refresh' -%}
    {%- set zone = var('reporting_timezone') -%}
    {%- if state.page_id > bound -%}
        {%- do exceptions.raise_compiler_error(
            relation ~ ' has read up to page ' ~ state.page_id ~ ' and only ' ~ bound
            ~ ' can be read now (was an older landing restored?)' ~ remedy) -%}
    {%- elif state.reporting_timezone != zone -%}
        {%- do exceptions.raise_compiler_error(
            relation ~ ' was built with reporting_timezone ' ~ state.reporting_timezone
            ~ ' and it is now ' ~ zone ~ remedy) -%}
    {%- elif state.fingerprint != fingerprint -%}
        {%- do exceptions.raise_compiler_error(
            relation ~ ' or something it is made from has changed since it was built' ~ remedy) -%}
    {%- endif -%}
{%- endmacro %}
