with

pages as (

    select * from {{ source('discord', 'bans') }}

),

elements as (

    select
        pages.page_id,
        pages.guild_id,
        pages.fetched_at,
        element.ordinal,
        element.value as ban,
        element.value -> 'user' as banned

    from pages

    cross join
        lateral {{ json_elements('pages.body') }} as element

),

renamed as (

    select
        ---------- ids
        guild_id,
        {{ typed('banned', 'id', 'bigint') }} as user_id,

        ---------- strings
        {{ typed('ban', 'reason', 'text') }} as reason,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
