-- A list of one page shows all there is; a page of a longer one, all from the id that was
-- asked for to its last, and an empty one, all from there on. A page with elements that
-- have no key covers nothing: anything may be theirs.
with

{% for resource in ['roles', 'emojis', 'stickers', 'webhooks'] -%}
{{ resource }} as (

    select
        '{{ resource }}' as resource,
        pages.guild_id,
        0::bigint as low_id,
        9223372036854775807 as high_id,
        pages.page_id,
        pages.fetched_at as observed_at

    from {{ source('discord', resource) }} as pages

    where
        jsonb_typeof(pages.body) = 'array'
        and not exists (
            select
            from jsonb_array_elements({{ json_array('pages.body') }}) as element (value)
            where {{ typed('element.value', 'id', 'bigint') }} is null
        )

),

{% endfor -%}
-- keyed by their codes, which have no order: only the whole list covers them
invites as (

    select
        'invites' as resource,
        pages.guild_id,
        0::bigint as low_id,
        9223372036854775807 as high_id,
        pages.page_id,
        pages.fetched_at as observed_at

    from {{ source('discord', 'invites') }} as pages

    where
        jsonb_typeof(pages.body) = 'array'
        and not exists (
            select
            from jsonb_array_elements({{ json_array('pages.body') }}) as element (value)
            where {{ typed('element.value', 'code', 'text') }} is null
        )

),

-- read twice: materialized, it would read every page of the lake in each build
ban_pages as not materialized (

    select
        pages.guild_id,
        case
            when pages.request ? 'after' then {{ typed('pages.request', 'after', 'bigint') }}
            else 0
        end as low_id,
        pages.page_id,
        pages.fetched_at,
        listed.element_count,
        listed.key_count,
        listed.greatest_id

    from {{ source('discord', 'bans') }} as pages

    cross join
        lateral (
            select
                count(*) as element_count,
                count({{ typed("(element.value -> 'user')", 'id', 'bigint') }}) as key_count,
                max({{ typed("(element.value -> 'user')", 'id', 'bigint') }}) as greatest_id
            from jsonb_array_elements({{ json_array('pages.body') }}) as element (value)
        ) as listed

    where jsonb_typeof(pages.body) = 'array'

),

bans as (

    select
        'bans' as resource,
        guild_id,
        low_id,
        case when element_count = 0 then 9223372036854775807 else greatest_id end as high_id,
        page_id,
        fetched_at as observed_at

    from ban_pages

    where
        low_id is not null
        and element_count = key_count

),

-- The same list can end where it has ended before: somebody who was banned last and is not
-- any more leaves no new page, but the old end seen again. (Of other pages seen again
-- nothing follows: who is on them would look as if they were not.)
bans_seen_again as (

    select
        'bans' as resource,
        ban_pages.guild_id,
        ban_pages.low_id,
        9223372036854775807 as high_id,
        fetches.page_id,
        fetches.fetched_at as observed_at

    from {{ ref('stg_discord__fetches') }} as fetches

    inner join ban_pages
        on
            fetches.guild_id = ban_pages.guild_id
            and fetches.same_as_page_id = ban_pages.page_id

    where
        fetches.resource = 'bans'
        and ban_pages.low_id is not null
        and ban_pages.element_count = 0

),

covered as (

    select * from roles
    union all
    select * from emojis
    union all
    select * from stickers
    union all
    select * from webhooks
    union all
    select * from invites
    union all
    select * from bans
    union all
    select * from bans_seen_again

)

select * from covered
