{{ config(unique_key='guild_id', meta={'place': 'reference'}) }}

with

new_guilds as (

    select * from {{ ref('stg_discord__guilds') }}

    where
        {{ is_new_page() }}
        and guild_id is not null

),

latest as (

    select distinct on (guild_id)
        *,
        first_value(fetched_at) over (
            partition by guild_id
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_guilds

    order by guild_id asc, page_id desc, ordinal desc

)

select
    latest.guild_id,
    latest.name,
    latest.description,
    latest.owner_id,
    latest.application_id,
    latest.icon,
    latest.splash,
    latest.discovery_splash,
    latest.banner,
    latest.home_header,
    latest.vanity_url_code,
    latest.features,
    latest.preferred_locale,
    latest.region,
    latest.verification_level,
    latest.default_message_notifications,
    latest.explicit_content_filter,
    latest.mfa_level,
    latest.nsfw_level,
    latest.is_nsfw,
    latest.premium_tier,
    latest.premium_subscription_count,
    latest.is_premium_progress_bar_enabled,
    latest.premium_progress_bar_enabled_user_updated_at,
    latest.afk_channel_id,
    latest.afk_timeout,
    latest.system_channel_id,
    latest.system_channel_flags,
    latest.rules_channel_id,
    latest.public_updates_channel_id,
    latest.safety_alerts_channel_id,
    latest.is_widget_enabled,
    latest.widget_channel_id,
    latest.max_presences,
    latest.max_members,
    latest.max_video_channel_users,
    latest.max_stage_video_channel_users,
    latest.incidents_data,
    latest.approximate_member_count,
    latest.approximate_presence_count,
    {{ snowflake_to_timestamp('latest.guild_id') }} as created_at,
    latest.page_id,
    latest.ordinal,
    {{ archived_at() }} as archived_at,
    latest.fetched_at as observed_at

from latest
