with

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

    from {{ ref('base_discord__messages') }} as messages

    cross join lateral {{ json_elements('messages.message', '$.reactions') }} as element

    where
        messages.message ? 'reactions' -- few have any
        and not messages.is_pin

),

renamed as (

    select
        ---------- ids
        channel_id,
        {{ typed('message', 'id', 'bigint') }} as message_id,
        {{ typed('emoji', 'id', 'bigint') }} as emoji_id,

        ---------- strings
        {{ typed('emoji', 'name', 'text') }} as emoji_name,

        ---------- numerics
        {{ typed('reaction', 'count', 'count') }} as count,
        {{ typed('count_details', 'normal', 'count') }} as normal_count,
        {{ typed('count_details', 'burst', 'count') }} as burst_count,

        ---------- booleans
        coalesce({{ typed('emoji', 'animated', 'boolean') }}, false) as is_animated,

        ---------- arrays
        {{ text_array("reaction -> 'burst_colors'") }} as burst_colors,

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
