-- Pins are listed from the newest down, from `before` on: a page shows all that were pinned
-- from there to its last, and all older ones if Discord says that there is no more. An empty
-- list proves nothing: who may not read a channel's history gets one, too.
with

pages as (

    select
        page_id,
        channel_id,
        fetched_at,
        request ->> 'before' as before_text,
        {{ typed('request', 'before', 'timestamptz') }} as before_at,
        {{ typed('body', 'has_more', 'boolean') }} as has_more,
        body

    from {{ source('discord', 'pins') }}

),

pins as (

    select
        pages.*,
        {{ typed('element.value', 'pinned_at', 'timestamptz') }} as pinned_at,
        {{ typed("(element.value -> 'message')", 'id', 'bigint') }} as message_id

    from pages

    cross join lateral {{ json_elements('pages.body', '$.items') }} as element

),

measured as (

    select
        page_id,
        channel_id,
        fetched_at,
        before_text,
        before_at,
        has_more,
        min(pinned_at) as least_at

    from pins

    group by 1, 2, 3, 4, 5, 6

    having
        count(pinned_at) = count(*)
        and count(message_id) = count(*)

)

select
    channel_id,
    page_id,
    fetched_at as observed_at,
    case when has_more then least_at else '-infinity' end as low_id,
    coalesce(before_at - interval '1 microsecond', 'infinity') as high_id

from measured

where
    has_more is not null
    and (before_at is not null or before_text is null)
