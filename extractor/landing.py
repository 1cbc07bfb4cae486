"""All SQL of the extractor: the schema, pages, checkpoints, the run log.

A page, its row in landing.fetches and the checkpoint that it moves are one
statement, so one transaction: no kill can part them, and no network waits in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from extractor import __version__
from extractor.bodies import storable
from extractor.client import Answer
from extractor.config import connection_arguments
from extractor.database import prepare_schema, readable_errors


@dataclass(frozen=True)
class Checkpoint:
    """Where a channel stands: a row of landing.checkpoints."""

    channel_id: int
    guild_id: int
    oldest_message_id: int | None = None
    newest_message_id: int | None = None
    is_start_reached: bool = False
    backfill_complete: bool = False
    last_message_id_seen: int | None = None
    last_synced_at: datetime | None = None
    unreadable_reason: str | None = None


@dataclass(frozen=True)
class Target:
    """Which page table an answer goes to, and whose it is."""

    table: str
    guild_id: int
    channel_id: int | None = None
    item_count: int = 1
    is_history_readable: bool | None = None
    has_message_content: bool | None = None


@dataclass(frozen=True)
class GuildSync:
    """How far a run came in a guild: a row of landing.guild_syncs."""

    guild_id: int
    started_at: datetime
    readable_channel_count: int
    unreadable_channel_count: int
    failed_channel_count: int
    is_complete: bool
    is_backfill_complete: bool


class Landing:
    """Schema landing in one database, for one run. Safe to share between threads."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection[Any]]) -> None:
        self._pool = pool
        self.run_id = 0

    def start_run(self, command: str, arguments: Mapping[str, Any]) -> None:
        """Write the run's row; its id goes into all that the run lands."""
        row = self._one(
            "insert into landing.runs (command, arguments, program_version)"
            " values (%s, %s, %s) returning run_id",
            (command, Jsonb(arguments), __version__),
        )
        self.run_id = row["run_id"]

    def finish_run(
        self, exit_code: int, *, error: str | None, summary: Mapping[str, Any]
    ) -> None:
        """Close the run's row."""
        self._do(
            "update landing.runs set finished_at = now(), exit_code = %s, error = %s,"
            " summary = %s where run_id = %s",
            (exit_code, error, Jsonb(summary), self.run_id),
        )

    def checkpoints(self, guild_id: int) -> dict[int, Checkpoint]:
        """Return the guild's checkpoints by channel id."""
        columns = sql.SQL(", ").join(
            sql.Identifier(field.name) for field in fields(Checkpoint)
        )
        query = sql.SQL(
            "select {} from landing.checkpoints where guild_id = %s"
        ).format(columns)
        with readable_errors(), self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Checkpoint))
            return {row.channel_id: row for row in cursor.execute(query, (guild_id,))}

    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Move a checkpoint that no page moves: nothing to ask, or not readable."""
        self._do(_SAVE_CHECKPOINT, _columns(checkpoint))

    def append_snapshot(self, account: str, answer: Answer, target: Target) -> None:
        """Land a list or object; one equal to its latest page is only seen again."""
        row = _fetch_row(self.run_id, account, answer, target)
        with readable_errors(), self._pool.connection() as connection:
            latest = _rows(connection, _LATEST_OF_REQUEST, row)
            if latest and latest[0]["body_sha256"] == row["body_sha256"]:
                row["same_as_page_id"] = latest[0]["page_id"]
                connection.execute(_INSERT_FETCH, row)
            else:
                _insert_page(connection, row, answer, target, checkpoint=None)

    def append_messages(
        self, account: str, answer: Answer, target: Target, *, checkpoint: Checkpoint
    ) -> None:
        """Land a page of messages together with the checkpoint that it moves."""
        row = _fetch_row(self.run_id, account, answer, target)
        with readable_errors(), self._pool.connection() as connection:
            _insert_page(connection, row, answer, target, checkpoint=checkpoint)

    def record_fetch(self, account: str, answer: Answer, target: Target) -> None:
        """Record an answer that brings no page: a refusal, or a probe."""
        self._do(_INSERT_FETCH, _fetch_row(self.run_id, account, answer, target))

    def record_guild_sync(self, guild_sync: GuildSync) -> None:
        """Write how far this run came in a guild."""
        self._do(_INSERT_GUILD_SYNC, {"run_id": self.run_id, **_columns(guild_sync)})

    def _do(self, query: LiteralString, parameters: Any) -> None:
        with readable_errors(), self._pool.connection() as connection:
            connection.execute(query, parameters)

    def _one(self, query: LiteralString, parameters: Any) -> dict[str, Any]:
        with readable_errors(), self._pool.connection() as connection:
            return _rows(connection, query, parameters)[0]


_INSERT_FETCH: LiteralString = """
    insert into landing.fetches (
        run_id, account, resource, route_id, guild_id, channel_id, request,
        fetched_at, responded_at, status, error_code, item_count, byte_count,
        body_sha256, same_as_page_id
    ) values (
        %(run_id)s, %(account)s, %(resource)s, %(route_id)s, %(guild_id)s,
        %(channel_id)s, %(request)s, %(fetched_at)s, %(responded_at)s, %(status)s,
        %(error_code)s, %(item_count)s, %(byte_count)s, %(body_sha256)s,
        %(same_as_page_id)s
    )
    returning fetch_id
