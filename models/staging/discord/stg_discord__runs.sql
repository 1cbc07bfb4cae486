with

runs as (

    select * from {{ source('discord', 'runs') }}

),

renamed as (

    select
        ---------- ids
        run_id,

        ---------- strings
        command,
        program_version,
        error,

        ---------- numerics
        exit_code,
        {{ typed('summary', 'guilds', 'bigint') }} as guild_count,
        {{ typed('summary', 'requests', 'bigint') }} as request_count,
        {{ typed('summary', 'pages', 'bigint') }} as page_count,
        {{ typed('summary', 'messages', 'bigint') }} as message_count,
        {{ typed('summary', 'new', 'bigint') }} as new_message_count,

        ---------- objects
        case jsonb_typeof(summary -> 'failed') when 'object' then summary -> 'failed' end
            as failures,
        case jsonb_typeof(summary -> 'unknown') when 'object' then summary -> 'unknown' end
            as refusals,

        ---------- timestamps
        started_at,
        finished_at

    from runs

)

select * from renamed
