{{
    config(
        incremental_strategy='replace_children',
        unique_key=['guild_id', 'user_id'],
        meta={'place': 'reference', 'child_key': 'week_start'}
    )
}}

-- A late message changes what the person is in any later week: of whom anything may have
-- changed, all weeks are told again.
with

-- materialized, it would hide the indexes and be stored once more
people as not materialized (

    select * from {{ ref('weekly_user_activity') }}

),

weeks as (

    select * from {{ ref('weekly_guild_activity') }}

),

interactions as (

    select * from {{ ref('weekly_interactions') }}

    where interaction_count >= 5

),

coverage as (

    select * from {{ ref('guild_coverage') }}

),

well_tied as (

    select
        interactions.guild_id,
        interactions.week_start,
        person.user_id

    from interactions

    cross join
        lateral (
            values (interactions.from_user_id), (interactions.to_user_id)
        ) as person (user_id)

    group by 1, 2, 3

    having count(*) > 5

),

-- each week counts in itself and in the three that follow
vital as (

    select
        well_tied.guild_id,
        well_tied.user_id,
        well_tied.week_start + 7 * later.weeks as week_start

    from well_tied

    cross join generate_series(0, 3) as later (weeks)

    group by 1, 2, 3

    having count(*) >= 3

),

touched_people as (

    {{ touched_people(ref('daily_user_channel_activity'), this) }}

),

counted as (

    select
        people.guild_id,
        people.user_id,
        people.week_start,
        people.message_count,
        count(*) over last_four_weeks as weeks_of_four

    from people

    inner join touched_people
        on
            people.guild_id = touched_people.guild_id
            and people.user_id = touched_people.user_id

    window
        last_four_weeks as (
            partition by people.guild_id, people.user_id
            order by people.week_start asc
            range between interval '21 days' preceding and current row
        )

),

followed as (

    select
        guild_id,
        user_id,
        week_start,
        message_count,
        weeks_of_four >= 3 as is_consistent,
        lag(week_start) over by_week as previous_week,
        lag(weeks_of_four) over by_week >= 3 as was_consistent,
        lead(week_start) over by_week as next_week

    from counted

    window
        by_week as (partition by guild_id, user_id order by week_start asc)

),

active as (

    select
        followed.guild_id,
        followed.week_start,
        followed.user_id,
        case
            when followed.previous_week = followed.week_start - 7 then 'retained'
            when not coalesce(coverage.is_backfill_complete, false) then null
            when followed.previous_week is null then 'new'
            else 'resurrected'
        end as tier,
        followed.is_consistent,
        coalesce(
            followed.previous_week = followed.week_start - 7 and followed.was_consistent,
            false
        ) as has_been_consistent,
        followed.message_count

    from followed

    left join coverage
        on followed.guild_id = coverage.guild_id

),

-- in the week after a week of theirs, if it has begun
dormant as (

    select
        followed.guild_id,
        weeks.week_start,
        followed.user_id,
        'dormant' as tier,
        false as is_consistent,
        followed.is_consistent as has_been_consistent,
        0::bigint as message_count

    from followed

    inner join weeks
        on
            followed.guild_id = weeks.guild_id
            and weeks.week_start = followed.week_start + 7

    where followed.next_week is distinct from followed.week_start + 7

),

lifecycle as (

    select * from active
    union all
    select * from dormant

)

-- who posted nowhere (any more) sends one row without a week
select
    touched_people.guild_id,
    lifecycle.week_start,
    touched_people.user_id,
    lifecycle.tier,
    lifecycle.is_consistent,
    lifecycle.has_been_consistent,
    lifecycle.message_count,
    vital.user_id is not null as is_vital

from touched_people

left join lifecycle
    on
        touched_people.guild_id = lifecycle.guild_id
        and touched_people.user_id = lifecycle.user_id

left join vital
    on
        lifecycle.guild_id = vital.guild_id
        and lifecycle.week_start = vital.week_start
        and lifecycle.user_id = vital.user_id
