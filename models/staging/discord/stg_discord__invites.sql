with

pages as (

    select * from {{ source('discord', 'invites') }}

),

elements as (

    select
        pages.page_id,
        pages.guild_id,
        pages.fetched_at,
        element.ordinal,
        element.value as invite,
        element.value -> 'channel' as channel,
        element.value -> 'inviter' as inviter,
        element.value -> 'target_user' as target_user,
        element.value -> 'target_application' as target_application,
        element.value -> 'guild_scheduled_event' as event

    from pages

    cross join
        lateral {{ json_elements('pages.body') }} as element

),

renamed as (

    select
        ---------- ids
        -- a key must fit into an index, and no code is nearly that long
        case
            when octet_length(invite ->> 'code') between 1 and 200
                then {{ typed('invite', 'code', 'text') }}
        end as code,
        guild_id,
        {{ typed('channel', 'id', 'bigint') }} as channel_id,
        {{ typed('inviter', 'id', 'bigint') }} as inviter_id,
        {{ typed('target_user', 'id', 'bigint') }} as target_user_id,
        {{ typed('target_application', 'id', 'bigint') }} as target_application_id,
        {{ typed('invite', 'target_channel_id', 'bigint') }} as target_channel_id,
        {{ typed('invite', 'target_message_id', 'bigint') }} as target_message_id,
        {{ typed('event', 'id', 'bigint') }} as event_id,
        {{ id_array("invite -> 'roles'", 'id') }} as role_ids,

        ---------- numerics
        {{ typed('invite', 'type', 'integer') }} as type,
        {{ typed('invite', 'target_type', 'integer') }} as target_type,
        {{ typed('invite', 'uses', 'count') }} as uses,
        {{ typed('invite', 'max_uses', 'count') }} as max_uses,
        {{ typed('invite', 'max_age', 'count') }} as max_age,
        coalesce({{ typed('invite', 'flags', 'bigint') }}, 0) as flags,
        {{ typed('invite', 'approximate_member_count', 'count') }} as approximate_member_count,
        {{ typed('invite', 'approximate_presence_count', 'count') }} as approximate_presence_count,

        ---------- booleans
        {{ typed('invite', 'temporary', 'boolean') }} as is_temporary,
        {{ typed('invite', 'is_contact', 'boolean') }} as is_contact,
        {{ typed('invite', 'is_nickname_changeable', 'boolean') }} as is_nickname_changeable,

        ---------- timestamps
        {{ typed('invite', 'created_at', 'timestamptz') }} as created_at,
        {{ typed('invite', 'expires_at', 'timestamptz') }} as expires_at,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
