-- A message's own files, those of what it forwards, and those that only its components
-- show. A file that components name by an address alone is none of Discord's.
with

messages as (

    select * from {{ ref('base_discord__messages') }}

    -- most hold no file, and to say so is cheaper than to look everywhere
    where
        message -> 'attachments' != '[]'
        or message -> 'components' != '[]'
        or message ? 'message_snapshots'

),

files as (

    select
        messages.page_id,
        messages.channel_id,
        messages.fetched_at,
        messages.ordinal,
        messages.message,
        file.origin,
        file.place,
        file.attachment

    from messages

    cross join
        lateral (
            select
                'message' as origin,
                element.ordinal as place,
                element.value as attachment
            from {{ json_elements('messages.message', '$.attachments') }} as element

            union all

            select
                'snapshot' as origin,
                element.ordinal as place,
                element.value as attachment
            from {{ json_elements(
                'messages.message', '$.message_snapshots[*].message.attachments'
            ) }} as element

            union all

            select
                'component' as origin,
                element.ordinal as place,
                element.value as attachment
            from
                jsonb_path_query(
                    messages.message -> 'components',
                    'strict $.** ? (exists(@.attachment_id))', '{}', true
                ) with ordinality as element (value, ordinal)
            where messages.message -> 'components' != '[]'

            union all

            select
                'snapshot_component' as origin,
                element.ordinal as place,
                element.value as attachment
            from
                jsonb_path_query(
                    messages.message -> 'message_snapshots',
                    'strict $[*].message.components.** ? (exists(@.attachment_id))', '{}', true
                ) with ordinality as element (value, ordinal)
        ) as file

),

renamed as (

    select
        ---------- ids
        channel_id,
        {{ typed('message', 'id', 'bigint') }} as message_id,
        coalesce(
            {{ typed('attachment', 'attachment_id', 'bigint') }},
            {{ typed('attachment', 'id', 'bigint') }}
        ) as attachment_id,

        ---------- strings
        origin,
        {{ typed('attachment', 'filename', 'text') }} as filename,
        {{ typed('attachment', 'title', 'text') }} as title,
        {{ typed('attachment', 'description', 'text') }} as description,
        {{ typed('attachment', 'content_type', 'text') }} as content_type,
        {{ typed('attachment', 'url', 'text') }} as url,
        {{ typed('attachment', 'proxy_url', 'text') }} as proxy_url,
        {{ typed('attachment', 'waveform', 'text') }} as waveform,

        ---------- numerics
        {{ typed('attachment', 'size', 'bigint') }} as size_bytes,
        {{ typed('attachment', 'width', 'integer') }} as width,
        {{ typed('attachment', 'height', 'integer') }} as height,
        {{ typed('attachment', 'duration_secs', 'numeric') }} as duration_seconds,
        coalesce({{ typed('attachment', 'flags', 'bigint') }}, 0) as flags,

        ---------- booleans
        coalesce({{ typed('attachment', 'ephemeral', 'boolean') }}, false) as is_ephemeral,

        ---------- timestamps
        {{ typed('attachment', 'clip_created_at', 'timestamptz') }} as clip_created_at,

        ---------- lineage
        page_id,
        ordinal,
        place,
        fetched_at

    from files

)

select * from renamed
