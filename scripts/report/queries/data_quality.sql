-- How far these tables can be trusted: of the runs that the last build has read, up to
-- when all was archived, whether that covers the window, and what was out of reach.
with

zones as (

    select distinct reporting_timezone

    from audit.build_state

    where relation = 'marts.daily_user_channel_activity'

)

select
    guild_coverage.archived_until,
    coalesce(guild_coverage.is_backfill_complete, false) as is_backfill_complete,
    coalesce(
        guild_coverage.is_backfill_complete
        and (%(last_day)s::date + 1)::timestamp at time zone zones.reporting_timezone
        <= guild_coverage.archived_until,
        false
    ) as is_final,
    coalesce(guild_coverage.unreadable_channel_count, 0) as unreadable_channel_count,
    coalesce(guild_coverage.failed_channel_count, 0) as failed_channel_count

from zones

left join audit.guild_coverage as guild_coverage
    on guild_coverage.guild_id = %(guild_id)s
