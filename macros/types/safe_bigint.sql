{#- Ids and flags: whole numbers from 0 on. -#}
{% macro safe_bigint(text) -%}
    {{ safe_whole_number(text, 'bigint', 0) }}
{%- endmacro %}
