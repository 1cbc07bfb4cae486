-- What people wrote in the window. Who is new is null while older messages may still be
-- missing from the archive.
with

days as (

    select
        channel_id,
        author_id,
        message_count

    from marts.daily_user_channel_activity

    where
        guild_id = %(guild_id)s
        and activity_date between %(first_day)s and %(last_day)s
        and message_count > 0

),

people as (

    select sum(message_count) as message_count

    from days

    group by author_id

),

first_days as (

    select min(activity_date) as first_day

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
        (select coalesce(sum(message_count), 0) from days) as message_count,
        (select count(*) from people) as unique_posters,
        (
            select count(*) from people
            where message_count >= 3
        ) as three_message_posters,
        (select count(distinct channel_id) from days) as active_channels,
        (
            select count(*)
            from first_days
            where first_day between %(first_day)s and %(last_day)s
        ) as new_users

)

select
    figures.figure,
    'count' as unit,
    figures.value::bigint as value

from counted

cross join backfills

cross join
    lateral (
        values
        (1, 'Messages', counted.message_count),
        (2, 'Unique posters', counted.unique_posters),
        (3, 'Wrote three messages or more', counted.three_message_posters),
        (4, 'Active channels', counted.active_channels),
        (
            5,
            'Seen for the first time',
            case when backfills.is_complete then counted.new_users end
        )
    ) as figures (position, figure, value)

order by figures.position
