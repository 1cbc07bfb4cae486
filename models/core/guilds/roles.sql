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
    latest.role_id,
    latest.guild_id,
    latest.name,
    latest.permissions,
    latest.position,
    latest.primary_color,
    latest.secondary_color,
    latest.tertiary_color,
    latest.icon,
    latest.unicode_emoji,
    latest.is_hoisted,
    latest.is_managed,
    latest.is_mentionable,
    latest.bot_id,
    latest.integration_id,
    latest.subscription_listing_id,
    latest.is_premium_subscriber,
    latest.is_available_for_purchase,
    latest.has_guild_connections,
    latest.flags,
    {{ snowflake_to_timestamp('latest.role_id') }} as created_at,
    {{ not_deleted() }},
    latest.page_id,
    latest.ordinal,
    {{ archived_at() }} as archived_at,
    latest.fetched_at as observed_at

from latest
