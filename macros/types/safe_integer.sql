{% macro safe_integer(text) -%}
    case when {{ text }} ~ '^-?[0-9]{1,9}$' then ({{ text }})::integer end
{%- endmacro %}
