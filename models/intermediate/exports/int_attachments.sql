with

api as (

    select * from {{ ref('stg_discord__attachments') }}

),

exports as (

    select * from {{ ref('stg_dce__attachments') }}

)

select
    channel_id,
    message_id,
    attachment_id,
    origin,
    filename,
    title,
    description,
    content_type,
    url,
    null::text as exported_path,
    proxy_url,
    waveform,
    size_bytes,
    width,
    height,
    duration_seconds,
    flags,
    is_ephemeral,
    clip_created_at,
    'api' as source,
    page_id,
    ordinal,
    place,
    fetched_at as observed_at

from api

union all

select
    channel_id,
    message_id,
    attachment_id,
    origin,
    filename,
    null as title,
    null as description,
    null as content_type,
    url,
    exported_path,
    null as proxy_url,
    null as waveform,
    size_bytes,
    null as width,
    null as height,
    null as duration_seconds,
    null as flags,
    null as is_ephemeral,
    null as clip_created_at,
    'dce' as source,
    page_id,
    ordinal,
    place,
    observed_at

from exports
