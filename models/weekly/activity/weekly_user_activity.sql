{{
    config(
        incremental_strategy='replace_children',
        unique_key=['guild_id', 'week_start'],
        meta={'place': 'reference', 'child_key': 'user_id'}
    )
}}

with

daily as (

    select * from {{ ref('daily_user_channel_activity') }}

),

touched as (

    {{ touched_weeks(ref('daily_user_channel_activity')) }}

),

counted as (

    select
        touched.guild_id,
        daily.author_id as user_id,
        touched.week_start,
        sum(daily.message_count)::bigint as message_count,
        count(distinct daily.channel_id) filter (where daily.message_count > 0) as active_channels,
        count(distinct daily.activity_date) filter (where daily.message_count > 0) as active_days,
        sum(daily.reaction_count)::bigint as reaction_count,
        min(daily.first_posted_at) as first_posted_at

    from touched

    {{ join_weeks('daily', day='activity_date') }}

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
        counted.reaction_count,
        counted.first_posted_at

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
