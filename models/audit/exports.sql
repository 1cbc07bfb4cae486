{{ config(materialized='view') }}

with

files as (

    select * from {{ ref('stg_dce__files') }}

)

select
    file_id,
    run_id,
    guild_id,
    channel_id,
    path,
    file_hash,
    {{ typed('guild', 'name', 'text') }} as guild_name,
    {{ typed('channel', 'name', 'text') }} as channel_name,
    status,
    exporter_version,
    byte_count,
    declared_count,
    message_count,
    unreadable_count,
    exported_at,
    asked_after,
    asked_before,
    {{ snowflake_to_timestamp('min_message_id') }} as first_message_at,
    {{ snowflake_to_timestamp('max_message_id') }} as last_message_at,
    modified_at,
    started_at,
    finished_at

from files
