{{ config(materialized='view') }}

select
    channels.channel_id,
    channels.page_id,
    coalesce(
        {{ raw_element('channels', 'channels') }},
        {{ raw_element('channels', 'threads', "body -> 'threads'") }}
    ) as raw

from {{ ref('channels') }} as channels
