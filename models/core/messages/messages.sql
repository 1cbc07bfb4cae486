{{
    config(
        unique_key=['channel_id', 'message_id'],
        indexes=[
            {'columns': ['page_id']},
            {'columns': ['channel_id', '(' ~ reporting_date('created_at') ~ ')']},
        ],
        meta={'place': 'channel_id'}
    )
}}

with

message_types as (

    select * from {{ ref('message_types') }}

),

observed as (

    select
        *,
        fetched_at as observed_at,
        fetched_at as archived_at

    from {{ ref('stg_discord__messages') }}

    where
        {{ is_new_page() }}
        and message_id is not null
        and channel_id is not null

),

-- A stored row stands for all observations before the new ones: of what was first, and
-- of content seen with the message content intent. Ordinal -1 loses every other tie.
{% if is_incremental() %}
stored as (

    select
        message_id,
        channel_id,
        guild_id,
        author_id,
        webhook_id,
        referenced_message_id,
        mentioned_user_ids,
        mentioned_role_ids,
        type,
        flags,
        is_pinned,
        is_automated,
        has_message_content,
        created_at,
        edited_at,
        content,
        embeds,
        components,
        poll,
        page_id,
        -1 as ordinal,
        observed_at,
        archived_at

    from {{ this }}

    where
        (channel_id, message_id) in (
            select
                observed.channel_id,
                observed.message_id
            from observed
        )

),
{% endif %}

observations as (

    select
        message_id,
        channel_id,
        guild_id,
        author_id,
        webhook_id,
        referenced_message_id,
        mentioned_user_ids,
        mentioned_role_ids,
        type,
        flags,
        is_pinned,
        is_automated,
        has_message_content,
        created_at,
        edited_at,
        content,
        embeds,
        components,
        poll,
        page_id,
        ordinal,
        observed_at,
        archived_at

    from observed
    {% if is_incremental() %}

    union all

    select * from stored
    {% endif %}

),

-- Latest wins, but for what only some observations can tell: a page fetched without the
-- message content intent never wins over one fetched with it.
folded as (

    select
        channel_id,
        message_id,
        guild_id,
        author_id,
        webhook_id,
        referenced_message_id,
        mentioned_user_ids,
        mentioned_role_ids,
        type,
        flags,
        is_pinned,
        is_automated,
        edited_at,
        page_id,
        observed_at,
        row_number() over latest_first as recency,
        last_value(created_at) over to_the_first as created_at,
        last_value(archived_at) over to_the_first as archived_at,
        first_value(has_message_content) over best_content_first as has_message_content,
        first_value(content) over best_content_first as content,
        first_value(embeds) over best_content_first as embeds,
        first_value(components) over best_content_first as components,
        first_value(poll) over best_content_first as poll

    from observations

    window
        latest_first as (
            partition by channel_id, message_id
            order by page_id desc, ordinal desc
        ),
        to_the_first as (
            partition by channel_id, message_id
            order by page_id desc, ordinal desc
            rows between unbounded preceding and unbounded following
        ),
        best_content_first as (
            partition by channel_id, message_id
            order by has_message_content desc, page_id desc, ordinal desc
        )

),

latest as (

    select
        folded.message_id,
        folded.channel_id,
        folded.guild_id,
        folded.author_id,
        folded.webhook_id,
        folded.type,
        message_types.name as type_name,
        folded.content,
        folded.flags,
        folded.is_pinned,
        folded.created_at,
        folded.edited_at,
        folded.referenced_message_id,
        folded.mentioned_user_ids,
        folded.mentioned_role_ids,
        folded.embeds,
        folded.components,
        folded.poll,
        folded.is_automated,
        folded.has_message_content,
        'api' as source,
        folded.page_id,
        folded.archived_at,
        folded.observed_at,
        coalesce(message_types.is_conversation, false)
        and folded.author_id is not null
        and not folded.is_automated as is_human

    from folded

    left join message_types
        on folded.type = message_types.type

    where folded.recency = 1

)

select * from latest