"""

_LATEST_OF_REQUEST: LiteralString = """
    select coalesce(same_as_page_id, fetch_id) as page_id, body_sha256
    from landing.fetches
    where resource = %(resource)s and route_id = %(route_id)s
        and request = %(request)s and account = %(account)s and status = 200
    order by fetch_id desc
    limit 1
"""

_INSERT_PAGE: LiteralString = """
    insert into landing.{table} (
        page_id, route_id, run_id, account, guild_id, channel_id, request,
        fetched_at, responded_at, item_count, is_history_readable,
        has_message_content, body, raw
    )
    select
        fetch_id, %(route_id)s, %(run_id)s, %(account)s, %(guild_id)s,
        %(channel_id)s, %(request)s, %(fetched_at)s, %(responded_at)s,
        %(item_count)s, %(is_history_readable)s, %(has_message_content)s,
        %(body)s::jsonb, %(raw)s
    from fetched
"""

_SAVE_CHECKPOINT: LiteralString = """
    insert into landing.checkpoints as stored (
        channel_id, guild_id, oldest_message_id, newest_message_id, is_start_reached,
        backfill_complete, last_message_id_seen, last_synced_at, unreadable_reason
    ) values (
        %(channel_id)s, %(guild_id)s, %(oldest_message_id)s, %(newest_message_id)s,
        %(is_start_reached)s, %(backfill_complete)s, %(last_message_id_seen)s,
        %(last_synced_at)s, %(unreadable_reason)s
    )
    on conflict (channel_id) do update set
        oldest_message_id = excluded.oldest_message_id,
        newest_message_id = excluded.newest_message_id,
        is_start_reached = excluded.is_start_reached,
        backfill_complete = excluded.backfill_complete,
        last_message_id_seen = excluded.last_message_id_seen,
        last_synced_at = excluded.last_synced_at,
        unreadable_reason = excluded.unreadable_reason
"""

_INSERT_GUILD_SYNC: LiteralString = """
    insert into landing.guild_syncs (
        run_id, guild_id, started_at, readable_channel_count,
        unreadable_channel_count, failed_channel_count, is_complete,
        is_backfill_complete
    ) values (
        %(run_id)s, %(guild_id)s, %(started_at)s, %(readable_channel_count)s,
        %(unreadable_channel_count)s, %(failed_channel_count)s, %(is_complete)s,
        %(is_backfill_complete)s
    )
"""


def _insert_page(
    connection: psycopg.Connection[Any],
    row: dict[str, Any],
    answer: Answer,
    target: Target,
    *,
    checkpoint: Checkpoint | None,
) -> None:
    parts = [sql.SQL("with fetched as (") + sql.SQL(_INSERT_FETCH) + sql.SQL(")")]
    if checkpoint is not None:
        parts.append(sql.SQL(", moved as (") + sql.SQL(_SAVE_CHECKPOINT) + sql.SQL(")"))
    parts.append(sql.SQL(_INSERT_PAGE).format(table=sql.Identifier(target.table)))
    query = sql.Composed(parts)
    parameters = {
        **(_columns(checkpoint) if checkpoint is not None else {}),
        **row,
        "is_history_readable": target.is_history_readable,
        "has_message_content": target.has_message_content,
    }
    try:
        connection.execute(query, {**parameters, **storable(answer)})
    except (psycopg.DataError, psycopg.errors.StatementTooComplex):
        # JSON that jsonb cannot hold at all (a number or nesting beyond its limits):
        # the bytes are kept, dbt counts the page as one that it cannot type
        unreadable = {"body": "null", "raw": answer.content}
        connection.execute(query, {**parameters, **unreadable})


def _fetch_row(
    run_id: int, account: str, answer: Answer, target: Target
) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "account": account,
        "resource": target.table,
        "route_id": target.channel_id or target.guild_id,
        "guild_id": target.guild_id,
        "channel_id": target.channel_id,
        "request": Jsonb(answer.request.as_json()),
        "fetched_at": answer.fetched_at,
        "responded_at": answer.responded_at,
        "status": answer.status,
        "error_code": answer.error_code,
        "item_count": target.item_count if answer.status == 200 else None,
        "byte_count": len(answer.content),
        "body_sha256": hashlib.sha256(answer.content).digest(),
        "same_as_page_id": None,
    }


def _columns(row: Checkpoint | GuildSync) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(row)}


def _rows(
    connection: psycopg.Connection[Any],
    query: LiteralString,
    parameters: Any,
) -> list[dict[str, Any]]:
    return connection.cursor(row_factory=dict_row).execute(query, parameters).fetchall()


@contextmanager
def open_landing(
    environment: Mapping[str, str], *, connections: int = 4
) -> Iterator[Landing]:
    """Open landing in the database of these libpq variables, made or upgraded.

    Raises:
        DatabaseError: it cannot be reached, is too old, or holds another landing.

    """
    arguments = connection_arguments(environment)
    prepare_schema(environment)
    with ConnectionPool(
        kwargs={
            **arguments,
            "application_name": "discord-warehouse",
            "autocommit": True,  # each statement is a whole transaction
        },
        min_size=1,
        max_size=connections,
        # one error at once instead of half a minute of reconnecting
        timeout=10,
    ) as pool:
        yield Landing(pool)
