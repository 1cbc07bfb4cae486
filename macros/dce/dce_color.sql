{#- A colour as the number that Discord knows it by; the exporter writes #RRGGBB. -#}
{% macro dce_color(text) -%}
    case
        when {{ text }} ~ '^#[0-9A-Fa-f]{6}$' then ('x' || substr({{ text }}, 2))::bit(24)::integer
    end
{%- endmacro %}
