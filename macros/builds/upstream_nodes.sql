{#- Every model and seed that a node is made from, itself left out, nearest first. -#}
{% macro upstream_nodes(node) -%}
    {%- set found = [] -%}
    {%- set waiting = node.depends_on.nodes | list -%}
    {%- for _ in graph.nodes if waiting -%}
        {%- set parents = [] -%}
        {%- for unique_id in waiting if unique_id in graph.nodes and unique_id not in found -%}
            {%- do found.append(unique_id) -%}
            {%- do parents.extend(graph.nodes[unique_id].get('depends_on', {}).get('nodes', [])) -%}
        {%- endfor -%}
        {%- do waiting.clear() -%}
        {%- do waiting.extend(parents) -%}
    {%- endfor -%}
    {%- set nodes = [] -%}
    {%- for unique_id in found -%}
        {%- do nodes.append(graph.nodes[unique_id]) -%}
    {%- endfor -%}
    {{ return(nodes) }}
{%- endmacro %}
