with

pages as (

    select * from {{ source('discord', 'pins') }}

),

elements as (

    select
        pages.page_id,
        pages.channel_id,
        pages.fetched_at,
        element.ordinal,
        element.value as pin,
        element.value -> 'message' as message

    from pages

    cross join lateral {{ json_elements('pages.body', '$.items') }} as element

),

renamed as (

    select
        ---------- ids
        channel_id,
        {{ typed('message', 'id', 'bigint') }} as message_id,

        ---------- timestamps
        {{ typed('pin', 'pinned_at', 'timestamptz') }} as pinned_at,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
