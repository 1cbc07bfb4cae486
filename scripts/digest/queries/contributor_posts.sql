-- Thirty messages of one person in the window, where they may be quoted: those with most
-- reactions, then the longest; in the order in which they were written.
with

said as (

    select *

    from discord.messages

    where
        guild_id = %(guild_id)s
        and author_id = %(user_id)s
        and created_at >= %(begins_at)s
        and created_at < %(ends_at)s
        and channel_id = any(%(quotable_channel_ids)s)
        and is_human
        and not is_deleted

),

reacted as (

    select
        said.channel_id,
        said.message_id,
        sum(reactions.count)::bigint as reaction_count

    from said

    inner join discord.reactions as reactions
        on
            said.channel_id = reactions.channel_id
            and said.message_id = reactions.message_id

    group by said.channel_id, said.message_id

),

best as (

    select
        said.guild_id,
        said.channel_id,
        said.message_id,
        said.author_id,
        said.content,
        said.edited_at,
        coalesce(reacted.reaction_count, 0) as reaction_count

    from said

    left join reacted
        on
            said.channel_id = reacted.channel_id
            and said.message_id = reacted.message_id

    order by
        coalesce(reacted.reaction_count, 0) desc,
        length(said.content) desc nulls last,
        said.message_id asc

    limit 30

)

select
    best.guild_id,
    best.channel_id,
    best.message_id,
    best.author_id as user_id,
    users.global_name,
    users.username,
    best.content,
    best.edited_at,
    best.reaction_count

from best

left join discord.users as users
    on best.author_id = users.user_id

order by best.message_id
