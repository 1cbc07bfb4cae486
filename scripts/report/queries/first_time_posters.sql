-- The first ten of the people seen for the first time, those who wrote most first, by what
-- they wrote where all readers may see it, since they first did. How many there are is in
-- figures/activity.sql; nobody while older messages may still be missing from the archive.
with

people as (

    select
        author_id,
        min(activity_date) as first_day,
        min(activity_date) filter (where channel_id = any(%(channel_ids)s)) as seen_on,
        coalesce(
            sum(message_count) filter (where channel_id = any(%(channel_ids)s)), 0
        )::bigint as value

    from marts.daily_user_channel_activity

    where
        guild_id = %(guild_id)s
        and activity_date <= %(last_day)s
        and message_count > 0

    group by author_id

),

backfills as (

    select coalesce(bool_or(is_backfill_complete), false) as is_complete

    from audit.guild_coverage

    where guild_id = %(guild_id)s

)

select
    people.author_id as user_id,
    users.global_name,
    users.username,
    people.seen_on,
    people.value

from people

cross join backfills

left join discord.users as users
    on people.author_id = users.user_id

where
    backfills.is_complete
    and people.first_day between %(first_day)s and %(last_day)s
    and people.value > 0

order by people.value desc, people.author_id asc

limit 10
