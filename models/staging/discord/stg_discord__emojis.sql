with

pages as (

    select * from {{ source('discord', 'emojis') }}

),

elements as (

    select
        pages.page_id,
        pages.guild_id,
        pages.fetched_at,
        element.ordinal,
        element.value as emoji,
        element.value -> 'user' as uploader

    from pages

    cross join
        lateral {{ json_elements('pages.body') }} as element

),

renamed as (

    select
        ---------- ids
        {{ typed('emoji', 'id', 'bigint') }} as emoji_id,
        guild_id,
        {{ typed('uploader', 'id', 'bigint') }} as user_id,
        {{ id_array("emoji -> 'roles'") }} as role_ids,

        ---------- strings
        {{ typed('emoji', 'name', 'text') }} as name,

        ---------- booleans
        {{ typed('emoji', 'animated', 'boolean') }} as is_animated,
        {{ typed('emoji', 'available', 'boolean') }} as is_available,
        {{ typed('emoji', 'managed', 'boolean') }} as is_managed,
        {{ typed('emoji', 'require_colons', 'boolean') }} as is_wrapped_in_colons,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
