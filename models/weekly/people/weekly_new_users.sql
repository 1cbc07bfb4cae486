{{
    config(
        incremental_strategy='replace_all',
        unique_key=['guild_id', 'user_id'],
        meta={'place': 'reference'}
    )
}}

-- Computed whole: a late message can make somebody new in another week than its own.
with

daily as (

    select * from {{ ref('daily_user_channel_activity') }}

    where
        guild_id is not null
        and message_count > 0

),

people as (

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
        author_id as user_id,
        min(first_posted_at) as first_posted_at

    from daily

    group by 1, 2

),

dated as (

    select
        first_seen.guild_id,
        first_seen.user_id,
        {{ reporting_date('first_seen.first_posted_at') }} as first_posted_on,
        {{ week_start(reporting_date('first_seen.first_posted_at')) }} as week_start,
        members.joined_at,
        {{ reporting_date('members.joined_at') }} as joined_on

    from first_seen

    -- who left and joined again has joined after the first message
    left join members
        on
            first_seen.guild_id = members.guild_id
            and first_seen.user_id = members.user_id
            and first_seen.first_posted_at >= members.joined_at

),

new_users as (

    select
        dated.guild_id,
        dated.user_id,
        dated.week_start,
        dated.first_posted_on,
        people.message_count,
        dated.joined_at,
        (dated.first_posted_on - dated.joined_on)::bigint as days_to_first_message,
        coalesce(coverage.is_backfill_complete, false) as is_certain

    from dated

    inner join people
        on
            dated.guild_id = people.guild_id
            and dated.user_id = people.user_id
            and dated.week_start = people.week_start

    left join coverage
        on dated.guild_id = coverage.guild_id

)

select * from new_users
