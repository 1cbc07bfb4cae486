{{
    config(
        unique_key=['channel_id', 'week_start'],
        meta={'place': 'channel_id'}
    )
}}

with

-- read twice: materialized, it would hide the indexes and be read whole
daily as not materialized (

    select
        *,
        {{ week_start('activity_date') }} as week_start

    from {{ ref('daily_user_channel_activity') }}

),

touched as (

    select distinct
        channel_id,
        week_start

    from daily

    where {{ is_new_page() }}

),

counted as (

    select
        daily.channel_id,
        daily.week_start,
        max(daily.guild_id) as guild_id,
        sum(daily.message_count)::bigint as message_count,
        count(distinct daily.author_id) filter (where daily.message_count > 0) as unique_posters,
        sum(daily.bot_message_count)::bigint as bot_message_count,
        sum(daily.reaction_count)::bigint as reaction_count

    from touched

    inner join daily
        on
            touched.channel_id = daily.channel_id
            and touched.week_start = daily.week_start
            and daily.activity_date between touched.week_start and touched.week_start + 6

    group by 1, 2

)

select * from counted
