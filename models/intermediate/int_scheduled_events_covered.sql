-- The list leaves out events that are over, so only Discord's word that there is no such
-- event tells that one is deleted.
with

asked as (

    select
        *,
        substring(path from '^/guilds/[0-9]+/scheduled-events/([0-9]+)$') as asked_id

    from {{ ref('stg_discord__fetches') }}

    where
        resource = 'scheduled_events'
        and status = 404
        and error_code = 10070

)

select
    guild_id,
    {{ safe_bigint('asked_id') }} as event_id,
    page_id,
    fetched_at as observed_at

from asked

where {{ safe_bigint('asked_id') }} is not null
