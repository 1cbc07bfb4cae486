-- Messages that people wrote in the window, and in the window of equal length before.
with

days as (

    select
        message_count,
        activity_date >= %(first_day)s as is_in_window

    from marts.daily_user_channel_activity

    where
        guild_id = %(guild_id)s
        and activity_date between %(first_day_before)s and %(last_day)s
        and message_count > 0

),

counted as (

    select
        coalesce(sum(message_count) filter (where is_in_window), 0)::bigint as value,
        coalesce(sum(message_count) filter (where not is_in_window), 0)::bigint as value_before

    from days

)

select
    value,
    value_before,
    value - value_before as change

from counted
