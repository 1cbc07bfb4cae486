{#- Whether the server has pg_input_is_valid(), which came with Postgres 16 and takes a
    tenth of a regular expression's time. Asked once a build: `graph` is one for all nodes.
    Not in unit tests: their rows are constants, and Postgres tries a cast of a constant
    while it plans, unless the guard before it is as constant as a regular expression. -#}
{% macro has_input_check() -%}
    {%- if not execute -%}
        {{ return(true) }}
    {%- endif -%}
    {%- if model is defined and model.resource_type == 'unit_test' -%}
        {{ return(false) }}
    {%- endif -%}
    {%- if 'server_version' not in graph -%}
        {%- set version = run_query('show server_version_num').rows[0][0] | int -%}
        {%- do graph.update({'server_version': version}) -%}
    {%- endif -%}
    {{ return(graph['server_version'] >= 160000) }}
{%- endmacro %}
