-- Of an overwrite without a Discord id nobody can say whose it is, so it may be this one.
with

states as (

    select * from {{ ref('channel_history') }}

    where not is_thread

)

select
    states.channel_id,
    states.page_id,
    case
        when states.permission_overwrites is null or everyone.is_anybodys then null
        when everyone.is_anybodys is null then 0
        else everyone.allow
    end as allow,
    case
        when states.permission_overwrites is null or everyone.is_anybodys then null
        when everyone.is_anybodys is null then 0
        else everyone.deny
    end as deny

from states

left join
    lateral (
        select
            {{ typed('item.value', 'allow', 'numeric') }} as allow,
            {{ typed('item.value', 'deny', 'numeric') }} as deny,
            {{ typed('item.value', 'id', 'bigint') }} is null as is_anybodys
        from {{ json_elements('states.permission_overwrites') }} as item
        where
            -- @everyone has the guild's id
            coalesce({{ typed('item.value', 'id', 'bigint') }}, states.guild_id) = states.guild_id
        order by is_anybodys desc, item.ordinal desc
        limit 1
    ) as everyone
    on true
