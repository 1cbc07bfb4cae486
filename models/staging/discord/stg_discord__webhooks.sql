with

pages as (

    select * from {{ source('discord', 'webhooks') }}

),

elements as (

    select
        pages.page_id,
        pages.guild_id,
        pages.fetched_at,
        element.ordinal,
        element.value as webhook,
        element.value -> 'user' as creator,
        element.value -> 'source_guild' as source_guild,
        element.value -> 'source_channel' as source_channel

    from pages

    cross join
        lateral {{ json_elements('pages.body') }} as element

),

renamed as (

    select
        ---------- ids
        {{ typed('webhook', 'id', 'bigint') }} as webhook_id,
        guild_id,
        {{ typed('webhook', 'channel_id', 'bigint') }} as channel_id,
        {{ typed('creator', 'id', 'bigint') }} as user_id,
        {{ typed('webhook', 'application_id', 'bigint') }} as application_id,
        {{ typed('source_guild', 'id', 'bigint') }} as source_guild_id,
        {{ typed('source_channel', 'id', 'bigint') }} as source_channel_id,

        ---------- strings
        {{ typed('webhook', 'name', 'text') }} as name,
        {{ typed('webhook', 'avatar', 'text') }} as avatar,
        {{ typed('source_guild', 'name', 'text') }} as source_guild_name,
        {{ typed('source_channel', 'name', 'text') }} as source_channel_name,

        ---------- numerics
        {{ typed('webhook', 'type', 'integer') }} as type,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
