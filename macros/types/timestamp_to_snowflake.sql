{#- The least id that Discord could give to what happens at an instant. -#}
{% macro timestamp_to_snowflake(instant) -%}
    ((floor(extract(epoch from {{ instant }}) * 1000)::bigint - 1420070400000) << 22)
{%- endmacro %}
