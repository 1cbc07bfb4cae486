with

pages as (

    select * from {{ source('discord', 'stickers') }}

),

elements as (

    select
        pages.page_id,
        pages.guild_id,
        pages.fetched_at,
        element.ordinal,
        element.value as sticker,
        element.value -> 'user' as uploader

    from pages

    cross join
        lateral {{ json_elements('pages.body') }} as element

),

renamed as (

    select
        ---------- ids
        {{ typed('sticker', 'id', 'bigint') }} as sticker_id,
        guild_id,
        {{ typed('sticker', 'pack_id', 'bigint') }} as pack_id,
        {{ typed('uploader', 'id', 'bigint') }} as user_id,

        ---------- strings
        {{ typed('sticker', 'name', 'text') }} as name,
        {{ typed('sticker', 'description', 'text') }} as description,
        {{ typed('sticker', 'tags', 'text') }} as tags,

        ---------- numerics
        {{ typed('sticker', 'type', 'integer') }} as type,
        {{ typed('sticker', 'format_type', 'integer') }} as format_type,
        {{ typed('sticker', 'sort_value', 'integer') }} as sort_value,

        ---------- booleans
        {{ typed('sticker', 'available', 'boolean') }} as is_available,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
