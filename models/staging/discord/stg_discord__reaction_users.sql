-- Which message and emoji it is about, only the request says. A page without users sends one
-- row without any: nobody is beyond the id it was asked for.
with

pages as (

    select * from {{ source('discord', 'reaction_users') }}

),

elements as (

    select
        pages.page_id,
        pages.channel_id,
        asked.message_id,
        asked.emoji,
        pages.request,
        pages.fetched_at,
        pages.item_count,
        element.ordinal,
        element.value as profile,
        jsonb_typeof(pages.body) = 'array' as is_list

    from pages

    left join
        lateral (
            select distinct -- else the planner would decode it once a user, not once a page
                part.match[1] as message_id,
                {{ url_decode('part.match[2]') }} as emoji
            from
                regexp_matches(
                    pages.request ->> 'path',
                    '^/channels/[0-9]+/messages/([0-9]+)/reactions/([^/]+)$'
                ) as part (match)
        ) as asked
        on true

    left join
        lateral {{ json_elements('pages.body') }} as element
        on true

),

renamed as (

    select
        ---------- ids
        coalesce(channel_id, {{ safe_bigint("split_part(request ->> 'path', '/', 3)") }})
            as channel_id,
        {{ safe_bigint('message_id') }} as message_id,
        {{ typed('profile', 'id', 'bigint') }} as user_id,
        {{ asked_after('request', 'is_list') }} as after_id,

        ---------- strings
        case
            when emoji ~ ':[0-9]+$'
                then ({{ safe_bigint("substring(emoji from ':([0-9]+)$')") }})::text
            when octet_length(emoji) <= 200 then emoji
        end as emoji_key,

        ---------- numerics
        coalesce({{ typed('request', 'limit', 'integer') }}, 25) as page_limit,
        item_count,

        ---------- booleans
        case coalesce(request ->> 'type', '0') when '0' then false when '1' then true end
            as is_burst,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
