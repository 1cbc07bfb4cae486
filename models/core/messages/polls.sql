{{
    config(
        incremental_strategy='replace_children',
        unique_key=['channel_id', 'message_id'],
        meta={'place': 'channel_id', 'child_key': 'page_id'}
    )
}}

with

touched as (

    select
        channel_id,
        message_id,
        content_page_id,
        poll,
        archived_at,
        poll -> 'question' as question,
        poll -> 'results' as results

    from {{ ref('messages') }}

    where
        {{ is_new_page() }}
        and {{ is_new_page('content_page_id') }}
        and {{ 'true' if is_incremental() else "jsonb_typeof(poll) = 'object'" }}

)

select
    channel_id,
    message_id,
    {{ typed('question', 'text', 'text') }} as question,
    {{ typed('poll', 'layout_type', 'integer') }} as layout_type,
    coalesce({{ typed('poll', 'allow_multiselect', 'boolean') }}, false) as is_multiselect,
    {{ typed('poll', 'expiry', 'timestamptz') }} as expires_at,
    -- without results nothing is known of them
    coalesce(jsonb_typeof(results) = 'object', false) as has_results,
    {{ typed('results', 'is_finalized', 'boolean') }} as is_finalized,
    case when jsonb_typeof(poll) = 'object' then content_page_id end as page_id,
    archived_at

from touched
