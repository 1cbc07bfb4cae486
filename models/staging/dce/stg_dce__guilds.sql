-- An export without a clock of its own is as old as the guild, for all that its head tells.
with

files as (

    select * from {{ ref('stg_dce__files') }}

),

renamed as (

    select
        ---------- ids
        guild_id,

        ---------- strings
        nullif({{ typed('guild', 'name', 'text') }}, '') as name,
        substring(guild ->> 'iconUrl' from '^https?://[^/]+/icons/[0-9]+/([0-9a-z_]+)[.]') as icon,
        file_hash,

        ---------- booleans
        coalesce(guild ->> 'iconUrl' ~ '^https?://[^/]+/(icons/[0-9]+|embed/avatars)/', false)
            as has_icon_told,

        ---------- timestamps
        exported_at,
        coalesce(exported_at, {{ snowflake_to_timestamp('guild_id') }}) as observed_at,

        ---------- lineage
        page_id

    from files

    where guild_id <> 0 -- which stands for direct messages

)

select * from renamed
