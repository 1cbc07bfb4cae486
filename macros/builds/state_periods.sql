{#- The last steps of a history, as ctes: of the observations in `events` (all columns
    known, is_stored and valid_from only of the state that is open in the table), those
    that changed one of `columns`, each valid until the next; `periods` is the last. Clocks
    may disagree with the order of pages: no state begins before the one it follows. -#}
{% macro state_periods(events, key, columns) -%}
summed_up as (

    select
        *,
        jsonb_build_array({{ columns | join(', ') }}) as state

    from {{ events }}

),

compared as (

    select
        *,
        lag(state) over (partition by {{ key }} order by page_id asc) as previous_state

    from summed_up

),

begun as (

    select
        *,
        max(coalesce(valid_from, observed_at))
            over (partition by {{ key }} order by page_id asc)
            as begun_at

    from compared

    where state is distinct from previous_state

),

periods as (

    select
        {{ key }},
        {% for column in columns -%}
            {{ column }},
        {% endfor -%}
        begun_at as valid_from,
        lead(begun_at) over (partition by {{ key }} order by page_id asc) as valid_to,
        page_id,
        observed_at,
        is_stored

    from begun

)
{%- endmacro %}
