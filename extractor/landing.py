"""Schema landing: pages, checkpoints, what is known of lists, the run log.

A page, its row in landing.fetches and the checkpoint that it moves are one
statement, so one transaction: no kill can part them, and no network waits in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from extractor import __version__, statements
from extractor.bodies import storable
from extractor.client import Answer
from extractor.config import connection_arguments
from extractor.database import (
    check_version,
    connect,
    prepare_schema,
    readable_errors,
    schema_version,
)
from extractor.erasures import NOTE_MESSAGES, Erasures, Rewriting, kept_request
from extractor.errors import DatabaseError
from extractor.records import Checkpoint, GuildSync, ResourceState, Target
from extractor.snapshots import ChannelType

Pool = ConnectionPool[psycopg.Connection[Any]]
Query = LiteralString | sql.Composed | bytes

_BATCH = 1000  # rows written in one transaction


class Landing:
    """Schema landing in one database, for one run. Safe to share between threads.

    ``erasures`` are what has been forgotten: none of it lands.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.run_id = 0
        self.erasures = Erasures.load(self._read)

    # --- the run log ------------------------------------------------------------

    def start_run(self, command: str, arguments: Mapping[str, Any]) -> None:
        """Write the run's row; its id goes into all that the run lands."""
        parameters = (command, Jsonb(arguments), __version__)
        self.run_id = self._read(statements.START_RUN, parameters)[0]["run_id"]

    def finish_run(
        self, exit_code: int, *, error: str | None, summary: Mapping[str, Any]
    ) -> None:
        """Close the run's row."""
        parameters = (exit_code, error, Jsonb(summary), self.run_id)
        self._write(statements.FINISH_RUN, parameters)

    def record_guild_sync(self, guild_sync: GuildSync) -> None:
        """Write how far this run came in a guild."""
        parameters = {"run_id": self.run_id, **guild_sync.columns()}
        self._write(statements.INSERT_GUILD_SYNC, parameters)

    # --- what is known ------------------------------------------------------------

    def checkpoints(self, guild_id: int) -> dict[int, Checkpoint]:
        """Return the guild's checkpoints by channel id."""
        rows = self._read(statements.CHECKPOINTS, (guild_id,))
        return {row["channel_id"]: Checkpoint(**row) for row in rows}

    def guilds(self) -> dict[int, str]:
        """Return the guilds that were ever looked at, by the name they had last."""
        rows = self._read(statements.GUILDS, ())
        return {row["guild_id"]: row["name"] or "" for row in rows}

    def guild_of(self, channel_id: int) -> int | None:
        """Return the guild of a channel that has a checkpoint."""
        rows = self._read(statements.GUILD_OF, (channel_id,))
        return rows[0]["guild_id"] if rows else None

    def save_checkpoints(self, checkpoints: Sequence[Checkpoint]) -> None:
        """Move checkpoints that no page moves."""
        rows = [
            one.columns() for one in checkpoints if not self._is_to_be_forgotten(one)
        ]
        for first in range(0, len(rows), _BATCH):
            batch = rows[first : first + _BATCH]
            self._write_many(statements.SAVE_CHECKPOINT, batch)

    def resource_states(self, guild_id: int) -> list[ResourceState]:
        """Return what accounts know of the lists of a guild."""
        rows = self._read(statements.RESOURCE_STATES, (guild_id,))
        return [ResourceState(**row) for row in rows]

    def save_resource_state(self, state: ResourceState) -> None:
        """Write down how far a list is known, or why it is not."""
        self._write(statements.SAVE_RESOURCE_STATE, state.columns())

    def latest_list(self, table: str, route_id: int) -> list[Any]:
        """Return the latest page of a list that has one page, or an empty list."""
        query = sql.SQL(statements.LATEST_BODY).format(table=sql.Identifier(table))
        rows = self._read(query, (route_id,))
        return list(rows[0]["body"]) if rows else []

    def unfinished_events(self, guild_id: int) -> list[str]:
        """Return the ids of events that had not ended when they were last shown."""
        rows = self._read(statements.UNFINISHED_EVENTS, {"guild_id": guild_id})
        return [row["event_id"] for row in rows]

    def message_pages(
        self, channel_id: int, after_page_id: int, limit: int
    ) -> list[int]:
        """Return the ids of a channel's first pages of messages after that one."""
        parameters = (channel_id, after_page_id, limit)
        rows = self._read(statements.MESSAGE_PAGES, parameters)
        return [row["page_id"] for row in rows]

    def messages_with(
        self, key: str, channel_id: int, page_ids: Sequence[int]
    ) -> list[dict[str, Any]]:
        """Return the messages that have ``key`` on these pages, by page.

        Each is a row of ``page_id``, ``message_id`` and ``value``, the key's value.
        """
        return self._read(
            statements.MESSAGES_WITH,
            {"key": key, "channel_id": channel_id, "page_ids": list(page_ids)},
        )

    # --- pages --------------------------------------------------------------------

    def append_snapshot(self, account: str, answer: Answer, target: Target) -> None:
        """Land a list or object; one equal to its latest page is only seen again."""
        if self.erasures.is_channel(target.channel_id):
            return
        row = self._fetch_row(account, answer, target)
        latest = self._read(statements.LATEST_OF_REQUEST, row)
        if latest and latest[0]["body_sha256"] == row["body_sha256"]:
            row["same_as_page_id"] = latest[0]["page_id"]
            self._write(statements.INSERT_FETCH, row)
        else:
            self._insert_page(row, answer, target)

    def append_messages(
        self,
        account: str,
        answer: Answer,
        target: Target,
        *,
        checkpoint: Checkpoint,
        thread_ids: Collection[int] = (),
    ) -> None:
        """Land a page of messages together with the checkpoint that it moves.

        Threads that its messages name get a row in checkpoints, if they have none.
        """
        if self._is_to_be_forgotten(checkpoint):
            return
        row = self._fetch_row(account, answer, target)
        # in order, so that two pages that name the same threads cannot deadlock
        named = sorted(
            one
            for one in set(thread_ids) - {checkpoint.channel_id}
            if not self.erasures.is_channel(one)
        )
        moved = {**checkpoint.columns(), **row, "thread_ids": named}
        self._insert_page(moved, answer, target, moves_checkpoint=True)

    def record_fetch(self, account: str, answer: Answer, target: Target) -> None:
        """Record an answer that brings no page: a refusal, or a probe."""
        if not self.erasures.is_channel(target.channel_id):
            row = self._fetch_row(account, answer, target)
            self._write(statements.INSERT_FETCH, row)

    def _insert_page(
        self,
        row: Mapping[str, Any],
        answer: Answer,
        target: Target,
        *,
        moves_checkpoint: bool = False,
    ) -> None:
        query = statements.insert_page(target.table, moves_checkpoint=moves_checkpoint)
        parameters = {
            **row,
            "is_history_readable": target.is_history_readable,
            "has_message_content": target.has_message_content,
        }
        try:
            self._write(query, {**parameters, **self._kept(storable(answer))})
        except DatabaseError as error:
            if not isinstance(error.__cause__, UNSTORABLE):
                raise
            # JSON that jsonb cannot hold at all (a number or nesting beyond its
            # limits): the bytes are kept, dbt counts the page as one it cannot type
            unreadable = {"body": "null", "raw": answer.content}
            self._write(query, {**parameters, **self._kept(unreadable)})

    # --- what is forgotten ----------------------------------------------------------

    def note_erased_messages(self, hashes: Sequence[bytes]) -> None:
        """Write down messages of people who are forgotten, for who forwards them."""
        if hashes:
            self._write(NOTE_MESSAGES, (list(hashes),))

    def _is_to_be_forgotten(self, checkpoint: Checkpoint) -> bool:
        is_thread = checkpoint.type in ChannelType.THREADS
        parent_id = checkpoint.parent_id if is_thread else None
        return self.erasures.is_channel(checkpoint.channel_id, parent_id)

    def _kept(self, page: Mapping[str, Any]) -> dict[str, Any]:
        """Return body and raw of a page without what is forgotten."""
        rewriting = Rewriting(self.erasures)
        anew = rewriting.page(page["body"], page["raw"], {})
        if anew is None:
            return {**page, "page_erased_at": None}
        self.note_erased_messages(rewriting.messages)
        body, raw, _ = anew
        return {"body": body, "raw": raw, "page_erased_at": datetime.now(UTC)}

    def _fetch_row(
        self, account: str, answer: Answer, target: Target
    ) -> dict[str, Any]:
        asked = answer.request.as_json()
        anew = kept_request(asked, answer.content, self.erasures)
        return {
            **_fetch_row(self.run_id, account, answer, target),
            "request": Jsonb(asked if anew is None else anew),
            "erased_at": None if anew is None else datetime.now(UTC),
        }

    # --- the only ways to the database ----------------------------------------------

    def rows(self, query: Query, parameters: Any) -> list[dict[str, Any]]:
        """Return the rows of another module's query."""
        return self._read(query, parameters)

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection[Any]]:
        """Let a block write what stands or falls together."""
        with (
            readable_errors(),
            self._pool.connection() as connection,
            connection.transaction(),
        ):
            yield connection

    def _read(self, query: Query, parameters: Any) -> list[dict[str, Any]]:
        with readable_errors(), self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            return cursor.execute(query, parameters).fetchall()

    def _write(self, query: Query, parameters: Any) -> None:
        with readable_errors(), self._pool.connection() as connection:
            connection.execute(query, parameters)

    def _write_many(self, query: Query, rows: Sequence[Any]) -> None:
        with self.transaction() as connection:
            connection.cursor().executemany(query, rows)


