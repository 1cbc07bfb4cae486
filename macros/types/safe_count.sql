{% macro safe_count(text) -%}
    {{ safe_whole_number(text, 'integer', 0) }}
{%- endmacro %}
