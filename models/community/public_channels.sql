-- A thread has no age limit of its own: it has its channel's.
select
    channels.channel_id,
    channels.guild_id,
    channels.parent_id,
    channels.type_name,
    channels.name,
    channels.topic,
    channels.is_thread,
    channels.is_archived,
    channels.created_at

from {{ ref('channels') }} as channels

left join {{ ref('channels') }} as parents
    on channels.parent_id = parents.channel_id

where
    channels.audience = 'public'
    and not channels.is_deleted
    and channels.is_nsfw is not true
    and parents.is_nsfw is not true
