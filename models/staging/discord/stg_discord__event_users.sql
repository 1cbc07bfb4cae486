-- A page without users sends one row without any: nobody is beyond the id it was asked for.
with

pages as (

    select * from {{ source('discord', 'event_users') }}

),

elements as (

    select
        pages.page_id,
        pages.guild_id,
        pages.request,
        pages.fetched_at,
        pages.item_count,
        element.ordinal,
        element.value as rsvp,
        substring(
            pages.request ->> 'path' from '^/guilds/[0-9]+/scheduled-events/([0-9]+)/users$'
        ) as event_id,
        jsonb_typeof(pages.body) = 'array' as is_list

    from pages

    left join
        lateral {{ json_elements('pages.body') }} as element
        on true

),

renamed as (

    select
        ---------- ids
        guild_id,
        {{ safe_bigint('event_id') }} as event_id,
        {{ typed('rsvp', 'user_id', 'bigint') }} as user_id,
        {{ typed('rsvp', 'guild_scheduled_event_exception_id', 'bigint') }}
            as event_exception_id,
        {{ asked_after('request', 'is_list') }} as after_id,

        ---------- numerics
        {{ typed('rsvp', 'response', 'integer') }} as response,
        coalesce({{ typed('request', 'limit', 'integer') }}, 100) as page_limit,
        item_count,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
