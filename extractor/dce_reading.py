"""Reading a source to its end: once for its hash, and again for what is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from extractor.dce_files import Source, Stream
from extractor.dce_heads import Head, head_of, id_of
from extractor.dce_progress import ImportProgress
from extractor.dce_reader import PIECE, BrokenOffError, Document, Record
from extractor.dce_versions import Version, oldest_of_message, written
from extractor.errors import ExportError
from extractor.snowflake import time_of
from extractor.summary import counted


@dataclass(frozen=True)
class Export:
    """A source that is an export: whose it is, and the hash by which it is known.

    ``damage`` says why what it is packed in ends before its end.
    """

    path: str
    modified_at: datetime | None
    sha256: bytes
    byte_count: int
    damage: str | None
    head: Head


@dataclass
class Reading:
    """What the messages of a file tell, as far as they are read."""

    version: Version
    messages: int = 0
    unreadable: int = 0
    oldest: int | None = None
    newest: int | None = None
    broken: str | None = None  # why it ends before its end

    def add(self, record: Record) -> int | None:
        """Take note of the next record, and return its message's id, if it has one."""
        self.messages += 1
        message_id = id_of(record.value) or None
        if record.value is not None:
            self.version = oldest_of_message(record.value, self.version)
        if message_id is None:
            self.unreadable += 1
            return None
        self.oldest = min(self.oldest or message_id, message_id)
        self.newest = max(self.newest or message_id, message_id)
        return message_id

    def line(self) -> str:
        """Return what a person reads about it."""
        said = counted(self.messages, "message")
        if self.broken is not None:
            said = f"truncated after {said} ({self.broken})"
        if self.oldest is not None and self.newest is not None:
            first, last = time_of(self.oldest).date(), time_of(self.newest).date()
            said += f", {first} to {last}"
        if self.unreadable:
            said += f", {self.unreadable:,} unreadable"
        return f"{said}, written by {written(self.version)} or newer"


class Reader:
    """Reads sources, and says how far it is."""

    def __init__(self, progress: ImportProgress) -> None:
        self._progress = progress

    def export(self, source: Source) -> Export:
        """Find out whether a source is an export, and which.

        Raises:
            ExportError: it is none, or cannot be read.

        """
        with source.open() as stream:
            head = head_of(Document(stream.read))
        with source.open() as stream:
            hashing = _Hashing(stream)
            while hashing.read(PIECE):
                self._progress.looked_at(stream.position)
        return Export(
            source.path,
            source.modified_at,
            hashing.digest(),
            hashing.byte_count,
            stream.damage,
            head,
        )

    @contextmanager
    def document(self, source: Source, export: Export) -> Iterator[Document]:
        """Open an export, and check in the end that it is the one that was looked at.

        Raises:
            ExportError: it cannot be read, or was changed meanwhile.

        """
        with source.open() as stream:
            hashing = _Hashing(stream, export.byte_count)

            def read(size: int) -> bytes:
                piece = hashing.read(size)
                self._progress.imported(stream.position)
                return piece

            yield Document(read)
            while read(PIECE):
                pass
        if hashing.digest() != export.sha256:
            raise ExportError("it was changed while it was read: import it again")


def records(
    document: Document, reading: Reading, damage: str | None
) -> Iterator[tuple[Record, int | None]]:
    """Yield records with the ids of their messages; why they break off is noted.

    What is packed in something damaged may not be what it was, even if it ends well.
    """
    reading.broken = damage
    try:
        for record in document.records():
            yield record, reading.add(record)
    except BrokenOffError as error:
        reading.broken = damage or str(error)


class _Hashing:
    """Reads a stream, or so many bytes of it, and hashes what it reads."""

    def __init__(self, stream: Stream, limit: int | None = None) -> None:
        self._stream = stream
        self._limit = limit
        self._hash = hashlib.sha256()
        self.byte_count = 0

    def read(self, size: int) -> bytes:
        if self._limit is not None:
            size = min(size, self._limit - self.byte_count)
        piece = self._stream.read(size) if size else b""
        self._hash.update(piece)
        self.byte_count += len(piece)
        return piece

    def digest(self) -> bytes:
        return self._hash.digest()
