{% macro safe_integer(text) -%}
    {{ safe_whole_number(text, 'integer') }}
{%- endmacro %}
