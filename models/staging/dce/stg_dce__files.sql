-- The exporter's clock and, where two agree or tell nothing, the file's hash bring the
-- exports of a channel into one order, whenever they were imported.
with

files as (

    select * from {{ source('dce', 'dce_files') }}

),

renamed as (

    select
        ---------- ids
        page_id as file_id,
        guild_id,
        channel_id,
        min_message_id,
        max_message_id,

        ---------- strings
        path,
        encode(sha256, 'hex') as file_hash,
        status,
        exporter_version,

        ---------- numerics
        byte_count,
        declared_count,
        message_count,
        unreadable_count,

        ---------- timestamps
        exported_at,
        {{ typed("(body -> 'dateRange')", 'after', 'timestamptz') }} as asked_after,
        {{ typed("(body -> 'dateRange')", 'before', 'timestamptz') }} as asked_before,
        modified_at,
        started_at,
        finished_at,

        ---------- objects
        body -> 'guild' as guild,
        body -> 'channel' as channel,

        ---------- lineage
        page_id,
        run_id

    from files

)

select * from renamed
