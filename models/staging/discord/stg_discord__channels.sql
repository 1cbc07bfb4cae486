with

pages as (

    select
        page_id,
        guild_id,
        fetched_at,
        body as channels

    from {{ source('discord', 'channels') }}

    union all

    select
        page_id,
        guild_id,
        fetched_at,
        body -> 'threads' as channels

    from {{ source('discord', 'threads') }}

),

elements as (

    select
        pages.page_id,
        pages.guild_id,
        pages.fetched_at,
        element.ordinal,
        element.value as channel,
        element.value -> 'thread_metadata' as thread_metadata,
        element.value -> 'default_reaction_emoji' as reaction_emoji

    from pages

    cross join lateral {{ json_elements('pages.channels') }} as element

),

renamed as (

    select
        ---------- ids
        {{ typed('channel', 'id', 'bigint') }} as channel_id,
        coalesce(guild_id, {{ typed('channel', 'guild_id', 'bigint') }}) as guild_id,
        {{ typed('channel', 'parent_id', 'bigint') }} as parent_id,
        {{ typed('channel', 'owner_id', 'bigint') }} as owner_id,
        {{ typed('channel', 'application_id', 'bigint') }} as application_id,
        {{ typed('channel', 'last_message_id', 'bigint') }} as last_message_id,
        {{ typed('reaction_emoji', 'emoji_id', 'bigint') }} as default_reaction_emoji_id,
        case
            when jsonb_typeof(channel -> 'recipients') = 'array'
                then {{ id_array("channel -> 'recipients'", 'id') }}
        end as recipient_ids,
        case
            when jsonb_typeof(channel -> 'applied_tags') = 'array'
                then {{ id_array("channel -> 'applied_tags'") }}
        end as applied_tag_ids,

        ---------- strings
        {{ typed('channel', 'name', 'text') }} as name,
        {{ typed('channel', 'topic', 'text') }} as topic,
        {{ typed('channel', 'icon', 'text') }} as icon,
        {{ typed('channel', 'rtc_region', 'text') }} as rtc_region,
        {{ typed('channel', 'default_tag_setting', 'text') }} as default_tag_setting,
        {{ typed('reaction_emoji', 'emoji_name', 'text') }} as default_reaction_emoji_name,

        ---------- numerics
        {{ typed('channel', 'type', 'integer') }} as type,
        {{ typed('channel', 'position', 'integer') }} as position,
        {{ typed('channel', 'rate_limit_per_user', 'integer') }} as rate_limit_per_user,
        {{ typed('channel', 'default_thread_rate_limit_per_user', 'integer') }}
            as default_thread_rate_limit_per_user,
        {{ typed('channel', 'default_auto_archive_duration', 'integer') }}
            as default_auto_archive_duration,
        {{ typed('thread_metadata', 'auto_archive_duration', 'integer') }}
            as auto_archive_duration,
        {{ typed('channel', 'default_sort_order', 'integer') }} as default_sort_order,
        {{ typed('channel', 'default_forum_layout', 'integer') }} as default_forum_layout,
        {{ typed('channel', 'bitrate', 'integer') }} as bitrate,
        {{ typed('channel', 'user_limit', 'integer') }} as user_limit,
        {{ typed('channel', 'video_quality_mode', 'integer') }} as video_quality_mode,
        {{ typed('channel', 'message_count', 'count') }} as message_count,
        {{ typed('channel', 'member_count', 'count') }} as member_count,
        {{ typed('channel', 'total_message_sent', 'count') }} as total_message_sent,
        {{ typed('channel', 'flags', 'bigint') }} as flags,

        ---------- what Discord keeps as lists of objects
        case
            when jsonb_typeof(channel -> 'permission_overwrites') = 'array'
                then (
                    select
                        coalesce(
                            jsonb_agg(
                                item.value
                                order by
                                    {{ typed('item.value', 'id', 'bigint') }} asc,
                                    item.ordinal asc
                            ),
                            '[]'
                        )
                    from {{ json_elements("channel -> 'permission_overwrites'") }} as item
                )
        end as permission_overwrites,
        nullif(channel -> 'available_tags', 'null') as available_tags,

        ---------- booleans
        {{ typed('channel', 'nsfw', 'boolean') }} as is_nsfw,
        {{ typed('channel', 'managed', 'boolean') }} as is_managed,
        coalesce(jsonb_typeof(thread_metadata) = 'object', false) as has_thread_metadata,
        {{ typed('thread_metadata', 'archived', 'boolean') }} as is_archived,
        {{ typed('thread_metadata', 'locked', 'boolean') }} as is_locked,
        {{ typed('thread_metadata', 'invitable', 'boolean') }} as is_invitable,

        ---------- timestamps
        coalesce(
            {{ typed('thread_metadata', 'create_timestamp', 'timestamptz') }},
            {{ snowflake_to_timestamp(typed('channel', 'id', 'bigint')) }}
        ) as created_at,
        {{ typed('thread_metadata', 'archive_timestamp', 'timestamptz') }}
            as archive_changed_at,
        {{ typed('channel', 'last_pin_timestamp', 'timestamptz') }} as last_pin_at,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
