{#- What of a history is open and may end with the new observations of `keys`, a query of
    `key`: to be added to their cte. Nothing where the history begins anew. -#}
{% macro open_states(key, columns, keys) -%}
    {%- if adds_rows() -%}
    union all

    select
        {{ key }},
        {% for column in columns -%}
            {{ column }},
        {% endfor -%}
        page_id,
        observed_at,
        valid_from,
        true as is_stored

    from {{ this }}

    where
        valid_to is null
        and {{ key }} in ({{ keys }})
    {%- endif -%}
{%- endmacro %}
