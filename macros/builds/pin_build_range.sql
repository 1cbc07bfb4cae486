{% macro pin_build_range(node, settled, states) -%}
    {%- set relation = relation_key(node) -%}
    {%- set bound = build_bound(node, settled, states) -%}
    {%- set fingerprint = model_fingerprint(node) -%}
    {%- set state = states.get(relation) -%}
    {%- if flags.FULL_REFRESH -%}
        {%- do check_full_refresh(node, fingerprint, states) -%}
    {%- elif state -%}
        {%- do check_build_state(relation, state, bound, fingerprint) -%}
    {%- endif -%}
    insert into audit.build_ranges
        (invocation_id, relation, low, high, fingerprint, reporting_timezone, starts_over)
    values (
        '{{ invocation_id }}', '{{ relation }}', {{ state.page_id if state else 0 }}, {{ bound }},
        '{{ fingerprint }}', '{{ var("reporting_timezone") }}',
        {{ flags.FULL_REFRESH | lower }} or to_regclass('{{ relation }}') is null
    );
{%- endmacro %}
