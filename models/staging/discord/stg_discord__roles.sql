with

pages as (

    select * from {{ source('discord', 'roles') }}

),

elements as (

    select
        pages.page_id,
        pages.guild_id,
        pages.fetched_at,
        element.ordinal,
        element.value as role,
        element.value -> 'colors' as colors,
        element.value -> 'tags' as tags

    from pages

    cross join
        lateral {{ json_elements('pages.body') }} as element

),

renamed as (

    select
        ---------- ids
        {{ typed('role', 'id', 'bigint') }} as role_id,
        guild_id,
        {{ typed('tags', 'bot_id', 'bigint') }} as bot_id,
        {{ typed('tags', 'integration_id', 'bigint') }} as integration_id,
        {{ typed('tags', 'subscription_listing_id', 'bigint') }} as subscription_listing_id,

        ---------- strings
        {{ typed('role', 'name', 'text') }} as name,
        {{ typed('role', 'icon', 'text') }} as icon,
        {{ typed('role', 'unicode_emoji', 'text') }} as unicode_emoji,

        ---------- numerics
        {{ typed('role', 'permissions', 'numeric') }} as permissions,
        {{ typed('role', 'position', 'integer') }} as position,
        coalesce(
            {{ typed('colors', 'primary_color', 'integer') }},
            {{ typed('role', 'color', 'integer') }}
        ) as primary_color,
        {{ typed('colors', 'secondary_color', 'integer') }} as secondary_color,
        {{ typed('colors', 'tertiary_color', 'integer') }} as tertiary_color,
        coalesce({{ typed('role', 'flags', 'bigint') }}, 0) as flags,

        ---------- booleans
        {{ typed('role', 'hoist', 'boolean') }} as is_hoisted,
        {{ typed('role', 'managed', 'boolean') }} as is_managed,
        {{ typed('role', 'mentionable', 'boolean') }} as is_mentionable,
        -- these three Discord sends as null where they are true, and not at all elsewhere
        coalesce(tags ? 'premium_subscriber', false) as is_premium_subscriber,
        coalesce(tags ? 'available_for_purchase', false) as is_available_for_purchase,
        coalesce(tags ? 'guild_connections', false) as has_guild_connections,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
