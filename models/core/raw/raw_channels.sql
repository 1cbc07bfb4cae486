{{ config(materialized='view') }}

select
    channels.channel_id,
    channels.page_id,
    coalesce(
        {{ raw_element('channels', 'channels') }},
        {{ raw_element('channels', 'threads', "body -> 'threads'") }},
        (
            select file.body -> 'channel' from {{ source('dce', 'dce_files') }} as file
            where
                channels.source = 'dce'
                and file.channel_id = channels.channel_id
                and file.page_id <= channels.page_id
            order by file.page_id desc
            limit 1
        )
    ) as raw

from {{ ref('channels') }} as channels
