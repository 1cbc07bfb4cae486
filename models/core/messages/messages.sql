{{
    config(
        unique_key=['channel_id', 'message_id'],
        indexes=[
            {'columns': ['page_id']},
            {'columns': ['deletion_page_id']},
            {'columns': ['channel_id', '(' ~ reporting_date('created_at') ~ ')']},
        ],
        post_hook="{{ mark_deleted(
            'int_messages_covered', ['channel_id'], 'message_id', api_page_id='api_page_id'
        ) }}",
        meta={'place': 'channel_id'}
    )
}}

{%- set content_columns = [
    'content', 'embeds', 'components', 'poll', 'message_snapshots', 'content_page_id'
] %}
{#- what a page of the API tells, and its columns in a stored row #}
{%- set api_columns = [
    'channel_id', 'message_id', 'guild_id', 'author_id', 'webhook_id', 'webhook_name',
    'webhook_avatar', 'application_id', 'referenced_message_id', 'referenced_message_state',
    'message_reference', 'mentioned_user_ids', 'mentioned_role_ids', 'mentioned_channels', 'type',
    'flags', 'position', 'is_pinned', 'is_tts', 'has_everyone_mention', 'is_automated',
    'edited_at', 'sticker_items', 'interaction', 'activity', 'call', 'role_subscription',
    'purchase_notification'
] %}
{#- and which of these exports tell, too #}
{%- set exported_columns = [
    'channel_id', 'message_id', 'guild_id', 'author_id', 'webhook_id', 'webhook_name',
    'referenced_message_id', 'message_reference', 'mentioned_user_ids', 'type', 'is_pinned',
    'is_automated', 'edited_at', 'sticker_items', 'interaction', 'call'
] %}
{%- set left_open = messages_left_open(api_columns, content_columns) %}

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
        {% for column in api_columns -%}
        {{ column }},
        {% endfor -%}
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
        coalesce(stored.content_source = 'api', false) as stored_has_message_content
        {% else %}
        null::timestamptz as stored_archived_at,
        null::bigint as stored_listed_page_id,
        false as stored_has_message_content
        {% endif %}

    from folded
    {% if is_incremental() %}

    left join
        lateral (
            select
                {% for column in content_columns -%}
                known.{{ column }},
                {% endfor -%}
                known.content_source,
                case when known.source = 'api' then known.archived_at end as archived_at,
                case when known.reaction_source = 'api' then known.listed_page_id end
                    as listed_page_id
            from {{ this }} as known
            where
                folded.channel_id = known.channel_id
                and folded.message_id = known.message_id
            offset 0
        ) as stored
        on true
    {% endif %}

    where folded.recency = 1

),

new_exports as (

    select * from {{ ref('int_dce_messages') }}

    where {{ is_new_page() }}

),

from_api as (

    select
        {% for column in api_columns -%}
        latest.{{ column }},
        {% endfor -%}
        {% for column in content_columns -%}
        {{ kept_content(column) }} as {{ column }},
        {% endfor -%}
        latest.has_message_content or latest.stored_has_message_content as has_message_content,
        {{ not_deleted() }},
        latest.page_id as api_page_id,
        latest.ordinal as api_ordinal,
        coalesce(latest.listed_page_id, latest.stored_listed_page_id) as listed_page_id,
        coalesce(latest.stored_archived_at, latest.archived_at) as archived_at,
        latest.observed_at

    from latest
    {% if is_incremental() %}

    union all

    {{ left_open }}
    {% endif %}

),

-- only of what the API leaves open it matters what exports tell
filled as (

    select
        from_api.*,
        exported.content as exported_content,
        exported.is_content_formatted,
        exported.embeds as exported_embeds,
        exported.message_snapshots as exported_snapshots,
        exported.newest_page_id as exported_page_id,
        exported.page_id as last_export_page_id,
        exported.ordinal as last_export_ordinal

    from from_api

    left join
        lateral (
            select known.*
            from {{ ref('int_dce_messages') }} as known
            where
                (not from_api.has_message_content or from_api.listed_page_id is null)
                and from_api.channel_id = known.channel_id
                and from_api.message_id = known.message_id
                and {{ is_settled_page('known.page_id') }}
            offset 0
        ) as exported
        on true

),

told as (

    select
        {% for column in api_columns -%}
        {{ column }},
        {% endfor -%}
        case when has_message_content then content else exported_content end as content,
        case when has_message_content then embeds else exported_embeds end as embeds,
        components,
        poll,
        case when has_message_content then message_snapshots else exported_snapshots end
            as message_snapshots,
        case
            when has_message_content then false
            when exported_page_id is not null then is_content_formatted
        end as is_content_formatted,
        case
            when has_message_content then 'api'
            when exported_page_id is not null then 'dce'
        end as content_source,
        case
            when listed_page_id is not null then 'api'
            when exported_page_id is not null then 'dce'
        end as reaction_source,
        is_deleted,
        deleted_after,
        deleted_before,
        deletion_page_id,
        'api' as source,
        greatest(api_page_id, last_export_page_id) as page_id,
        case
            when last_export_page_id > api_page_id then last_export_ordinal
            else api_ordinal
        end as ordinal,
        api_page_id,
        api_ordinal,
        case
            when has_message_content then content_page_id
            else coalesce(exported_page_id, content_page_id)
        end as content_page_id,
        coalesce(listed_page_id, exported_page_id) as listed_page_id,
        archived_at,
        observed_at

    from filled

    union all

    select
        {% for column in api_columns -%}
        {% if column in exported_columns -%}
        new_exports.{{ column }},
        {% else -%}
        null as {{ column }},
        {% endif -%}
        {% endfor -%}
        new_exports.content,
        new_exports.embeds,
        null as components,
        null as poll,
        new_exports.message_snapshots,
        new_exports.is_content_formatted,
        'dce' as content_source,
        'dce' as reaction_source,
        {{ not_deleted() }},
        'dce' as source,
        new_exports.page_id,
        new_exports.ordinal,
        null as api_page_id,
        null as api_ordinal,
        new_exports.newest_page_id as content_page_id,
        new_exports.newest_page_id as listed_page_id,
        new_exports.archived_at,
        new_exports.observed_at

    from new_exports

    where {{ only_exports_know('new_exports') }}

)

select
    told.*,
    message_types.name as type_name,
    {{ snowflake_to_timestamp('told.message_id') }} as created_at,
    told.content_source is not null as has_message_content,
    coalesce(message_types.is_conversation, false)
    and told.author_id is not null
    and not told.is_automated as is_human

from told

left join message_types
    on told.type = message_types.type
