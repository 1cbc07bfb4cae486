with

pages as (

    select * from {{ source('discord', 'guilds') }}

),

elements as (

    select
        pages.page_id,
        pages.fetched_at,
        element.ordinal,
        element.value as guild

    from pages

    cross join
        lateral jsonb_array_elements({{ json_array('pages.body') }})
        with ordinality as element (value, ordinal)

),

renamed as (

    select
        ---------- ids
        {{ typed('guild', 'id', 'bigint') }} as guild_id,
        {{ typed('guild', 'owner_id', 'bigint') }} as owner_id,
        {{ typed('guild', 'system_channel_id', 'bigint') }} as system_channel_id,
        {{ typed('guild', 'rules_channel_id', 'bigint') }} as rules_channel_id,

        ---------- strings
        {{ typed('guild', 'name', 'text') }} as name,
        {{ typed('guild', 'description', 'text') }} as description,
        {{ typed('guild', 'icon', 'text') }} as icon,
        {{ typed('guild', 'preferred_locale', 'text') }} as preferred_locale,

        ---------- numerics
        {{ typed('guild', 'verification_level', 'integer') }} as verification_level,
        {{ typed('guild', 'premium_tier', 'integer') }} as premium_tier,
        {{ typed('guild', 'premium_subscription_count', 'integer') }} as premium_subscription_count,
        {{ typed('guild', 'approximate_member_count', 'integer') }} as approximate_member_count,
        {{ typed('guild', 'approximate_presence_count', 'integer') }} as approximate_presence_count,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
