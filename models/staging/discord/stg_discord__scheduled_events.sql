-- Lists of events to come, and single ones that have left the list: both tell of events.
with

pages as (

    select * from {{ source('discord', 'scheduled_events') }}

),

elements as (

    select
        pages.page_id,
        pages.guild_id,
        pages.fetched_at,
        element.ordinal,
        element.value as event,
        element.value -> 'creator' as creator,
        element.value -> 'entity_metadata' as entity_metadata

    from pages

    cross join
        lateral {{ json_elements('pages.body') }} as element

),

renamed as (

    select
        ---------- ids
        {{ typed('event', 'id', 'bigint') }} as event_id,
        guild_id,
        {{ typed('event', 'channel_id', 'bigint') }} as channel_id,
        coalesce(
            {{ typed('event', 'creator_id', 'bigint') }},
            {{ typed('creator', 'id', 'bigint') }}
        ) as creator_id,
        {{ typed('event', 'entity_id', 'bigint') }} as entity_id,

        ---------- strings
        {{ typed('event', 'name', 'text') }} as name,
        {{ typed('event', 'description', 'text') }} as description,
        {{ typed('event', 'image', 'text') }} as image,
        {{ typed('entity_metadata', 'location', 'text') }} as location,
        nullif(entity_metadata, 'null') as entity_metadata,
        nullif(event -> 'recurrence_rule', 'null') as recurrence_rule,
        nullif(event -> 'guild_scheduled_event_exceptions', 'null') as exceptions,

        ---------- numerics
        {{ typed('event', 'entity_type', 'integer') }} as entity_type,
        {{ typed('event', 'status', 'integer') }} as status,
        {{ typed('event', 'privacy_level', 'integer') }} as privacy_level,
        {{ typed('event', 'user_count', 'count') }} as user_count,

        ---------- timestamps
        {{ typed('event', 'scheduled_start_time', 'timestamptz') }} as scheduled_start_at,
        {{ typed('event', 'scheduled_end_time', 'timestamptz') }} as scheduled_end_at,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
