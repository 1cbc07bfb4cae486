{#- How far a model may read. A model that reads incremental models this build leaves
    alone must not pass them: it would count their missing pages as read, for ever. -#}
{% macro build_bound(node, settled, states) -%}
    {%- set bounds = [settled] -%}
    {%- for parent in upstream_nodes(node)
        if is_incremental_model(parent) and parent.unique_id not in selected_resources -%}
        {%- do bounds.append(parent_bound(parent, settled, states)) -%}
    {%- endfor -%}
    {{ return(bounds | min) }}
{%- endmacro %}
