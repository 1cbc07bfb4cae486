{#- Post-hook: statistics of a table that was just made, for the models that read it next.
    Without any, the planner takes the rows of a range of pages for one row, and reads the
    other side of a join again for each of many thousand. -#}
{% macro analyze_anew() -%}
    {%- if is_building() and is_incremental_model(model) and pinned_range().starts_over
        and is_read_by_models(model) -%}
    analyze {{ this }}
    {%- endif -%}
{%- endmacro %}
