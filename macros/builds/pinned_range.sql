{#- The pages this model may read, as pinned by pin_build_ranges(); outside of a build
    (compile, show, docs, unit tests) nothing is pinned and every page may be read. -#}
{% macro pinned_range() -%}
    {%- set everything = {'low': 0, 'high': 9223372036854775807} -%}
    {%- if not is_building() or model.resource_type == 'unit_test' -%}
        {{ return(everything) }}
    {%- endif -%}
    {#- asked of the server once a model: graph is one dictionary for a whole invocation -#}
    {%- set key = 'range of ' ~ relation_key(this) ~ ' in ' ~ invocation_id -%}
    {%- if key not in graph -%}
        {%- set query -%}
            select low, high, fingerprint, starts_over from audit.build_ranges
            where invocation_id = '{{ invocation_id }}' and relation = '{{ relation_key(this) }}'
        {%- endset -%}
        {%- set rows = run_query(query).rows -%}
        {%- if not rows -%}
            {%- do exceptions.raise_compiler_error('no range of pages was pinned for ' ~ this
                ~ ': the on-run-start hook has not run') -%}
        {%- endif -%}
        {%- do graph.update({key: {'low': rows[0][0] | int, 'high': rows[0][1] | int,
            'fingerprint': rows[0][2], 'starts_over': rows[0][3]}}) -%}
    {%- endif -%}
    {{ return(graph[key]) }}
{%- endmacro %}
