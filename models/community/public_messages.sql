select
    messages.channel_id,
    messages.message_id,
    messages.guild_id,
    messages.author_id,
    messages.referenced_message_id,
    messages.webhook_name,
    messages.type_name,
    messages.content,
    messages.embeds,
    messages.is_pinned,
    messages.is_automated,
    messages.is_human,
    messages.created_at,
    messages.edited_at

from {{ ref('messages') }} as messages

where
    not messages.is_deleted
    and messages.channel_id in (
        select channels.channel_id from {{ ref('public_channels') }} as channels
    )
