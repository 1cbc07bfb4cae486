{{
    config(
        unique_key=['page_id'],
        meta={'place': 'reference'}
    )
}}

select
    page_id,
    guild_id,
    run_id,
    started_at,
    finished_at,
    readable_channel_count,
    unreadable_channel_count,
    failed_channel_count,
    is_complete,
    is_backfill_complete

from {{ ref('stg_discord__guild_syncs') }}

where {{ is_new_page() }}
