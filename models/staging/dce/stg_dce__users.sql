-- Disguises of webhooks are nobody. What a member is called, coloured and entitled to in the
-- guild is left out: it is nothing of the user's.
with

people as (

    select * from {{ ref('base_dce__people') }}

),

renamed as (

    select
        ---------- ids
        {{ typed('person', 'id', 'bigint') }} as user_id,
        file_id,

        ---------- strings
        file_hash,

        ---------- json
        person - '{nickname,color,roles}'::text[] as person,

        ---------- timestamps
        exported_at,
        observed_at,

        ---------- lineage
        page_id,
        ordinal,
        path

    from people

    where not {{ is_dce_disguise('person') }}

)

select * from renamed
