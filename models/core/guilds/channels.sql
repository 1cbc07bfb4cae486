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

listed as (

    select distinct on (channel_id)
        *,
        first_value(fetched_at) over (
            partition by channel_id
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_channels

    order by channel_id asc, page_id desc, ordinal desc

),

-- heads of exports are few: of each channel that a new one tells of, all are read
exported as (

    select
        channel_id,
        {% for column, is_told in [
            ('guild_id', 'true'),
            ('parent_id', 'has_parent_told'),
            ('name', 'name is not null'),
            ('topic', 'has_topic_told'),
            ('icon', 'icon is not null'),
            ('type', 'type is not null'),
        ] %}
        {{ told_by_newest(column, is_told) }} as {{ column }},
        {% endfor %}
        max(page_id) as page_id,
        min(observed_at) as archived_at,
        max(observed_at) as observed_at

    from {{ ref('stg_dce__channels') }}

    where
        {{ is_settled_page() }}
        and channel_id in (
            select heads.channel_id from {{ ref('stg_dce__channels') }} as heads
            where {{ is_new_page('heads.page_id') }}
        )

    group by channel_id

),

latest as (

    select
        channel_id,
        guild_id,
        parent_id,
        name,
        topic,
        icon,
        type,
        created_at,
        'api' as source,
        page_id,
        ordinal,
        archived_at,
        fetched_at as observed_at

    from listed

    union all

    select
        exported.channel_id,
        exported.guild_id,
        exported.parent_id,
        exported.name,
        exported.topic,
        exported.icon,
        exported.type,
        {{ snowflake_to_timestamp('exported.channel_id') }} as created_at,
        'dce' as source,
        exported.page_id,
        1 as ordinal,
        exported.archived_at,
        exported.observed_at

    from exported

    where exported.channel_id not in (select listed.channel_id from listed)

),

named as (

    select
        latest.channel_id,
        latest.guild_id,
        latest.parent_id,
        listed.owner_id,
        listed.application_id,
        listed.last_message_id,
        listed.default_reaction_emoji_id,
        listed.recipient_ids,
        listed.applied_tag_ids,
        channel_types.name as type_name,
        latest.name,
        latest.topic,
        latest.icon,
        listed.rtc_region,
        listed.default_tag_setting,
        listed.default_reaction_emoji_name,
        coalesce(standings.audience, 'unknown') as audience,
        latest.type,
        listed.position,
        listed.rate_limit_per_user,
        listed.default_thread_rate_limit_per_user,
        listed.default_auto_archive_duration,
        listed.auto_archive_duration,
        listed.default_sort_order,
        listed.default_forum_layout,
        listed.bitrate,
        listed.user_limit,
        listed.video_quality_mode,
        listed.message_count,
        listed.member_count,
        listed.total_message_sent,
        listed.flags,
        listed.permission_overwrites,
        listed.available_tags,
        listed.is_nsfw,
        listed.is_managed,
        coalesce(channel_types.is_thread, listed.has_thread_metadata, false) as is_thread,
        listed.is_archived,
        listed.is_locked,
        listed.is_invitable,
        coalesce(standings.is_hidden, false) as is_hidden,
        latest.created_at,
        listed.archive_changed_at,
        listed.last_pin_at,
        coalesce(standings.is_deleted, false) as is_deleted,
        case when standings.is_deleted then listed.fetched_at end as deleted_after,
        standings.deleted_before,
        standings.deletion_page_id,
        latest.source,
        latest.page_id,
        latest.ordinal,
        {{ archived_at(has_source=true) }} as archived_at,
        {{ observed_at() }} as observed_at

    from latest

    left join listed
        on latest.channel_id = listed.channel_id

    left join channel_types
        on latest.type = channel_types.type

    left join standings
        on latest.channel_id = standings.channel_id

    where {{ is_not_outranked() }}

)

select * from named
