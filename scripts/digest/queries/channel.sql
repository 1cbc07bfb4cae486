-- A channel of the guild, if it may be quoted.
select
    channels.channel_id,
    channels.name,
    channels.is_thread,
    channels.parent_id,
    parents.name as parent_name

from discord.channels as channels

left join discord.channels as parents
    on channels.parent_id = parents.channel_id

where
    channels.guild_id = %(guild_id)s
    and channels.channel_id = %(channel_id)s
    and channels.channel_id = any(%(quotable_channel_ids)s)
