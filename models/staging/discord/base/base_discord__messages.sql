-- Every message that a page shows: pages of messages, and of pins, which show a message
-- without its reactions.
with

message_pages as (

    select
        pages.page_id,
        pages.guild_id,
        pages.channel_id,
        pages.fetched_at,
        pages.has_message_content,
        false as is_pin,
        element.ordinal,
        element.value as message

    from {{ source('discord', 'messages') }} as pages

    cross join
        lateral {{ json_elements('pages.body') }} as element

),

pin_pages as (

    select
        pages.page_id,
        pages.guild_id,
        pages.channel_id,
        pages.fetched_at,
        pages.has_message_content,
        true as is_pin,
        element.ordinal,
        element.value -> 'message' as message

    from {{ source('discord', 'pins') }} as pages

    cross join
        lateral {{ json_elements('pages.body', '$.items') }} as element

),

observed as (

    select * from message_pages
    union all
    select * from pin_pages

)

select
    page_id,
    guild_id,
    channel_id,
    fetched_at,
    is_pin,
    ordinal,
    message,
    coalesce(has_message_content, true) as has_message_content

from observed
