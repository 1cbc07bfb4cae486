-- Which message and answer it is about, only the request says. A page without users sends one
-- row without any: nobody is beyond the id it was asked for.
with

pages as (

    select * from {{ source('discord', 'poll_voters') }}

),

elements as (

    select
        pages.page_id,
        pages.channel_id,
        pages.request,
        pages.fetched_at,
        pages.item_count,
        element.ordinal,
        element.value as profile,
        substring(
            pages.request ->> 'path' from '^/channels/[0-9]+/polls/([0-9]+)/answers/[0-9]+$'
        ) as message_id,
        substring(
            pages.request ->> 'path' from '^/channels/[0-9]+/polls/[0-9]+/answers/([0-9]+)$'
        ) as answer_id,
        jsonb_typeof(pages.body -> 'users') = 'array' as is_list

    from pages

    left join
        lateral {{ json_elements("pages.body -> 'users'") }} as element
        on true

),

renamed as (

    select
        ---------- ids
        coalesce(channel_id, {{ safe_bigint("split_part(request ->> 'path', '/', 3)") }})
            as channel_id,
        {{ safe_bigint('message_id') }} as message_id,
        {{ safe_integer('answer_id') }} as answer_id,
        {{ typed('profile', 'id', 'bigint') }} as user_id,
        {{ asked_after('request', 'is_list') }} as after_id,

        ---------- numerics
        coalesce({{ typed('request', 'limit', 'integer') }}, 25) as page_limit,
        item_count,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
