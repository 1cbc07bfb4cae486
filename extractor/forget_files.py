"""What is to be forgotten, outside the database: the digest's cache, reports and logs.

What a model once said of messages is removed: it is asked again, about what is left.
Reports were given out; those that tell of it are named, and people decide.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from extractor.erasure import ids_in
from extractor.run_logs import FOLDER as LOGS

# as the report and its digest call their folders, in the checkout
REPORTS = Path("reports")
DIGEST = Path(".digest")
_LARGEST = 64 << 20  # no report is this long


def files_about(
    ids: Collection[str], names: Collection[str], logs: Path = LOGS
) -> list[Path]:
    """Return reports and logs that show one of these ids, or a name as a word.

    Logs are those of this checkout (cron's and a bare dbt's, too), and in ``logs``.
    """
    written = {form for name in names for form in (name, html.escape(name))}
    words = "|".join(map(re.escape, sorted(written)))
    told = re.compile(rf"(?<!\w)(?:{words})(?!\w)") if words else None
    return [
        path
        for path in dict.fromkeys(_files(REPORTS, LOGS, logs))
        if _tells((text := _text(path)), ids) or (told and told.search(text))
    ]


def empty_digest() -> int:
    """Remove what the model once said; return how many answers that were."""
    removed = 0
    for path in _files(DIGEST):
        with suppress(OSError):
            path.unlink()
            removed += 1
    return removed


def _tells(text: str, ids: Collection[str]) -> bool:
    return not ids_in(text).isdisjoint(ids)


def _files(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(one for one in folder.rglob("*") if one.is_file())


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""
