{#- The last page that an incremental model has read, for views: what they compare it with in
    landing may be further. Asked anew with each query. -#}
{% macro read_up_to(relation) -%}
    coalesce(
        (
            select state.page_id from audit.build_state as state
            where state.relation = '{{ relation_key(relation) }}'
        ),
        0
    )
{%- endmacro %}
