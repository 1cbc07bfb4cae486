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

new_users as (

    select * from {{ ref('weekly_new_users') }}

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

)

select
    unanswered.guild_id,
    unanswered.channel_id,
    unanswered.message_id,
    unanswered.author_id,
    unanswered.week_start,
    unanswered.created_at,
    new_users.week_start as asker_first_week,
    round(extract(epoch from (unanswered.age)))::bigint as age_seconds,
    concat_ws(
        '/',
        'https://discord.com/channels',
        unanswered.guild_id, unanswered.channel_id, unanswered.message_id
    ) as link,
    unanswered.inferred_message_id is not null as has_inferred_response

from unanswered

left join new_users
    on
        unanswered.guild_id = new_users.guild_id
        and unanswered.author_id = new_users.user_id
