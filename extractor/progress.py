"""What a person sees while a run goes on: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from extractor.screen import ChannelState, GuildState, Screen
from extractor.terminal import printable, printable_lines

FRAMES_PER_SECOND = 4

Clock = Callable[[], float]


class PrintableFormatter(logging.Formatter):
    """Formats records, which may hold names of Discord's, for any terminal."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the message as one line."""
        return printable(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        """Return the message; a traceback keeps its lines."""
        return printable_lines(super().format(record))


class Progress:
    """Progress of one run on one console (standard error). Safe between threads.

    Channels are told apart by their names: within a guild, these have to be unique.
    """

    def __init__(self, console: Console, clock: Clock = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._lock = threading.Lock()
        self._guilds: dict[int, GuildState] = {}
        self._is_live = console.is_interactive
        self._is_over = False
        self._heading: int | None = None  # the guild whose lines were printed last
        self._screen = Screen(console)
        self._live = Live(
            console=console,
            get_renderable=self.frame,
            refresh_per_second=FRAMES_PER_SECOND,
            redirect_stdout=False,  # results may go into a pipe
        )

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show bars until the block ends."""
        if not self._is_live:
            yield
            return
        with self._live:
            try:
                yield
            finally:
                self._is_over = True

    def guild(self, guild_id: int, name: str) -> None:
        """Say that a guild begins."""
        with self._lock:
            self._guilds[guild_id] = GuildState(printable(name), self._clock())

    def guild_grows(self, guild_id: int, channel_count: int) -> None:
        """Say that so many more channels of a guild will be read."""
        with self._lock:
            guild = self._guilds[guild_id]
            guild.channel_count += channel_count
            guild.ended_at = guild.ended_at if guild.is_done else None

    def page(self, guild_id: int, name: str, messages: int, remaining: float) -> None:
        """Take note of a page of a channel, and of about how many are left of it."""
        with self._lock:
            guild = self._guilds[guild_id]
            guild.add_page(self._clock(), messages)
            channel = guild.under_way.get(name)
            if channel is None:
                channel = guild.under_way[name] = ChannelState(printable(name))
            channel.messages += messages
            channel.pages += 1
            channel.remaining = remaining

    def channel_done(self, guild_id: int, name: str, outcome: str) -> None:
        """Say what one channel brought, or why it could not be read."""
        with self._lock:
            self._guilds[guild_id].under_way.pop(name, None)
        self.channel_quiet(guild_id)
        self._say(f"  #{name}: {outcome}", guild_id)

    def channel_quiet(self, guild_id: int) -> None:
        """Count a channel as done, without a word."""
        with self._lock:
            guild = self._guilds[guild_id]
            guild.done_count += 1
            if guild.is_done:
                guild.ended_at = self._clock()

    def channel_failed(self, guild_id: int, name: str) -> None:
        """Take a channel off the screen that will not be done in this run."""
        with self._lock:
            self._guilds[guild_id].under_way.pop(name, None)

    def skipped(self, name: str, reason: str, guild_id: int | None = None) -> None:
        """Say why a channel was not asked at all."""
        self._say(f"  #{name}: skipped, {reason}", guild_id)

    def unknown(self, what: str, reason: str, guild_id: int | None = None) -> None:
        """Say what Discord does not give; the run's last lines name it again."""
        self._say(f"  {what}: unknown, {reason}", guild_id)

    def failed(self, what: str, error: str, guild_id: int | None = None) -> None:
        """Say what is left for the next run; the run's last lines name it again."""
        line = f"  {what}: failed, {error}"
        if self._is_live:  # too seldom, and too important, to wait for the end
            self._print(line.strip(), style="red")
        else:
            self._say(line, guild_id)

    def _say(self, line: str, guild_id: int | None) -> None:
        """Print a line of a guild, below its name; nothing on a terminal."""
        if self._is_live:
            return
        with self._lock:
            if guild_id is not None and guild_id != self._heading:
                self._heading = guild_id
                self._print(self._guilds[guild_id].name)
            self._print(line)

    def _print(self, line: str, style: str | None = None) -> None:
        text = Text(printable(line), style=style or "")
        self._console.print(text, highlight=False, soft_wrap=True)

    def frame(self) -> RenderableType:
        """Return what a terminal shows now."""
        with self._lock:
            guilds = list(self._guilds.values())
            return self._screen.drawn(guilds, self._clock(), is_over=self._is_over)
