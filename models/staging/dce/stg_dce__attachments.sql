-- Files of exported messages, and of what they forward. An export made with its files names
-- them by a path on the machine that made it, in place of an address.
with

messages as (

    select * from {{ ref('base_dce__messages') }}

    where
        message -> 'attachments' != '[]'
        or message ? 'forwardedMessage'

),

files as (

    select
        messages.page_id,
        messages.channel_id,
        messages.exported_at,
        messages.ordinal,
        messages.message,
        part.origin,
        element.ordinal as place,
        element.value as attachment

    from messages

    cross join
        lateral (
            values
            ('message', messages.message -> 'attachments'),
            ('snapshot', messages.message #> '{forwardedMessage,attachments}')
        ) as part (origin, elements)

    cross join lateral {{ json_elements('part.elements') }} as element

),

renamed as (

    select
        ---------- ids
        channel_id,
        {{ typed('message', 'id', 'bigint') }} as message_id,
        {{ typed('attachment', 'id', 'bigint') }} as attachment_id,

        ---------- strings
        origin,
        {{ typed('attachment', 'fileName', 'text') }} as filename,
        case
            when {{ typed('attachment', 'url', 'text') }} ~ '^https?://'
                then {{ typed('attachment', 'url', 'text') }}
        end as url,
        case
            when {{ typed('attachment', 'url', 'text') }} !~ '^https?://'
                then {{ typed('attachment', 'url', 'text') }}
        end as exported_path,

        ---------- numerics
        {{ typed('attachment', 'fileSizeBytes', 'bigint') }} as size_bytes,

        ---------- timestamps
        {{ dce_observed_at('message', 'exported_at', 'channel_id') }} as observed_at,

        ---------- lineage
        page_id,
        ordinal,
        place

    from files

)

select * from renamed
