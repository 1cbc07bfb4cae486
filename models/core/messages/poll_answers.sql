{{
    config(
        incremental_strategy='replace_children',
        unique_key=['channel_id', 'message_id'],
        meta={'place': 'channel_id', 'child_key': 'answer_id'}
    )
}}

with

touched as (

    select
        channel_id,
        message_id,
        content_page_id,
        poll,
        archived_at,
        poll -> 'results' as results

    from {{ ref('messages') }}

    where
        {{ is_new_page() }}
        and {{ is_new_page('content_page_id') }}
        and {{ 'true' if is_incremental() else "jsonb_typeof(poll) = 'object'" }}

),

answers as (

    select
        touched.channel_id,
        touched.message_id,
        touched.content_page_id,
        touched.results,
        touched.archived_at,
        element.ordinal as place,
        element.value -> 'poll_media' as media,
        {{ typed('element.value', 'answer_id', 'integer') }} as answer_id

    from touched

    left join
        lateral {{ json_elements('touched.poll', '$.answers') }} as element
        on jsonb_typeof(touched.poll) = 'object'

),

counted as (

    select distinct on (answers.channel_id, answers.message_id, answers.answer_id)
        answers.channel_id,
        answers.message_id,
        answers.answer_id,
        answers.place,
        {{ typed('answers.media', 'text', 'text') }} as text,
        {{ typed("(answers.media -> 'emoji')", 'id', 'bigint') }} as emoji_id,
        {{ typed("(answers.media -> 'emoji')", 'name', 'text') }} as emoji_name,
        -- an answer that the results leave out has no votes; without results none is known
        case
            when jsonb_typeof(answers.results) = 'object'
                then coalesce(votes.vote_count, 0)
        end as vote_count,
        answers.content_page_id as page_id,
        answers.archived_at

    from answers

    left join
        lateral (
            select max({{ typed('element.value', 'count', 'count') }}) as vote_count
            from {{ json_elements('answers.results', '$.answer_counts') }} as element
            where {{ typed('element.value', 'id', 'integer') }} = answers.answer_id
        ) as votes
        on true

    order by
        answers.channel_id asc, answers.message_id asc, answers.answer_id asc, answers.place asc

)

select * from counted
{% if not is_incremental() %}

where answer_id is not null
{% endif %}
