-- A message without reactions sends one row without any: the message's reactions are
-- known to be none, and rows of an earlier observation have to go.
with

pages as (

    select * from {{ source('discord', 'messages') }}

),

messages as (

    select
        pages.page_id,
        pages.channel_id,
        pages.fetched_at,
        element.ordinal,
        element.value as message

    from pages

    cross join
        lateral jsonb_array_elements({{ json_array('pages.body') }})
        with ordinality as element (value, ordinal)

),

elements as (

    select
        messages.page_id,
        messages.channel_id,
        messages.fetched_at,
        messages.ordinal,
        messages.message,
        element.ordinal as reaction_ordinal,
        element.value as reaction,
        element.value -> 'emoji' as emoji,
        element.value -> 'count_details' as count_details

    from messages

    left join
        lateral jsonb_array_elements({{ json_array("messages.message -> 'reactions'") }})
        with ordinality as element (value, ordinal)
        on true

),

renamed as (

    select
        ---------- ids
        coalesce(channel_id, {{ typed('message', 'channel_id', 'bigint') }}) as channel_id,
        {{ typed('message', 'id', 'bigint') }} as message_id,
        {{ typed('emoji', 'id', 'bigint') }} as emoji_id,

        ---------- strings
        {{ typed('emoji', 'name', 'text') }} as emoji_name,

        ---------- numerics
        {{ typed('reaction', 'count', 'count') }} as count,
        {{ typed('count_details', 'burst', 'count') }} as burst_count,

        ---------- booleans
        coalesce({{ typed('emoji', 'animated', 'boolean') }}, false) as is_animated,

        ---------- lineage
        page_id,
        ordinal,
        reaction_ordinal,
        fetched_at

    from elements

),

-- a key must fit into an index, and no emoji is nearly that long
keyed as (

    select
        *,
        case
            when emoji_id is not null then emoji_id::text
            when octet_length(emoji_name) <= 200 then emoji_name
        end as emoji_key

    from renamed

)

select * from keyed
