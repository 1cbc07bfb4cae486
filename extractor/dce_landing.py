"""The exports in schema landing: their files, and pages of their messages.

Pages and what their file's row says of them are one transaction, so that a killed
import goes on where its last one ended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb

from extractor.bodies import storable_json, storable_text
from extractor.dce_heads import Head, id_of
from extractor.dce_reading import Export
from extractor.dce_versions import written
from extractor.erasure import THREADS, dumps, erased_text, loads, without_names
from extractor.erasures import FORGOTTEN, UNREADABLE, Rewriting
from extractor.errors import DatabaseError, ExportError
from extractor.landing import UNSTORABLE, Landing

ACCOUNT = "DiscordChatExporter"

_TOO_MUCH = (*UNSTORABLE, psycopg.errors.ProgramLimitExceeded)


@dataclass
class Page:
    """Some records of a file, one after the other, on their way into a row.

    ``ids`` are those of their messages, None where there is none; ``refused`` are the
    places of what is no JSON, or none that jsonb holds.
    """

    first_ordinal: int
    texts: list[str] = field(default_factory=list)
    ids: list[int | None] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)
    length: int = 0
    erased_at: datetime | None = None  # when something was taken out of it

    def add(self, text: str, message_id: int | None, *, is_json: bool) -> None:
        """Add the next record."""
        if not is_json:
            self.refused.add(len(self.texts))
        self.texts.append(text)
        self.ids.append(message_id)
        self.length += len(text)

    @property
    def readable_ids(self) -> list[int]:
        """The ids of the messages that can be read."""
        kept = (one for place, one in enumerate(self.ids) if place not in self.refused)
        return [one for one in kept if one is not None]

    def stored(self) -> tuple[str, bytes | None]:
        """Return body and raw; raw is null where jsonb holds the body exactly.

        What it cannot hold at all is null among its neighbours.
        """
        exact = f"[{','.join(self.texts)}]"
        kept = exact
        if self.refused:
            texts = enumerate(self.texts)
            nulled = ("null" if n in self.refused else text for n, text in texts)
            kept = f"[{','.join(nulled)}]"
        body = storable_json(kept)
        return body, None if body == exact else _bytes(exact)


@dataclass(frozen=True)
class KnownFile:
    """How far a file is read: some columns of a row of landing.dce_files."""

    page_id: int
    status: str
    message_count: int
    unreadable_count: int
    exporter_version: str


class DceLanding:
    """The tables of exports in one database, for one run."""

    def __init__(self, landing: Landing) -> None:
        self._landing = landing
        self._names: dict[int, set[str]] = {}  # of people forgotten, by file

    def check(self, head: Head) -> None:
        """Refuse what is to be forgotten.

        Raises:
            ExportError: it is of such a channel, or of a thread in one.

        """
        try:
            channel = loads(head.texts.get("channel", "null"))
        except UNREADABLE:
            channel = None
        parent_id = None
        if isinstance(channel, dict) and channel.get("type") in THREADS:
            parent_id = id_of({"id": channel.get("categoryId")})
        if self._landing.erasures.is_channel(head.channel_id, parent_id):
            raise ExportError(f"{FORGOTTEN}: this channel is archived no more")

    def known(self, sha256: bytes) -> KnownFile | None:
        """Return what is known of the file with this content; None: nothing."""
        rows = self._landing.rows(_KNOWN, (sha256,))
        return KnownFile(**rows[0]) if rows else None

    def begin(self, export: Export) -> KnownFile:
        """Write down that a file is being imported."""
        head, version = export.head, written(export.head.version)
        erasures = self._landing.erasures
        texts, erased_at = self._kept_head(head.texts)
        body, raw = self._stored_head(texts)
        values = {
            "run_id": self._landing.run_id,
            "path": erased_text(
                storable_text(export.path), erasures.told_by(export.path)
            ),
            "erased_at": erased_at,
            "sha256": export.sha256,
            "byte_count": export.byte_count,
            "modified_at": export.modified_at,
            "guild_id": head.guild_id,
            "channel_id": head.channel_id,
            "exported_at": head.exported_at,
            "exporter_version": version,
            "body": body,
            "raw": raw,
        }
        with self._landing.transaction() as connection:
            row = connection.execute(_BEGIN, values).fetchone()
        assert row is not None  # noqa: S101 - for the type checker
        return KnownFile(row[0], "importing", 0, 0, version)

    def append(
        self, file: KnownFile, export: Export, pages: Sequence[Page]
    ) -> KnownFile:
        """Land pages, and with them how far their file is read now, and return that.

        ``file`` is where it stood, but for the version, which the pages' messages told.
        """
        for page in pages:
            self._erase(page, file)
        try:
            return self._append(file, export, pages)
        except DatabaseError as error:
            if not isinstance(error.__cause__, _TOO_MUCH):
                raise
        for page in pages:
            self._refuse(page)
        return self._append(file, export, pages)

    def finish(
        self,
        file: KnownFile,
        status: str,
        head: Mapping[str, str],
        declared_count: int | None,
    ) -> None:
        """Write down that nothing of a file is left to be read."""
        names = self._names.pop(file.page_id, set())
        texts, erased_at = self._kept_head(head, names)
        body, raw = self._stored_head(texts)
        values = {
            "page_id": file.page_id,
            "erased_at": erased_at,
            "status": status,
            "declared_count": declared_count,
            "exporter_version": file.exporter_version,
            "body": body,
            "raw": raw,
        }
        with self._landing.transaction() as connection:
            connection.execute(_FINISH, values)
            if erased_at is not None and names:
                self._rename(connection, file, names)

    def _rename(
        self, connection: psycopg.Connection[Any], file: KnownFile, names: set[str]
    ) -> None:
        """Take names out of the path of an export of direct messages."""
        row = connection.execute(_PATH, (file.page_id,)).fetchone()
        assert row is not None  # noqa: S101 - for the type checker
        path = without_names(row[0], names)
        connection.execute(_SET_PATH, (path, file.page_id))

    def _erase(self, page: Page, file: KnownFile) -> None:
        """Take out of a page what is to be forgotten."""
        rewriting = Rewriting(self._landing.erasures)
        for place, text in enumerate(page.texts):
            anew = rewriting.text(text)
            if anew is not None:
                page.texts[place] = anew
                page.erased_at = datetime.now(UTC)
        self._landing.note_erased_messages(rewriting.messages)
        self._names.setdefault(file.page_id, set()).update(rewriting.names)

    def _kept_head(
        self, head: Mapping[str, str], names: set[str] | None = None
    ) -> tuple[dict[str, str], datetime | None]:
        """Return a head without what is to be forgotten, and when that was taken out.

        Direct messages are called after those who write them.
        """
        rewriting = Rewriting(self._landing.erasures)
        kept = {key: rewriting.text(text) or text for key, text in head.items()}
        if names and id_of(_read(kept.get("guild"))) == 0:
            channel = without_names(_read(kept.get("channel")), names)
            kept["channel"] = dumps(channel, is_ascii=True)
        return kept, None if kept == dict(head) else datetime.now(UTC)

    def _append(
        self, file: KnownFile, export: Export, pages: Sequence[Page]
    ) -> KnownFile:
        rows = [self._row(file, export, page) for page in pages]
        ids = [one for page in pages for one in page.readable_ids]
        count = sum(len(page.texts) for page in pages)
        moved = replace(
            file,
            message_count=file.message_count + count,
            unreadable_count=file.unreadable_count + count - len(ids),
        )
        move = {
            **vars(moved),
            "before": file.message_count,
            "least": min(ids, default=None),
            "greatest": max(ids, default=None),
        }
        with self._landing.transaction() as connection:
            page_ids = connection.execute(_PAGE_IDS, (len(rows),)).fetchall()
            with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                copy.set_types(_PAGE_TYPES)
                for (page_id,), row in zip(page_ids, rows, strict=True):
                    copy.write_row((page_id, *row))
            if connection.execute(_MOVE, move).rowcount != 1:
                raise DatabaseError(
                    f"row {file.page_id} of landing.dce_files is not as this import "
                    "left it, something else has changed it: run again"
                )
        return moved

    def _row(self, file: KnownFile, export: Export, page: Page) -> tuple[Any, ...]:
        """Return the values of a page's columns, but for its id."""
        body, raw = page.stored()
        return (
            export.head.channel_id,
            self._landing.run_id,
            ACCOUNT,
            export.head.guild_id,
            export.head.channel_id,
            Jsonb({"file": export.sha256.hex()}),
            datetime.now(UTC),
            len(page.texts),
            True,
            Jsonb(body, dumps=_as_it_is),
            raw,
            file.page_id,
            page.first_ordinal,
            min(page.readable_ids, default=None),
            max(page.readable_ids, default=None),
            page.erased_at,
        )

    def _refuse(self, page: Page) -> None:
        """Find the records that jsonb cannot hold."""
        if self._can_hold(page.stored()[0]):
            return
        for place, text in enumerate(page.texts):
            if not self._can_hold(storable_json(text)):
                page.refused.add(place)

    def _stored_head(self, head: Mapping[str, str]) -> tuple[str, bytes | None]:
        exact = _object(head)
        body = storable_json(exact)
        if not self._can_hold(body):
            held = {
                key: text if self._can_hold(storable_json(text)) else "null"
                for key, text in head.items()
            }
            body = storable_json(_object(held))
        return body, None if body == exact else _bytes(exact)

    def _can_hold(self, text: str) -> bool:
        """Ask the server, which knows its limits of numbers and nesting best."""
        try:
            self._landing.rows("select %s::jsonb is null", (text,))
        except DatabaseError as error:
            if isinstance(error.__cause__, _TOO_MUCH):
                return False
            raise
        return True


