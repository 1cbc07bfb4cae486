-- The conversations that began in the window, in channels that may be quoted, of two people
-- or more: the largest eight, three of a channel at most. Of equals, the older one.
with

begun as (

    select *

    from marts.weekly_conversations

    where
        guild_id = %(guild_id)s
        and started_at >= %(begins_at)s
        and started_at < %(ends_at)s
        and channel_id = any(%(quotable_channel_ids)s)
        and participant_count >= 2

),

ranked_in_channels as (

    select
        *,
        row_number() over (
            partition by channel_id
            order by
                participant_count desc,
                message_count desc,
                reaction_count desc,
                conversation_id asc
        ) as rank_in_channel

    from begun

)

select
    ranked.conversation_id,
    ranked.last_message_id,
    ranked.guild_id,
    ranked.started_at,
    ranked.participant_count,
    ranked.message_count,
    ranked.reaction_count,
    ranked.channel_id,
    channels.name,
    ranked.is_thread,
    channels.parent_id,
    parents.name as parent_name

from ranked_in_channels as ranked

left join discord.channels as channels
    on ranked.channel_id = channels.channel_id

left join discord.channels as parents
    on channels.parent_id = parents.channel_id

where ranked.rank_in_channel <= 3

order by
    ranked.participant_count desc,
    ranked.message_count desc,
    ranked.reaction_count desc,
    ranked.conversation_id asc,
    ranked.channel_id asc

limit 8
