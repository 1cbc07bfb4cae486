"""The SQL statements of landing.py, composed once."""

from __future__ import annotations

from functools import cache
from typing import LiteralString

from psycopg import sql

from extractor.records import Checkpoint, GuildSync, Record, ResourceState


def select(table: LiteralString, row: type[Record]) -> sql.Composed:
    """Return all rows of a guild, with the columns of a record."""
    return sql.SQL("select {columns} from landing.{table} where guild_id = %s").format(
        columns=_listed(row.names()), table=sql.Identifier(table)
    )


def insert(
    table: LiteralString, row: type[Record], *others: LiteralString
) -> sql.Composed:
    """Insert a record, with other columns before its own."""
    names = [*others, *row.names()]
    return sql.SQL("insert into landing.{table} ({columns}) values ({values})").format(
        table=sql.Identifier(table),
        columns=_listed(names),
        values=sql.SQL(", ").join(map(sql.Placeholder, names)),
    )


def upsert(
    table: LiteralString, row: type[Record], *keys: LiteralString
) -> sql.Composed:
    """Insert a record, or replace the one with the same keys."""
    changes = (
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
        for name in row.names()
        if name not in keys
    )
    return insert(table, row) + sql.SQL(
        " on conflict ({keys}) do update set {changes}"
    ).format(keys=_listed(keys), changes=sql.SQL(", ").join(changes))


def _listed(names: list[str] | tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


START_RUN: LiteralString = """
    insert into landing.runs (command, arguments, program_version)
    values (%s, %s, %s)
    returning run_id
"""

FINISH_RUN: LiteralString = """
    update landing.runs
    set finished_at = now(), exit_code = %s, error = %s, summary = %s
    where run_id = %s
"""

CHECKPOINTS = select("checkpoints", Checkpoint)
SAVE_CHECKPOINT = upsert("checkpoints", Checkpoint, "channel_id")
RESOURCE_STATES = select("resource_states", ResourceState)
SAVE_RESOURCE_STATE = upsert(
    "resource_states", ResourceState, "account", "resource", "route_id"
)
INSERT_GUILD_SYNC = insert("guild_syncs", GuildSync, "run_id")

# guilds whose archive was begun, by the name they had last
GUILDS: LiteralString = """
    select distinct on (guild_id) guild_id, body ->> 'name' as name
    from landing.guilds
    order by guild_id, page_id desc
"""

GUILD_OF: LiteralString = """
    select guild_id from landing.checkpoints where channel_id = %s
"""

INSERT_FETCH: LiteralString = """
    insert into landing.fetches (
        run_id, account, resource, route_id, guild_id, channel_id, request,
        fetched_at, responded_at, status, error_code, item_count, byte_count,
        body_sha256, same_as_page_id, erased_at
    ) values (
        %(run_id)s, %(account)s, %(resource)s, %(route_id)s, %(guild_id)s,
        %(channel_id)s, %(request)s, %(fetched_at)s, %(responded_at)s, %(status)s,
        %(error_code)s, %(item_count)s, %(byte_count)s, %(body_sha256)s,
        %(same_as_page_id)s, %(erased_at)s
    )
    returning fetch_id
"""

# whoever asked: a list that shows again what it once showed is news if another account
# has seen it otherwise since; but channels are asked of every account, each has its own
LATEST_OF_REQUEST: LiteralString = """
    select coalesce(same_as_page_id, fetch_id) as page_id, body_sha256
    from landing.fetches
    where resource = %(resource)s
        and resource <> 'messages'
        and route_id = %(route_id)s
        and md5(request::text) = md5(%(request)s::jsonb::text)
        and (account = %(account)s or resource not in ('channels', 'threads'))
        and status = 200
    order by fetch_id desc
    limit 1
"""

LATEST_BODY: LiteralString = """
    select body
    from landing.{table}
    where route_id = %s and jsonb_typeof(body) = 'array'
    order by page_id desc
    limit 1
"""

# The last state of each event of a guild that has not ended, but for those that Discord
# does not show any more: a list leaves out what is over.
UNFINISHED_EVENTS: LiteralString = """
    with states as (
        select distinct on (event ->> 'id')
            event ->> 'id' as event_id,
            event ->> 'status' as status
        from landing.scheduled_events as page
        cross join lateral jsonb_path_query(page.body, '$[*]') as event
        where page.route_id = %(guild_id)s
        order by event ->> 'id', page.page_id desc
    )

    select event_id
    from states
    where status in ('1', '2')
        and not exists (
            select from landing.fetches
            where resource = 'scheduled_events'
                and route_id = %(guild_id)s
                and status in (403, 404)
                and request ->> 'path' = format(
                    '/guilds/%%s/scheduled-events/%%s', %(guild_id)s::bigint, event_id
                )
        )
    order by event_id
"""

INSERT_PAGE: LiteralString = """
    with fetched as ({fetched}) {beside}
    insert into landing.{table} (
        page_id, route_id, run_id, account, guild_id, channel_id, request,
        fetched_at, responded_at, item_count, is_history_readable,
        has_message_content, body, raw, erased_at
    )
    select
        fetch_id, %(route_id)s, %(run_id)s, %(account)s, %(guild_id)s,
        %(channel_id)s, %(request)s, %(fetched_at)s, %(responded_at)s,
        %(item_count)s, %(is_history_readable)s, %(has_message_content)s,
        %(body)s::jsonb, %(raw)s, %(page_erased_at)s
    from fetched
"""

# beside a page of messages, in its statement and so in its transaction
MOVED_AND_NAMED = (
    sql.SQL(", moved as (")
    + SAVE_CHECKPOINT
    + sql.SQL("""), named as (
        insert into landing.checkpoints (channel_id, guild_id)
        select thread_id, %(guild_id)s
        from unnest(%(thread_ids)s::bigint[]) as thread_id
        on conflict do nothing
    )
""")
)


@cache
def insert_page(table: str, *, moves_checkpoint: bool) -> bytes:
    """Return the statement that lands a page: composed once, for it is asked often."""
    composed = sql.SQL(INSERT_PAGE).format(
        fetched=sql.SQL(INSERT_FETCH),
        beside=MOVED_AND_NAMED if moves_checkpoint else sql.SQL(""),
        table=sql.Identifier(table),
    )
    return composed.as_bytes()


MESSAGES_WITH: LiteralString = """
    select
        page.page_id, element ->> 'id' as message_id, element -> %(key)s as value
    from landing.messages as page
    cross join lateral jsonb_path_query(page.body, '$[*]') as element
    where page.route_id = %(channel_id)s and page.page_id = any(%(page_ids)s)
        and element -> %(key)s is not null
    order by page.page_id
"""

MESSAGE_PAGES: LiteralString = """
    select page_id
    from landing.messages
    where route_id = %s and page_id > %s
    order by page_id
    limit %s
"""
