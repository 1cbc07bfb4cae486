{{
    config(
        incremental_strategy='replace_children',
        unique_key=['channel_id', 'message_id'],
        post_hook="{{ follow_archived_at(ref('messages'), 'content_page_id') }}",
        meta={'place': 'channel_id', 'child_key': 'attachment_id'}
    )
}}

with

observed as (

    select * from {{ ref('int_attachments') }}

    where
        {{ is_new_page() }}
        and attachment_id is not null

),

-- the messages of which a new page tells what they hold
touched as (

    select
        channel_id,
        message_id,
        content_page_id,
        archived_at

    from {{ ref('messages') }}

    where
        {{ is_new_page() }}
        and {{ is_new_page('content_page_id') }}

),

-- a file that a component shows, too, is the message's own
latest as (

    select distinct on (touched.channel_id, touched.message_id, observed.attachment_id)
        touched.channel_id,
        touched.message_id,
        observed.attachment_id,
        observed.origin,
        observed.filename,
        observed.title,
        observed.description,
        observed.content_type,
        observed.size_bytes,
        observed.url,
        observed.exported_path,
        {{ url_expires_at('observed.url') }} as url_expires_at,
        observed.proxy_url,
        observed.width,
        observed.height,
        observed.duration_seconds,
        observed.waveform,
        observed.flags,
        observed.is_ephemeral,
        observed.clip_created_at,
        observed.source,
        observed.page_id,
        observed.ordinal,
        touched.archived_at,
        observed.observed_at

    from touched

    {{ join_observed('content_page_id') }}

    order by
        touched.channel_id asc, touched.message_id asc, observed.attachment_id asc,
        observed.ordinal desc, length(observed.origin) asc, observed.place desc

)

select * from latest
