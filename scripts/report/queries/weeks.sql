-- The last eight final weeks that the window's end has seen whole, the oldest first.
with

weeks as (

    select
        activity.week_start,
        activity.message_count,
        activity.unique_posters,
        lifecycle.retained_count,
        lifecycle.new_count,
        lifecycle.resurrected_count,
        lifecycle.dormant_count

    from marts.weekly_guild_activity as activity

    left join marts.weekly_lifecycle as lifecycle
        on
            activity.guild_id = lifecycle.guild_id
            and activity.week_start = lifecycle.week_start

    where
        activity.guild_id = %(guild_id)s
        and activity.is_final
        and activity.week_start <= %(last_day)s::date - 6

    order by activity.week_start desc

    limit 8

)

select * from weeks

order by week_start
