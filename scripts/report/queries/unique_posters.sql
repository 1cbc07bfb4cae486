-- People who wrote at least one message in the window, and in the window before.
with

days as (

    select
        author_id,
        activity_date >= %(first_day)s as is_in_window

    from marts.daily_user_channel_activity

    where
        guild_id = %(guild_id)s
        and activity_date between %(first_day_before)s and %(last_day)s
        and message_count > 0

),

counted as (

    select
        count(distinct author_id) filter (where is_in_window) as value,
        count(distinct author_id) filter (where not is_in_window) as value_before

    from days

)

select
    value,
    value_before,
    value - value_before as change

from counted
