{{
    config(
        incremental_strategy='replace_children',
        unique_key=['channel_id', 'week_start'],
        indexes=[
            {'columns': ['channel_id', 'week_start']},
            {'columns': ['guild_id', 'week_start']},
            {'columns': ['guild_id', 'is_question', 'response_message_id']},
        ],
        meta={'place': 'channel_id', 'child_key': 'message_id'}
    )
}}

with

-- read several times: materialized, it would hide the indexes and be read whole
messages as not materialized (

    select * from {{ ref('messages') }}

),

channels as (

    select
        channel_id,
        parent_id

    from {{ ref('channels') }}

    where is_thread

),

question_words as (

    select * from {{ ref('question_words') }}

),

touched as (

    {{ touched_roots('messages', ref('channel_history')) }}

),

-- The week's messages, what its first ones follow, and what may answer its last ones. Their
-- texts go no further: they would be sorted several times.
nearby as (

    select
        channel_id,
        week_start,
        message_id,
        guild_id,
        author_id,
        created_at,
        is_deleted,
        is_of_week,
        mentioned_user_ids,
        is_of_week and {{ is_question('content') }} as is_question,
        type_name = 'reply' and referenced_message_id is not null as is_reply

    from ({{ messages_around_weeks('messages', '30 minutes', '24 hours') }}) as posted

),

-- a turn begins where another person speaks than before
turns as (

    select
        *,
        lag(created_at) over (
            partition by channel_id, week_start, author_id
            order by message_id asc
        ) as author_spoke_at,
        coalesce(
            author_id != lag(author_id) over (
                partition by channel_id, week_start
                order by message_id asc
            ),
            true
        ) as begins_turn

    from nearby

),

-- (backwards, so that the window only ever grows)
followed as (

    select
        *,
        min(case when begins_turn then message_id end) over (
            partition by channel_id, week_start
            order by message_id desc
            rows between unbounded preceding and 1 preceding
        ) as next_turn_id

    from turns

),

roots as (

    select
        followed.channel_id,
        followed.week_start,
        followed.message_id,
        followed.guild_id,
        followed.author_id,
        followed.created_at,
        followed.is_deleted,
        followed.is_question,
        followed.next_turn_id,
        case
            when followed.message_id = followed.channel_id then 'post'
            when opened.channel_id is not null then 'thread_starter'
            else 'opener'
        end as kind

    from followed

    left join channels as opened
        on
            followed.message_id = opened.channel_id
            and followed.channel_id = opened.parent_id

    left join channels as threads
        on followed.channel_id = threads.channel_id

    where
        followed.is_of_week
        and followed.guild_id is not null
        and (
            followed.message_id = followed.channel_id
            or opened.channel_id is not null
            or (
                threads.channel_id is null
                and not followed.is_reply
                and coalesce(
                    followed.created_at - followed.author_spoke_at >= interval '30 minutes', true
                )
            )
        )

),

inside as (

    select
        roots.channel_id,
        roots.message_id,
        answers.message_id as answer_id,
        answers.author_id

    from roots

    cross join
        lateral (
            select
                stored.message_id,
                stored.author_id
            from messages as stored
            where
                roots.message_id = stored.channel_id
                and roots.message_id < stored.message_id
                and roots.author_id != stored.author_id
                and stored.is_human
            order by stored.message_id asc
            limit 1
        ) as answers

    where roots.kind in ('post', 'thread_starter')

),

replies as (

    {{ first_replies('messages', ref('message_references')) }}

),

mentions as (

    {{ first_mentions() }}

),

answered as (

    select
        roots.*,
        coalesce(inside.answer_id <= replies.answer_id, inside.answer_id is not null)
            as is_inside,
        least(inside.answer_id, replies.answer_id) as response_message_id,
        inside.author_id as insider_id,
        replies.author_id as replier_id,
        case
            when roots.kind != 'post'
                then least(
                    mentions.answer_id,
                    case
                        when
                            {{ snowflake_to_timestamp('roots.next_turn_id') }}
                            - roots.created_at <= interval '30 minutes'
                            then roots.next_turn_id
                    end
                )
        end as inferred_message_id

    from roots

    left join inside
        on
            roots.channel_id = inside.channel_id
            and roots.message_id = inside.message_id

    left join replies
        on
            roots.channel_id = replies.channel_id
            and roots.message_id = replies.message_id

    left join mentions
        on
            roots.channel_id = mentions.channel_id
            and roots.message_id = mentions.message_id

)

-- a touched week without roots (any more) sends one row without a message
select
    touched.channel_id,
    touched.week_start,
    answered.message_id,
    answered.guild_id,
    answered.author_id,
    answered.kind,
    answered.is_question,
    1 as detector_version,
    answered.created_at,
    answered.is_deleted,
    case
        when answered.is_inside then answered.message_id
        when answered.response_message_id is not null then answered.channel_id
    end as response_channel_id,
    answered.response_message_id,
    case
        when answered.is_inside then answered.insider_id
        else answered.replier_id
    end as response_user_id,
    case
        when answered.is_inside then 'thread'
        when answered.response_message_id is not null then 'reply'
    end as response_kind,
    {{ seconds_between('answered.message_id', 'answered.response_message_id') }}
        as response_seconds,
    answered.inferred_message_id,
    inferred.author_id as inferred_user_id,
    {{ seconds_between('answered.message_id', 'answered.inferred_message_id') }}
        as inferred_seconds

from touched

left join answered
    on
        touched.channel_id = answered.channel_id
        and touched.week_start = answered.week_start

left join nearby as inferred
    on
        answered.channel_id = inferred.channel_id
        and answered.week_start = inferred.week_start
        and answered.inferred_message_id = inferred.message_id
{% if not is_incremental() %}

where answered.message_id is not null
{% endif %}
