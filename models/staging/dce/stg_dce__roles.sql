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
        {{ typed('role', 'name', 'text') }} as name,
        file_hash,

        ---------- numerics
        {{ typed('role', 'position', 'integer') }} as position,
        case
            when role -> 'color' = 'null' then 0
            else {{ dce_color("(role ->> 'color')") }}
        end as primary_color,

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
