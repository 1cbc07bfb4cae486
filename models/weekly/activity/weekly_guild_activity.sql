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

people as (

    select * from {{ ref('weekly_user_activity') }}

),

channels as (

    select * from {{ ref('weekly_channel_activity') }}

    where guild_id is not null

),

coverage as (

    select
        *,
        {{ week_start(reporting_date('archived_until')) }} as week_start

    from {{ ref('guild_coverage') }}

),

syncs as (

    select
        guild_id,
        started_at,
        finished_at

    from {{ ref('guild_syncs') }}

    where
        is_complete
        and is_backfill_complete

),

counted as (

    select
        guild_id,
        week_start,
        sum(message_count)::bigint as message_count,
        sum(deleted_message_count)::bigint as deleted_message_count,
        sum(bot_message_count)::bigint as bot_message_count,
        sum(reaction_count)::bigint as reaction_count,
        count(*) filter (where message_count > 0) as active_channels,
        max(data_as_of) as data_as_of

    from channels

    group by guild_id, week_start

),

posters as (

    select
        guild_id,
        week_start,
        count(*) as unique_posters,
        count(*) filter (where message_count >= 3) as three_message_posters

    from people

    group by guild_id, week_start

),

first_seen as (

    select
        guild_id,
        user_id,
        min(week_start) as week_start

    from people

    group by guild_id, user_id

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

-- the first sync after the end of a week that left all archived
closed as (

    select
        spine.guild_id,
        spine.week_start,
        min(syncs.finished_at) as closed_at

    from spine

    inner join syncs
        on
            spine.guild_id = syncs.guild_id
            and {{ reporting_midnight('spine.week_start + 7') }} <= syncs.started_at

    group by spine.guild_id, spine.week_start

),

-- what was archived later; only channels of which something was are looked at
late as (

    select
        closed.guild_id,
        closed.week_start,
        count(*) as late_message_count

    from closed

    inner join channels
        on
            closed.guild_id = channels.guild_id
            and closed.week_start = channels.week_start
            and closed.closed_at < channels.last_archived_at

    cross join
        lateral (
            select stored.archived_at
            from {{ ref('messages') }} as stored
            where
                channels.channel_id = stored.channel_id
                and {{ reporting_date('stored.created_at') }}
                between channels.week_start and channels.week_start + 6
                and stored.is_human
            offset 0
        ) as messages

    where closed.closed_at < messages.archived_at

    group by closed.guild_id, closed.week_start

),

filled as (

    select
        spine.guild_id,
        spine.week_start,
        coalesce(counted.message_count, 0) as message_count,
        case
            when closed.closed_at is not null
                then coalesce(counted.message_count, 0) - coalesce(late.late_message_count, 0)
        end as message_count_at_close,
        coalesce(counted.deleted_message_count, 0) as deleted_message_count,
        coalesce(posters.unique_posters, 0) as unique_posters,
        coalesce(posters.three_message_posters, 0) as three_message_posters,
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
        ) as is_final,
        closed.closed_at,
        counted.data_as_of

    from spine

    left join counted
        on
            spine.guild_id = counted.guild_id
            and spine.week_start = counted.week_start

    left join new_users
        on
            spine.guild_id = new_users.guild_id
            and spine.week_start = new_users.week_start

    left join posters
        on
            spine.guild_id = posters.guild_id
            and spine.week_start = posters.week_start

    left join closed
        on
            spine.guild_id = closed.guild_id
            and spine.week_start = closed.week_start

    left join late
        on
            spine.guild_id = late.guild_id
            and spine.week_start = late.week_start

    left join coverage
        on spine.guild_id = coverage.guild_id

)

select * from filled
