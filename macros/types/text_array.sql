{#- The strings in a JSON array, in its order. -#}
{% macro text_array(json) -%}
    array(
        select item.value #>> '{}'
        from jsonb_path_query({{ json }}, '$[*]') with ordinality as item (value, ordinal)
        where jsonb_typeof(item.value) = 'string'
        order by item.ordinal
    )
{%- endmacro %}
