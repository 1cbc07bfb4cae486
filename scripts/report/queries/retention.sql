-- Of the people who first wrote in a week, how many wrote again in the weeks after: the last
-- eight final weeks that the window's end has seen whole. Groups under five tell no rate.
with

cohorts as (

    select week_start

    from marts.weekly_guild_activity

    where
        guild_id = %(guild_id)s
        and is_final
        and week_start <= %(last_day)s::date - 6

    order by week_start desc

    limit 8

)

select
    retention.cohort_week,
    retention.cohort_size,
    retention.weeks_later,
    case
        when
            retention.cohort_size >= 5
            and retention.cohort_week + 7 * retention.weeks_later <= %(last_day)s::date - 6
            then retention.retention_rate
    end as retention_rate

from cohorts

inner join marts.weekly_retention as retention
    on
        retention.guild_id = %(guild_id)s
        and cohorts.week_start = retention.cohort_week

where retention.weeks_later between 1 and 7

order by retention.cohort_week, retention.weeks_later
