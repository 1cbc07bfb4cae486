-- Discord answers `after` with the oldest messages above it and `before` with the newest
-- below it, so a page shows all from there to its other end, and an empty one (landed only
-- when it was believed) all there is. A page on which an element has no id (item_count is of
-- those that have one), or whose ids cannot be told, covers nothing: any id may be there.
-- "Unknown message" is Discord's word about one id.
with

pages as (

    select
        pages.page_id,
        pages.channel_id,
        pages.fetched_at,
        pages.responded_at,
        pages.item_count,
        ends.ids ->> 0 as first_id,
        ends.ids ->> 1 as last_id,
        {{ typed('pages.request', 'after', 'bigint') }} as after_id,
        {{ typed('pages.request', 'before', 'bigint') }} as before_id

    from {{ source('discord', 'messages') }} as pages

    -- in a join a page is unpacked once, and not wherever an id of it is used
    cross join lateral jsonb_path_query_array(pages.body, '$[0, last].id') as ends (ids)

    where
        pages.is_history_readable
        and jsonb_path_query_first(pages.body, '$.size()') = to_jsonb(pages.item_count)

),

-- The first and the last id are the greatest and the least. Were they not, the interval
-- would only be smaller than it could be.
measured as (

    select
        page_id,
        channel_id,
        fetched_at,
        responded_at,
        item_count,
        after_id,
        before_id,
        least({{ safe_bigint('first_id') }}, {{ safe_bigint('last_id') }}) as least_id,
        greatest({{ safe_bigint('first_id') }}, {{ safe_bigint('last_id') }}) as greatest_id

    from pages

),

-- read once: a CTE that is read twice is made of all pages, however few are asked for
paged as (

    select
        channel_id,
        case
            when after_id is not null then after_id
            when item_count = 0 then 0
            else least_id - 1
        end as low_id,
        case
            when after_id is null then before_id - 1
            when item_count > 0 then greatest_id
            -- what was posted while the answer was on its way may be missing
            else coalesce(
                {{ timestamp_to_snowflake("responded_at - interval '1 minute'") }}, after_id
            )
        end as high_id,
        page_id,
        fetched_at as observed_at

    from measured

    where
        (after_id is not null or before_id is not null)
        and (item_count = 0 or greatest_id is not null)

),

unknown_messages as (

    select
        channel_id,
        {{ safe_bigint("split_part(path, '/', 5)") }} as message_id,
        page_id,
        fetched_at

    from {{ ref('stg_discord__fetches') }}

    where
        resource = 'messages'
        and status = 404
        and error_code = 10008
        and path like '/channels/%/messages/%'

),

single as (

    select
        channel_id,
        message_id - 1 as low_id,
        message_id as high_id,
        page_id,
        fetched_at as observed_at

    from unknown_messages

    where message_id is not null

),

covered as (

    select * from paged
    union all
    select * from single

)

select * from covered
