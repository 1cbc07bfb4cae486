"""The SQL of forget.py."""

from __future__ import annotations

from typing import LiteralString

PAGE_TABLES: LiteralString = """
    select table_name::text
    from information_schema.columns
    where table_schema = 'landing' and column_name = 'body'
    order by table_name
"""
# what is written down beside pages
OTHERS = ("fetches", "runs", "checkpoints", "resource_states")
TEXTS: tuple[tuple[LiteralString, LiteralString], ...] = (
    ("checkpoints", "name"),
    ("checkpoints", "unreadable_reason"),
    ("resource_states", "known_to"),
    ("resource_states", "unreadable_reason"),
)

THREADS: LiteralString = """
    select channel_id
    from landing.checkpoints
    where parent_id = any(%s) and type = any(%s)
"""

IS_BEGUN: LiteralString = """
    select exists (
        select from landing.erasures
        where id_hash = any(%s) and (erased_at is null or refreshed_at is null)
    )
"""

# Pages on which an id stands, and those that may repeat a message without naming its
# author: forwards, copies in other channels, results of polls. Each is made text once.
FIND: LiteralString = """
    insert into candidates
    select %(table)s, page.page_id
    from landing.{table} as page
    cross join lateral (select page.body::text as body offset 0) as written
    where
        (page.channel_id is null or page.channel_id <> all(%(channels)s))
        and (
            written.body like any(%(likes)s)
            or page.{asked} like any(%(likes)s)
            or exists (
                select from unnest(%(ids)s::bytea[]) as id
                where position(id in page.raw) > 0
            )
            or (
                %(are_quotes_wanted)s
                and (
                    written.body like '%%"message_snapshots": [{{%%'
                    or written.body like '%%"forwardedMessage": {{%%'
                    or written.body ~ '"type": "?46[",}}]'
                    or (
                        written.body like '%%"message_reference": {{%%'
                        and written.body like '%%"webhook_id": "%%'
                    )
                )
            )
        )
"""
CANDIDATES: LiteralString = """
    select page_id from candidates where page_of = %s order by page_id
"""
PAGES: LiteralString = """
    select page_id, body::text as body, raw, {asked} as asked
    from landing.{table}
    where page_id = any(%s)
    order by page_id
"""
COUNT: LiteralString = """
    select count(*) from landing.{table} where channel_id = any(%(channels)s)
"""

MAKE_KEY: LiteralString = """
    insert into landing.erasure_keys (key) values (%s) on conflict do nothing
"""
BEGIN: LiteralString = """
    insert into landing.erasures (kind, id_hash)
    select %(kind)s, id_hash from unnest(%(hashes)s::bytea[]) as id_hash
    on conflict (id_hash, kind) do update
    set begun_at = now(), erased_at = null, refreshed_at = null
"""
END: LiteralString = """
    update landing.erasures set
        erased_at = now(),
        refreshed_at = case when %(is_all)s then now() end,
        page_count = %(pages)s
    where id_hash = any(%(hashes)s)
"""
REFRESHED: LiteralString = """
    update landing.erasures set refreshed_at = now()
    where erased_at is not null and refreshed_at is null
"""
UNFINISHED: LiteralString = """
    select
        count(*) filter (where erased_at is null) as begun,
        count(*) filter (where refreshed_at is null) as unfinished
    from landing.erasures
"""

REWRITE: LiteralString = """
    update landing.{table}
    set body = %(body)s::jsonb, raw = %(raw)s, {asked} = %(asked)s, erased_at = now()
    where page_id = %(page_id)s
"""
REQUESTS: LiteralString = """
    select
        fetch_id, request, resource, coalesce(same_as_page_id, fetch_id) as page_id
    from landing.fetches
    where request::text like any(%s)
    order by fetch_id
"""
BODY: LiteralString = "select body::text from landing.{table} where page_id = %s"
SET_REQUEST: LiteralString = """
    update landing.fetches set request = %s, erased_at = now() where fetch_id = %s
"""

DELETE: LiteralString = """
    delete from landing.{table} where channel_id = any(%(channels)s)
"""
DELETE_CHECKPOINTS: LiteralString = """
    delete from landing.checkpoints where channel_id = any(%(channels)s)
"""
DELETE_STATES: LiteralString = """
    delete from landing.resource_states where route_id = any(%(channels)s)
"""

RUNS: LiteralString = "select run_id, arguments, summary, error from landing.runs"
SET_RUN: LiteralString = """
    update landing.runs
    set arguments = %s, summary = %s, error = %s
    where run_id = %s
"""
TELLING: LiteralString = """
    select distinct {column} from landing.{table} where {column} like any(%s)
"""
RETELL: LiteralString = "update landing.{table} set {column} = %s where {column} = %s"
DIRECT_MESSAGES: LiteralString = """
    select file.page_id, file.body::text as body, file.raw, file.path
    from landing.dce_files as file
    where
        file.guild_id = 0
        and exists (
            select
            from landing.dce_messages as page
            join candidates
                on page.page_id = candidates.page_id
                and candidates.page_of = 'dce_messages'
            where page.file_id = file.page_id
        )
"""
SET_DIRECT_MESSAGES: LiteralString = """
    update landing.dce_files
    set body = %s::jsonb, raw = %s, path = %s, erased_at = now()
    where page_id = %s
"""
