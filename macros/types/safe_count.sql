{% macro safe_count(text) -%}
    case when {{ text }} ~ '^[0-9]{1,9}$' then ({{ text }})::integer end
{%- endmacro %}
