-- When people write: messages per hour of the reporting zone's clock, the mean of the last
-- four final weeks; where clocks change, by how long the hour lasted, and without an hour
-- that was skipped. Hours of silence are 0.
with

weeks as (

    select week_start

    from marts.weekly_guild_activity

    where
        guild_id = %(guild_id)s
        and is_final
        and week_start <= %(last_day)s::date - 6

    order by week_start desc

    limit 4

),

spine as (

    select
        weeks.week_start,
        days.weekday,
        hours.hour,
        weeks.week_start + days.weekday - 1 + make_interval(hours => hours.hour, secs => 3599)
            as ends_at

    from weeks

    cross join generate_series(1, 7) as days (weekday)

    cross join generate_series(0, 23) as hours (hour)

)

select
    spine.weekday,
    spine.hour,
    round(avg(coalesce(heatmap.message_count / heatmap.exposure_hours, 0)), 2)
        as messages_per_week

from spine

left join marts.activity_heatmap as heatmap
    on
        heatmap.guild_id = %(guild_id)s
        and spine.week_start = heatmap.week_start
        and spine.weekday = heatmap.weekday
        and spine.hour = heatmap.hour

where spine.ends_at at time zone %(timezone)s at time zone %(timezone)s = spine.ends_at

group by spine.weekday, spine.hour

order by spine.weekday, spine.hour
