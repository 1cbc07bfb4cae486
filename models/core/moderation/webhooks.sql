{{
    config(
        unique_key='webhook_id',
        post_hook="{{ mark_deleted('int_lists_covered', ['guild_id'], 'webhook_id', resource='webhooks') }}",
        meta={'place': 'reference'}
    )
}}

with

new_webhooks as (

    select * from {{ ref('stg_discord__webhooks') }}

    where
        {{ is_new_page() }}
        and webhook_id is not null

),

latest as (

    select distinct on (webhook_id)
        *,
        first_value(fetched_at) over (
            partition by webhook_id
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_webhooks

    order by webhook_id asc, page_id desc, ordinal desc

)

select
    latest.webhook_id,
    latest.guild_id,
    latest.channel_id,
    latest.type,
    latest.name,
    latest.avatar,
    latest.user_id,
    latest.application_id,
    latest.source_guild_id,
    latest.source_guild_name,
    latest.source_channel_id,
    latest.source_channel_name,
    {{ snowflake_to_timestamp('latest.webhook_id') }} as created_at,
    {{ not_deleted() }},
    latest.page_id,
    latest.ordinal,
    {{ archived_at() }} as archived_at,
    latest.fetched_at as observed_at

from latest
