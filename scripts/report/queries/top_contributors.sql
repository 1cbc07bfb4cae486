-- The five people who wrote most, in channels that all readers may see; of equals, the
-- older account first.
with

counted as (

    select
        author_id,
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

    group by author_id

),

ranked as (

    select
        *,
        row_number() over (order by value desc, author_id asc) as rank

    from counted

    where value > 0

)

select
    ranked.rank,
    ranked.author_id as user_id,
    users.global_name,
    users.username,
    ranked.value,
    ranked.value_before,
    ranked.value - ranked.value_before as change

from ranked

left join discord.users as users
    on ranked.author_id = users.user_id

where ranked.rank <= 5

order by ranked.rank
