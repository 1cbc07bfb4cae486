"""Finds what may be exports, in folders and archives too, and opens it as a stream."""

from __future__ import annotations

import glob
import gzip
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile
from lzma import LZMAError
from pathlib import Path
from typing import IO, cast

from extractor.errors import ConfigError, ExportError

SUFFIXES = (".json", ".json.gz", ".zip")
_IN_ARCHIVES = (".json", ".json.gz")
_GZIP = b"\x1f\x8b"
_DAMAGED = (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, LZMAError)

# the exporter puts what people attached beside the export, some of it called .json;
# macOS puts its own notes into archives
_NOT_OURS = re.compile(r"(?:^|/)(?:[^/]*\.\w+_Files|__MACOSX)/|(?:^|/)\._[^/]*$")


@dataclass(frozen=True)
class Source:
    """A file, or a member of an archive, that may be an export.

    ``size`` is what progress is measured in: bytes of the file, or of the member
    unpacked. Archives do not say in which time zone their members were written.
    """

    file: Path
    member: zipfile.ZipInfo | None = None
    size: int = 0
    modified_at: datetime | None = None

    @property
    def path(self) -> str:
        """Its name, as it was found."""
        inside = "" if self.member is None else f"!{self.member.filename}"
        return f"{self.file}{inside}"

    @contextmanager
    def open(self) -> Iterator[Stream]:
        """Open its JSON, unpacked.

        Raises:
            ExportError: it cannot be opened.

        """
        with ExitStack() as opened:
            try:
                stored = opened.enter_context(self._stored(opened))
                unpacked = stored
                if _is_gzip(stored, self.path):
                    unpacked = cast("IO[bytes]", gzip.GzipFile(fileobj=stored))
            except _UNOPENABLE as error:
                raise ExportError(f"cannot be opened: {_why(error)}") from error
            yield Stream(stored, unpacked)

    def _stored(self, opened: ExitStack) -> IO[bytes]:
        if self.member is None:
            return self.file.open("rb")
        archive = opened.enter_context(zipfile.ZipFile(self.file))
        return archive.open(self.member)


@dataclass
class Stream:
    """The JSON of a source; what is damaged ends it, and says so."""

    stored: IO[bytes]
    unpacked: IO[bytes]
    damage: str | None = None

    @property
    def position(self) -> int:
        """How far it is read, in the measure of its source's size."""
        return self.stored.tell()

    def read(self, size: int) -> bytes:
        """Return the next bytes, so many or fewer; none at the end.

        Raises:
            ExportError: the file itself cannot be read.

        """
        try:
            # no more than one read at a time: what came before the damage is not lost
            return self.unpacked.read1(min(size, _PIECE))  # type: ignore[attr-defined,no-any-return]
        except _DAMAGED as error:
            self.damage = f"what it is packed in is damaged ({_why(error)})"
        except OSError as error:
            raise ExportError(f"cannot be read: {_why(error)}") from error
        return b""


@dataclass
class Found:
    """What is to be imported, and what cannot be, as path -> why."""

    sources: list[Source] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def find(paths: Sequence[str]) -> Found:
    """Find what may be an export under files, folders, archives and patterns.

    Raises:
        ConfigError: a path does not exist, or there is nothing under any of them.

    """
    found, seen = Found(), set[str]()
    for path in [one for given in paths for one in _expanded(given)]:
        for file in _files(path, found):
            if (real := os.path.realpath(file)) not in seen:
                seen.add(real)
                _add(file, found)
    if not found.sources and not found.failed:
        raise ConfigError(
            f"nothing to import: {', '.join(paths)} holds no {', '.join(SUFFIXES)}"
        )
    return found


def _expanded(given: str) -> list[Path]:
    """Return the paths that one stands for; a name may hold brackets of its own."""
    if os.path.lexists(given):
        return [Path(given)]
    found = sorted(glob.glob(given, recursive=True))  # noqa: PTH207 - given as text
    matches = [Path(one) for one in found]
    if not matches:
        raise ConfigError(
            f"{given}: there is no such file or folder; name exports of "
            "DiscordChatExporter (JSON), folders or archives of them"
        )
    plain = takewhile(lambda part: not glob.has_magic(part), Path(given).parts)
    return _ours(matches, Path(*plain))


def _files(path: Path, found: Found) -> Iterable[Path]:
    def closed(error: OSError) -> None:
        found.failed[str(error.filename)] = f"cannot be opened: {_why(error)}"

    if not path.is_dir():
        return [path]
    listed = (
        Path(folder, name)
        for folder, _, names in os.walk(path, onerror=closed)
        for name in names
        if name.lower().endswith(SUFFIXES)
    )
    return sorted(_ours(listed, path.parent))


def _ours(files: Iterable[Path], base: Path) -> list[Path]:
    """Leave out what is not ours; what the folders above are called says nothing."""
    return [
        one for one in files if not _NOT_OURS.search(one.relative_to(base).as_posix())
    ]


def _add(file: Path, found: Found) -> None:
    try:
        state = file.stat()
        if not stat.S_ISREG(state.st_mode):
            # it is read twice: its hash is known before its first message is landed
            raise ExportError("is no regular file: write it to one first")  # noqa: TRY301
        modified_at = datetime.fromtimestamp(state.st_mtime, UTC)
        if file.name.lower().endswith(".zip"):
            found.sources += _members(file)
        else:
            found.sources.append(Source(file, None, state.st_size, modified_at))
    except (OSError, ExportError, zipfile.BadZipFile) as error:
        found.failed[str(file)] = f"cannot be opened: {_why(error)}"


def _members(file: Path) -> list[Source]:
    with zipfile.ZipFile(file) as archive:
        members = [
            Source(file, one, one.file_size)
            for one in archive.infolist()
            if one.filename.lower().endswith(_IN_ARCHIVES)
            and not _NOT_OURS.search(one.filename)
        ]
    if not members:
        raise ExportError(f"holds no {' or '.join(_IN_ARCHIVES)}")
    return sorted(members, key=lambda one: one.path)


def _is_gzip(stored: IO[bytes], path: str) -> bool:
    begin = stored.read(len(_GZIP))
    stored.seek(0)
    if begin != _GZIP and path.lower().endswith(".gz"):
        raise gzip.BadGzipFile("its name says gzip, its content does not")
    return begin == _GZIP


_PIECE = 1 << 18
# what zipfile raises for members that are encrypted, or packed in ways it does not know
_UNOPENABLE = (OSError, RuntimeError, NotImplementedError, *_DAMAGED)


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__
