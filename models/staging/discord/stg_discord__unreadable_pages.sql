-- Pages whose JSON no jsonb can hold (a number or a nesting beyond its limits): the
-- extractor keeps their bytes in raw.
with

pages as (
    {% for resource in [
        'guilds', 'channels', 'threads', 'roles', 'members', 'messages', 'pins', 'emojis',
        'stickers', 'scheduled_events', 'reaction_users', 'poll_voters', 'event_users',
        'invites', 'webhooks', 'bans', 'audit_log'
    ] %}

    select
        '{{ resource }}' as resource,
        page_id,
        item_count,
        body

    from {{ source('discord', resource) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    resource,
    page_id,
    item_count

from pages

where jsonb_typeof(body) = 'null'
