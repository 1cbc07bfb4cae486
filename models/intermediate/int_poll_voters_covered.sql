{{
    users_covered(
        ref('stg_discord__poll_voters'),
        ref('stg_discord__fetches'),
        unit=['channel_id', 'message_id', 'answer_id'],
        resource='poll_voters'
    )
}}
