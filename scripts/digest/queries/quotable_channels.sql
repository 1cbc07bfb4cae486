-- Channels that all members of the guild may see, and nobody has to be of age for. A thread
-- is as its parent.
select channels.channel_id

from discord.channels as channels

left join discord.channels as parents
    on channels.parent_id = parents.channel_id

where
    channels.guild_id = %(guild_id)s
    and channels.audience = 'public'
    and not coalesce(channels.is_deleted, false)
    and not coalesce(channels.is_nsfw, false)
    and not (channels.is_thread and coalesce(parents.is_nsfw, false))

order by channels.channel_id
