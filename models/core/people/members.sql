{{
    config(
        unique_key=['guild_id', 'user_id'],
        post_hook="{{ mark_deleted('int_members_covered', ['guild_id'], 'user_id') }}",
        meta={'place': 'reference'}
    )
}}

with

new_members as (

    select * from {{ ref('stg_discord__members') }}

    where
        {{ is_new_page() }}
        and guild_id is not null
        and user_id is not null

),

latest as (

    select distinct on (guild_id, user_id)
        *,
        first_value(fetched_at) over (
            partition by guild_id, user_id
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_members

    order by guild_id asc, user_id asc, page_id desc, ordinal desc

)

select
    latest.guild_id,
    latest.user_id,
    latest.nick,
    latest.avatar,
    latest.banner,
    latest.role_ids,
    latest.flags,
    latest.is_deaf,
    latest.is_mute,
    latest.is_pending,
    latest.joined_at,
    latest.premium_since,
    latest.communication_disabled_until,
    latest.avatar_decoration,
    latest.collectibles,
    {{ not_deleted() }},
    latest.page_id,
    latest.ordinal,
    {{ archived_at() }} as archived_at,
    latest.fetched_at as observed_at

from latest
