{#- On-run-start: decide once, before any model runs, which pages each may read. A model
    that decided for itself would see more than its parents, or less. -#}
{% macro pin_build_ranges() -%}
    {%- if is_building() -%}
        {%- if not selected_resources -%}
            {%- do exceptions.raise_compiler_error(
                'dbt retry does not tell a build what it will build, and no page may be missed: '
                ~ 'run dbt build, which goes on from what was read') -%}
        {%- endif -%}
        {%- do check_landing() -%}
        {%- do check_erasures() -%}
        {%- do check_reporting_timezone() -%}
        {%- do run_query(create_build_tables()) -%}
        {%- set settled = settled_page_id() -%}
        {%- set states = build_states() -%}
        {%- set rules = rendered_rules() -%}
        begin;
        delete from audit.build_ranges where pinned_at < now() - interval '30 days';
        {% for node in graph.nodes.values() if is_incremental_model(node) -%}
            {{ pin_build_range(node, settled, states, rules) }}
        {% endfor %}
        commit
    {%- endif -%}
{%- endmacro %}
