"""What a person sees while a run goes on: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
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
        self._guilds: dict[int, TaskID] = {}

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show bars until the block ends."""
        with self._bars:
            yield

    def guild(self, guild_id: int, name: str) -> None:
        """Say that a guild begins."""
        name = printable(name)
        self._say(name)
        self._guilds[guild_id] = self._bars.add_task(name, total=0, unit="channels")

    def guild_grows(self, guild_id: int, channel_count: int) -> None:
        """Say that so many more channels of a guild will be read."""
        task = self._bars.tasks[self._guilds[guild_id]]
        self._bars.update(task.id, total=(task.total or 0) + channel_count)

    def page(self, guild_id: int, name: str, messages: int, remaining: float) -> None:
        """Take note of a page of a channel, and of about how many are left of it."""

    def channel_done(self, guild_id: int, name: str, outcome: str) -> None:
        """Say what one channel brought, or why it could not be read."""
        if guild_id in self._guilds:
            self._bars.advance(self._guilds[guild_id])
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
