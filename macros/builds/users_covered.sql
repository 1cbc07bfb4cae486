{#- What pages of users cover, as a whole query: all ids from the one asked for to the
    greatest on the page, and where the list ends, all beyond. `users` has one row per page
    and user on it, and one without an ordinal for a page of none; `unit` names the list
    within its `resource`. `is_short_last` tells whether a page with fewer users than it may
    have is the list's end; an empty one always is.
    The same list can end where it has ended before: whoever was beyond is gone though no
    new page came, but the old one seen again. (Of other pages seen again nothing follows:
    who is on them would look as if they were not.) -#}
{% macro users_covered(users, fetches, unit, resource, is_short_last=true) -%}
with

-- read twice: materialized, it would read every page of the lake in each build
pages as not materialized (

    select
        page_id,
        {{ unit | join(',\n        ') }},
        fetched_at,
        after_id,
        page_limit,
        count(ordinal) as element_count,
        count(user_id) as user_count,
        max(user_id) as greatest_id

    from {{ users }}

    where
        after_id is not null
        {%- for column in unit %}
        and {{ column }} is not null
        {%- endfor %}

    group by
        page_id,
        {{ unit | join(',\n        ') }},
        fetched_at,
        after_id,
        page_limit

),

-- whoever has no id on a page may be anybody
intact_pages as not materialized (

    select
        *,
        element_count = 0{{ ' or element_count < page_limit' if is_short_last }} as is_last,
        greatest(after_id, greatest_id) as last_id

    from pages

    where element_count = user_count

),

ends_seen_again as (

    select
        {% for column in unit -%}
        intact_pages.{{ column }},
        {% endfor -%}
        intact_pages.last_id as low_id,
        9223372036854775807 as high_id,
        fetches.page_id,
        fetches.fetched_at as observed_at

    from {{ fetches }} as fetches

    inner join intact_pages
        on fetches.same_as_page_id = intact_pages.page_id

    where
        fetches.resource = '{{ resource }}'
        and intact_pages.is_last

),

covered as (

    select
        {{ unit | join(',\n        ') }},
        after_id as low_id,
        case when is_last then 9223372036854775807 else last_id end as high_id,
        page_id,
        fetched_at as observed_at

    from intact_pages

    union all

    select * from ends_seen_again

)

select * from covered
{%- endmacro %}
