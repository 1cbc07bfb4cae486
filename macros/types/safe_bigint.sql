{% macro safe_bigint(text) -%}
    {{ safe_whole_number(text, 'bigint') }}
{%- endmacro %}
