{{ config(tags=['full_check']) }}

-- Rows: channels whose days do not hold every message exactly once.
with

stored as (

    select
        channel_id,
        count(*) as message_count

    from {{ ref('messages') }}

    group by 1

),

counted as (

    select
        channel_id,
        sum(message_count + bot_message_count + system_message_count) as message_count

    from {{ ref('daily_user_channel_activity') }}

    group by 1

)

select
    stored.message_count as stored_message_count,
    counted.message_count as counted_message_count,
    coalesce(stored.channel_id, counted.channel_id) as channel_id

from stored

full join counted
    on stored.channel_id = counted.channel_id

where stored.message_count is distinct from counted.message_count
