with

elements as (

    select
        *,
        message -> 'message_reference' as message_reference

    from {{ ref('base_discord__messages') }}

    where jsonb_typeof(message -> 'message_reference') = 'object'

),

renamed as (

    select
        ---------- ids
        channel_id,
        {{ typed('message', 'id', 'bigint') }} as message_id,
        {{ typed('message_reference', 'guild_id', 'bigint') }} as referenced_guild_id,
        {{ typed('message_reference', 'channel_id', 'bigint') }} as referenced_channel_id,
        {{ typed('message_reference', 'message_id', 'bigint') }} as referenced_message_id,

        ---------- strings
        case
            when not message ? 'referenced_message' then 'absent'
            when message -> 'referenced_message' = 'null' then 'deleted'
            else 'shown'
        end as referenced_message_state,

        ---------- numerics
        coalesce({{ typed('message_reference', 'type', 'integer') }}, 0) as type,
        {{ typed('message', 'type', 'integer') }} as message_type,
        coalesce({{ typed('message', 'flags', 'bigint') }}, 0) as message_flags,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
