-- The five channels and threads in which people wrote most, of those that all readers may
-- see; of equals, the older first.
with

counted as (

    select
        channel_id,
        sum(message_count) filter (where activity_date >= %(first_day)s)::bigint as value,
        coalesce(
            sum(message_count) filter (where activity_date < %(first_day)s), 0
        )::bigint as value_before

    from marts.daily_user_channel_activity

    where
        guild_id = %(guild_id)s
        and activity_date between %(first_day_before)s and %(last_day)s
        and channel_id = any(%(channel_ids)s)
        and message_count > 0

    group by channel_id

),

ranked as (

    select
        *,
        row_number() over (order by value desc, channel_id asc) as rank

    from counted

    where value > 0

)

select
    ranked.rank,
    ranked.channel_id,
    channels.name,
    channels.is_thread,
    channels.parent_id,
    parents.name as parent_name,
    ranked.value,
    ranked.value_before,
    ranked.value - ranked.value_before as change

from ranked

left join discord.channels as channels
    on ranked.channel_id = channels.channel_id

left join discord.channels as parents
    on channels.parent_id = parents.channel_id

where ranked.rank <= 5

order by ranked.rank
