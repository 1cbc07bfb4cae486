with

checkpoints as (

    select * from {{ source('discord', 'checkpoints') }}

),

renamed as (

    select
        ---------- ids
        channel_id,
        guild_id,
        oldest_message_id,
        newest_message_id,
        last_message_id,
        last_message_id_seen,

        ---------- strings
        name,
        unreadable_reason,

        ---------- numerics
        type,

        ---------- booleans
        backfill_complete as is_backfill_complete,
        is_deleted,

        ---------- timestamps
        created_at,
        last_synced_at

    from checkpoints

)

select * from renamed
