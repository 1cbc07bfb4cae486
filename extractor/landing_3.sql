-- Schema landing, version 3: exports of DiscordChatExporter, beside the API's pages.

-- One row per file (or member of an archive), known by the hash of its JSON. Its head is
-- an observation of a guild and a channel, so it has a page id like any other.
create table landing.dce_files (
    page_id bigint primary key default landing.next_page_id(),
    run_id bigint not null,                -- the run that began it
    path text not null,                    -- as it was named; archive.zip!member.json
    sha256 bytea not null unique,          -- of the JSON, however it was packed
    byte_count bigint not null,            -- of the JSON
    modified_at timestamptz,
    guild_id bigint not null,              -- 0 stands for direct messages
    channel_id bigint not null,
    exported_at timestamptz,               -- the exporter's clock; null: before 2.40.1
    body jsonb not null,                   -- the document without its messages
    raw bytea,                             -- its bytes, only where body is not exact
    started_at timestamptz not null default now(),

    -- what follows moves while the file is read
    status text not null default 'importing'
        check (status in ('importing', 'complete', 'truncated')),
    exporter_version text,                 -- the oldest that can have written what was read
    declared_count bigint,                 -- messageCount; null: truncated before it
    message_count bigint not null default 0,    -- landed, those without an id included
    unreadable_count bigint not null default 0, -- of these, those without an id of Discord's
    min_message_id bigint,
    max_message_id bigint,
    finished_at timestamptz
);

create index on landing.dce_files (channel_id);

-- One row per batch of messages of a file, in its order. A page of landing.messages, but
-- for where it comes from: account is the exporter's name, fetched_at when it was landed.
create table landing.dce_messages (like landing.messages including all);

alter table landing.dce_messages
    add column file_id bigint not null,       -- page_id of its row in landing.dce_files
    add column first_ordinal bigint not null, -- place of its first message in the file, from 1
    add column min_message_id bigint,         -- null: no message has an id
    add column max_message_id bigint;

create index on landing.dce_messages (file_id, first_ordinal);

-- As of version 1, and what exports brought.
create or replace function landing.settled_page_id() returns bigint
language plpgsql volatile as $$
declare
    settled bigint;
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
        -- an older snapshot would hide pages that committed while we waited
        raise exception 'landing.settled_page_id() needs read committed isolation, not %',
            current_setting('transaction_isolation');
    end if;
    perform pg_advisory_lock(7305808869231650);
    begin
        select greatest(
            coalesce((select max(fetch_id) from landing.fetches), 0),
            coalesce((select max(page_id) from landing.guild_syncs), 0),
            coalesce((select max(page_id) from landing.dce_files), 0),
            coalesce((select max(page_id) from landing.dce_messages), 0)
        ) into settled;
    exception when query_canceled or others then
        perform pg_advisory_unlock(7305808869231650);
        raise;
    end;
    perform pg_advisory_unlock(7305808869231650);
    return settled;
end
$$;
