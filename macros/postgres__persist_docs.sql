{#- As dbt's own, in one statement, and without asking the server which columns there are:
    contracts say so, and a build is mostly such questions. -#}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set comments = [] -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do comments.append(alter_relation_comment(relation, model.description)) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() -%}
        {%- for name, column in model.columns.items() if column.description -%}
            {%- do comments.append(
                'comment on column ' ~ relation ~ '.'
                ~ (adapter.quote(name) if column.quote else name)
                ~ ' is ' ~ postgres_escape_comment(column.description)
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if comments -%}
        {%- do run_query(comments | join(';\n')) -%}
    {%- endif -%}
{%- endmacro %}
