-- Schema landing, version 4: what has been forgotten, and what was rewritten for it.

-- One row per person, message or channel that is to be forgotten. The id itself stands
-- nowhere: id_hash is its HMAC-SHA256 with the key below.
create table landing.erasures (
    id_hash bytea not null,
    kind text not null check (kind in ('user', 'message', 'channel')),
    begun_at timestamptz not null default now(),
    erased_at timestamptz,                 -- null: landing is not rewritten to its end
    refreshed_at timestamptz,              -- null: tables made from landing may still tell
    page_count bigint not null default 0,  -- rewritten or removed, of the last time
    primary key (id_hash, kind)
);

-- Messages of people forgotten: whoever forwards one repeats its text, and names nobody.
create table landing.erased_messages (
    id_hash bytea primary key
);

-- The key, made when something is first forgotten. Who has it and a list of ids can tell
-- which ones were: it is for the loader alone.
create table landing.erasure_keys (
    is_only boolean primary key default true check (is_only),
    key bytea not null check (octet_length(key) = 32),
    created_at timestamptz not null default now()
);

-- default privileges of the schema give what is new to those who build from it
do $$
declare
    reader oid;
begin
    for reader in
        select distinct acl.grantee
        from pg_class
        cross join lateral aclexplode(pg_class.relacl) as acl
        where pg_class.oid = 'landing.erasure_keys'::regclass
            and acl.grantee not in (0, pg_class.relowner)
    loop
        execute format('revoke all on landing.erasure_keys from %s', reader::regrole);
    end loop;
end
$$;

-- null: as it was received
do $$
declare
    pages text;
begin
    foreach pages in array array[
        'guilds', 'channels', 'threads', 'roles', 'members', 'messages', 'pins', 'emojis',
        'stickers', 'scheduled_events', 'reaction_users', 'poll_voters', 'event_users',
        'invites', 'webhooks', 'bans', 'audit_log', 'dce_messages', 'dce_files', 'fetches'
    ]
    loop
        execute format('alter table landing.%I add column erased_at timestamptz', pages);
    end loop;
end
$$;
