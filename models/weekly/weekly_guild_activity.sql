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

syncs as (

    select * from {{ ref('stg_discord__guild_syncs') }}

    where {{ is_settled_page() }}

),

last_complete_sync as (

    select distinct on (guild_id)
        guild_id,
        started_at,
        {{ week_start(reporting_date('started_at')) }} as week_start

    from syncs

    where is_complete

    order by guild_id asc, page_id desc

),

backfilled as (

    select distinct guild_id
    from syncs
    where is_backfill_complete

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
        last_complete_sync.started_at as complete_until,
        min(counted.week_start) filter (where counted.message_count > 0) as first_week,
        greatest(max(counted.week_start), last_complete_sync.week_start) as last_week

    from counted

    left join last_complete_sync
        on counted.guild_id = last_complete_sync.guild_id

    group by counted.guild_id, last_complete_sync.started_at, last_complete_sync.week_start

),

spine as (

    select
        spans.guild_id,
        spans.complete_until,
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
            when backfilled.guild_id is not null then coalesce(new_users.new_users, 0)
        end as new_users,
        coalesce(counted.bot_message_count, 0) as bot_message_count,
        coalesce(counted.reaction_count, 0) as reaction_count,
        coalesce(
            {{ reporting_midnight('spine.week_start + 7') }} <= spine.complete_until, false
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

    left join backfilled
        on spine.guild_id = backfilled.guild_id

)

select * from filled
