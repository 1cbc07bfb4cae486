with

api as (

    select * from {{ ref('stg_discord__reactions') }}

),

exports as (

    select * from {{ ref('stg_dce__reactions') }}

)

select
    channel_id,
    message_id,
    emoji_key,
    emoji_id,
    emoji_name,
    is_animated,
    count,
    normal_count,
    burst_count,
    burst_colors,
    'api' as source,
    page_id,
    ordinal,
    reaction_ordinal,
    fetched_at as observed_at

from api

union all

select
    channel_id,
    message_id,
    emoji_key,
    emoji_id,
    emoji_name,
    is_animated,
    count,
    null as normal_count,
    null as burst_count,
    null as burst_colors,
    'dce' as source,
    page_id,
    ordinal,
    reaction_ordinal,
    observed_at

from exports
