{#- What should be an array, as one that can be unnested: an object counts as an array of
    one (one channel, one member), and null, text or a number as an empty one. -#}
{% macro json_array(json) -%}
    case jsonb_typeof({{ json }})
        when 'array' then {{ json }}
        when 'object' then jsonb_build_array({{ json }})
        else '[]'::jsonb
    end
{%- endmacro %}
