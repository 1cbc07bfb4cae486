-- Both sources as one list of observations.
with

observed as (

    select
        channel_id,
        message_id,
        emoji_key,
        is_burst,
        user_id,
        'api' as source,
        page_id,
        ordinal,
        fetched_at as observed_at

    from {{ ref('stg_discord__reaction_users') }}

    union all

    select
        channel_id,
        message_id,
        emoji_key,
        is_burst,
        user_id,
        'dce' as source,
        page_id,
        ordinal,
        observed_at

    from {{ ref('stg_dce__reaction_users') }}

)

select * from observed