def _object(head: Mapping[str, str]) -> str:
    return f"{{{','.join(f'{json.dumps(key)}:{text}' for key, text in head.items())}}}"


def _read(text: str | None) -> Any:
    try:
        return loads(text or "null")
    except UNREADABLE:
        return None


def _bytes(text: str) -> bytes:
    """Return the bytes of the file; those that were not UTF-8 came as surrogates."""
    return text.encode("utf-8", "surrogateescape")


def _as_it_is(text: str) -> str:
    return text


_KNOWN: LiteralString = """
    select page_id, status, message_count, unreadable_count, exporter_version
    from landing.dce_files
    where sha256 = %s
"""

_BEGIN: LiteralString = """
    insert into landing.dce_files (
        run_id, path, sha256, byte_count, modified_at, guild_id, channel_id,
        exported_at, exporter_version, body, raw, erased_at
    ) values (
        %(run_id)s, %(path)s, %(sha256)s, %(byte_count)s, %(modified_at)s, %(guild_id)s,
        %(channel_id)s, %(exported_at)s, %(exporter_version)s, %(body)s::jsonb,
        %(raw)s, %(erased_at)s
    )
    returning page_id
"""

# takes the lock of page ids until the commit, as a page of the API does
_PAGE_IDS: LiteralString = (
    "select landing.next_page_id() from generate_series(1, %s) order by 1"
)

