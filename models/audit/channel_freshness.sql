-- Of now, not of the last build: it is to be asked when builds have stopped, too.
{{ config(materialized='view') }}

with

checkpoints as (

    select * from {{ ref('stg_discord__checkpoints') }}

    -- categories, directories and forums; version 1 of landing wrote no types down
    where
        type is null
        or type not in (4, 14, 15, 16)

),

last_complete_sync as (

    select distinct on (guild_id) *

    from {{ ref('stg_discord__guild_syncs') }}

    where is_complete

    order by guild_id asc, page_id desc

),

-- A channel in which nothing was posted is not asked again: a run that read the whole guild
-- knows it too, unless the channel is newer, or has a message that nobody has read.
dated as (

    select
        checkpoints.*,
        case
            when checkpoints.is_deleted or checkpoints.unreadable_reason is not null
                then coalesce(checkpoints.unreadable_reason, 'deleted')
        end as why_unknown,
        greatest(checkpoints.last_synced_at, last_complete_sync.started_at) as known_until

    from checkpoints

    left join last_complete_sync
        on
            checkpoints.guild_id = last_complete_sync.guild_id
            and checkpoints.last_synced_at is not null
            and checkpoints.created_at <= last_complete_sync.finished_at
            and coalesce(checkpoints.last_message_id, 0)
            <= coalesce(checkpoints.last_message_id_seen, 0)

),

judged as (

    select
        *,
        case when why_unknown is null then known_until end as fresh_as_of,
        case
            when why_unknown is null
                then coalesce(
                    known_until < now() - interval '{{ var("stale_after_days") }} days', true
                )
        end as is_stale

    from dated

)

select
    channel_id,
    guild_id,
    name,
    case
        when why_unknown is not null then why_unknown
        when fresh_as_of is null then 'its end was never reached'
        when is_stale then 'not read to its end for {{ var("stale_after_days") }} days'
    end as reason,
    is_backfill_complete,
    is_stale,
    {{ snowflake_to_timestamp('oldest_message_id') }} as archived_from,
    {{ snowflake_to_timestamp('newest_message_id') }} as archived_to,
    fresh_as_of

from judged
