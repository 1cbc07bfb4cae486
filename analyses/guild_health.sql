-- The last final week of each guild beside the one before: what a manager looks at first.
with

weeks as (

    select
        *,
        lag(message_count) over guild_weeks as message_count_before,
        lag(unique_posters) over guild_weeks as unique_posters_before,
        row_number() over (
            partition by guild_id
            order by is_final desc, week_start desc
        ) as recency

    from {{ ref('weekly_guild_activity') }}

    window guild_weeks as (
        partition by guild_id
        order by week_start asc
    )

),

lifecycle as (

    select * from {{ ref('weekly_lifecycle') }}

),

participation as (

    select * from {{ ref('weekly_participation') }}

),

responses as (

    select * from {{ ref('weekly_responses') }}

),

coverage as (

    select * from {{ ref('guild_coverage') }}

),

guilds as (

    select * from {{ ref('guilds') }}

)

select
    guilds.name as guild,
    weeks.week_start,
    weeks.is_final,
    weeks.message_count,
    weeks.message_count - weeks.message_count_before as message_change,
    weeks.unique_posters,
    weeks.unique_posters - weeks.unique_posters_before as poster_change,
    weeks.new_users,
    lifecycle.retained_count,
    lifecycle.resurrected_count,
    lifecycle.dormant_count,
    lifecycle.dormant_consistent_count,
    participation.stickiness,
    participation.absence_factor,
    responses.root_count,
    responses.answered_24h_count,
    responses.median_response_seconds,
    responses.unanswered_question_count,
    coverage.archived_until,
    coverage.unreadable_channel_count,
    coverage.failed_channel_count,
    weeks.guild_id

from weeks

left join lifecycle
    on
        weeks.guild_id = lifecycle.guild_id
        and weeks.week_start = lifecycle.week_start

left join participation
    on
        weeks.guild_id = participation.guild_id
        and weeks.week_start = participation.week_start

left join responses
    on
        weeks.guild_id = responses.guild_id
        and weeks.week_start = responses.week_start

left join coverage
    on weeks.guild_id = coverage.guild_id

left join guilds
    on weeks.guild_id = guilds.guild_id

where
    weeks.recency = 1
    and (
        {{ parameter('guild_id', 'bigint') }} is null
        or weeks.guild_id = {{ parameter('guild_id', 'bigint') }}
    )

order by weeks.guild_id asc
