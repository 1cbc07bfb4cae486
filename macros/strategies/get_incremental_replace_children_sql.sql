{#- Strategy replace_children: unique_key names the parent, meta.child_key a column that is
    null in the one row of a parent without children. Deleting by the children that
    arrived would keep those of a parent that lost its last one. Rows that stayed equal are
    left alone. -#}
{% macro get_incremental_replace_children_sql(arg_dict) -%}
    {%- set target, temp = arg_dict['target_relation'], arg_dict['temp_relation'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set parent = arg_dict['unique_key'] | join(', ') -%}
    {%- set child_key = config.get('meta')['child_key'] -%}
    {%- set is_equal -%}
        {% for key in arg_dict['unique_key'] + [child_key] -%}
            fresh.{{ key }} = stored.{{ key }} and
        {% endfor -%}
        ({{ qualified_columns('fresh', arg_dict) }})
        is not distinct from ({{ qualified_columns('stored', arg_dict) }})
    {%- endset -%}
    delete from {{ target }} as stored
    where
        ({{ parent }}) in (select {{ parent }} from {{ temp }})
        and not exists (select from {{ temp }} as fresh where {{ is_equal }});

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ temp }} as fresh
    where
        {{ child_key }} is not null
        and not exists (select from {{ target }} as stored where {{ is_equal }})
{%- endmacro %}
