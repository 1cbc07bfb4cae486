-- Rows: cohorts of which somebody did not post in the week that makes them one.
select
    guild_id,
    cohort_week

from {{ ref('weekly_retention') }}

where
    weeks_later = 0
    and active_count != cohort_size
