{{
    config(
        incremental_strategy='replace_children',
        unique_key=['channel_id', 'message_id'],
        indexes=[{'columns': ['channel_id', 'referenced_message_id']}],
        meta={'place': 'channel_id', 'child_key': 'page_id'}
    )
}}

with

-- in an incremental build one that refers to nothing, too: what it did before has to go
touched as (

    select * from {{ ref('messages') }}

    where
        {{ is_new_page() }}
        and {{ 'true' if is_incremental() else 'message_reference is not null' }}

)

select
    channel_id,
    message_id,
    case
        when message_reference ->> 'type' = '1' then 'forward'
        when flags & 2 > 0 then 'crosspost'
        else coalesce(type_name, 'unknown')
    end as kind,
    coalesce({{ typed('message_reference', 'type', 'integer') }}, 0) as type,
    {{ typed('message_reference', 'guild_id', 'bigint') }} as referenced_guild_id,
    {{ typed('message_reference', 'channel_id', 'bigint') }} as referenced_channel_id,
    {{ typed('message_reference', 'message_id', 'bigint') }} as referenced_message_id,
    referenced_message_state,
    case when message_reference is not null then page_id end as page_id,
    ordinal,
    archived_at,
    observed_at

from touched
