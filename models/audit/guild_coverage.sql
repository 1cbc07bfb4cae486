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

reached as (

    select
        guild_id,
        max(started_at) filter (where is_complete) as archived_until,
        bool_or(is_backfill_complete) as is_backfill_complete

    from syncs

    group by guild_id

)

select
    last_sync.guild_id,
    reached.archived_until,
    reached.is_backfill_complete,
    last_sync.readable_channel_count,
    last_sync.unreadable_channel_count,
    last_sync.failed_channel_count,
    last_sync.page_id

from last_sync

inner join reached
    on last_sync.guild_id = reached.guild_id
