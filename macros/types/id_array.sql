{#- The ids in a JSON array, in its order: of its strings, or of its objects' key. -#}
{% macro id_array(json, key=none) -%}
    {%- set text = "(item.value ->> '" ~ key ~ "')" if key else "(item.value #>> '{}')" -%}
    array(
        select {{ safe_bigint(text) }}
        from jsonb_array_elements({{ json_array(json) }}) with ordinality as item (value, ordinal)
        where {{ safe_bigint(text) }} is not null
        order by item.ordinal
    )
{%- endmacro %}
