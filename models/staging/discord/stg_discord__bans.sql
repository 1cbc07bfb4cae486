-- A page without bans sends one row without any: nobody is beyond the id it was asked for.
with

pages as (

    select * from {{ source('discord', 'bans') }}

),

elements as (

    select
        pages.page_id,
        pages.guild_id,
        pages.request,
        pages.fetched_at,
        element.ordinal,
        element.value as ban,
        element.value -> 'user' as banned,
        jsonb_typeof(pages.body) = 'array' as is_list

    from pages

    left join
        lateral {{ json_elements('pages.body') }} as element
        on true

),

renamed as (

    select
        ---------- ids
        guild_id,
        {{ typed('banned', 'id', 'bigint') }} as user_id,
        {{ asked_after('request', 'is_list') }} as after_id,

        ---------- strings
        {{ typed('ban', 'reason', 'text') }} as reason,

        ---------- numerics
        {{ typed('request', 'limit', 'integer') }} as page_limit,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
