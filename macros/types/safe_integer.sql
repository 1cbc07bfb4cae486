{% macro safe_integer(text) -%}
    {{ safe_whole_number(text, 'integer', -2147483648) }}
{%- endmacro %}
