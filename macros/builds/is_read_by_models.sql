{#- Whether a build reads a table: what nobody reads but people and views of schema discord, the
    server looks at in its own time. -#}
{% macro is_read_by_models(node) -%}
    {%- set readers = [] -%}
    {%- for other in graph.nodes.values()
        if other.resource_type == 'model' and 'raw' not in other.fqn
            and node.unique_id in other.depends_on.nodes -%}
        {%- do readers.append(other.name) -%}
    {%- endfor -%}
    {{ return(readers | length > 0) }}
{%- endmacro %}
