{{
    config(
        unique_key=['channel_id', 'message_id'],
        post_hook="{{ mark_deleted('int_pins_covered', ['channel_id'], 'pinned_at') }}",
        meta={'place': 'channel_id'}
    )
}}

with

new_pins as (

    select * from {{ ref('stg_discord__pins') }}

    where
        {{ is_new_page() }}
        and message_id is not null
        and channel_id is not null

),

latest as (

    select distinct on (channel_id, message_id)
        *,
        first_value(fetched_at) over (
            partition by channel_id, message_id
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_pins

    order by channel_id asc, message_id asc, page_id desc, ordinal desc

)

select
    latest.channel_id,
    latest.message_id,
    latest.pinned_at,
    {{ not_deleted() }},
    latest.page_id,
    latest.ordinal,
    {{ archived_at() }} as archived_at,
    latest.fetched_at as observed_at

from latest
