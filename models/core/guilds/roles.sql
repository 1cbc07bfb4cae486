{{
    config(
        unique_key='role_id',
        post_hook="{{ mark_deleted('int_lists_covered', ['guild_id'], 'role_id', resource='roles') }}",
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

latest as (

    select distinct on (role_id)
        *,
        first_value(fetched_at) over (
            partition by role_id
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_roles

    order by role_id asc, page_id desc, ordinal desc

)

select
    role_id,
    guild_id,
    name,
    permissions,
    position,
    primary_color,
    secondary_color,
    tertiary_color,
    icon,
    unicode_emoji,
    is_hoisted,
    is_managed,
    is_mentionable,
    bot_id,
    integration_id,
    subscription_listing_id,
    is_premium_subscriber,
    is_available_for_purchase,
    has_guild_connections,
    flags,
    {{ snowflake_to_timestamp('role_id') }} as created_at,
    false as is_deleted,
    null::timestamptz as deleted_after,
    null::timestamptz as deleted_before,
    null::bigint as deletion_page_id,
    page_id,
    {{ archived_at('latest', ['role_id']) }} as archived_at,
    fetched_at as observed_at

from latest
