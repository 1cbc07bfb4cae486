{{ config(unique_key='guild_id', meta={'place': 'reference'}) }}

with

new_guilds as (

    select * from {{ ref('stg_discord__guilds') }}

    where
        {{ is_new_page() }}
        and guild_id is not null

),

latest as (

    select distinct on (guild_id) *

    from new_guilds

    order by guild_id asc, page_id desc, ordinal desc

)

select
    guild_id,
    name,
    description,
    icon,
    owner_id,
    system_channel_id,
    rules_channel_id,
    preferred_locale,
    verification_level,
    premium_tier,
    premium_subscription_count,
    approximate_member_count,
    approximate_presence_count,
    {{ snowflake_to_timestamp('guild_id') }} as created_at,
    page_id,
    fetched_at as observed_at

from latest
