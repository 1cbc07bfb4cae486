with

elements as (

    select
        *,
        message -> 'author' as author,
        message -> 'message_reference' as message_reference,
        message ->> 'webhook_id' as webhook

    from {{ ref('base_discord__messages') }}

),

renamed as (

    select
        ---------- ids
        {{ typed('message', 'id', 'bigint') }} as message_id,
        channel_id,
        guild_id,
        {{ typed('author', 'id', 'bigint') }} as author_id,
        {{ safe_bigint('webhook') }} as webhook_id,
        {{ typed('message', 'application_id', 'bigint') }} as application_id,
        {{ typed('message_reference', 'message_id', 'bigint') }} as referenced_message_id,
        {{ id_array("message -> 'mentions'", 'id') }} as mentioned_user_ids,
        {{ id_array("message -> 'mention_roles'") }} as mentioned_role_ids,

        ---------- strings
        -- a webhook's author is a disguise that belongs to the message
        case
            when {{ is_disguise('message') }} then {{ typed('author', 'username', 'text') }}
        end as webhook_name,
        case
            when {{ is_disguise('message') }} then {{ typed('author', 'avatar', 'text') }}
        end as webhook_avatar,

        ---------- numerics
        {{ typed('message', 'type', 'integer') }} as type,
        coalesce({{ typed('message', 'flags', 'bigint') }}, 0) as flags,
        {{ typed('message', 'position', 'integer') }} as position,

        ---------- booleans
        coalesce({{ typed('message', 'pinned', 'boolean') }}, false) as is_pinned,
        coalesce({{ typed('message', 'tts', 'boolean') }}, false) as is_tts,
        coalesce({{ typed('message', 'mention_everyone', 'boolean') }}, false)
            as has_everyone_mention,
        coalesce({{ typed('author', 'bot', 'boolean') }}, false)
        or coalesce({{ typed('author', 'system', 'boolean') }}, false)
        or webhook is not null as is_automated,
        has_message_content,
        is_pin,

        ---------- timestamps
        {{ typed('message', 'edited_timestamp', 'timestamptz') }} as edited_at,

        ---------- what it refers to: Discord did not look, it is gone, or it is there
        case
            when coalesce(jsonb_typeof(message_reference) != 'object', true) then null
            when message -> 'referenced_message' is null then 'absent'
            when message -> 'referenced_message' = 'null' then 'deleted'
            else 'shown'
        end as referenced_message_state,
        case
            when jsonb_typeof(message_reference) = 'object' then message_reference
        end as message_reference,

        ---------- objects
        nullif(message -> 'sticker_items', 'null') as sticker_items,
        nullif(message -> 'mention_channels', 'null') as mentioned_channels,
        coalesce(
            nullif(message -> 'interaction_metadata', 'null'),
            nullif(message -> 'interaction', 'null')
        ) as interaction,
        nullif(message -> 'activity', 'null') as activity,
        nullif(message -> 'call', 'null') as call,
        nullif(message -> 'role_subscription_data', 'null') as role_subscription,
        nullif(message -> 'purchase_notification', 'null') as purchase_notification,

        ---------- what Discord empties without the message content intent: there, empty
        ---------- means not shown, so it is unknown and not empty
        case
            when has_message_content then {{ typed('message', 'content', 'text') }}
            else nullif({{ typed('message', 'content', 'text') }}, '')
        end as content,
        case
            when has_message_content then nullif(message -> 'embeds', 'null')
            else nullif(nullif(message -> 'embeds', 'null'), '[]')
        end as embeds,
        case
            when has_message_content then nullif(message -> 'components', 'null')
            else nullif(nullif(message -> 'components', 'null'), '[]')
        end as components,
        nullif(message -> 'poll', 'null') as poll,
        nullif(message -> 'message_snapshots', 'null') as message_snapshots,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
