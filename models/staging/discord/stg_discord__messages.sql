with

pages as (

    select * from {{ source('discord', 'messages') }}

),

elements as (

    select
        pages.page_id,
        pages.guild_id,
        pages.channel_id,
        pages.fetched_at,
        element.ordinal,
        element.value as message,
        element.value -> 'author' as author,
        element.value -> 'message_reference' as message_reference,
        coalesce(pages.has_message_content, true) as has_message_content

    from pages

    cross join
        lateral jsonb_array_elements({{ json_array('pages.body') }})
        with ordinality as element (value, ordinal)

),

renamed as (

    select
        ---------- ids
        {{ typed('message', 'id', 'bigint') }} as message_id,
        coalesce(channel_id, {{ typed('message', 'channel_id', 'bigint') }}) as channel_id,
        guild_id,
        {{ typed('author', 'id', 'bigint') }} as author_id,
        {{ typed('message', 'webhook_id', 'bigint') }} as webhook_id,
        {{ typed('message_reference', 'message_id', 'bigint') }} as referenced_message_id,
        {{ id_array("message -> 'mentions'", 'id') }} as mentioned_user_ids,
        {{ id_array("message -> 'mention_roles'") }} as mentioned_role_ids,

        ---------- numerics
        {{ typed('message', 'type', 'integer') }} as type,
        coalesce({{ typed('message', 'flags', 'bigint') }}, 0) as flags,

        ---------- booleans
        coalesce({{ typed('message', 'pinned', 'boolean') }}, false) as is_pinned,
        coalesce({{ typed('author', 'bot', 'boolean') }}, false)
        or coalesce({{ typed('author', 'system', 'boolean') }}, false)
        or message ->> 'webhook_id' is not null as is_automated,
        has_message_content,

        ---------- timestamps
        coalesce(
            {{ typed('message', 'timestamp', 'timestamptz') }},
            {{ snowflake_to_timestamp(typed('message', 'id', 'bigint')) }}
        ) as created_at,
        {{ typed('message', 'edited_timestamp', 'timestamptz') }} as edited_at,

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

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
