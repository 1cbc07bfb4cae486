{% macro safe_count(text) -%}
    {{ safe_whole_number(text, 'integer', least=0) }}
{%- endmacro %}
