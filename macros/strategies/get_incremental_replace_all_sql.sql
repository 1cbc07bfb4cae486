{#- Strategy replace_all: the model's query gives the whole table. Rows that stayed equal
    are left alone, and so is the table itself: what depends on it survives. -#}
{% macro get_incremental_replace_all_sql(arg_dict) -%}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set whole = arg_dict['temp_relation'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ target }} as stored
    where not exists (
        select from {{ whole }} as fresh
        where
            {% for key in arg_dict['unique_key'] -%}
                fresh.{{ key }} = stored.{{ key }} and
            {% endfor -%}
            ({{ qualified_columns('fresh', arg_dict) }})
            is not distinct from ({{ qualified_columns('stored', arg_dict) }})
    );

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ whole }} as fresh
    where not exists (
        select from {{ target }} as stored
        where
            {% for key in arg_dict['unique_key'] -%}
                fresh.{{ key }} = stored.{{ key }}{{ ' and' if not loop.last }}
            {% endfor -%}
    )
{%- endmacro %}
