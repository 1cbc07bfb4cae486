{#- In place of the adapter's own, which calls every array just "ARRAY": with that, unit
    tests cannot cast a fixture's nulls and a changed element type goes unseen. -#}
{% macro postgres__get_columns_in_relation(relation) -%}
    {%- call statement('columns', fetch_result=True) -%}
        select
            column_name,
            case
                when data_type = 'ARRAY' then substr(udt_name, 2) || '[]'
                else data_type
            end as data_type,
            character_maximum_length,
            numeric_precision,
            numeric_scale
        from {{ relation.information_schema('columns') }}
        where
            table_name = '{{ relation.identifier }}'
            {% if relation.schema %}
                and table_schema = '{{ relation.schema }}'
            {% endif %}
        order by ordinal_position
    {%- endcall -%}
    {{ return(sql_convert_columns_in_relation(load_result('columns').table)) }}
{%- endmacro %}
