{{ config(tags=['full_check']) }}

-- Rows: reactions of no message, or from another page than the latest that showed the message
-- with its reactions (pins show none).
with

messages as (

    select * from {{ ref('messages') }}

),

reactions as (

    select * from {{ ref('reactions') }}

)

select
    reactions.channel_id,
    reactions.message_id,
    reactions.emoji_key,
    reactions.page_id as reaction_page_id,
    messages.listed_page_id

from reactions

left join messages
    on
        reactions.channel_id = messages.channel_id
        and reactions.message_id = messages.message_id

where reactions.page_id is distinct from messages.listed_page_id
