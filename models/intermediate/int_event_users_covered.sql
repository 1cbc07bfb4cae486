{{
    users_covered(
        ref('stg_discord__event_users'),
        ref('stg_discord__fetches'),
        unit=['guild_id', 'event_id'],
        resource='event_users'
    )
}}
