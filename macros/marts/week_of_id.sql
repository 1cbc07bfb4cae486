{#- The Monday that begins the week in which Discord gave an id. -#}
{% macro week_of_id(id) -%}
    {{ week_start(reporting_date('(' ~ snowflake_to_timestamp(id) ~ ')')) }}
{%- endmacro %}
