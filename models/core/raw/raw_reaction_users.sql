{{ config(materialized='view') }}

select
    reaction_users.channel_id,
    reaction_users.message_id,
    reaction_users.emoji_key,
    reaction_users.is_burst,
    reaction_users.user_id,
    reaction_users.page_id,
    coalesce(
        {{ raw_element('reaction_users', 'reaction_users', route='channel_id') }},
        (
            select
                jsonb_path_query_first(
                    page.body,
                    '$[$place].reactions[*]
                        ? (@.emoji.id == $key || @.emoji.name == $key).users[*] ? (@.id == $id)',
                    jsonb_build_object(
                        'place', reaction_users.ordinal - 1,
                        'key', reaction_users.emoji_key,
                        'id', reaction_users.user_id::text
                    )
                )
            from {{ source('dce', 'dce_messages') }} as page
            where
                page.page_id = reaction_users.page_id
                and page.route_id = reaction_users.channel_id
        )
    ) as raw

from {{ ref('reaction_users') }} as reaction_users
