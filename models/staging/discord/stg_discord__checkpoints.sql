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

        ---------- strings
        unreadable_reason,

        ---------- booleans
        backfill_complete as is_backfill_complete,

        ---------- timestamps
        last_synced_at

    from checkpoints

)

select * from renamed
