{#- Strategy replace_children: unique_key names the parent, meta.child_key a column that is
    null in the one row of a parent without children. Deleting by the children that
    arrived would keep those of a parent that lost its last one. -#}
{% macro get_incremental_replace_children_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set parent = arg_dict['unique_key'] | join(', ') -%}
    delete from {{ arg_dict['target_relation'] }}
    where ({{ parent }}) in (select {{ parent }} from {{ arg_dict['temp_relation'] }});

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
    where {{ config.get('meta')['child_key'] }} is not null
{%- endmacro %}
