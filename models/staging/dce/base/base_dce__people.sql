-- Everybody whom an export shows in a message. The ordinal goes through the subquery, so that
-- it is different for each message: the planner would else remember every one it has met.
with

messages as (

    select * from {{ ref('base_dce__messages') }}

)

select
    messages.page_id,
    messages.guild_id,
    messages.channel_id,
    messages.file_id,
    found.ordinal,
    messages.file_ordinal,
    found.path,
    found.person,
    messages.exported_at,
    messages.file_hash,
    {{ dce_observed_at('messages.message', 'messages.exported_at', 'messages.channel_id') }}
        as observed_at

from messages

cross join
    lateral (
        select
            messages.ordinal,
            'author' as path,
            messages.message -> 'author' as person

        union all

        select
            messages.ordinal,
            'mentions/' || mention.ordinal as path,
            mention.value as person
        from {{ json_elements("messages.message -> 'mentions'") }} as mention
        where messages.message -> 'mentions' -> 0 is not null

        union all

        select
            messages.ordinal,
            'interaction/user' as path,
            messages.message #> '{interaction,user}' as person
        where messages.message ? 'interaction'

        union all

        select
            messages.ordinal,
            'reactions/' || reaction.ordinal || '/users/' || reacting.ordinal as path,
            reacting.value as person
        from {{ json_elements("messages.message -> 'reactions'") }} as reaction
        cross join lateral {{ json_elements("reaction.value -> 'users'") }} as reacting
        where messages.message -> 'reactions' -> 0 is not null
    ) as found

where jsonb_typeof(found.person) = 'object'
