with

daily as (

    select * from {{ ref('daily_user_channel_activity') }}

    where
        {{ is_asked_for('guild_id') }}
        and activity_date between
        coalesce({{ parameter('since', 'date') }}, '-infinity')
        and coalesce({{ parameter('until', 'date') }}, 'infinity')

),

guilds as (

    select * from {{ ref('guilds') }}

),

counted as (

    select
        guild_id,
        sum(message_count)::bigint as message_count,
        count(distinct author_id) filter (where message_count > 0) as unique_posters,
        count(distinct channel_id) filter (where message_count > 0) as active_channels,
        count(distinct activity_date) filter (where message_count > 0) as active_days,
        sum(bot_message_count)::bigint as bot_message_count,
        sum(reaction_count)::bigint as reaction_count,
        min(activity_date) filter (where message_count > 0) as first_day,
        max(activity_date) filter (where message_count > 0) as last_day

    from daily

    where guild_id is not null

    group by guild_id

)

select
    guilds.name as guild,
    counted.*

from counted

left join guilds
    on counted.guild_id = guilds.guild_id

order by
    counted.message_count desc,
    counted.guild_id asc
