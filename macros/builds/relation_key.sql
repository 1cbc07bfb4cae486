{#- How audit.build_state names a relation: schema.name, as psql shows it. -#}
{% macro relation_key(node) -%}
    {{ return(node.schema ~ '.' ~ (node.alias or node.name)) }}
{%- endmacro %}
