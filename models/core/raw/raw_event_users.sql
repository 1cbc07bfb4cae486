{{ config(materialized='view') }}

select
    event_users.guild_id,
    event_users.event_id,
    event_users.user_id,
    event_users.page_id,
    {{ raw_element('event_users', 'event_users', route='guild_id') }} as raw

from {{ ref('event_users') }} as event_users
