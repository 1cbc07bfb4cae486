{{
    config(
        incremental_strategy='replace_children',
        unique_key=['guild_id', 'week_start'],
        meta={'place': 'reference', 'child_key': 'rank'}
    )
}}

with

daily as (

    select * from {{ ref('daily_user_channel_activity') }}

    where message_count > 0

),

touched as (

    {{ touched_weeks(ref('daily_user_channel_activity')) }}

),

counted as (

    select
        touched.guild_id,
        touched.week_start,
        daily.channel_id,
        sum(daily.message_count)::bigint as message_count,
        count(distinct daily.author_id) as unique_posters

    from touched

    {{ join_weeks('daily', day='activity_date') }}

    group by 1, 2, 3

),

ranked as (

    select
        guild_id,
        week_start,
        channel_id,
        message_count,
        unique_posters,
        row_number() over most_first as rank,
        round(message_count / sum(message_count) over whole_week, 4) as message_share

    from counted

    window
        whole_week as (partition by guild_id, week_start),
        most_first as (
            partition by guild_id, week_start
            order by message_count desc, channel_id asc
        )

),

-- a touched week in which nobody posted (any more) sends one row without a rank
replaced as (

    select
        touched.guild_id,
        touched.week_start,
        ranked.rank,
        ranked.channel_id,
        ranked.message_count,
        ranked.unique_posters,
        ranked.message_share

    from touched

    left join ranked
        on
            touched.guild_id = ranked.guild_id
            and touched.week_start = ranked.week_start
            and ranked.rank <= 10

)

select * from replaced
{% if not is_incremental() %}

where rank is not null
{% endif %}
