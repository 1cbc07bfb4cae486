{{
    config(
        unique_key=['channel_id', 'message_id'],
        indexes=[{'columns': ['page_id']}],
        meta={'place': 'channel_id', 'reads': 'dce_messages'}
    )
}}

{%- set newest_first = 'order by ' ~ newest_export_first() %}

with

{{ exported_observations() }},

-- Of what only some versions of the exporter tell, the newest that tells it. Names in place of
-- mentions and emoji (formatted) never replace the text as it was written.
folded as (

    select
        channel_id,
        message_id,
        {% for column in [
            'guild_id', 'author_id', 'webhook_id', 'webhook_name', 'type', 'is_pinned',
            'is_automated', 'edited_at', 'embeds', 'content', 'is_content_formatted',
            'exported_at', 'observed_at', 'page_id'
        ] -%}
        (array_agg({{ column }} {{ newest_first }}))[1] as newest_{{ column }},
        {% endfor -%}
        {% for column in [
            'referenced_message_id', 'message_reference', 'sticker_items', 'interaction', 'call',
            'message_snapshots'
        ] -%}
        (array_agg({{ column }} {{ newest_first }}) filter (where {{ column }} is not null))[1]
            as {{ column }},
        {% endfor -%}
        -- as text, since arrays in an array have to be of one length
        (
            array_agg(mentioned_user_ids::text {{ newest_first }})
            filter (where mentioned_user_ids is not null)
        )[1]::bigint[] as mentioned_user_ids,
        (
            array_agg(content {{ newest_first }})
            filter (where not is_content_formatted and content is not null)
        )[1] as raw_content,
        (array_agg(ordinal order by page_id desc, ordinal desc))[1] as ordinal,
        max(page_id) as page_id,
        min(observed_at) as archived_at

    from observations

    group by
        channel_id,
        message_id

)

select
    channel_id,
    message_id,
    newest_guild_id as guild_id,
    newest_author_id as author_id,
    newest_webhook_id as webhook_id,
    newest_webhook_name as webhook_name,
    newest_type as type,
    newest_embeds as embeds,
    message_snapshots,
    newest_is_pinned as is_pinned,
    newest_is_automated as is_automated,
    newest_edited_at as edited_at,
    referenced_message_id,
    message_reference,
    mentioned_user_ids,
    sticker_items,
    interaction,
    call,
    newest_page_id,
    newest_exported_at as exported_at,
    page_id,
    ordinal,
    archived_at,
    newest_observed_at as observed_at,
    case
        when newest_is_content_formatted then coalesce(raw_content, newest_content)
        else newest_content
    end as content,
    case
        when newest_is_content_formatted then raw_content is null
        else newest_is_content_formatted
    end as is_content_formatted

from folded
