{{
    config(
        incremental_strategy='replace_children',
        unique_key=['guild_id', 'week_start'],
        meta={'place': 'reference', 'child_key': 'user_id'}
    )
}}

with

-- read twice: materialized, it would hide the indexes and be read whole
daily as not materialized (

    select
        *,
        {{ week_start('activity_date') }} as week_start

    from {{ ref('daily_user_channel_activity') }}

    where guild_id is not null

),

touched as (

    {{ touched_weeks(ref('daily_user_channel_activity')) }}

),

counted as (

    select
        daily.guild_id,
        daily.author_id as user_id,
        daily.week_start,
        sum(daily.message_count)::bigint as message_count,
        count(distinct daily.channel_id) filter (where daily.message_count > 0) as active_channels,
        count(distinct daily.activity_date) filter (where daily.message_count > 0) as active_days,
        sum(daily.reaction_count)::bigint as reaction_count

    from touched

    inner join daily
        on
            touched.guild_id = daily.guild_id
            and touched.week_start = daily.week_start
            and daily.activity_date between touched.week_start and touched.week_start + 6

    group by 1, 2, 3

    having sum(daily.message_count) > 0

),

-- a touched week in which nobody posted (any more) sends one row without a user
replaced as (

    select
        touched.guild_id,
        counted.user_id,
        touched.week_start,
        counted.message_count,
        counted.active_channels,
        counted.active_days,
        counted.reaction_count

    from touched

    left join counted
        on
            touched.guild_id = counted.guild_id
            and touched.week_start = counted.week_start

)

select * from replaced
{% if not is_incremental() %}

where user_id is not null
{% endif %}
