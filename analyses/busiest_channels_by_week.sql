-- The three busiest channels of each of the last eight weeks, per guild.
--     dbt show --select busiest_channels_by_week --limit -1
with

weekly_channel_activity as (

    select * from {{ ref('weekly_channel_activity') }}

),

weeks as (

    select * from {{ ref('weekly_guild_activity') }}

),

channels as (

    select * from {{ ref('channels') }}

),

guilds as (

    select * from {{ ref('guilds') }}

),

ranked as (

    select
        weekly_channel_activity.guild_id,
        weekly_channel_activity.week_start,
        weekly_channel_activity.channel_id,
        weekly_channel_activity.message_count,
        weekly_channel_activity.unique_posters,
        row_number() over (
            partition by weekly_channel_activity.guild_id, weekly_channel_activity.week_start
            order by
                weekly_channel_activity.message_count desc,
                weekly_channel_activity.channel_id asc
        ) as rank

    from weekly_channel_activity

    inner join weeks
        on
            weekly_channel_activity.guild_id = weeks.guild_id
            and weekly_channel_activity.week_start = weeks.week_start

    where
        weekly_channel_activity.message_count > 0
        and weeks.week_start > (
            select max(latest.week_start) - 56 from weeks as latest
            where latest.guild_id = weeks.guild_id
        )

)

select
    ranked.week_start,
    guilds.name as guild_name,
    ranked.rank,
    channels.name as channel_name,
    ranked.message_count,
    ranked.unique_posters

from ranked

left join channels
    on ranked.channel_id = channels.channel_id

left join guilds
    on ranked.guild_id = guilds.guild_id

where ranked.rank <= 3

order by
    ranked.week_start desc,
    guilds.name asc,
    ranked.rank asc
