-- Whoever a page tells about: authors, people mentioned, authors replied to, members.
-- A webhook's author is a disguise that changes with every message: no such user exists.
-- A bot that answers an interaction is one, though its id is the webhook's: it is the
-- application's, too.
with

message_pages as (

    select * from {{ source('discord', 'messages') }}

),

member_pages as (

    select * from {{ source('discord', 'members') }}

),

-- read three times: materialized, it would expand every page of the lake in each build
messages as not materialized (

    select
        message_pages.page_id,
        message_pages.fetched_at,
        element.ordinal,
        element.value as message,
        element.value -> 'referenced_message' as referenced_message

    from message_pages

    cross join
        lateral jsonb_array_elements({{ json_array('message_pages.body') }})
        with ordinality as element (value, ordinal)

),

authors as (

    select
        page_id,
        fetched_at,
        ordinal,
        'author' as path,
        message -> 'author' as profile

    from messages

    where
        message ->> 'webhook_id' is null
        or message ->> 'webhook_id' is distinct from message #>> '{author,id}'
        or message ->> 'webhook_id' = message ->> 'application_id'

),

referenced_authors as (

    select
        page_id,
        fetched_at,
        ordinal,
        'referenced_message/author' as path,
        referenced_message -> 'author' as profile

    from messages

    where
        referenced_message ->> 'webhook_id' is null
        or referenced_message ->> 'webhook_id'
        is distinct from referenced_message #>> '{author,id}'
        or referenced_message ->> 'webhook_id' = referenced_message ->> 'application_id'

),

mentioned as (

    select
        messages.page_id,
        messages.fetched_at,
        messages.ordinal,
        'mentions/' || mention.ordinal as path,
        mention.value as profile

    from messages

    cross join
        lateral jsonb_array_elements({{ json_array("messages.message -> 'mentions'") }})
        with ordinality as mention (value, ordinal)

),

members as (

    select
        member_pages.page_id,
        member_pages.fetched_at,
        element.ordinal,
        'user' as path,
        element.value -> 'user' as profile

    from member_pages

    cross join
        lateral jsonb_array_elements({{ json_array('member_pages.body') }})
        with ordinality as element (value, ordinal)

),

elements as (

    select * from authors
    union all
    select * from referenced_authors
    union all
    select * from mentioned
    union all
    select * from members

),

renamed as (

    select
        ---------- ids
        {{ typed('profile', 'id', 'bigint') }} as user_id,

        ---------- strings
        {{ typed('profile', 'username', 'text') }} as username,
        {{ typed('profile', 'global_name', 'text') }} as global_name,
        {{ typed('profile', 'discriminator', 'text') }} as discriminator,
        {{ typed('profile', 'avatar', 'text') }} as avatar,

        ---------- numerics
        coalesce({{ typed('profile', 'public_flags', 'bigint') }}, 0) as public_flags,

        ---------- booleans
        coalesce({{ typed('profile', 'bot', 'boolean') }}, false) as is_bot,
        coalesce({{ typed('profile', 'system', 'boolean') }}, false) as is_system,

        ---------- lineage
        page_id,
        ordinal,
        path,
        fetched_at

    from elements

    where profile is not null

)

select * from renamed
