{{ config(materialized='view') }}

with

threads as (

    select
        activity.*,
        channels.is_archived,
        channels.source = 'api' as is_known,
        coalesce(
            channels.applied_tag_ids && {{ solved_tag_ids('parents.available_tags') }}, false
        ) as is_solved

    from {{ ref('thread_activity') }} as activity

    inner join {{ ref('channels') }} as channels
        on activity.channel_id = channels.channel_id

    left join {{ ref('channels') }} as parents
        on activity.parent_id = parents.channel_id

),

coverage as (

    select * from {{ ref('guild_coverage') }}

)

select
    threads.guild_id,
    threads.week_start,
    count(*) as opened_count,
    -- exports tell neither who opened a thread nor its tags
    case when bool_or(threads.is_known) then count(threads.response_seconds) end
        as with_response_count,
    {% for column, name, decimals, type in [
        ('response_seconds', 'median_response_seconds', 0, 'bigint'),
        ('message_count', 'median_messages', 2, 'numeric'),
        ('participant_count', 'median_participants', 2, 'numeric'),
    ] -%}
    round(
        (percentile_cont(0.5) within group (order by threads.{{ column }}))::numeric,
        {{ decimals }}
    )::{{ type }} as {{ name }},
    {% endfor -%}
    count(*) filter (where threads.participant_count = 1) as single_author_count,
    case
        when max(coverage.archived_until) is not null
            then count(*) filter (
                where
                threads.is_archived is not true
                and coverage.archived_until
                - coalesce(threads.last_message_at, threads.opened_at)
                > interval '7 days'
            )
    end as stale_count,
    case when bool_or(threads.is_known) then count(*) filter (where threads.is_solved) end
        as solved_count

from threads

left join coverage
    on threads.guild_id = coverage.guild_id

group by threads.guild_id, threads.week_start
