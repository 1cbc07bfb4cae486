-- Regulars who fell silent: people who wrote in three or more of the four windows before
-- this one, and in none of its channels now; counted where all readers may see it.
with

days as (

    select
        author_id,
        activity_date,
        message_count,
        channel_id = any(%(channel_ids)s) as is_visible,
        -- 0 is the window, 1 the one before
        (%(last_day)s::date - activity_date)
        / (%(last_day)s::date - %(first_day)s::date + 1) as windows_ago

    from marts.daily_user_channel_activity

    where
        guild_id = %(guild_id)s
        and activity_date <= %(last_day)s
        and activity_date
        > %(last_day)s::date - 5 * (%(last_day)s::date - %(first_day)s::date + 1)
        and message_count > 0

),

people as (

    select
        author_id,
        bool_or(windows_ago = 0) as is_active,
        count(distinct windows_ago) filter (where is_visible) as windows,
        sum(message_count) filter (where is_visible)::bigint as value,
        max(activity_date) filter (where is_visible) as last_day

    from days

    group by author_id

)

select
    people.author_id as user_id,
    users.global_name,
    users.username,
    people.windows,
    people.value,
    people.last_day

from people

left join discord.users as users
    on people.author_id = users.user_id

where
    not people.is_active
    and people.windows >= 3

order by people.value desc, people.author_id asc

limit 10
