-- Rows: weeks of a guild whose people neither came from anywhere nor stayed or fell silent.
with

weeks as (

    select
        *,
        lag(active_count, 1, 0::bigint) over (
            partition by guild_id
            order by week_start asc
        ) as previous_active_count

    from {{ ref('weekly_lifecycle') }}

)

select
    guild_id,
    week_start

from weeks

where
    active_count != retained_count + new_count + resurrected_count
    or previous_active_count != retained_count + dormant_count
