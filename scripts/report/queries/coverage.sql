-- How far each channel is archived, as of the last run: those with something missing first,
-- then those in which people wrote most; of those that all readers may see.
with

days as (

    select
        channel_id,
        sum(message_count)::bigint as value

    from marts.daily_user_channel_activity

    where
        guild_id = %(guild_id)s
        and activity_date between %(first_day)s and %(last_day)s
        and channel_id = any(%(channel_ids)s)

    group by channel_id

),

channels as (

    select
        coverage.*,
        coalesce(days.value, 0) as value,
        coverage.unreadable_reason is null and coverage.is_backfill_complete as is_complete

    from audit.channel_coverage as coverage

    left join days
        on coverage.channel_id = days.channel_id

    where
        coverage.guild_id = %(guild_id)s
        and coverage.channel_id = any(%(channel_ids)s)

)

select
    channels.channel_id,
    named.name,
    named.is_thread,
    named.parent_id,
    parents.name as parent_name,
    channels.archived_from,
    channels.archived_to,
    channels.is_complete,
    channels.unreadable_reason,
    count(*) over () as channel_count,
    count(*) filter (where channels.is_complete) over () as complete_count

from channels

left join discord.channels as named
    on channels.channel_id = named.channel_id

left join discord.channels as parents
    on named.parent_id = parents.channel_id

order by channels.is_complete asc, channels.value desc, channels.channel_id asc

limit 10
