{{
    config(
        incremental_strategy='replace_all',
        unique_key=['guild_id'],
        meta={'place': 'reference'}
    )
}}

with

syncs as (

    select * from {{ ref('stg_discord__guild_syncs') }}

    where {{ is_settled_page() }}

),

last_sync as (

    select distinct on (guild_id) *

    from syncs

    order by guild_id asc, page_id desc

),

last_complete_sync as (

    select distinct on (guild_id) *

    from syncs

    where is_complete

    order by guild_id asc, page_id desc

)

select
    last_sync.guild_id,
    last_complete_sync.started_at as archived_until,
    last_sync.readable_channel_count,
    last_sync.unreadable_channel_count,
    last_sync.failed_channel_count,
    last_sync.page_id,
    coalesce(last_complete_sync.is_backfill_complete, false) as is_backfill_complete

from last_sync

left join last_complete_sync
    on last_sync.guild_id = last_complete_sync.guild_id
