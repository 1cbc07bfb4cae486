{{
    config(
        unique_key=['channel_id', 'message_id', 'emoji_key', 'is_burst', 'user_id'],
        indexes=[{'columns': ['page_id']}, {'columns': ['deletion_page_id']}],
        post_hook="{{ mark_deleted(
            'int_reaction_users_covered', ['channel_id', 'message_id', 'emoji_key', 'is_burst'], 'user_id',
            api_page_id='page_id'
        ) }}",
        meta={'place': 'channel_id'}
    )
}}

with

new_users as (

    select * from {{ ref('int_reaction_users') }}

    where
        {{ is_new_page() }}
        and channel_id is not null
        and message_id is not null
        and emoji_key is not null
        and is_burst is not null
        and user_id is not null

),

-- The API's pages come before all exports, whose order is none of time: what they saw first
-- and last, only their own clocks tell.
latest as (

    select distinct on (channel_id, message_id, emoji_key, is_burst, user_id)
        channel_id,
        message_id,
        emoji_key,
        is_burst,
        user_id,
        source,
        page_id,
        ordinal,
        case
            when source = 'api' then first_value(observed_at) over in_order
            else min(observed_at) over in_order
        end as archived_at,
        case
            when source = 'api' then observed_at
            else max(observed_at) over in_order
        end as observed_at

    from new_users

    window
        in_order as (
            partition by channel_id, message_id, emoji_key, is_burst, user_id, source
            order by page_id asc, ordinal asc
            rows between unbounded preceding and unbounded following
        )

    order by
        channel_id asc,
        message_id asc,
        emoji_key asc,
        is_burst asc,
        user_id asc,
        source asc,
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
    latest.source,
    latest.page_id,
    latest.ordinal,
    {{ archived_at(has_source=true) }} as archived_at,
    {{ observed_at() }} as observed_at

from latest

where {{ is_not_outranked() }}
