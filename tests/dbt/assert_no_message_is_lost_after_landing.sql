{{ config(tags=['full_check']) }}

-- Rows: typed messages on pages that discord.messages has read, which it does not hold, or
-- holds as of an older page.
with

messages as (

    select * from {{ ref('messages') }}

),

landed as (

    select
        channel_id,
        message_id,
        max(page_id) as page_id

    from {{ ref('stg_discord__messages') }}

    where
        channel_id is not null
        and message_id is not null
        and page_id <= (
            select build_state.page_id from audit.build_state
            where build_state.relation = '{{ relation_key(ref("messages")) }}'
        )

    group by 1, 2

)

select
    landed.channel_id,
    landed.message_id,
    landed.page_id as landed_page_id,
    messages.page_id as stored_page_id

from landed

left join messages
    on
        landed.channel_id = messages.channel_id
        and landed.message_id = messages.message_id

where landed.page_id is distinct from messages.page_id
