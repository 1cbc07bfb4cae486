{{
    config(
        unique_key='code',
        post_hook="{{ mark_deleted('int_lists_covered', ['guild_id'], resource='invites') }}",
        meta={'place': 'reference'}
    )
}}

with

new_invites as (

    select * from {{ ref('stg_discord__invites') }}

    where
        {{ is_new_page() }}
        and code is not null

),

latest as (

    select distinct on (code)
        *,
        first_value(fetched_at) over (
            partition by code
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_invites

    order by code asc, page_id desc, ordinal desc

)

select
    latest.code,
    latest.guild_id,
    latest.channel_id,
    latest.type,
    latest.inviter_id,
    latest.target_type,
    latest.target_user_id,
    latest.target_application_id,
    latest.target_channel_id,
    latest.target_message_id,
    latest.event_id,
    latest.role_ids,
    latest.uses,
    latest.max_uses,
    latest.max_age,
    latest.flags,
    latest.is_temporary,
    latest.is_contact,
    latest.is_nickname_changeable,
    latest.approximate_member_count,
    latest.approximate_presence_count,
    latest.created_at,
    latest.expires_at,
    {{ not_deleted() }},
    latest.page_id,
    latest.ordinal,
    {{ archived_at() }} as archived_at,
    latest.fetched_at as observed_at

from latest
