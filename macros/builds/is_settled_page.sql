{#- The predicate of a model that is computed whole: every page up to the build's bound. -#}
{% macro is_settled_page(page_id='page_id') -%}
    {{ page_id }} <= {{ pinned_range().high }}
{%- endmacro %}
