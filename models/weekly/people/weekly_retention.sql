{{
    config(
        incremental_strategy='replace_all',
        unique_key=['guild_id', 'cohort_week', 'weeks_later'],
        meta={'place': 'reference'}
    )
}}

-- Computed whole: a late message can move somebody to another cohort.
with

people as (

    select * from {{ ref('weekly_user_activity') }}

),

weeks as (

    select * from {{ ref('weekly_guild_activity') }}

),

first_seen as (

    select
        guild_id,
        user_id,
        min(week_start) as cohort_week

    from people

    group by 1, 2

),

cohorts as (

    select
        guild_id,
        cohort_week,
        count(*) as cohort_size

    from first_seen

    group by 1, 2

),

returned as (

    select
        people.guild_id,
        first_seen.cohort_week,
        people.week_start,
        count(*) as active_count

    from people

    inner join first_seen
        on
            people.guild_id = first_seen.guild_id
            and people.user_id = first_seen.user_id

    where people.week_start <= first_seen.cohort_week + 7 * 12

    group by 1, 2, 3

),

-- where a week is final, those before it are
followed as (

    select
        cohorts.guild_id,
        cohorts.cohort_week,
        cohorts.cohort_size,
        (weeks.week_start - cohorts.cohort_week) / 7 as weeks_later,
        case when weeks.is_final then coalesce(returned.active_count, 0) end as active_count

    from cohorts

    inner join weeks
        on
            cohorts.guild_id = weeks.guild_id
            and weeks.week_start between cohorts.cohort_week and cohorts.cohort_week + 7 * 12

    left join returned
        on
            cohorts.guild_id = returned.guild_id
            and cohorts.cohort_week = returned.cohort_week
            and weeks.week_start = returned.week_start

)

select
    guild_id,
    cohort_week,
    weeks_later,
    cohort_size,
    active_count,
    round(active_count::numeric / cohort_size, 4) as retention_rate

from followed
