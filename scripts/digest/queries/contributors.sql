-- The five people who wrote most in the window where it may be quoted; of equals, the
-- older account first.
select
    messages.author_id as user_id,
    users.global_name,
    users.username,
    count(*) as message_count

from discord.messages as messages

left join discord.users as users
    on messages.author_id = users.user_id

where
    messages.guild_id = %(guild_id)s
    and messages.created_at >= %(begins_at)s
    and messages.created_at < %(ends_at)s
    and messages.channel_id = any(%(quotable_channel_ids)s)
    and messages.is_human
    and not messages.is_deleted

group by messages.author_id, users.global_name, users.username

order by message_count desc, user_id asc

limit 5
