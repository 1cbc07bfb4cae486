{{ config(unique_key=['page_id', 'ordinal', 'path'], meta={'place': 'reference'}) }}

with

{% for resource, model, key in [
    ('guilds', 'stg_discord__guilds', 'guild_id'),
    ('channels', 'stg_discord__channels', 'channel_id'),
    ('roles', 'stg_discord__roles', 'role_id'),
    ('emojis', 'stg_discord__emojis', 'emoji_id'),
    ('stickers', 'stg_discord__stickers', 'sticker_id'),
    ('scheduled_events', 'stg_discord__scheduled_events', 'event_id'),
    ('webhooks', 'stg_discord__webhooks', 'webhook_id'),
    ('audit_log_entries', 'stg_discord__audit_log_entries', 'audit_log_entry_id'),
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
            else 'the page names no channel'
        end as reason

    from {{ ref('stg_discord__messages') }}

    where
        message_id is null
        or channel_id is null

),

-- what stands in messages and has a row of its own, but for what is told further below
parts_of_messages as (

    select
        part.resource,
        messages.page_id,
        messages.ordinal,
        part.path || '/' || element.ordinal as path,
        'there is no id' as reason

    from {{ ref('base_discord__messages') }} as messages

    cross join
        lateral (
            values
            ('mentions', 'mention_roles', messages.message -> 'mention_roles', '{}'::text[]),
            ('mentions', 'mention_channels', messages.message -> 'mention_channels', '{id}'),
            ('poll_answers', 'poll/answers', messages.message #> '{poll,answers}', '{answer_id}')
        ) as part (resource, path, elements, id_path)

    cross join
        lateral {{ json_elements('part.elements') }} as element

    where
        (
            messages.message ?| '{mention_channels,poll}'
            or messages.message -> 'mention_roles' -> 0 is not null
        )
        and {{ safe_bigint('(element.value #>> part.id_path)') }} is null

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

-- a page of nobody has one row without an ordinal
{% for resource, model in [
    ('members', 'stg_discord__members'),
    ('bans', 'stg_discord__bans'),
    ('event_users', 'stg_discord__event_users'),
] -%}
{{ resource }} as (

    select
        '{{ resource }}' as resource,
        page_id,
        ordinal,
        '' as path,
        'id is not a Discord id' as reason

    from {{ ref(model) }}

    where
        user_id is null
        and ordinal is not null

),

{% endfor -%}
-- whose ids are those of the users on the page, which are told above
{% for resource, model, keys in [
    ('reaction_users', 'stg_discord__reaction_users', ['message_id', 'emoji_key', 'is_burst']),
    ('poll_voters', 'stg_discord__poll_voters', ['message_id', 'answer_id']),
    ('asked_events', 'stg_discord__event_users', ['event_id']),
] -%}
{{ resource }} as (

    select
        '{{ model | replace('stg_discord__', '') }}' as resource,
        page_id,
        ordinal,
        'request' as path,
        'the request does not tell what it is about' as reason

    from {{ ref(model) }}

    where
        ordinal is not null
        and (
            {% for key in keys -%}
            {{ key }} is null{{ ' or ' if not loop.last }}
            {%- endfor %}
        )

),

{% endfor -%}
reactions as (

    select
        'reactions' as resource,
        page_id,
        ordinal,
        'reactions/' || reaction_ordinal as path,
        'the emoji has neither an id nor a name of at most 200 bytes' as reason

    from {{ ref('stg_discord__reactions') }}

    where emoji_key is null

),

attachments as (

    select
        'attachments' as resource,
        page_id,
        ordinal,
        origin || '/' || place as path,
        'id is not a Discord id' as reason

    from {{ ref('stg_discord__attachments') }}

    where attachment_id is null

),

invites as (

    select
        'invites' as resource,
        page_id,
        ordinal,
        '' as path,
        'there is no code of at most 200 bytes' as reason

    from {{ ref('stg_discord__invites') }}

    where code is null

),

exports as (

    select
        resource,
        page_id,
        ordinal,
        path,
        reason

    from {{ ref('int_dce_untyped_elements') }}

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
    select * from emojis
    union all
    select * from stickers
    union all
    select * from scheduled_events
    union all
    select * from webhooks
    union all
    select * from bans
    union all
    select * from audit_log_entries
    union all
    select * from invites
    union all
    select * from messages
    union all
    select * from parts_of_messages
    union all
    select * from users
    union all
    select * from members
    union all
    select * from event_users
    union all
    select * from reaction_users
    union all
    select * from poll_voters
    union all
    select * from asked_events
    union all
    select * from reactions
    union all
    select * from attachments
    union all
    select * from exports
    union all
    select * from pages

)

select * from untyped

where {{ is_new_page() }}
