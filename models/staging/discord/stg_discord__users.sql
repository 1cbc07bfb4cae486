-- Whoever a page tells about, wherever it does: authors, people mentioned, members, voters,
-- the banned, those who invite. Disguises of webhooks are nobody.
-- Every message is expanded once, for all the places in it: a person is on every message,
-- and whatever else has people only on few.
with

{% set places_in_messages = [
    'interaction_metadata/user',
    'interaction_metadata/target_user',
    'interaction_metadata/triggering_interaction_metadata/user',
    'interaction_metadata/triggering_interaction_metadata/target_user',
    'interaction/user',
    'application/bot'
] -%}
{% set places_in_lists = [
    'user', 'member/user', 'creator', 'inviter', 'target_user', 'target_application/bot',
    'guild_scheduled_event/creator'
] -%}
messages as (

    {% for resource, elements, place in [
        ('messages', 'pages.body', ''),
        ('pins', "pages.body -> 'items'", 'message/')
    ] -%}
    select
        pages.page_id,
        pages.fetched_at,
        element.ordinal,
        '{{ place }}' as place,
        element.value{{ " -> 'message'" if place }} as message

    from {{ source('discord', resource) }} as pages

    cross join
        lateral {{ json_elements(elements) }} as element
    {{- '\n\n    union all\n\n    ' if not loop.last }}
    {%- endfor %}

),

-- The ordinal goes through the subquery, so that it is different for each message: the
-- planner would else remember every message it has met, in case it comes once more.
people_of_messages as (

    select
        messages.page_id,
        messages.fetched_at,
        found.ordinal,
        messages.place || found.path as path,
        found.profile

    from messages

    cross join
        lateral (
            select
                messages.ordinal,
                'author' as path,
                messages.message -> 'author' as profile
            where not {{ is_disguise('messages.message') }}

            union all

            select
                messages.ordinal,
                'mentions/' || mention.ordinal as path,
                mention.value as profile
            from {{ json_elements("messages.message -> 'mentions'") }} as mention
            where messages.message -> 'mentions' -> 0 is not null

            union all

            select
                messages.ordinal,
                'referenced_message/author' as path,
                messages.message #> '{referenced_message,author}' as profile
            where
                messages.message ? 'referenced_message'
                and not {{ is_disguise("(messages.message -> 'referenced_message')") }}

            union all

            select
                messages.ordinal,
                'attachments/' || attachment.ordinal || '/clip_participants/'
                || participant.ordinal as path,
                participant.value as profile
            from {{ json_elements("messages.message -> 'attachments'") }} as attachment
            cross join
                lateral jsonb_array_elements(
                    {{ json_array("attachment.value -> 'clip_participants'") }}
                )
                with ordinality as participant (value, ordinal)
            where messages.message -> 'attachments' -> 0 is not null

            union all

            {% for path, key, mentions in [
                (
                    'referenced_message', 'referenced_message',
                    '{referenced_message,mentions}'
                ),
                (
                    'message_snapshots/1/message', 'message_snapshots',
                    '{message_snapshots,0,message,mentions}'
                )
            ] -%}
            select
                messages.ordinal,
                '{{ path }}/mentions/' || mention.ordinal as path,
                mention.value as profile
            from
                jsonb_array_elements(
                    {{ json_array("messages.message #> '" ~ mentions ~ "'") }}
                )
                with ordinality as mention (value, ordinal)
            where messages.message ? '{{ key }}'

            union all

            {% endfor -%}
            select
                messages.ordinal,
                'stickers/' || sticker.ordinal || '/user' as path,
                sticker.value -> 'user' as profile
            from {{ json_elements("messages.message -> 'stickers'") }} as sticker
            where messages.message ? 'stickers'

            union all

            select
                messages.ordinal,
                'resolved/users/' || resolved.ordinal as path,
                resolved.value as profile
            from
                jsonb_each(
                    case jsonb_typeof(messages.message #> '{resolved,users}')
                        when 'object' then messages.message #> '{resolved,users}'
                        else '{}'::jsonb
                    end
                ) with ordinality as resolved (key, value, ordinal)
            where messages.message ? 'resolved'

            union all

            select
                messages.ordinal,
                person.path,
                person.profile
            from (
                values
                {% for path in places_in_messages -%}
                (
                    '{{ path }}',
                    messages.message #> '{{ '{' ~ path.split('/') | join(',') ~ '}' }}'
                ){{ ',' if not loop.last }}
                {% endfor %}
            ) as person (path, profile)
            where messages.message ?| '{interaction_metadata,interaction,application}'
        ) as found

),

lists as (

    {% for resource in [
        'members', 'event_users', 'bans', 'invites', 'webhooks', 'emojis', 'stickers',
        'scheduled_events'
    ] -%}
    select
        page_id,
        fetched_at,
        {{ json_array('body') }} as elements

    from {{ source('discord', resource) }}
    {{- '\n\n    union all\n\n    ' if not loop.last }}
    {%- endfor %}

),

people_of_lists as (

    select
        lists.page_id,
        lists.fetched_at,
        element.ordinal,
        person.path,
        person.profile

    from lists

    cross join
        lateral jsonb_array_elements(lists.elements)
        with ordinality as element (value, ordinal)

    cross join
        lateral (
            values
            {% for path in places_in_lists -%}
            (
                '{{ path }}',
                element.value #> '{{ '{' ~ path.split('/') | join(',') ~ '}' }}'
            ){{ ',' if not loop.last }}
            {% endfor %}
        ) as person (path, profile)

),

recipients as (

    select
        pages.page_id,
        pages.fetched_at,
        channel.ordinal,
        'recipients/' || recipient.ordinal as path,
        recipient.value as profile

    from {{ source('discord', 'channels') }} as pages

    cross join
        lateral {{ json_elements('pages.body') }} as channel

    cross join
        lateral {{ json_elements("channel.value -> 'recipients'") }} as recipient

),

-- where the elements are users themselves, or stand beside elements of another kind
listed_users as (

    {% for resource, elements, path in [
        ('reaction_users', 'pages.body', ''),
        ('poll_voters', "pages.body -> 'users'", ''),
        ('audit_log', "pages.body -> 'users'", 'users')
    ] -%}
    select
        pages.page_id,
        pages.fetched_at,
        element.ordinal,
        '{{ path }}' as path,
        element.value as profile

    from {{ source('discord', resource) }} as pages

    cross join
        lateral {{ json_elements(elements) }} as element
    {{- '\n\n    union all\n\n    ' if not loop.last }}
    {%- endfor %}

),

elements as (

    select * from people_of_messages
    union all
    select * from people_of_lists
    union all
    select * from recipients
    union all
    select * from listed_users

),

renamed as (

    select
        ---------- ids
        {{ typed('profile', 'id', 'bigint') }} as user_id,

        ---------- json
        profile,

        ---------- lineage
        page_id,
        ordinal,
        path,
        fetched_at

    from elements

    where jsonb_typeof(profile) <> 'null' -- nor is there one where SQL says null

)

select * from renamed
