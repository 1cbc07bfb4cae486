-- Final weeks that count other messages now than when they closed: those found later.
select
    week_start,
    closed_at,
    message_count_at_close,
    message_count,
    message_count - message_count_at_close as change

from marts.weekly_guild_activity

where
    guild_id = %(guild_id)s
    and is_final
    and week_start <= %(last_day)s
    and message_count != message_count_at_close

order by week_start desc

limit 10
