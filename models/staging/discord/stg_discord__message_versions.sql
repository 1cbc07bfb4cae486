-- What a message says, as one hash of what people can change: its text, embeds, files and
-- components, without what Discord gives anew to each reader (signatures, proxies). Pages
-- without the message content intent tell nothing of it.
with

elements as (

    select * from {{ ref('base_discord__messages') }}

    where has_message_content

),

renamed as (

    select
        ---------- ids
        channel_id,
        {{ typed('message', 'id', 'bigint') }} as message_id,

        ---------- strings
        {{ typed('message', 'content', 'text') }} as content,
        substr(
            sha256(
                convert_to(
                    concat_ws(
                        chr(31),
                        message ->> 'content',
                        {{ embeds_text("message -> 'embeds'") }},
                        {{ files_text("message -> 'attachments'") }},
                        {{ components_text("message -> 'components'") }}
                    ),
                    'UTF8'
                )
            ),
            1, 16
        ) as version_hash,

        ---------- timestamps
        {{ typed('message', 'edited_timestamp', 'timestamptz') }} as edited_at,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
