-- Who came, stayed and fell silent: retained wrote in the window and in the one of equal
-- length before, new people for the first time, who came back earlier but not just before.
-- New and back are null while older messages may still be missing from the archive.
with

people as (

    select
        author_id,
        bool_or(activity_date >= %(first_day)s) as is_active,
        bool_or(
            activity_date >= %(first_day_before)s and activity_date < %(first_day)s
        ) as was_active,
        bool_or(activity_date < %(first_day_before)s) as was_active_earlier

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

),

counted as (

    select
        count(*) filter (where is_active and was_active) as retained_count,
        count(*) filter (
            where is_active and not was_active and not was_active_earlier
        ) as new_count,
        count(*) filter (
            where is_active and not was_active and was_active_earlier
        ) as resurrected_count,
        count(*) filter (where was_active and not is_active) as dormant_count

    from people

)

select
    figures.figure,
    'count' as unit,
    figures.value

from counted

cross join backfills

cross join
    lateral (
        values
        (1, 'Stayed (retained)', counted.retained_count),
        (2, 'New', case when backfills.is_complete then counted.new_count end),
        (
            3,
            'Came back (resurrected)',
            case when backfills.is_complete then counted.resurrected_count end
        ),
        (4, 'Fell silent (dormant)', counted.dormant_count)
    ) as figures (position, figure, value)

order by figures.position
