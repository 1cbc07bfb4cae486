{#- How far a model has read that this build leaves alone. One of a single landing table
    (meta.reads) misses nothing where no page of that table has come since. -#}
{% macro parent_bound(node, settled, states) -%}
    {%- set page_id = states.get(relation_key(node), {'page_id': 0}).page_id -%}
    {%- set table = node.config.meta.get('reads') -%}
    {%- set key = 'new pages for ' ~ relation_key(node) ~ ' in ' ~ invocation_id -%}
    {%- if table and key not in graph -%}
        {%- set query -%}
            select exists (
                select from landing.{{ table }}
                where page_id > {{ page_id }} and page_id <= {{ settled }}
            )
        {%- endset -%}
        {%- do graph.update({key: run_query(query).rows[0][0]}) -%}
    {%- endif -%}
    {{ return(settled if table and not graph[key] else page_id) }}
{%- endmacro %}
