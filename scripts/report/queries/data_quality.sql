-- How far these tables can be trusted: of the runs that the last build has read, up to
-- when all was archived, whether that covers the window, and what was out of reach.
with

guilds as (

    select guild_id

    from discord.guilds

    where guild_id = %(guild_id)s

)

select
    guild_coverage.archived_until,
    coalesce(guild_coverage.is_backfill_complete, false) as is_backfill_complete,
    coalesce(
        guild_coverage.is_backfill_complete
        and %(ends_at)s <= guild_coverage.archived_until,
        false
    ) as is_final,
    coalesce(%(begins_at)s < guild_coverage.archived_until, false) as is_begun,
    coalesce(guild_coverage.unreadable_channel_count, 0) as unreadable_channel_count,
    coalesce(guild_coverage.failed_channel_count, 0) as failed_channel_count

from guilds

left join audit.guild_coverage as guild_coverage
    on guilds.guild_id = guild_coverage.guild_id
