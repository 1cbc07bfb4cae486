{{ config(materialized='view') }}

select
    messages.channel_id,
    messages.message_id,
    messages.page_id,
    coalesce(
        {{ raw_element('messages', 'messages', route='channel_id') }},
        {{ raw_element('messages', 'pins', "body -> 'items'", route='channel_id') }} -> 'message',
        {{ raw_element('messages', 'dce_messages', route='channel_id', origin='dce') }}
    ) as raw

from {{ ref('messages') }} as messages
