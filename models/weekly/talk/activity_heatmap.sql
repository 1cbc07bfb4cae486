{{
    config(
        incremental_strategy='replace_children',
        unique_key=['guild_id', 'week_start'],
        meta={'place': 'reference', 'child_key': 'hour'}
    )
}}

with

touched as (

    {{ touched_weeks(ref('daily_user_channel_activity')) }}

),

posted as (

    select
        guild_id,
        week_start,
        author_id,
        {{ reporting_clock('created_at') }} as clock

    from (
        {{ messages_of_weeks(ref('messages'), ref('daily_user_channel_activity')) }}
    ) as messages_of_weeks

    where guild_id is not null

),

counted as (

    select
        guild_id,
        week_start,
        extract(isodow from clock)::integer as weekday,
        extract(hour from clock)::integer as hour,
        count(*) as message_count,
        count(distinct author_id) as unique_posters

    from posted

    group by 1, 2, 3, 4

),

-- no part of a calendar day, wherever it is, lies outside of these fifty hours
days as (

    select distinct
        week_start,
        weekday,
        week_start + weekday - 1 as calendar_date,
        (week_start + weekday - 1)::timestamp at time zone 'UTC' - interval '14 hours' as starts_at,
        (week_start + weekday - 1)::timestamp at time zone 'UTC' + interval '36 hours' as ends_at

    from counted

),

-- where clocks change they are watched minute by minute
changed_hours as (

    select
        days.week_start,
        days.weekday,
        extract(hour from minutes.clock)::integer as hour,
        count(*) as minute_count

    from days

    cross join
        lateral (
            select {{ reporting_clock('minute.began_at') }} as clock
            from
                generate_series(
                    days.starts_at, days.ends_at - interval '1 minute', interval '1 minute'
                ) as minute (began_at)
        ) as minutes

    where
        {{ reporting_clock('days.ends_at') }} - {{ reporting_clock('days.starts_at') }}
        != interval '50 hours'
        and days.calendar_date = minutes.clock::date

    group by 1, 2, 3

),

-- a touched week in which nobody posted (any more) sends one row without an hour
replaced as (

    select
        touched.guild_id,
        touched.week_start,
        counted.weekday,
        counted.hour,
        counted.message_count,
        counted.unique_posters,
        round(coalesce(changed_hours.minute_count, 60) / 60.0, 2) as exposure_hours

    from touched

    left join counted
        on
            touched.guild_id = counted.guild_id
            and touched.week_start = counted.week_start

    left join changed_hours
        on
            counted.week_start = changed_hours.week_start
            and counted.weekday = changed_hours.weekday
            and counted.hour = changed_hours.hour

)

select * from replaced
{% if not is_incremental() %}

where hour is not null
{% endif %}
