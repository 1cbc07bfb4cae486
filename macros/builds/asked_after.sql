{#- The id a page of a list was asked to begin after: 0 for the list's first. Null: no page of
    the list, or one of whose place nothing is known. -#}
{% macro asked_after(request, is_list) -%}
    case
        when {{ is_list }} and not {{ request }} ? 'after' then 0
        when {{ is_list }} then {{ typed(request, 'after', 'bigint') }}
    end
{%- endmacro %}
