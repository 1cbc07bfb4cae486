{{
    config(
        incremental_strategy='replace_all',
        unique_key=['channel_id'],
        meta={'place': 'reference'}
    )
}}

-- Not of the pages that this build has read, but of now: the extractor moves a checkpoint
-- with the page it lands.
with

checkpoints as (

    select * from {{ ref('stg_discord__checkpoints') }}

)

select
    channel_id,
    guild_id,
    unreadable_reason,
    is_backfill_complete,
    {{ snowflake_to_timestamp('oldest_message_id') }} as archived_from,
    {{ snowflake_to_timestamp('newest_message_id') }} as archived_to,
    last_synced_at

from checkpoints
