{{ config(unique_key='channel_id', meta={'place': 'reference'}) }}

with

channel_types as (

    select * from {{ ref('channel_types') }}

),

new_channels as (

    select * from {{ ref('stg_discord__channels') }}

    where
        {{ is_new_page() }}
        and channel_id is not null

),

latest as (

    select distinct on (channel_id) *

    from new_channels

    order by channel_id asc, page_id desc, ordinal desc

),

named as (

    select
        latest.channel_id,
        latest.guild_id,
        latest.parent_id,
        latest.type,
        channel_types.name as type_name,
        latest.name,
        latest.topic,
        latest.position,
        latest.is_nsfw,
        coalesce(channel_types.is_thread, latest.has_thread_metadata) as is_thread,
        latest.is_archived,
        latest.is_locked,
        latest.owner_id,
        latest.rate_limit_per_user,
        latest.flags,
        latest.last_message_id,
        {{ snowflake_to_timestamp('latest.channel_id') }} as created_at,
        latest.page_id,
        latest.fetched_at as observed_at

    from latest

    left join channel_types
        on latest.type = channel_types.type

)

select * from named
