-- What exported messages were reacted with. Super reactions are not told apart.
with

elements as (

    select
        messages.page_id,
        messages.channel_id,
        messages.exported_at,
        messages.ordinal,
        messages.message,
        element.ordinal as reaction_ordinal,
        element.value as reaction,
        element.value -> 'emoji' as emoji

    from {{ ref('base_dce__messages') }} as messages

    cross join lateral {{ json_elements('messages.message', '$.reactions') }} as element

    where messages.message -> 'reactions' <> '[]'

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

        ---------- booleans
        coalesce({{ typed('emoji', 'isAnimated', 'boolean') }}, false) as is_animated,

        ---------- timestamps
        {{ dce_observed_at('message', 'exported_at', 'channel_id') }} as observed_at,

        ---------- lineage
        page_id,
        ordinal,
        reaction_ordinal

    from elements

),

keyed as (

    select
        *,
        {{ dce_emoji_key('emoji_id', 'emoji_name') }} as emoji_key

    from renamed

)

select * from keyed
