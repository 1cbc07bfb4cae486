{{
    config(
        incremental_strategy='replace_children',
        unique_key=['guild_id', 'week_start'],
        meta={'place': 'reference', 'child_key': 'rank'}
    )
}}

with

people as (

    select * from {{ ref('weekly_user_activity') }}

),

touched as (

    {{ touched_weeks(ref('daily_user_channel_activity')) }}

),

ranked as (

    select
        people.guild_id,
        people.week_start,
        people.user_id,
        people.message_count,
        row_number() over most_first as rank,
        round(people.message_count / sum(people.message_count) over whole_week, 4)
            as message_share

    from touched

    {{ join_weeks('people', day='week_start') }}

    window
        whole_week as (partition by people.guild_id, people.week_start),
        most_first as (
            partition by people.guild_id, people.week_start
            order by people.message_count desc, people.user_id asc
        )

),

-- a touched week in which nobody posted (any more) sends one row without a rank
replaced as (

    select
        touched.guild_id,
        touched.week_start,
        ranked.rank,
        ranked.user_id,
        ranked.message_count,
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
