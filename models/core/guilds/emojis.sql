{{
    config(
        unique_key='emoji_id',
        post_hook="{{ mark_deleted('int_lists_covered', ['guild_id'], 'emoji_id', resource='emojis') }}",
        meta={'place': 'reference'}
    )
}}

with

new_emojis as (

    select * from {{ ref('stg_discord__emojis') }}

    where
        {{ is_new_page() }}
        and emoji_id is not null

),

latest as (

    select distinct on (emoji_id)
        *,
        first_value(fetched_at) over (
            partition by emoji_id
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_emojis

    order by emoji_id asc, page_id desc, ordinal desc

)

select
    latest.emoji_id,
    latest.guild_id,
    latest.name,
    latest.user_id,
    latest.role_ids,
    latest.is_animated,
    latest.is_available,
    latest.is_managed,
    latest.is_wrapped_in_colons,
    {{ snowflake_to_timestamp('latest.emoji_id') }} as created_at,
    {{ not_deleted() }},
    latest.page_id,
    latest.ordinal,
    {{ archived_at() }} as archived_at,
    latest.fetched_at as observed_at

from latest
