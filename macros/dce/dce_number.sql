{#- The number that Discord knows a type by: the exporter writes its own name for it, or the
    number as text where it has none. `names` are the names by number. -#}
{% macro dce_number(text, names) -%}
    case {{ text }}
        {% for number, name in names.items() -%}
        when '{{ name }}' then {{ number }}
        {% endfor -%}
        else {{ safe_integer(text) }}
    end
{%- endmacro %}
