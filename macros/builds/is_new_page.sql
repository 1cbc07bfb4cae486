{#- The predicate of every incremental read. Both ends are literals, so that the planner
    sees how few pages there are and a distributed Postgres can push it down. -#}
{% macro is_new_page(page_id='page_id') -%}
    {%- set range = pinned_range() -%}
    {{ page_id }} > {{ range.low if adds_rows() else 0 }}
    and {{ page_id }} <= {{ range.high }}
{%- endmacro %}
