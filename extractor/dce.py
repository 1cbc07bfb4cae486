"""The import of DiscordChatExporter's files into landing, streamed and resumable.

A file that cannot be imported is named and left out; the others go on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from extractor.dce_files import Found, Source
from extractor.dce_heads import declared_count
from extractor.dce_landing import DceLanding, KnownFile, Page
from extractor.dce_progress import ImportProgress, ImportSummary, size
from extractor.dce_reader import Document, Record
from extractor.dce_reading import Export, Reader, Reading, records
from extractor.dce_versions import parsed, written
from extractor.errors import ExportError

logger = logging.getLogger(__name__)

PAGE = 100  # messages, as many as a page of the API has
PAGE_LENGTH = 1 << 22  # or characters: jsonb has its limits
BATCH_PAGES = 20  # pages of one transaction
BATCH_LENGTH = 1 << 23


class Import:
    """One import of some files."""

    def __init__(self, landing: DceLanding, progress: ImportProgress) -> None:
        self._landing = landing
        self._progress = progress
        self._reader = Reader(progress)
        self.summary = ImportSummary()

    def run(self, found: Found) -> None:
        """Import what was found; what fails is named in the summary.

        Raises:
            DatabaseError: pages cannot be landed.

        """
        self._each(found, self._import)

    def look(self, found: Found, say: Callable[[str], None]) -> None:
        """Say what each file is, and import none."""
        self._each(found, lambda source: say(self._look(source)))

    def _each(self, found: Found, treat: Callable[[Source], None]) -> None:
        started = time.monotonic()
        try:
            for path, why in found.failed.items():
                self._fail(path, why)
            for source in found.sources:
                logger.info("%s: %d bytes", source.path, source.size)
                self._progress.begin(source.path, source.size)
                try:
                    treat(source)
                except ExportError as error:
                    self._fail(source.path, str(error))
                self._progress.end()
        finally:
            self.summary.seconds = time.monotonic() - started

    def _fail(self, path: str, why: str) -> None:
        self.summary.files["failed"] += 1
        self.summary.failed[path] = why
        self._progress.say(f"{path}: {why}", style="red")
        logger.info("failed: %s: %s", path, why)

    def _import(self, source: Source) -> None:
        export = self._reader.export(source)
        self._landing.check(export.head)
        known = self._landing.known(export.sha256)
        if known is not None and known.status != "importing":
            self.summary.files["known"] += 1
            said = "known, skipped"
        else:
            self._progress.importing()
            reading = self._land(source, export, known)
            is_whole = reading.broken is None
            self.summary.files["complete" if is_whole else "truncated"] += 1
            said = reading.line()
        self._progress.say(f"{export.head.label}: {said}")
        logger.info("%s: %s: %s", source.path, export.head.label, said)

    def _land(self, source: Source, export: Export, known: KnownFile | None) -> Reading:
        with self._reader.document(source, export) as document:
            file = known or self._landing.begin(export)
            reading = Reading(max(export.head.version, parsed(file.exporter_version)))
            batch = _Batch(self._landing, export, file, self.summary)
            for record, message_id in records(document, reading, export.damage):
                if reading.messages > file.message_count:  # the others are landed
                    batch.add(record, message_id, reading)
            batch.land(reading)
        # jsonb may hold less than we can read
        reading.unreadable = batch.file.unreadable_count
        self._finish(batch.file, document, reading)
        self.summary.bytes += export.byte_count
        return reading

    def _finish(self, file: KnownFile, document: Document, reading: Reading) -> None:
        status = "complete" if reading.broken is None else "truncated"
        file = replace(file, exporter_version=written(reading.version))
        count = declared_count(document.values)
        self._landing.finish(file, status, document.head, count)

    def _look(self, source: Source) -> str:
        export = self._reader.export(source)
        self._landing.check(export.head)
        known = self._landing.known(export.sha256)
        reading = Reading(export.head.version)
        self._progress.importing()
        with self._reader.document(source, export) as document:
            for _ in records(document, reading, export.damage):
                pass
        said = f"{reading.line()}, {size(export.byte_count)}"
        self.summary.messages += reading.messages
        self.summary.unreadable += reading.unreadable
        self.summary.bytes += export.byte_count
        self.summary.files["new" if known is None else "known"] += 1
        return f"{source.path}: {export.head.label}: {said}; {_standing(known)}"


class _Batch:
    """Gathers records into pages, and pages into transactions."""

    def __init__(
        self,
        landing: DceLanding,
        export: Export,
        file: KnownFile,
        summary: ImportSummary,
    ) -> None:
        self.file = file
        self._landing = landing
        self._export = export
        self._summary = summary
        self._pages: list[Page] = []
        self._length = 0

    def add(self, record: Record, message_id: int | None, reading: Reading) -> None:
        """Add the record that was read last, and land the batch if it is full."""
        page = self._page(reading.messages)
        page.add(record.text, message_id, is_json=record.is_json)
        self._length += len(record.text)
        is_full = len(self._pages) >= BATCH_PAGES or self._length >= BATCH_LENGTH
        if is_full and _is_full(page):
            self.land(reading)

    def land(self, reading: Reading) -> None:
        """Land what has gathered."""
        if not self._pages:
            return
        before = self.file
        file = replace(before, exporter_version=written(reading.version))
        self.file = self._landing.append(file, self._export, self._pages)
        self._summary.messages += self.file.message_count - before.message_count
        self._summary.unreadable += self.file.unreadable_count - before.unreadable_count
        self._summary.pages += len(self._pages)
        self._pages, self._length = [], 0

    def _page(self, ordinal: int) -> Page:
        if not self._pages or _is_full(self._pages[-1]):
            self._pages.append(Page(ordinal))
        return self._pages[-1]


def _is_full(page: Page) -> bool:
    return len(page.texts) >= PAGE or page.length >= PAGE_LENGTH


def _standing(known: KnownFile | None) -> str:
    if known is None:
        return "not imported yet"
    if known.status == "importing":
        return f"begun, {known.message_count:,} messages are imported"
    return "imported already"
