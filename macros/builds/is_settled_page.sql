{#- The predicate of a read that is not only of new pages: all up to the build's bound. -#}
{% macro is_settled_page(page_id='page_id') -%}
    {{ page_id }} <= {{ pinned_range().high }}
{%- endmacro %}
