{{ config(materialized='view') }}

select
    reaction_users.channel_id,
    reaction_users.message_id,
    reaction_users.emoji_key,
    reaction_users.is_burst,
    reaction_users.user_id,
    reaction_users.page_id,
    {{ raw_element('reaction_users', 'reaction_users', route='channel_id') }} as raw

from {{ ref('reaction_users') }} as reaction_users
