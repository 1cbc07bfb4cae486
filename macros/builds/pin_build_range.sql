{#- What this build leaves alone is pinned where it stands: swap_build_state() looks there. -#}
{% macro pin_build_range(node, settled, states, rules) -%}
    {%- set relation = relation_key(node) -%}
    {%- set fingerprint = model_fingerprint(node, rules) -%}
    {%- set state = states.get(relation) -%}
    {%- set low = state.page_id if state else 0 -%}
    {%- if node.unique_id not in selected_resources -%}
        {%- set high = low -%}
    {%- else -%}
        {%- set high = build_bound(node, settled, states) -%}
        {%- if flags.FULL_REFRESH -%}
            {%- do check_full_refresh(node, fingerprint, states, rules) -%}
        {%- elif state -%}
            {%- do check_build_state(relation, state, high, fingerprint) -%}
        {%- endif -%}
        {%- if flags.EMPTY -%}
            {%- set high = 0 if flags.FULL_REFRESH else low -%}
        {%- endif -%}
    {%- endif -%}
    insert into audit.build_ranges
        (invocation_id, relation, low, high, fingerprint, reporting_timezone, starts_over)
    values (
        '{{ invocation_id }}', '{{ relation }}', {{ low }}, {{ high }},
        '{{ fingerprint }}', '{{ var("reporting_timezone") }}',
        {{ flags.FULL_REFRESH | lower }} or to_regclass('{{ relation }}') is null
    );
{%- endmacro %}