class Preview(Landing):
    """Landing as it stands, for a look ahead: nothing is written.

    Without a pool (no database is needed, or it has no schema yet) nothing is known.
    """

    def __init__(self, pool: Pool | None = None) -> None:
        self._is_empty = pool is None
        self.run_id = 0  # no run: nothing that would bear its id is written
        self.erasures = Erasures()
        if pool is not None:
            super().__init__(pool)

    def _read(self, query: Query, parameters: Any) -> list[dict[str, Any]]:
        return [] if self._is_empty else super()._read(query, parameters)

    def _write(self, query: Query, parameters: Any) -> None:
        pass

    def _write_many(self, query: Query, rows: Sequence[Any]) -> None:
        pass


# the errors of values that jsonb cannot hold
UNSTORABLE = (psycopg.DataError, psycopg.errors.StatementTooComplex)


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
        "fetched_at": answer.fetched_at,
        "responded_at": answer.responded_at,
        "status": answer.status,
        "error_code": answer.error_code,
        "item_count": target.item_count if answer.status == 200 else None,
        "byte_count": len(answer.content),
        "body_sha256": hashlib.sha256(answer.content).digest(),
        "same_as_page_id": None,
    }


@contextmanager
def open_landing(
    environment: Mapping[str, str], *, connections: int = 4
) -> Iterator[Landing]:
    """Open landing in the database of these libpq variables, made or upgraded.

    Raises:
        DatabaseError: it cannot be reached, is too old, or holds another landing.

    """
    prepare_schema(environment)
    with _pool(environment, connections) as pool:
        yield Landing(pool)


@contextmanager
def open_preview(environment: Mapping[str, str]) -> Iterator[Preview]:
    """Open landing to read what is known; nothing is made, upgraded or written.

    Raises:
        DatabaseError: it cannot be reached, or an upgrade would have to come first.

    """
    with connect(environment) as connection:
        is_made = schema_version(connection) is not None
        if is_made:
            check_version(connection, environment)
    if not is_made:
        yield Preview()
        return
    with _pool(environment, 2) as pool:
        yield Preview(pool)


def _pool(environment: Mapping[str, str], connections: int) -> Pool:
    return ConnectionPool(
        kwargs={
            **connection_arguments(environment),
            "application_name": "discord-warehouse",
            "autocommit": True,  # each statement is a whole transaction
        },
        min_size=1,
        max_size=connections,
        # one error at once instead of half a minute of reconnecting
        timeout=10,
    )
