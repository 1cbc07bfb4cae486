select
    page_id,
    channel_id,
    file_id,
    min_message_id,
    max_message_id

from {{ source('dce', 'dce_messages') }}
