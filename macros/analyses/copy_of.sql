{#- The table of the same name in another schema. (sqlfluff knows no builtins.) -#}
{% macro copy_of(table, schema) -%}
    {{ schema ~ '.' ~ table.identifier if builtins is defined else table }}
{%- endmacro %}
