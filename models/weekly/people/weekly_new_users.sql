{{
    config(
        incremental_strategy='replace_all',
        unique_key=['guild_id', 'user_id'],
        meta={'place': 'reference'}
    )
}}

-- Computed whole: a late message can make somebody new in another week than its own.
with

-- read twice: materialized, it would be stored once more
people as not materialized (

    select * from {{ ref('weekly_user_activity') }}

),

members as (

    select * from {{ ref('members') }}

),

coverage as (

    select * from {{ ref('guild_coverage') }}

),

first_seen as (

    select
        guild_id,
        user_id,
        min(week_start) as week_start

    from people

    group by 1, 2

),

dated as (

    select
        people.guild_id,
        people.user_id,
        people.week_start,
        people.message_count,
        {{ reporting_date('people.first_posted_at') }} as first_posted_on,
        members.joined_at,
        {{ reporting_date('members.joined_at') }} as joined_on

    from first_seen

    inner join people
        on
            first_seen.guild_id = people.guild_id
            and first_seen.week_start = people.week_start
            and first_seen.user_id = people.user_id

    -- who left and joined again has joined after the first message
    left join members
        on
            people.guild_id = members.guild_id
            and people.user_id = members.user_id
            and people.first_posted_at >= members.joined_at

),

new_users as (

    select
        dated.guild_id,
        dated.user_id,
        dated.week_start,
        dated.first_posted_on,
        dated.message_count,
        dated.joined_at,
        (dated.first_posted_on - dated.joined_on)::bigint as days_to_first_message,
        coalesce(coverage.is_backfill_complete, false) as is_certain

    from dated

    left join coverage
        on dated.guild_id = coverage.guild_id

)

select * from new_users
