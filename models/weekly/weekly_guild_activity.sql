{{
    config(
        incremental_strategy='replace_all',
        unique_key=['guild_id', 'week_start'],
        meta={'place': 'reference'}
    )
}}

-- Computed whole: a late message can make somebody new in another week than its own, and
-- a completed backfill tells about every week at once.
with

daily as (

    select
        *,
        {{ week_start('activity_date') }} as week_start

    from {{ ref('daily_user_channel_activity') }}

    where guild_id is not null

),

coverage as (

    select
        *,
        {{ week_start(reporting_date('archived_until')) }} as week_start

    from {{ ref('guild_coverage') }}

),

counted as (

    select
        guild_id,
        week_start,
        sum(message_count)::bigint as message_count,
        count(distinct author_id) filter (where message_count > 0) as unique_posters,
        count(distinct channel_id) filter (where message_count > 0) as active_channels,
        sum(bot_message_count)::bigint as bot_message_count,
        sum(reaction_count)::bigint as reaction_count

    from daily

    group by guild_id, week_start

),

first_seen as (

    select
        guild_id,
        author_id,
        min(week_start) as week_start

    from daily

    where message_count > 0

    group by guild_id, author_id

),

new_users as (

    select
        guild_id,
        week_start,
        count(*) as new_users

    from first_seen

    group by guild_id, week_start

),

spans as (

    select
        counted.guild_id,
        min(counted.week_start) filter (where counted.message_count > 0) as first_week,
        greatest(max(counted.week_start), max(coverage.week_start)) as last_week

    from counted

    left join coverage
        on counted.guild_id = coverage.guild_id

    group by counted.guild_id

),

spine as (

    select
        spans.guild_id,
        spans.first_week + 7 * week.number as week_start

    from spans

    cross join
        lateral generate_series(0, (spans.last_week - spans.first_week) / 7) as week (number)

),

filled as (

    select
        spine.guild_id,
        spine.week_start,
        coalesce(counted.message_count, 0) as message_count,
        coalesce(counted.unique_posters, 0) as unique_posters,
        coalesce(counted.active_channels, 0) as active_channels,
        case
            when coverage.is_backfill_complete then coalesce(new_users.new_users, 0)
        end as new_users,
        coalesce(counted.bot_message_count, 0) as bot_message_count,
        coalesce(counted.reaction_count, 0) as reaction_count,
        coalesce(
            coverage.is_backfill_complete
            and {{ reporting_midnight('spine.week_start + 7') }} <= coverage.archived_until,
            false
        ) as is_final

    from spine

    left join counted
        on
            spine.guild_id = counted.guild_id
            and spine.week_start = counted.week_start

    left join new_users
        on
            spine.guild_id = new_users.guild_id
            and spine.week_start = new_users.week_start

    left join coverage
        on spine.guild_id = coverage.guild_id

)

select * from filled
