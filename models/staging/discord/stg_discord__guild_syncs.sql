with

syncs as (

    select * from {{ source('discord', 'guild_syncs') }}

),

renamed as (

    select
        ---------- ids
        guild_id,
        run_id,

        ---------- numerics
        readable_channel_count,
        unreadable_channel_count,
        failed_channel_count,

        ---------- booleans
        is_complete,
        is_backfill_complete,

        ---------- timestamps
        started_at,
        finished_at,

        ---------- lineage
        page_id

    from syncs

)

select * from renamed
