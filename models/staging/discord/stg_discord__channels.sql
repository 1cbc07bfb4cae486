with

channel_pages as (

    select
        page_id,
        guild_id,
        fetched_at,
        {{ json_array('body') }} as channels

    from {{ source('discord', 'channels') }}

),

thread_pages as (

    select
        page_id,
        guild_id,
        fetched_at,
        {{ json_array("body -> 'threads'") }} as channels

    from {{ source('discord', 'threads') }}

),

pages as (

    select * from channel_pages
    union all
    select * from thread_pages

),

elements as (

    select
        pages.page_id,
        pages.guild_id,
        pages.fetched_at,
        element.ordinal,
        element.value as channel,
        element.value -> 'thread_metadata' as thread_metadata

    from pages

    cross join
        lateral jsonb_array_elements(pages.channels)
        with ordinality as element (value, ordinal)

),

renamed as (

    select
        ---------- ids
        {{ typed('channel', 'id', 'bigint') }} as channel_id,
        coalesce(guild_id, {{ typed('channel', 'guild_id', 'bigint') }}) as guild_id,
        {{ typed('channel', 'parent_id', 'bigint') }} as parent_id,
        {{ typed('channel', 'owner_id', 'bigint') }} as owner_id,
        {{ typed('channel', 'last_message_id', 'bigint') }} as last_message_id,

        ---------- strings
        {{ typed('channel', 'name', 'text') }} as name,
        {{ typed('channel', 'topic', 'text') }} as topic,

        ---------- numerics
        {{ typed('channel', 'type', 'integer') }} as type,
        {{ typed('channel', 'position', 'integer') }} as position,
        {{ typed('channel', 'rate_limit_per_user', 'integer') }} as rate_limit_per_user,
        {{ typed('channel', 'flags', 'bigint') }} as flags,

        ---------- booleans
        {{ typed('channel', 'nsfw', 'boolean') }} as is_nsfw,
        coalesce(jsonb_typeof(thread_metadata) = 'object', false) as has_thread_metadata,
        {{ typed('thread_metadata', 'archived', 'boolean') }} as is_archived,
        {{ typed('thread_metadata', 'locked', 'boolean') }} as is_locked,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
