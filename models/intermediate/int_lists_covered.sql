-- A list of one page shows all there is; a page of a longer one, all from the id that was
-- asked for to its last. A page with elements that have no id covers nothing: any id may
-- be theirs.
with

roles as (

    select
        'roles' as resource,
        guild_id,
        0::bigint as low_id,
        9223372036854775807 as high_id,
        page_id,
        fetched_at as observed_at

    from {{ source('discord', 'roles') }}

    where {{ is_whole_list('body', 'id') }}

)

select * from roles
