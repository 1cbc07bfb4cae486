{{ config(materialized='view') }}

with

questions as (

    select
        *,
        -- a thread has the id of the message that it was opened from
        case when kind != 'opener' then message_id end as thread_id

    from {{ ref('message_responses') }}

    where
        is_question
        and not is_deleted
        and response_message_id is null

),

coverage as (

    select * from {{ ref('guild_coverage') }}

),

channels as (

    select * from {{ ref('channels') }}

),

old_enough as (

    select
        questions.*,
        coverage.archived_until - questions.created_at as age

    from questions

    inner join coverage
        on questions.guild_id = coverage.guild_id

    where coverage.archived_until - questions.created_at > interval '24 hours'

),

unanswered as (

    select old_enough.*

    from old_enough

    left join channels as threads
        on old_enough.thread_id = threads.channel_id

    left join channels as parents
        on threads.parent_id = parents.channel_id

    where
        threads.is_locked is not true
        and coalesce(
            not threads.applied_tag_ids && {{ solved_tag_ids('parents.available_tags') }}, true
        )

),

-- read once for all of them: to look one person up is to read a whole guild's index
first_weeks as (

    select
        guild_id,
        user_id,
        min(week_start) as week_start

    from {{ ref('weekly_user_activity') }}

    group by guild_id, user_id

)

select
    unanswered.guild_id,
    unanswered.channel_id,
    unanswered.message_id,
    unanswered.author_id,
    unanswered.week_start,
    unanswered.created_at,
    first_weeks.week_start as asker_first_week,
    round(extract(epoch from unanswered.age))::bigint as age_seconds,
    concat_ws(
        '/',
        'https://discord.com/channels',
        unanswered.guild_id, unanswered.channel_id, unanswered.message_id
    ) as link,
    unanswered.inferred_message_id is not null as has_inferred_response

from unanswered

left join first_weeks
    on
        unanswered.guild_id = first_weeks.guild_id
        and unanswered.author_id = first_weeks.user_id
