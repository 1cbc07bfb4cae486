-- Rows: weeks of a guild whose channels do not hold its messages.
with

guilds as (

    select * from {{ ref('weekly_guild_activity') }}

),

channels as (

    select
        guild_id,
        week_start,
        sum(message_count) as message_count,
        count(*) filter (where message_count > 0) as active_channels

    from {{ ref('weekly_channel_activity') }}

    where guild_id is not null

    group by 1, 2

)

select
    guilds.message_count as guild_message_count,
    channels.message_count as channel_message_count,
    guilds.active_channels as guild_active_channels,
    channels.active_channels as channel_active_channels,
    coalesce(guilds.guild_id, channels.guild_id) as guild_id,
    coalesce(guilds.week_start, channels.week_start) as week_start

from guilds

full join channels
    on
        guilds.guild_id = channels.guild_id
        and guilds.week_start = channels.week_start

where
    coalesce(guilds.message_count, 0) != coalesce(channels.message_count, 0)
    or coalesce(guilds.active_channels, 0) != coalesce(channels.active_channels, 0)
