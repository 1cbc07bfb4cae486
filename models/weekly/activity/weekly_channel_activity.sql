{{
    config(
        unique_key=['channel_id', 'week_start'],
        meta={'place': 'channel_id'}
    )
}}

with

-- read twice: materialized, it would hide the indexes and be read whole
daily as not materialized (

    select * from {{ ref('daily_user_channel_activity') }}

),

touched as (

    select distinct
        channel_id,
        {{ week_start('activity_date') }} as week_start

    from daily

    where {{ is_new_page() }}

),

counted as (

    select
        touched.channel_id,
        touched.week_start,
        max(daily.guild_id) as guild_id,
        sum(daily.message_count)::bigint as message_count,
        sum(daily.deleted_message_count)::bigint as deleted_message_count,
        count(distinct daily.author_id) filter (where daily.message_count > 0) as unique_posters,
        sum(daily.bot_message_count)::bigint as bot_message_count,
        sum(daily.reaction_count)::bigint as reaction_count,
        max(daily.last_archived_at) as last_archived_at,
        max(daily.observed_at) as data_as_of

    from touched

    {{ join_weeks('daily', day='activity_date', unit='channel_id') }}

    group by 1, 2

)

select * from counted
