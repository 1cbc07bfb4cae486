with

pages as (

    select * from {{ source('discord', 'audit_log') }}

),

elements as (

    select
        pages.page_id,
        pages.guild_id,
        pages.fetched_at,
        element.ordinal,
        element.value as entry

    from pages

    cross join
        lateral {{ json_elements("pages.body -> 'audit_log_entries'") }} as element

),

renamed as (

    select
        ---------- ids
        {{ typed('entry', 'id', 'bigint') }} as audit_log_entry_id,
        guild_id,
        {{ typed('entry', 'user_id', 'bigint') }} as user_id,

        ---------- strings
        {{ typed('entry', 'target_id', 'text') }} as target_id,
        {{ typed('entry', 'reason', 'text') }} as reason,
        nullif(entry -> 'changes', 'null') as changes,
        nullif(entry -> 'options', 'null') as options,

        ---------- numerics
        {{ typed('entry', 'action_type', 'integer') }} as action_type,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
