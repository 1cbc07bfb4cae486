{#- A full refresh of some models must not certify what older parents say. What this build
    leaves alone is known to be of today if it has been recorded as such. -#}
{% macro check_full_refresh(node, fingerprint, states, rules) -%}
    {%- set recorded = states.get(relation_key(node), {}).get('fingerprint') -%}
    {%- for parent in upstream_nodes(node) if parent.unique_id not in selected_resources -%}
        {%- if is_incremental_model(parent) -%}
            {%- set is_current = states.get(relation_key(parent), {}).get('fingerprint')
                == model_fingerprint(parent, rules) -%}
        {%- else -%}
            {%- set is_current = recorded == fingerprint -%}
        {%- endif -%}
        {%- if not is_current -%}
            {%- do exceptions.raise_compiler_error(
                relation_key(node) ~ ' is made from ' ~ relation_key(parent) ~ ', which this '
                ~ 'build leaves alone and which may be of an older version: '
                ~ 'run dbt build --full-refresh, of everything') -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
