{{
    config(
        unique_key=['channel_id', 'message_id', 'emoji_key', 'is_burst', 'user_id'],
        indexes=[{'columns': ['page_id']}, {'columns': ['deletion_page_id']}],
        post_hook="{{ mark_deleted(
            'int_reaction_users_covered', ['channel_id', 'message_id', 'emoji_key', 'is_burst'], 'user_id'
        ) }}",
        meta={'place': 'channel_id'}
    )
}}

with

new_users as (

    select * from {{ ref('stg_discord__reaction_users') }}

    where
        {{ is_new_page() }}
        and channel_id is not null
        and message_id is not null
        and emoji_key is not null
        and is_burst is not null
        and user_id is not null

),

latest as (

    select distinct on (channel_id, message_id, emoji_key, is_burst, user_id)
        *,
        first_value(fetched_at) over (
            partition by channel_id, message_id, emoji_key, is_burst, user_id
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_users

    order by
        channel_id asc,
        message_id asc,
        emoji_key asc,
        is_burst asc,
        user_id asc,
        page_id desc,
        ordinal desc

)

select
    latest.channel_id,
    latest.message_id,
    latest.emoji_key,
    latest.is_burst,
    latest.user_id,
    {{ not_deleted() }},
    latest.page_id,
    latest.ordinal,
    {{ archived_at() }} as archived_at,
    latest.fetched_at as observed_at

from latest
