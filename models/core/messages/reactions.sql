{{
    config(
        incremental_strategy='replace_children',
        unique_key=['channel_id', 'message_id'],
        meta={'place': 'channel_id', 'child_key': 'emoji_key'}
    )
}}

with

observed as (

    select * from {{ ref('stg_discord__reactions') }}

    where
        {{ is_new_page() }}
        and message_id is not null
        and channel_id is not null

),

ranked as (

    select
        *,
        rank() over (
            partition by channel_id, message_id
            order by page_id desc, ordinal desc
        ) as recency

    from observed

),

-- one emoji twice in one message has not been seen; if it comes, it must not stop a build
latest as (

    select distinct on (channel_id, message_id, emoji_key) *

    from ranked

    where recency = 1

    order by channel_id asc, message_id asc, emoji_key asc, reaction_ordinal desc

)

select
    channel_id,
    message_id,
    emoji_key,
    emoji_id,
    emoji_name,
    is_animated,
    count,
    burst_count,
    page_id,
    fetched_at as observed_at

from latest
{% if not is_incremental() %}

where emoji_key is not null
{% endif %}
