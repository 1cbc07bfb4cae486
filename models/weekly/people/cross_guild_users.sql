{{
    config(
        incremental_strategy='replace_all',
        unique_key=['user_id', 'guild_id', 'other_guild_id'],
        meta={'place': 'reference'}
    )
}}

-- Computed whole: with every sync the days change that it is made from.
with

daily as (

    select * from {{ ref('daily_user_channel_activity') }}

    where guild_id is not null

),

last_sync as (

    select {{ reporting_date('max(archived_until)') }} as synced_on

    from {{ ref('guild_coverage') }}

),

counted as (

    select
        daily.author_id as user_id,
        daily.guild_id,
        sum(daily.message_count)::bigint as message_count

    from daily

    inner join last_sync
        on daily.activity_date between last_sync.synced_on - 28 and last_sync.synced_on - 1

    group by 1, 2

    having sum(daily.message_count) >= 3

),

paired as (

    select
        counted.user_id,
        counted.guild_id,
        others.guild_id as other_guild_id,
        counted.message_count,
        others.message_count as other_message_count,
        least(counted.message_count, others.message_count) as weight

    from counted

    inner join counted as others
        on
            counted.user_id = others.user_id
            and counted.guild_id < others.guild_id

)

select * from paired
