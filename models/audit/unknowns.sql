-- Reads the whole archive, and only when it is asked: no build waits for it.
{{ config(materialized='view') }}

with

known_properties as (

    select * from {{ ref('properties') }}

),

{% for resource, entity, path in [
    ('audit_log', 'audit_log_entries', '$.audit_log_entries'),
    ('bans', 'bans', '$'),
    ('channels', 'channels', '$'),
    ('emojis', 'emojis', '$'),
    ('event_users', 'event_users', '$'),
    ('guilds', 'guilds', '$'),
    ('invites', 'invites', '$'),
    ('members', 'members', '$'),
    ('pins', 'pins', '$.items'),
    ('roles', 'roles', '$'),
    ('scheduled_events', 'scheduled_events', '$'),
    ('stickers', 'stickers', '$'),
    ('threads', 'channels', '$.threads'),
    ('webhooks', 'webhooks', '$'),
] -%}
{{ resource }}_elements as (

    select
        '{{ entity }}' as entity,
        pages.page_id,
        element.value as element

    from {{ source('discord', resource) }} as pages

    cross join lateral {{ json_elements('pages.body', path) }} as element

),

{% endfor -%}
message_elements as (

    select
        part.entity,
        messages.page_id,
        element.value as element

    from {{ ref('base_discord__messages') }} as messages

    cross join
        lateral (
            values
            ('messages', messages.message),
            ('attachments', messages.message -> 'attachments'),
            ('reactions', messages.message -> 'reactions')
        ) as part (entity, elements)

    cross join lateral {{ json_elements('part.elements') }} as element

),

user_elements as (

    select
        'users' as entity,
        page_id,
        profile as element

    from {{ ref('stg_discord__users') }}

),

-- keys of exports are the exporter's own, not Discord's
export_heads as (

    select
        part.entity,
        files.page_id,
        part.element

    from {{ source('dce', 'dce_files') }} as files

    cross join
        lateral (
            values
            ('dce_files', files.body),
            ('dce_guilds', files.body -> 'guild'),
            ('dce_channels', files.body -> 'channel')
        ) as part (entity, element)

),

export_elements as (

    select
        part.entity,
        messages.page_id,
        element.value as element

    from {{ ref('base_dce__messages') }} as messages

    cross join
        lateral (
            values
            {% for entity, path in [
                ('messages', '$'),
                ('attachments', '$.attachments'),
                ('attachments', '$.forwardedMessage.attachments'),
                ('embeds', '$.embeds'),
                ('embeds', '$.forwardedMessage.embeds'),
                ('emojis', '$.reactions[*].emoji'),
                ('emojis', '$.inlineEmojis'),
                ('emojis', '$.embeds[*].inlineEmojis'),
                ('forwarded_messages', '$.forwardedMessage'),
                ('interactions', '$.interaction'),
                ('reactions', '$.reactions'),
                ('references', '$.reference'),
                ('roles', '$.author.roles'),
                ('roles', '$.mentions[*].roles'),
                ('roles', '$.interaction.user.roles'),
                ('stickers', '$.stickers'),
                ('stickers', '$.forwardedMessage.stickers'),
                ('users', '$.author'),
                ('users', '$.mentions'),
                ('users', '$.interaction.user'),
                ('users', '$.reactions[*].users')
            ] -%}
            ('dce_{{ entity }}', '{{ path }}[*]'){{ ',' if not loop.last }}
            {% endfor -%}
        ) as part (entity, path)

    cross join lateral jsonb_path_query(messages.message, part.path::jsonpath) as element (value)

),

elements as (

    {% for resource in [
        'audit_log', 'bans', 'channels', 'emojis', 'event_users', 'guilds', 'invites', 'members',
        'pins', 'roles', 'scheduled_events', 'stickers', 'threads', 'webhooks'
    ] -%}
    select * from {{ resource }}_elements
    union all
    {% endfor -%}
    select * from message_elements
    union all
    select * from user_elements
    union all
    select * from export_heads
    union all
    select * from export_elements

),

properties as (

    select
        elements.entity,
        property.name as property,
        count(*) as element_count,
        max(elements.page_id) as last_page_id

    from elements

    cross join
        lateral jsonb_object_keys(
            case jsonb_typeof(elements.element) when 'object' then elements.element else '{}' end
        ) as property (name)

    group by
        elements.entity,
        property.name

),

unknown_properties as (

    select
        properties.entity,
        properties.property,
        null::integer as value,
        properties.element_count,
        properties.last_page_id

    from properties

    left join known_properties
        on
            properties.entity = known_properties.entity
            and properties.property = known_properties.property

    where known_properties.property is null

),

{% for entity, column, seed, key in [
    ('audit_log_entries', 'action_type', 'audit_log_actions', 'type'),
    ('channels', 'type', 'channel_types', 'type'),
    ('messages', 'type', 'message_types', 'type'),
    ('scheduled_events', 'entity_type', 'scheduled_event_entity_types', 'type'),
    ('scheduled_events', 'status', 'scheduled_event_statuses', 'status'),
    ('stickers', 'format_type', 'sticker_format_types', 'type'),
] -%}
unknown_{{ seed }} as (

    select
        '{{ entity }}' as entity,
        '{{ column }}' as property,
        typed.{{ column }} as value,
        count(*) as element_count,
        max(typed.page_id) as last_page_id

    from {{ ref(entity) }} as typed

    left join {{ ref(seed) }} as known
        on typed.{{ column }} = known.{{ key }}

    where
        typed.{{ column }} is not null
        and known.{{ key }} is null

    group by typed.{{ column }}

),

{% endfor -%}
unknowns as (

    select * from unknown_properties
    {% for seed in [
        'audit_log_actions', 'channel_types', 'message_types', 'scheduled_event_entity_types',
        'scheduled_event_statuses', 'sticker_format_types'
    ] -%}
    union all
    select * from unknown_{{ seed }}
    {% endfor %}
)

select * from unknowns
