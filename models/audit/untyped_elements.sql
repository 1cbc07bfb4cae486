{{ config(unique_key=['page_id', 'ordinal', 'path']) }}

with

{% for resource, model, key in [
    ('guilds', 'stg_discord__guilds', 'guild_id'),
    ('channels', 'stg_discord__channels', 'channel_id'),
    ('roles', 'stg_discord__roles', 'role_id'),
] -%}
{{ resource }} as (

    select
        '{{ resource }}' as resource,
        page_id,
        ordinal,
        '' as path,
        'id is not a Discord id' as reason

    from {{ ref(model) }}

    where {{ key }} is null

),

{% endfor -%}
messages as (

    select
        'messages' as resource,
        page_id,
        ordinal,
        '' as path,
        case
            when message_id is null then 'id is not a Discord id'
            else 'neither the page nor the message names a channel'
        end as reason

    from {{ ref('stg_discord__messages') }}

    where
        message_id is null
        or channel_id is null

),

users as (

    select
        'users' as resource,
        page_id,
        ordinal,
        path,
        'id is not a Discord id' as reason

    from {{ ref('stg_discord__users') }}

    where user_id is null

),

reactions as (

    select
        'reactions' as resource,
        page_id,
        ordinal,
        'reactions/' || reaction_ordinal as path,
        'the emoji has neither an id nor a name of at most 200 bytes' as reason

    from {{ ref('stg_discord__reactions') }}

    where
        emoji_key is null
        and reaction_ordinal is not null

),

pages as (

    select
        resource,
        page_id,
        0::bigint as ordinal,
        '' as path,
        'jsonb cannot hold the page: its bytes are in raw' as reason

    from {{ ref('stg_discord__unreadable_pages') }}

),

untyped as (

    select * from guilds
    union all
    select * from channels
    union all
    select * from roles
    union all
    select * from messages
    union all
    select * from users
    union all
    select * from reactions
    union all
    select * from pages

)

select * from untyped

where {{ is_new_page() }}
