{{
    users_covered(
        ref('stg_discord__reaction_users'),
        ref('stg_discord__fetches'),
        unit=['channel_id', 'message_id', 'emoji_key', 'is_burst'],
        resource='reaction_users'
    )
}}
