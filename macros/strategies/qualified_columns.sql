{% macro qualified_columns(alias, arg_dict) -%}
    {%- for column in arg_dict['dest_columns'] -%}
        {{ alias }}.{{ adapter.quote(column.name) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
