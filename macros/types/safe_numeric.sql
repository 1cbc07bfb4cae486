{% macro safe_numeric(text) -%}
    case when {{ text }} ~ '^-?[0-9]{1,30}([.][0-9]{1,20})?$' then ({{ text }})::numeric end
{%- endmacro %}
