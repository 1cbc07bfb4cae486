{% macro safe_boolean(text) -%}
    case {{ text }} when 'true' then true when 'false' then false end
{%- endmacro %}
