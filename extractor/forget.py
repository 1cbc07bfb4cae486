"""Forgetting what landing holds of a person, a message or a channel.

First all pages are looked through once; what is to be forgotten is written down as
hashes then, and only then are pages rewritten, some at a time: a run that is killed is
gone on with by running it again. What comes later is held against the same hashes
(erasures.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from extractor import forget_statements as statements
from extractor.erasure import (
    Erasure,
    Found,
    dumps,
    erased,
    erased_text,
    found_in,
    ids_in,
    loads,
    without_names,
)
from extractor.erasures import (
    KEY,
    NOTE_MESSAGES,
    UNREADABLE,
    Erasures,
    Rewriting,
    hashed,
    kept_request,
    new_key,
)
from extractor.snapshots import ChannelType

Connection = psycopg.Connection[Any]
Row = Mapping[str, Any]

_BATCH = 200  # pages of one transaction


@dataclass
class Survey:
    """What is to be done: pages by table, and what is known of people by them.

    ``erasure`` is what was asked for, with the threads of its channels; ``is_begun``
    tells that an earlier run was told the same and has not come to its end.
    """

    erasure: Erasure
    rewritten: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    found: Found = field(default_factory=Found)
    is_begun: bool = False

    def lines(self) -> Iterator[str]:
        """Say what is there."""
        yield f"messages by those people: {len(self.found.messages):,}"
        for what, pages in (("rewrite", self.rewritten), ("remove", self.removed)):
            listed = ", ".join(f"{name} {count:,}" for name, count in pages.items())
            yield f"pages to {what}: {listed or 'none'}"


class Forgetting:
    """One run over landing. Needs its locks: nobody else may write meanwhile."""

    def __init__(self, connection: Connection, asked: Erasure) -> None:
        """Take a connection on which each statement is a transaction."""
        self._connection = connection
        self._asked = self._erasure = asked
        self._tables = [
            name for (name,) in self._execute(statements.PAGE_TABLES).fetchall()
        ]

    # --- looking --------------------------------------------------------------------

    def look(self) -> Survey:
        """Find what is to be done, in one scan of all pages; nothing is written."""
        erasure = self._with_threads()
        survey = Survey(erasure, is_begun=self._is_begun())
        self._execute("create temp table candidates (page_of text, page_id bigint)")
        for table in self._tables:
            self._find(table, erasure)
        for table in self._tables:
            found = sum(self._look_at(rows, survey) for rows in self._batches(table))
            if found:
                survey.rewritten[table] = found
        if erasure.channels:
            for table in (*self._tables, "fetches"):
                counted = self._execute(
                    _of_channels(statements.COUNT, table), self._channels()
                )
                if count := _one(counted):
                    survey.removed[table] = count
        return survey

    def _with_threads(self) -> Erasure:
        """Return what was asked for, with the threads of its channels."""
        asked = self._asked
        parameters = (list(map(int, asked.channels)), list(ChannelType.THREADS))
        threads = self._execute(statements.THREADS, parameters).fetchall()
        channels = asked.channels | {str(one) for (one,) in threads}
        self._erasure = Erasure(asked.users, asked.messages, channels)
        return self._erasure

    def _is_begun(self) -> bool:
        key = self._execute(KEY).fetchone()
        if key is None:
            return False
        hashes = [hashed(bytes(key[0]), one) for one in self._asked.ids()]
        return bool(_one(self._execute(statements.IS_BEGUN, (hashes,))))

    def _find(self, table: str, erasure: Erasure) -> None:
        ids = sorted(erasure.ids())
        parameters = {
            "table": table,
            "likes": [f"%{one}%" for one in ids],
            "ids": [one.encode() for one in ids],
            "channels": list(map(int, erasure.channels)),
            "are_quotes_wanted": bool(erasure.users),
        }
        asked = sql.SQL("path" if table == "dce_files" else "request::text")
        query = sql.SQL(statements.FIND).format(
            table=sql.Identifier(table), asked=asked
        )
        self._execute(query, parameters)

    def _look_at(self, rows: Sequence[Row], survey: Survey) -> int:
        """Note what pages tell; return how many of them tell of what was asked for."""
        telling = 0
        ids = survey.erasure.ids()
        for row in rows:
            texts = [row["body"], _text(row["raw"]), dumps(row["asked"])]
            if ids.isdisjoint(set[str]().union(*map(ids_in, texts))):
                continue
            telling += 1
            for text in texts[:2]:
                with suppress(*UNREADABLE):
                    found = found_in(loads(text), survey.erasure.users)
                    survey.found.names |= found.names
                    survey.found.messages |= found.messages
        return telling

    # --- forgetting -----------------------------------------------------------------

    def begin(self, survey: Survey) -> None:
        """Write down, as hashes, what is to be forgotten: from now on, it is."""
        with self._connection.transaction():
            self._execute(statements.MAKE_KEY, (new_key(),))
            key = bytes(_one(self._execute(KEY)))
            for kind, ids in (
                ("user", survey.erasure.users),
                ("message", survey.erasure.messages),
                ("channel", survey.erasure.channels),
            ):
                hashes = [hashed(key, one) for one in sorted(ids)]
                self._execute(statements.BEGIN, {"kind": kind, "hashes": hashes})
            theirs = [hashed(key, one) for one in sorted(survey.found.messages)]
            self._execute(NOTE_MESSAGES, (theirs,))

    def run(self, survey: Survey, say: Callable[[int], object]) -> int:
        """Rewrite and remove pages; return how many. ``say`` hears of each batch.

        Names first: once pages are rewritten, nobody knows them any more.
        """
        erasures = Erasures.load(self._rows)
        self._rename(survey)
        pages = 0
        for table in self._tables:
            for rows in self._batches(table):
                pages += self._rewrite(table, rows, erasures)
                say(pages)
        self._rewrite_requests(survey.erasure, erasures)
        if survey.erasure.channels:
            pages += self._remove()
        return pages

    def end(self, survey: Survey, pages: int) -> None:
        """Note that landing tells no more, and let go of what its tables still hold."""
        key = bytes(_one(self._execute(KEY)))
        hashes = [hashed(key, one) for one in survey.erasure.ids()]
        is_all = not pages and not survey.is_begun  # nothing was ever made from them
        ended = {"hashes": hashes, "pages": pages, "is_all": is_all}
        self._execute(statements.END, ended)
        for table in (*self._tables, *statements.OTHERS):
            vacuum = sql.SQL("vacuum (analyze) landing.{}")
            self._execute(vacuum.format(sql.Identifier(table)))

    def _rewrite(self, table: str, rows: Sequence[Row], erasures: Erasures) -> int:
        count = 0
        with self._connection.transaction():
            for row in rows:
                rewriting = Rewriting(erasures)
                anew = rewriting.page(row["body"], row["raw"], row["asked"])
                if anew is None:
                    continue
                if rewriting.messages:
                    self._execute(NOTE_MESSAGES, (rewriting.messages,))
                body, raw, asked = anew
                values = {"page_id": row["page_id"], "body": body, "raw": raw}
                is_file = table == "dce_files"
                values["asked"] = asked["path"] if is_file else Jsonb(asked)
                column = sql.Identifier("path" if is_file else "request")
                self._execute(
                    sql.SQL(statements.REWRITE).format(
                        table=sql.Identifier(table), asked=column
                    ),
                    values,
                )
                count += 1
        return count

    def _rewrite_requests(self, erasure: Erasure, erasures: Erasures) -> None:
        """Rewrite the log of what was asked, whether it brought a page or not.

        A list that goes on after a person will be asked for so again, and rewritten to
        the same: pages that are seen again are known by it.
        """
        likes = [f"%{one}%" for one in sorted(erasure.users)]
        for row in self._rows(statements.REQUESTS, (likes,)) if likes else ():
            body = "null"
            if row["resource"] in self._tables:
                page = sql.SQL(statements.BODY).format(
                    table=sql.Identifier(row["resource"])
                )
                bodies = self._execute(page, (row["page_id"],)).fetchall()
                body = bodies[0][0] if bodies else body
            anew = kept_request(row["request"], body.encode(), erasures)
            if anew is not None:
                self._execute(statements.SET_REQUEST, (Jsonb(anew), row["fetch_id"]))

    def _remove(self) -> int:
        """Remove the pages of channels, and what is known of how far they go."""
        pages = 0
        with self._connection.transaction():
            for table in (*self._tables, "fetches"):
                removed = self._execute(
                    _of_channels(statements.DELETE, table), self._channels()
                )
                pages += removed.rowcount if table != "fetches" else 0
            self._execute(statements.DELETE_CHECKPOINTS, self._channels())
            self._execute(statements.DELETE_STATES, self._channels())
        return pages

    # --- names, and ids in texts ------------------------------------------------------

    def _rename(self, survey: Survey) -> None:
        """Take people out of what landing tells beside its pages."""
        erasure, names = survey.erasure, survey.found.names
        if not erasure.users:
            return
        with self._connection.transaction():
            for row in self._rows(statements.RUNS, ()):
                told = {key: row[key] for key in ("arguments", "summary", "error")}
                anew = {
                    "arguments": _run_without(told["arguments"], erasure, names),
                    "summary": _run_without(told["summary"], erasure, names),
                    "error": without_names(erased(told["error"], erasure), names),
                }
                if anew != told:
                    values = [anew["arguments"], anew["summary"]]
                    jsons = [None if one is None else Jsonb(one) for one in values]
                    self._execute(
                        statements.SET_RUN, (*jsons, anew["error"], row["run_id"])
                    )
            for table, column in statements.TEXTS:
                self._retell(table, column, erasure)
            self._rename_direct_messages(names)

    def _retell(
        self, table: LiteralString, column: LiteralString, erasure: Erasure
    ) -> None:
        place = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
        likes = [f"%{one}%" for one in sorted(erasure.users)]
        query = sql.SQL(statements.TELLING).format(**place)
        for (text,) in self._execute(query, (likes,)).fetchall():
            change = sql.SQL(statements.RETELL).format(**place)
            self._execute(change, (erased_text(text, erasure), text))

    def _rename_direct_messages(self, names: set[str]) -> None:
        """Direct messages are called after those who write them."""
        if not names:
            return
        for row in self._rows(statements.DIRECT_MESSAGES, ()):
            body = _channel_without(row["body"], names)
            raw = row["raw"]
            if raw is not None:
                raw = _channel_without(_text(raw), names).encode()
            path = without_names(row["path"], names)
            self._execute(
                statements.SET_DIRECT_MESSAGES, (body, raw, path, row["page_id"])
            )

    # --- the database -----------------------------------------------------------------

    def _batches(self, table: str) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages of a table that may tell, some at a time."""
        ids = [
            one for (one,) in self._execute(statements.CANDIDATES, (table,)).fetchall()
        ]
        asked = "jsonb_build_object('path', path)" if table == "dce_files" else None
        query = sql.SQL(statements.PAGES).format(
            table=sql.Identifier(table), asked=sql.SQL(asked or "request")
        )
        for first in range(0, len(ids), _BATCH):
            yield self._rows(query, (ids[first : first + _BATCH],))

    def _channels(self) -> dict[str, list[int]]:
        return {"channels": list(map(int, self._erasure.channels))}

    def _rows(self, query: Any, parameters: Any) -> list[dict[str, Any]]:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, parameters).fetchall()

    def _execute(self, query: Any, parameters: Any = ()) -> psycopg.Cursor[Any]:
        return self._connection.execute(query, parameters)


def _one(cursor: psycopg.Cursor[Any]) -> Any:
    row = cursor.fetchone()
    assert row is not None  # noqa: S101 - for the type checker
    return row[0]


def _of_channels(statement: LiteralString, table: str) -> sql.Composed:
    return sql.SQL(statement).format(table=sql.Identifier(table))


def _text(raw: bytes | None) -> str:
    return "null" if raw is None else raw.decode("utf-8", "surrogateescape")


def _run_without(told: Any, erasure: Erasure, names: set[str]) -> Any:
    """Return what a run said of itself; its own keys are kept, whatever they say."""
    if not isinstance(told, dict):
        return told
    return {
        key: {
            erased_text(of, erasure, names): without_names(erased(one, erasure), names)
            for of, one in value.items()
        }
        if isinstance(value, dict)
        else without_names(erased(value, erasure), names)
        for key, value in told.items()
    }


def _channel_without(head: str, names: set[str]) -> str:
    """Return the head of an export, its channel without names."""
    try:
        value = loads(head)
    except UNREADABLE:
        return "null"
    if isinstance(value, dict):
        value["channel"] = without_names(value.get("channel"), names)
    return dumps(value, is_ascii=True)
