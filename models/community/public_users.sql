select
    users.user_id,
    users.username,
    users.global_name,
    users.is_bot,
    users.created_at

from {{ ref('users') }} as users

where users.user_id in (select messages.author_id from {{ ref('public_messages') }} as messages)
