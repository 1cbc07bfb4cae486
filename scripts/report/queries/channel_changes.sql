-- The five channels that gained most against the window before, and the five that lost
-- most, silent ones among them; of those that all readers may see.
with

counted as (

    select
        channel_id,
        coalesce(
            sum(message_count) filter (where activity_date >= %(first_day)s), 0
        )::bigint as value,
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
        value - value_before as change,
        row_number() over (order by value - value_before desc, channel_id asc) as gain_rank,
        row_number() over (order by value - value_before asc, channel_id asc) as loss_rank

    from counted

)

select
    ranked.channel_id,
    channels.name,
    channels.is_thread,
    channels.parent_id,
    parents.name as parent_name,
    ranked.value,
    ranked.value_before,
    ranked.change,
    case
        when ranked.value = 0 then 'silent'
        when ranked.change < 0 then 'down'
        else 'up'
    end as direction

from ranked

left join discord.channels as channels
    on ranked.channel_id = channels.channel_id

left join discord.channels as parents
    on channels.parent_id = parents.channel_id

where
    (ranked.change > 0 and ranked.gain_rank <= 5)
    or (ranked.change < 0 and ranked.loss_rank <= 5)

order by ranked.change desc, ranked.channel_id asc
