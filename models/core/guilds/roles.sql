{{
    config(
        unique_key='role_id',
        post_hook="{{ mark_deleted(
            'int_lists_covered', ['guild_id'], 'role_id', resource='roles', api_page_id='page_id'
        ) }}",
        meta={'place': 'reference'}
    )
}}

with

new_roles as (

    select * from {{ ref('stg_discord__roles') }}

    where
        {{ is_new_page() }}
        and role_id is not null

),

listed as (

    select distinct on (role_id)
        *,
        first_value(fetched_at) over (
            partition by role_id
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_roles

    order by role_id asc, page_id desc, ordinal desc

),

-- millions of messages show the same few roles again and again
new_shown as (

    select
        role::text as role,
        guild_id,
        exported_at,
        file_hash,
        max(file_ordinal) as file_ordinal,
        max(array[page_id, ordinal]) as last_place,
        min(observed_at) as archived_at,
        max(observed_at) as observed_at

    from {{ ref('stg_dce__roles') }}

    where {{ is_new_page() }}

    group by
        role::text,
        guild_id,
        exported_at,
        file_hash

    offset 0 -- what is asked of a role below is asked once, not on every message

),

shown as (

    select
        {{ typed('role::jsonb', 'id', 'bigint') }} as role_id,
        guild_id,
        {{ typed('role::jsonb', 'name', 'text') }} as name,
        {{ typed('role::jsonb', 'position', 'integer') }} as position,
        case
            when role::jsonb -> 'color' = 'null' then 0
            else {{ dce_color("(role::jsonb ->> 'color')") }}
        end as primary_color,
        exported_at,
        file_hash,
        file_ordinal,
        last_place,
        archived_at,
        observed_at

    from new_shown

),

-- a stored row stands for all observations before the new ones
observed as (

    select * from shown
    where role_id is not null
    {% if is_incremental() %}

    union all

    select
        role_id,
        guild_id,
        name,
        position,
        primary_color,
        exported_at,
        export_hash as file_hash,
        0 as file_ordinal,
        array[page_id, ordinal] as last_place,
        archived_at,
        observed_at

    from {{ this }}

    where
        source = 'dce'
        and role_id in (select shown.role_id from shown)
    {% endif %}

),

exported as (

    select distinct on (role_id)
        role_id,
        guild_id,
        name,
        position,
        primary_color,
        exported_at,
        file_hash as export_hash,
        max(last_place) over (partition by role_id) as last_place,
        min(archived_at) over (partition by role_id) as archived_at,
        max(observed_at) over (partition by role_id) as observed_at

    from observed

    order by
        role_id asc,
        exported_at desc nulls last,
        file_hash desc,
        file_ordinal desc,
        name asc,
        position asc,
        primary_color asc

),

latest as (

    select
        role_id,
        guild_id,
        name,
        position,
        primary_color,
        'api' as source,
        null::timestamptz as exported_at,
        null as export_hash,
        page_id,
        ordinal,
        archived_at,
        fetched_at as observed_at

    from listed

    union all

    select
        exported.role_id,
        exported.guild_id,
        exported.name,
        exported.position,
        exported.primary_color,
        'dce' as source,
        exported.exported_at,
        exported.export_hash,
        exported.last_place[1] as page_id,
        exported.last_place[2] as ordinal,
        exported.archived_at,
        exported.observed_at

    from exported

    where exported.role_id not in (select listed.role_id from listed)

)

select
    latest.role_id,
    latest.guild_id,
    latest.name,
    listed.permissions,
    latest.position,
    latest.primary_color,
    listed.secondary_color,
    listed.tertiary_color,
    listed.icon,
    listed.unicode_emoji,
    listed.is_hoisted,
    listed.is_managed,
    listed.is_mentionable,
    listed.bot_id,
    listed.integration_id,
    listed.subscription_listing_id,
    listed.is_premium_subscriber,
    listed.is_available_for_purchase,
    listed.has_guild_connections,
    listed.flags,
    {{ snowflake_to_timestamp('latest.role_id') }} as created_at,
    {{ not_deleted() }},
    latest.source,
    latest.exported_at,
    latest.export_hash,
    latest.page_id,
    latest.ordinal,
    {{ archived_at(has_source=true) }} as archived_at,
    {{ observed_at() }} as observed_at

from latest

left join listed
    on latest.role_id = listed.role_id

where {{ is_not_outranked() }}
