-- Everybody who is shown has all their roles with them, but for whoever reacted.
with

people as (

    select * from {{ ref('base_dce__people') }}

    where person ? 'roles'

),

elements as (

    select
        people.*,
        role.value as role

    from people

    cross join lateral {{ json_elements("people.person -> 'roles'") }} as role

),

renamed as (

    select
        ---------- ids
        {{ typed('role', 'id', 'bigint') }} as role_id,
        guild_id,
        file_id,

        ---------- strings
        file_hash,

        ---------- json
        role,

        ---------- timestamps
        exported_at,
        observed_at,

        ---------- lineage
        page_id,
        ordinal,
        file_ordinal,
        path

    from elements

)

select * from renamed
