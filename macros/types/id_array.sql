{#- The ids in a JSON array, in its order: of its strings, or of its objects' key. Most
    arrays are empty, and to say so takes no query. -#}
{% macro id_array(json, key=none) -%}
    {%- set text = "(item.value #>> '{}')" -%}
    case
        when {{ json }} = '[]' then '{}'::bigint[]
        else
            array(
                select {{ safe_bigint(text) }}
                from
                    jsonb_path_query({{ json }}, '$[*]{{ '.' ~ key if key }}')
                    with ordinality as item (value, ordinal)
                where {{ safe_bigint(text) }} is not null
                order by item.ordinal
            )
    end
{%- endmacro %}