_COPY: LiteralString = """
    copy landing.dce_messages (
        page_id, route_id, run_id, account, guild_id, channel_id, request, fetched_at,
        item_count, has_message_content, body, raw, file_id, first_ordinal,
        min_message_id, max_message_id, erased_at
    ) from stdin (format binary)
"""
_PAGE_TYPES = (
    *("int8", "int8", "int8", "text", "int8", "int8", "jsonb", "timestamptz"),
    *("int4", "bool", "jsonb", "bytea", "int8", "int8", "int8", "int8", "timestamptz"),
)

_MOVE: LiteralString = """
    update landing.dce_files set
        message_count = %(message_count)s,
        unreadable_count = %(unreadable_count)s,
        min_message_id = least(min_message_id, %(least)s::bigint),
        max_message_id = greatest(max_message_id, %(greatest)s::bigint),
        exporter_version = %(exporter_version)s
    where page_id = %(page_id)s and message_count = %(before)s and status = %(status)s
"""

_FINISH: LiteralString = """
    update landing.dce_files set
        status = %(status)s,
        declared_count = %(declared_count)s,
        exporter_version = %(exporter_version)s,
        body = %(body)s::jsonb,
        raw = %(raw)s,
        erased_at = coalesce(%(erased_at)s, erased_at),
        finished_at = now()
    where page_id = %(page_id)s
"""

_PATH: LiteralString = "select path from landing.dce_files where page_id = %s"
_SET_PATH: LiteralString = "update landing.dce_files set path = %s where page_id = %s"
