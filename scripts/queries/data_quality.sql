-- How far these tables can be trusted: of the runs that the last build has read, up to
-- when all was archived, whether that covers the window, and what was out of reach.
with

builds as (

    select
        page_id,
        reporting_timezone

    from audit.build_state

    where relation = 'marts.daily_user_channel_activity'

),

syncs as (

    select guild_syncs.*

    from staging.stg_discord__guild_syncs as guild_syncs

    inner join builds
        on guild_syncs.page_id <= builds.page_id

    where guild_syncs.guild_id = %(guild_id)s

),

last_sync as (

    select *

    from syncs

    order by page_id desc

    limit 1

),

last_complete_sync as (

    select started_at as archived_until

    from syncs

    where is_complete

    order by page_id desc

    limit 1

),

backfills as (

    select coalesce(bool_or(is_backfill_complete), false) as is_complete

    from syncs

)

select
    last_complete_sync.archived_until,
    backfills.is_complete as is_backfill_complete,
    coalesce(
        (%(last_day)s::date + 1)::timestamp at time zone builds.reporting_timezone
        <= last_complete_sync.archived_until,
        false
    ) as is_final,
    coalesce(last_sync.unreadable_channel_count, 0) as unreadable_channel_count,
    coalesce(last_sync.failed_channel_count, 0) as failed_channel_count

from builds

cross join backfills

left join last_sync
    on true

left join last_complete_sync
    on true
