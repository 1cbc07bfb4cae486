{{
    config(
        incremental_strategy='replace_children',
        unique_key=['guild_id', 'week_start'],
        meta={'place': 'reference', 'child_key': 'unique_posters'}
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
        people.message_count,
        people.active_days,
        count(*) over whole_week as unique_posters,
        sum(people.message_count) over whole_week as week_message_count,
        row_number() over least_first as place,
        row_number() over most_first as rank,
        sum(people.message_count) over most_first as message_count_so_far

    from touched

    {{ join_weeks('people', day='week_start') }}

    window
        whole_week as (partition by people.guild_id, people.week_start),
        least_first as (
            partition by people.guild_id, people.week_start
            order by people.message_count asc, people.user_id asc
        ),
        most_first as (
            partition by people.guild_id, people.week_start
            order by people.message_count desc, people.user_id asc
        )

),

-- of the weeks in which anybody posted
counted as (

    select
        guild_id,
        week_start,
        unique_posters,
        week_message_count,
        sum(active_days) as poster_days,
        {% for days in range(1, 8) -%}
        count(*) filter (where active_days = {{ days }}) as active_days_{{ days }},
        {% endfor -%}
        percentile_cont(0.5) within group (order by message_count) as median_messages_per_poster,
        sum(place * message_count) as weighted_message_count,
        sum(message_count) filter (where rank <= 10) as top_ten_message_count,
        sum(message_count) filter (where rank <= greatest(1, unique_posters / 100))
            as top_percent_message_count,
        min(rank) filter (where 2 * message_count_so_far >= week_message_count)
            as absence_factor

    from ranked

    group by
        guild_id,
        week_start,
        unique_posters,
        week_message_count

),

measured as (

    select
        guild_id,
        week_start,
        unique_posters,
        round(poster_days / (7 * unique_posters), 4) as stickiness,
        {% for days in range(1, 8) -%}
        active_days_{{ days }},
        {% endfor -%}
        round(week_message_count / unique_posters, 2) as messages_per_poster,
        round(median_messages_per_poster::numeric, 2) as median_messages_per_poster,
        -- 2 * sum(place * messages) / (posters * messages) - (posters + 1) / posters
        round(
            (2 * weighted_message_count - (unique_posters + 1) * week_message_count)
            / (unique_posters * week_message_count),
            4
        ) as gini,
        round(top_ten_message_count / week_message_count, 4) as top_ten_share,
        round(top_percent_message_count / week_message_count, 4) as top_percent_share,
        absence_factor

    from counted

),

-- a touched week in which nobody posted (any more) sends one row without posters
replaced as (

    select
        touched.guild_id,
        touched.week_start,
        measured.unique_posters,
        measured.stickiness,
        {% for days in range(1, 8) -%}
        measured.active_days_{{ days }},
        {% endfor -%}
        measured.messages_per_poster,
        measured.median_messages_per_poster,
        measured.gini,
        measured.top_ten_share,
        measured.top_percent_share,
        measured.absence_factor

    from touched

    left join measured
        on
            touched.guild_id = measured.guild_id
            and touched.week_start = measured.week_start

)

select * from replaced
{% if not is_incremental() %}

where unique_posters is not null
{% endif %}
