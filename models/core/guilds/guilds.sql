{{ config(unique_key='guild_id', meta={'place': 'reference'}) }}

with

new_guilds as (

    select * from {{ ref('stg_discord__guilds') }}

    where
        {{ is_new_page() }}
        and guild_id is not null

),

listed as (

    select distinct on (guild_id)
        *,
        first_value(fetched_at) over (
            partition by guild_id
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_guilds

    order by guild_id asc, page_id desc, ordinal desc

),

-- heads of exports are few: of each guild that a new one is about, all are read
exported as (

    select
        guild_id,
        {{ told_by_newest('name', 'name is not null') }} as name,
        {{ told_by_newest('icon', 'has_icon_told') }} as icon,
        max(page_id) as page_id,
        min(observed_at) as archived_at,
        max(observed_at) as observed_at

    from {{ ref('stg_dce__guilds') }}

    where
        {{ is_settled_page() }}
        and guild_id in (
            select heads.guild_id from {{ ref('stg_dce__guilds') }} as heads
            where {{ is_new_page('heads.page_id') }}
        )

    group by guild_id

),

latest as (

    select
        guild_id,
        name,
        icon,
        'api' as source,
        page_id,
        ordinal,
        archived_at,
        fetched_at as observed_at

    from listed

    union all

    select
        exported.guild_id,
        exported.name,
        exported.icon,
        'dce' as source,
        exported.page_id,
        1 as ordinal,
        exported.archived_at,
        exported.observed_at

    from exported

    where exported.guild_id not in (select listed.guild_id from listed)

)

select
    latest.guild_id,
    latest.name,
    listed.description,
    listed.owner_id,
    listed.application_id,
    latest.icon,
    listed.splash,
    listed.discovery_splash,
    listed.banner,
    listed.home_header,
    listed.vanity_url_code,
    listed.features,
    listed.preferred_locale,
    listed.region,
    listed.verification_level,
    listed.default_message_notifications,
    listed.explicit_content_filter,
    listed.mfa_level,
    listed.nsfw_level,
    listed.is_nsfw,
    listed.premium_tier,
    listed.premium_subscription_count,
    listed.is_premium_progress_bar_enabled,
    listed.premium_progress_bar_enabled_user_updated_at,
    listed.afk_channel_id,
    listed.afk_timeout,
    listed.system_channel_id,
    listed.system_channel_flags,
    listed.rules_channel_id,
    listed.public_updates_channel_id,
    listed.safety_alerts_channel_id,
    listed.is_widget_enabled,
    listed.widget_channel_id,
    listed.max_presences,
    listed.max_members,
    listed.max_video_channel_users,
    listed.max_stage_video_channel_users,
    listed.incidents_data,
    listed.approximate_member_count,
    listed.approximate_presence_count,
    {{ snowflake_to_timestamp('latest.guild_id') }} as created_at,
    latest.source,
    latest.page_id,
    latest.ordinal,
    {{ archived_at(has_source=true) }} as archived_at,
    {{ observed_at() }} as observed_at

from latest

left join listed
    on latest.guild_id = listed.guild_id

where {{ is_not_outranked() }}
