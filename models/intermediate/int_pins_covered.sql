-- Pins are listed from the newest down, from `before` on: a page shows all that were pinned
-- from there to its last, and all older ones if Discord says that there is no more. An empty
-- list proves nothing: who may not read a channel's history gets one, too.
with

pages as (

    select
        page_id,
        channel_id,
        fetched_at,
        body,
        {{ typed('request', 'before', 'timestamptz') }} as before_at,
        {{ typed('body', 'has_more', 'boolean') }} as has_more

    from {{ source('discord', 'pins') }}

    where request ->> 'before' is null or {{ typed('request', 'before', 'timestamptz') }} is not null

),

measured as (

    select
        pages.page_id,
        pages.channel_id,
        pages.fetched_at,
        pages.before_at,
        pages.has_more,
        shown.least_at

    from pages

    cross join
        lateral (
            select
                count(*) as pin_count,
                count({{ typed('element.value', 'pinned_at', 'timestamptz') }}) as dated_count,
                count({{ typed("(element.value -> 'message')", 'id', 'bigint') }}) as id_count,
                min({{ typed('element.value', 'pinned_at', 'timestamptz') }}) as least_at
            from {{ json_elements('pages.body', '$.items') }} as element
        ) as shown

    where
        shown.pin_count > 0
        and shown.dated_count = shown.pin_count
        and shown.id_count = shown.pin_count

)

select
    channel_id,
    case when has_more then least_at else '-infinity' end as low_id,
    coalesce(before_at - interval '1 microsecond', 'infinity') as high_id,
    page_id,
    fetched_at as observed_at

from measured

where has_more is not null
