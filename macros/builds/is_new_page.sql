{#- The predicate of every incremental read. Both ends are literals, so that the planner
    sees how few pages there are and a distributed Postgres can push it down. -#}
{% macro is_new_page(page_id='page_id') -%}
    {%- set range = pinned_range() -%}
    {#- a unit test has no table, so is_incremental() cannot be asked -#}
    {%- set adds = execute and model.resource_type != 'unit_test' and is_incremental() -%}
    {{ page_id }} > {{ range.low if adds else 0 }}
    and {{ page_id }} <= {{ range.high }}
{%- endmacro %}
