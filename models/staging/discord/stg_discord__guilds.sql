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
        lateral {{ json_elements('pages.body') }} as element

),

renamed as (

    select
        ---------- ids
        {{ typed('guild', 'id', 'bigint') }} as guild_id,
        {{ typed('guild', 'owner_id', 'bigint') }} as owner_id,
        {{ typed('guild', 'application_id', 'bigint') }} as application_id,
        {{ typed('guild', 'afk_channel_id', 'bigint') }} as afk_channel_id,
        {{ typed('guild', 'system_channel_id', 'bigint') }} as system_channel_id,
        {{ typed('guild', 'rules_channel_id', 'bigint') }} as rules_channel_id,
        {{ typed('guild', 'public_updates_channel_id', 'bigint') }} as public_updates_channel_id,
        {{ typed('guild', 'safety_alerts_channel_id', 'bigint') }} as safety_alerts_channel_id,
        {{ typed('guild', 'widget_channel_id', 'bigint') }} as widget_channel_id,

        ---------- strings
        {{ typed('guild', 'name', 'text') }} as name,
        {{ typed('guild', 'description', 'text') }} as description,
        {{ typed('guild', 'icon', 'text') }} as icon,
        {{ typed('guild', 'splash', 'text') }} as splash,
        {{ typed('guild', 'discovery_splash', 'text') }} as discovery_splash,
        {{ typed('guild', 'banner', 'text') }} as banner,
        {{ typed('guild', 'home_header', 'text') }} as home_header,
        {{ typed('guild', 'vanity_url_code', 'text') }} as vanity_url_code,
        {{ typed('guild', 'preferred_locale', 'text') }} as preferred_locale,
        {{ typed('guild', 'region', 'text') }} as region,
        {{ text_array("guild -> 'features'") }} as features,
        nullif(guild -> 'incidents_data', 'null') as incidents_data,

        ---------- numerics
        {{ typed('guild', 'verification_level', 'integer') }} as verification_level,
        {{ typed('guild', 'default_message_notifications', 'integer') }}
            as default_message_notifications,
        {{ typed('guild', 'explicit_content_filter', 'integer') }} as explicit_content_filter,
        {{ typed('guild', 'mfa_level', 'integer') }} as mfa_level,
        {{ typed('guild', 'nsfw_level', 'integer') }} as nsfw_level,
        {{ typed('guild', 'premium_tier', 'integer') }} as premium_tier,
        {{ typed('guild', 'premium_subscription_count', 'integer') }} as premium_subscription_count,
        {{ typed('guild', 'afk_timeout', 'integer') }} as afk_timeout,
        {{ typed('guild', 'system_channel_flags', 'bigint') }} as system_channel_flags,
        {{ typed('guild', 'max_presences', 'integer') }} as max_presences,
        {{ typed('guild', 'max_members', 'integer') }} as max_members,
        {{ typed('guild', 'max_video_channel_users', 'integer') }} as max_video_channel_users,
        {{ typed('guild', 'max_stage_video_channel_users', 'integer') }}
            as max_stage_video_channel_users,
        {{ typed('guild', 'approximate_member_count', 'integer') }} as approximate_member_count,
        {{ typed('guild', 'approximate_presence_count', 'integer') }} as approximate_presence_count,

        ---------- booleans
        {{ typed('guild', 'widget_enabled', 'boolean') }} as is_widget_enabled,
        {{ typed('guild', 'premium_progress_bar_enabled', 'boolean') }}
            as is_premium_progress_bar_enabled,
        {{ typed('guild', 'nsfw', 'boolean') }} as is_nsfw,

        ---------- timestamps
        {{ typed('guild', 'premium_progress_bar_enabled_user_updated_at', 'timestamptz') }}
            as premium_progress_bar_enabled_user_updated_at,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
