select
    ---------- ids
    fetch_id as page_id,
    same_as_page_id,
    guild_id,
    channel_id,

    ---------- strings
    resource,
    {{ typed('request', 'path', 'text') }} as path,

    ---------- numerics
    status,
    error_code,

    ---------- lineage
    fetched_at

from {{ source('discord', 'fetches') }}
