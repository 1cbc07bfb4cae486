{{
    config(
        unique_key=['channel_id', 'message_id'],
        indexes=[
            {'columns': ['page_id']},
            {'columns': ['deletion_page_id']},
            {'columns': ['channel_id', '(' ~ reporting_date('created_at') ~ ')']},
        ],
        post_hook="{{ mark_deleted('int_messages_covered', ['channel_id'], 'message_id') }}",
        meta={'place': 'channel_id'}
    )
}}

{%- set content_columns = [
    'content', 'embeds', 'components', 'poll', 'message_snapshots', 'content_page_id'
] %}

with

message_types as (

    select * from {{ ref('message_types') }}

),

observed as (

    select
        *,
        page_id as content_page_id

    from {{ ref('stg_discord__messages') }}

    where
        {{ is_new_page() }}
        and message_id is not null
        and channel_id is not null

),

-- Latest wins, but for what only some observations can tell: a page fetched without the
-- message content intent never wins over one fetched with it, and pins show no reactions.
folded as (

    select
        channel_id,
        message_id,
        guild_id,
        author_id,
        webhook_id,
        webhook_name,
        webhook_avatar,
        application_id,
        referenced_message_id,
        referenced_message_state,
        message_reference,
        mentioned_user_ids,
        mentioned_role_ids,
        mentioned_channels,
        type,
        flags,
        position,
        is_pinned,
        is_tts,
        has_everyone_mention,
        is_automated,
        edited_at,
        sticker_items,
        interaction,
        activity,
        call,
        role_subscription,
        purchase_notification,
        page_id,
        ordinal,
        fetched_at as observed_at,
        row_number() over to_the_first as recency,
        last_value(fetched_at) over to_the_first as archived_at,
        max(page_id) filter (where not is_pin) over to_the_first as listed_page_id,
        {% for column in content_columns %}
        first_value({{ column }}) over best_content_first as {{ column }},
        {% endfor %}
        first_value(has_message_content) over best_content_first as has_message_content

    from observed

    window
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

-- A stored row stands for all observations before the new ones. It is looked up row by row
-- (offset 0): joined as a whole, the table would be read whole.
latest as (

    select
        folded.*,
        {% if is_incremental() %}
        {% for column in content_columns %}
        stored.{{ column }} as stored_{{ column }},
        {% endfor %}
        stored.archived_at as stored_archived_at,
        stored.listed_page_id as stored_listed_page_id,
        coalesce(stored.has_message_content, false) as stored_has_message_content
        {% else %}
        null::timestamptz as stored_archived_at,
        null::bigint as stored_listed_page_id,
        false as stored_has_message_content
        {% endif %}

    from folded
    {% if is_incremental() %}

    left join
        lateral (
            select known.*
            from {{ this }} as known
            where
                folded.channel_id = known.channel_id
                and folded.message_id = known.message_id
            offset 0
        ) as stored
        on true
    {% endif %}

    where folded.recency = 1

)

select
    latest.message_id,
    latest.channel_id,
    latest.guild_id,
    latest.author_id,
    latest.webhook_id,
    latest.webhook_name,
    latest.webhook_avatar,
    latest.application_id,
    latest.type,
    message_types.name as type_name,
    {% for column in content_columns if column != 'content_page_id' %}
    {{ kept_content(column) }} as {{ column }},
    {% endfor %}
    latest.flags,
    latest.position,
    latest.is_pinned,
    latest.is_tts,
    latest.has_everyone_mention,
    {{ snowflake_to_timestamp('latest.message_id') }} as created_at,
    latest.edited_at,
    latest.referenced_message_id,
    latest.referenced_message_state,
    latest.message_reference,
    latest.mentioned_user_ids,
    latest.mentioned_role_ids,
    latest.mentioned_channels,
    latest.sticker_items,
    latest.interaction,
    latest.activity,
    latest.call,
    latest.role_subscription,
    latest.purchase_notification,
    latest.is_automated,
    latest.has_message_content or latest.stored_has_message_content as has_message_content,
    {{ not_deleted() }},
    'api' as source,
    latest.page_id,
    latest.ordinal,
    {{ kept_content('content_page_id') }} as content_page_id,
    coalesce(latest.listed_page_id, latest.stored_listed_page_id) as listed_page_id,
    coalesce(latest.stored_archived_at, latest.archived_at) as archived_at,
    latest.observed_at,
    coalesce(message_types.is_conversation, false)
    and latest.author_id is not null
    and not latest.is_automated as is_human

from latest

left join message_types
    on latest.type = message_types.type
