-- People whose first archived message in the guild falls in the window, and in the
-- window before; null while older messages may still be missing from the archive.
with

first_days as (

    select
        author_id,
        min(activity_date) as first_day

    from marts.daily_user_channel_activity

    where
        guild_id = %(guild_id)s
        and message_count > 0

    group by author_id

),

backfills as (

    select coalesce(bool_or(is_backfill_complete), false) as is_complete

    from audit.guild_coverage

    where guild_id = %(guild_id)s

),

counted as (

    select
        count(*) filter (where first_day between %(first_day)s and %(last_day)s) as value,
        count(*) filter (
            where first_day >= %(first_day_before)s and first_day < %(first_day)s
        ) as value_before

    from first_days

)

select
    case when backfills.is_complete then counted.value end as value,
    case when backfills.is_complete then counted.value_before end as value_before,
    case when backfills.is_complete then counted.value - counted.value_before end as change

from counted

cross join backfills
