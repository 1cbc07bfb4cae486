-- The exporter asks who reacted with an emoji, and gets those of normal reactions only. It
-- need not have got all of them.
with

messages as (

    select * from {{ ref('base_dce__messages') }}

    where message -> 'reactions' -> 0 is not null -- few have any

),

elements as (

    select
        messages.*,
        reacting.value as person,
        reaction.value -> 'emoji' as emoji

    from messages

    cross join lateral {{ json_elements("messages.message -> 'reactions'") }} as reaction

    cross join lateral {{ json_elements("reaction.value -> 'users'") }} as reacting

),

renamed as (

    select
        ---------- ids
        channel_id,
        {{ typed('message', 'id', 'bigint') }} as message_id,
        {{ typed('person', 'id', 'bigint') }} as user_id,
        {{ typed('emoji', 'id', 'bigint') }} as emoji_id,

        ---------- strings
        {{ typed('emoji', 'name', 'text') }} as emoji_name,

        ---------- booleans
        false as is_burst,

        ---------- timestamps
        {{ dce_observed_at('message', 'exported_at', 'channel_id') }} as observed_at,

        ---------- lineage
        page_id,
        ordinal

    from elements

),

keyed as (

    select
        *,
        {{ dce_emoji_key('emoji_id', 'emoji_name') }} as emoji_key

    from renamed

)

select * from keyed
