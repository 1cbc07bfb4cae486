-- Rows: weeks of a guild whose hours hold other messages than the week.
with

hours as (

    select
        guild_id,
        week_start,
        sum(message_count) as message_count

    from {{ ref('activity_heatmap') }}

    group by guild_id, week_start

),

weeks as (

    select * from {{ ref('weekly_guild_activity') }}

    where message_count > 0

)

select
    weeks.message_count,
    hours.message_count as hourly_message_count,
    coalesce(weeks.guild_id, hours.guild_id) as guild_id,
    coalesce(weeks.week_start, hours.week_start) as week_start

from weeks

full join hours
    on
        weeks.guild_id = hours.guild_id
        and weeks.week_start = hours.week_start

where weeks.message_count is distinct from hours.message_count
