{{
    config(
        unique_key='channel_id',
        post_hook="{{ follow_standings('int_channel_standings') }}",
        meta={'place': 'reference'}
    )
}}

with

channel_types as (

    select * from {{ ref('channel_types') }}

),

standings as (

    select * from {{ ref('int_channel_standings') }}

),

new_channels as (

    select * from {{ ref('stg_discord__channels') }}

    where
        {{ is_new_page() }}
        and channel_id is not null

),

latest as (

    select distinct on (channel_id)
        *,
        first_value(fetched_at) over (
            partition by channel_id
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_channels

    order by channel_id asc, page_id desc, ordinal desc

),

named as (

    select
        latest.channel_id,
        latest.guild_id,
        latest.parent_id,
        latest.owner_id,
        latest.application_id,
        latest.last_message_id,
        latest.default_reaction_emoji_id,
        latest.recipient_ids,
        latest.applied_tag_ids,
        channel_types.name as type_name,
        latest.name,
        latest.topic,
        latest.icon,
        latest.rtc_region,
        latest.default_tag_setting,
        latest.default_reaction_emoji_name,
        coalesce(standings.audience, 'unknown') as audience,
        latest.type,
        latest.position,
        latest.rate_limit_per_user,
        latest.default_thread_rate_limit_per_user,
        latest.default_auto_archive_duration,
        latest.auto_archive_duration,
        latest.default_sort_order,
        latest.default_forum_layout,
        latest.bitrate,
        latest.user_limit,
        latest.video_quality_mode,
        latest.message_count,
        latest.member_count,
        latest.total_message_sent,
        latest.flags,
        latest.permission_overwrites,
        latest.available_tags,
        latest.is_nsfw,
        latest.is_managed,
        coalesce(channel_types.is_thread, latest.has_thread_metadata) as is_thread,
        latest.is_archived,
        latest.is_locked,
        latest.is_invitable,
        coalesce(standings.is_hidden, false) as is_hidden,
        latest.created_at,
        latest.archive_changed_at,
        latest.last_pin_at,
        coalesce(standings.is_deleted, false) as is_deleted,
        case when standings.is_deleted then latest.fetched_at end as deleted_after,
        standings.deleted_before,
        standings.deletion_page_id,
        latest.page_id,
        latest.ordinal,
        {{ archived_at() }} as archived_at,
        latest.fetched_at as observed_at

    from latest

    left join channel_types
        on latest.type = channel_types.type

    left join standings
        on latest.channel_id = standings.channel_id

)

select * from named
