{#- What pages of users cover, as a whole query: all ids from the one asked for to the
    greatest on the page, and where the list ends, all beyond. `users` has one row per page
    and user on it, and one without an ordinal for a page of none; `unit` names the list
    within its `resource`. `is_short_last` tells whether a page with fewer users than it may
    have is the list's end; an empty one always is. (As it came: whoever was forgotten since
    is still counted in `item_count`.)
    The same list can end where it has ended before: whoever was beyond is gone though no
    new page came, but the old one seen again. (Of other pages seen again nothing follows:
    who is on them would look as if they were not.) -#}
{% macro users_covered(users, fetches, unit, resource, is_short_last=true) -%}
{%- set list_page -%}
    select
        page_id,
        {{ unit | join(',\n        ') }},
        fetched_at,
        after_id,
        greatest(after_id, max(user_id)) as last_id,
        count(ordinal) = 0
        {{- ' or greatest(count(ordinal), item_count) < page_limit' if is_short_last }} as is_last

    from {{ users }} as list

    where
        after_id is not null
        {%- for column in unit %}
        and {{ column }} is not null
        {%- endfor %}
{%- endset -%}
{%- set whole_page -%}
    group by
        page_id,
        {{ unit | join(',\n        ') }},
        fetched_at,
        after_id,
        page_limit
        {{- ',\n        item_count' if is_short_last }}

    -- whoever has no id on a page may be anybody
    having count(ordinal) = count(user_id)
{%- endset -%}
with

pages as (

    {{ list_page }}

    {{ whole_page }}

),

-- page by page (offset 0): joined as a whole, each build would read all pages of the lake
ends_seen_again as (

    select
        {% for column in unit -%}
        page.{{ column }},
        {% endfor -%}
        page.last_id as low_id,
        9223372036854775807 as high_id,
        fetches.page_id,
        fetches.fetched_at as observed_at

    from {{ fetches }} as fetches

    cross join
        lateral (
            {{ list_page }}
                and list.page_id = fetches.same_as_page_id

            {{ whole_page }}

            offset 0
        ) as page

    where
        fetches.resource = '{{ resource }}'
        and page.is_last

),

covered as (

    select
        {{ unit | join(',\n        ') }},
        after_id as low_id,
        case when is_last then 9223372036854775807 else last_id end as high_id,
        page_id,
        fetched_at as observed_at

    from pages

    union all

    select * from ends_seen_again

)

select * from covered
{%- endmacro %}
