"""What a person sees while a run goes on: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

OnPage = Callable[[int], None]


def printable(name: str) -> str:
    """Return a name of Discord's without what would steer a terminal."""
    return "".join(char if char.isprintable() else "\ufffd" for char in name)


class Progress:
    """Progress of one run on one console (standard error). Safe between threads."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Bars(
            SpinnerColumn(finished_text=" "),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._guild: TaskID | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show bars until the block ends."""
        with self._bars:
            yield

    def guild(self, name: str, channel_count: int) -> None:
        """Say that a guild begins, with this many channels to ask."""
        name = printable(name)
        self._say(f"{name}: {channel_count} channels to read")
        self._guild = self._bars.add_task(name, total=channel_count, unit="channels")

    @contextmanager
    def channel(self, name: str) -> Iterator[OnPage]:
        """Show one channel while it is read; call what is yielded after each page."""
        description = f"  #{printable(name)}"
        task = self._bars.add_task(description, total=None, unit="messages")
        try:
            yield lambda messages: self._bars.advance(task, messages)
        finally:
            self._bars.remove_task(task)

    def channel_done(self, name: str, messages: int, reason: str | None) -> None:
        """Say what one channel brought, or why it could not be read."""
        if self._guild is not None:
            self._bars.advance(self._guild)
        outcome = reason or f"{messages} messages"
        self._say(f"  #{printable(name)}: {outcome}")

    def skipped(self, name: str, reason: str) -> None:
        """Say why a channel was not asked at all."""
        self._say(f"  #{printable(name)}: skipped, {reason}")

    def failed(self, what: str, error: str) -> None:
        """Say what is left for the next run; the run's last lines name it again."""
        self._say(f"  {printable(what)}: failed, {printable(error)}")

    def _say(self, line: str) -> None:
        if not self._console.is_terminal:
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)
