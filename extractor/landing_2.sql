-- Schema landing, version 2: pages of every resource, what each channel is, and what
-- each account may ask for.

do $$
declare
    resource text;
begin
    foreach resource in array array[
        'pins', 'emojis', 'stickers', 'scheduled_events', 'reaction_users', 'poll_voters',
        'event_users', 'invites', 'webhooks', 'bans', 'audit_log'
    ]
    loop
        execute format('create table landing.%I (like landing.messages including all)', resource);
    end loop;
end
$$;

-- A channel or thread gets its row when it is first listed, or first named by a message
-- (type is null then, until it was looked at). guild_id is 0 for direct messages.
alter table landing.checkpoints
    add column account text,               -- who reads it; null: nobody may
    add column parent_id bigint,
    add column type integer,               -- Discord's channel type
    add column name text,
    add column is_archived boolean not null default false, -- a thread, when last seen
    add column last_message_id bigint,     -- Discord's, when last seen
    add column last_pin_timestamp text,    -- Discord's, when last seen
    add column is_deleted boolean not null default false,  -- Discord says: unknown channel
    add column message_count bigint not null default 0,    -- archived, each one once
    add column last_pin_timestamp_seen text,               -- and when pins were last read
    add column looked_at timestamptz;      -- when Discord was last asked about this one alone

-- What an account knows of a list: how far, or why not. No row: never asked.
create table landing.resource_states (
    account text not null,
    resource text not null,                -- an endpoint: members, archived_public_threads, …
    route_id bigint not null,
    guild_id bigint not null,
    unreadable_reason text,                -- null: readable when last asked
    asked_at timestamptz,                  -- when Discord refused; null: by permissions alone
    known_to text,                         -- how far it was read: a page id, entry id or instant
    primary key (account, resource, route_id)
);

create index on landing.resource_states (guild_id);

-- for the question whether a page equals the latest one of its request: a channel may have
-- thousands of requests that differ in their path only (who reacted to which message)
create index on landing.fetches (resource, route_id, md5(request::text), fetch_id desc)
    where resource <> 'messages';

-- what version 1 had not written down
with

pages as (

    select page_id, jsonb_path_query_array(body, '$[*]') as listed
    from landing.channels
    union all
    select page_id, jsonb_path_query_array(body, '$.threads[*]')
    from landing.threads

),

seen as (

    select distinct on (element ->> 'id')
        element ->> 'id' as channel_id,
        case when element ->> 'parent_id' ~ '^\d{1,18}$' then (element ->> 'parent_id')::bigint end
            as parent_id,
        case when element ->> 'type' ~ '^\d{1,9}$' then (element ->> 'type')::integer end as type,
        element ->> 'name' as name,
        case when element ->> 'last_message_id' ~ '^\d{1,18}$'
            then (element ->> 'last_message_id')::bigint end as last_message_id,
        element ->> 'last_pin_timestamp' as last_pin_timestamp,
        coalesce(element -> 'thread_metadata' ->> 'archived' = 'true', false) as is_archived
    from pages
    cross join lateral jsonb_array_elements(listed) as element
    order by element ->> 'id', page_id desc

)

update landing.checkpoints set
    parent_id = seen.parent_id,
    type = seen.type,
    name = seen.name,
    last_message_id = seen.last_message_id,
    last_pin_timestamp = seen.last_pin_timestamp,
    is_archived = seen.is_archived
from seen
where seen.channel_id = checkpoints.channel_id::text;

with

counted as (

    select
        page.route_id as channel_id,
        min(page.account) as account,
        count(distinct element ->> 'id') as message_count
    from landing.messages as page
    cross join lateral jsonb_path_query(page.body, '$[*]') as element
    group by page.route_id

)

update landing.checkpoints set
    account = counted.account,
    message_count = counted.message_count
from counted
where counted.channel_id = checkpoints.channel_id;
