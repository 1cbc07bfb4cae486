-- What people wrote in a conversation and did not delete, in its order.
with

said as (

    select *

    from discord.messages

    where
        channel_id = %(channel_id)s
        and message_id between %(conversation_id)s and %(last_message_id)s
        and is_human
        and not is_deleted

),

reacted as (

    select
        message_id,
        sum(count)::bigint as reaction_count

    from discord.reactions

    where
        channel_id = %(channel_id)s
        and message_id between %(conversation_id)s and %(last_message_id)s

    group by message_id

)

select
    said.guild_id,
    said.channel_id,
    said.message_id,
    said.author_id as user_id,
    users.global_name,
    users.username,
    said.content,
    said.edited_at,
    coalesce(reacted.reaction_count, 0) as reaction_count

from said

left join reacted
    on said.message_id = reacted.message_id

left join discord.users as users
    on said.author_id = users.user_id

order by said.message_id
