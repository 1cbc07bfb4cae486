{{
    config(
        unique_key=['guild_id', 'event_id', 'user_id'],
        post_hook="{{ mark_deleted(
            'int_event_users_covered', ['guild_id', 'event_id'], 'user_id'
        ) }}",
        meta={'place': 'reference'}
    )
}}

with

new_users as (

    select * from {{ ref('stg_discord__event_users') }}

    where
        {{ is_new_page() }}
        and guild_id is not null
        and event_id is not null
        and user_id is not null

),

latest as (

    select distinct on (guild_id, event_id, user_id)
        *,
        first_value(fetched_at) over (
            partition by guild_id, event_id, user_id
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_users

    order by
        guild_id asc,
        event_id asc,
        user_id asc,
        page_id desc,
        ordinal desc

)

select
    latest.guild_id,
    latest.event_id,
    latest.user_id,
    latest.event_exception_id,
    latest.response,
    {{ not_deleted() }},
    latest.page_id,
    latest.ordinal,
    {{ archived_at() }} as archived_at,
    latest.fetched_at as observed_at

from latest
