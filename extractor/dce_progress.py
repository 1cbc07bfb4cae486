"""What a person sees of an import: bars on a terminal, a line for each file, sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

from extractor.bodies import storable_text
from extractor.summary import counted
from extractor.terminal import printable

_NAME = Column(max_width=40, no_wrap=True, overflow="ellipsis")
_LONG_ENOUGH = 1.0  # seconds, for a rate that means something


@dataclass
class ImportSummary:
    """What an import did; ``failed`` is path -> why, ``bytes`` are of JSON."""

    files: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    unreadable: int = 0
    pages: int = 0
    bytes: int = 0
    seconds: float = 0.0
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0: all done; 3: done but for what failed."""
        return 3 if self.failed else 0

    def as_json(self) -> dict[str, Any]:
        """Return the form stored in landing.runs."""
        return {
            "files": dict(self.files),
            "messages": self.messages,
            "unreadable": self.unreadable,
            "pages": self.pages,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 1),
            "failed": {
                storable_text(what): storable_text(why)
                for what, why in self.failed.items()
            },
        }

    def lines(self) -> list[str]:
        """Return what a person reads at the end; what failed is not among it."""
        kinds = ("new", "complete", "truncated", "known", "failed")
        each = ", ".join(
            f"{self.files[one]:,} {one}" for one in kinds if self.files[one]
        )
        unreadable = f", {self.unreadable:,} unreadable" if self.unreadable else ""
        pace = f"{size(self.bytes)} in {self.seconds:,.1f} s"
        if self.seconds >= _LONG_ENOUGH:
            pace += f", {size(self.bytes / self.seconds)} a second"
        messages = counted(self.messages, "message")
        return [
            f"{counted(self.files.total(), 'file')}: {each}",
            f"{messages}{unreadable} on {counted(self.pages, 'page')}; {pace}",
        ]


class ImportProgress:
    """Progress of one import on one console (standard error)."""

    def __init__(self, console: Console, files: int, size: int) -> None:
        self._console = console
        self._files = files
        self._bars = Bars(
            TextColumn("{task.description}", markup=False, table_column=_NAME),
            BarColumn(bar_width=None),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_interactive,
            redirect_stdout=False,  # results may go into a pipe
            expand=True,
        )
        self._whole = self._bars.add_task(f"0 of {files:,} files", total=size)
        self._file = self._bars.add_task("", total=0, visible=False)
        self._done_files = 0
        self._done_size = 0
        self._size = 0
        self._name = ""

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show bars until the block ends."""
        with self._bars:
            yield

    def begin(self, name: str, size: int) -> None:
        """Say that a file is looked at, to find out whether it is known."""
        self._name, self._size = printable(name), size
        self._show(f"looking at {self._name}")

    def importing(self) -> None:
        """Say that it is not, and is read for what is in it."""
        self._show(self._name)

    def looked_at(self, position: int) -> None:
        """Say how far the file is looked at."""
        self._bars.update(self._file, completed=position)

    def imported(self, position: int) -> None:
        """Say how far the file is read."""
        self._bars.update(self._file, completed=position)
        self._bars.update(self._whole, completed=self._done_size + position)

    def end(self) -> None:
        """Say that the file is done with."""
        self._done_files += 1
        self._done_size += self._size
        done = f"{self._done_files:,} of {self._files:,} files"
        self._bars.update(self._whole, completed=self._done_size, description=done)

    def say(self, line: str, style: str = "") -> None:
        """Print a line, above the bars if there are any."""
        text = Text(printable(line), style=style)
        self._console.print(text, highlight=False, soft_wrap=True)

    def _show(self, description: str) -> None:
        self._bars.reset(
            self._file, total=self._size, description=description, visible=True
        )


def size(count: float) -> str:
    """Return a number of bytes, in powers of ten."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.2f} GB"
