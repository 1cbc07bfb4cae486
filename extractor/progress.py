"""What a person sees while a run goes on: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import heapq
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

CHANNELS_SHOWN = 8
FRAMES_PER_SECOND = 5
REQUESTS_PER_SECOND = 50.0  # Discord's limit over all channels of an account
SECONDS_PER_REQUEST = 1.0  # and about its limit for one channel
WINDOW = 10.0  # seconds over which speed is measured
STAYS = 1.25  # a channel on the screen leaves it only for one with that much more left

Clock = Callable[[], float]


def printable(name: str) -> str:
    """Return a name of Discord's without what would steer a terminal."""
    return "".join(char if char.isprintable() else "\ufffd" for char in name)


@dataclass
class ChannelState:
    """A channel under way; ``remaining`` is about how many requests it still needs."""

    name: str
    messages: int = 0
    pages: int = 0
    remaining: float = math.inf
    is_shown: bool = False

    @property
    def share(self) -> float | None:
        """Return how much of it is done, from 0 to 1; None: unknown."""
        if math.isinf(self.remaining):
            return None
        return self.pages / max(1.0, self.pages + self.remaining)

    @property
    def rank(self) -> float:
        """Return a number that is greatest for what should be on the screen."""
        return self.remaining * (STAYS if self.is_shown else 1.0)


@dataclass
class GuildState:
    """A guild under way: channels are counted, and named while they are read."""

    name: str
    started_at: float
    channel_count: int = 0
    done_count: int = 0
    messages: int = 0
    ended_at: float | None = None
    under_way: dict[str, ChannelState] = field(default_factory=dict)
    pages: deque[tuple[float, int]] = field(default_factory=deque)  # the latest ones

    @property
    def is_done(self) -> bool:
        """Whether every channel known by now was read."""
        return 0 < self.channel_count <= self.done_count

    def add_page(self, now: float, messages: int) -> None:
        """Count a page, for the sum and for speed."""
        self.messages += messages
        self.pages.append((now, messages))
        while self.pages[0][0] < now - WINDOW:
            self.pages.popleft()

    def elapsed(self, now: float) -> float:
        """Return the seconds since this guild began; they end with its last channel."""
        return (self.ended_at or now) - self.started_at

    def messages_per_second(self, now: float) -> float:
        """Return how fast it goes now, or how fast it went when it is done."""
        if self.ended_at is not None:
            return self.messages / max(1.0, self.elapsed(now))
        return sum(count for _, count in self._recent(now)) / self._window(now)

    def seconds_left(self, now: float) -> float | None:
        """Return about how long the channels known by now will take; None: unknown.

        No request is faster than the limits: over all channels, and for the longest.
        Channels that wait for their first page count as one request.
        """
        left = [min(one.remaining, 1e6) for one in self.under_way.values()]
        total = sum(left) + self.channel_count - self.done_count - len(left)
        speed = min(REQUESTS_PER_SECOND, len(self._recent(now)) / self._window(now))
        if self.channel_count == 0 or speed == 0:
            return None
        return max(total / speed, max(left, default=0.0) * SECONDS_PER_REQUEST)

    def _recent(self, now: float) -> list[tuple[float, int]]:
        return [page for page in self.pages if page[0] >= now - WINDOW]

    def _window(self, now: float) -> float:
        return min(WINDOW, max(1.0, now - self.started_at))


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
            get_renderable=self._frame,
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
            guild = self._guilds[guild_id]
            guild.under_way.pop(name, None)
            guild.done_count += 1
            if guild.is_done:
                guild.ended_at = self._clock()
        self._say(f"  #{name}: {outcome}", guild_id)

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

    def _frame(self) -> RenderableType:
        with self._lock:
            guilds = list(self._guilds.values())
            return self._screen.drawn(guilds, self._clock(), is_over=self._is_over)


class Screen:
    """Draws the state of guilds, never higher or wider than the console is now."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._spinner = Spinner("dots", style="cyan")

    def drawn(
        self, guilds: list[GuildState], now: float, *, is_over: bool
    ) -> RenderableType:
        """Return one frame; once it is over, nothing is under way any more."""
        lines = max(1, self._console.height - 1)
        guilds = sorted(guilds, key=lambda guild: guild.is_done)  # the others first
        if not guilds:
            return Text("" if is_over else "looking at guilds …", style="dim")
        heading_lines = 1 if lines > len(guilds) else 0
        shown = guilds[: lines if lines >= len(guilds) else max(1, lines - 1)]
        left = lines - heading_lines - len(shown)
        if len(shown) < len(guilds):
            left = 0
        chosen = set() if is_over else _chosen(shown, left)
        table = _Table(self._console.width, has_heading=bool(heading_lines))
        for guild in shown:
            table.add_guild(self._sign(guild, is_over=is_over), guild, now)
            for channel in guild.under_way.values():
                if id(channel) in chosen:
                    table.add_channel(channel)
        if len(shown) < len(guilds) and lines > 1:
            table.add_note(f"and {len(guilds) - len(shown):,} more guilds")
        return table.grid

    def _sign(self, guild: GuildState, *, is_over: bool) -> Text:
        if guild.is_done or (is_over and guild.channel_count == 0):
            return Text("✔ ", style="green")
        if is_over:
            return Text("✘ ", style="red")
        spinner = self._spinner.render(self._console.get_time())
        assert isinstance(spinner, Text)  # noqa: S101 - it is one without a text beside
        return spinner.append(" ")


def _chosen(guilds: list[GuildState], lines: int) -> set[int]:
    """Choose the channels with the most left; those on the screen tend to stay."""
    under_way = [one for guild in guilds for one in guild.under_way.values()]
    count = max(0, min(CHANNELS_SHOWN, lines))
    most = heapq.nlargest(count, under_way, key=lambda one: one.rank)
    chosen = {id(one) for one in most}
    for channel in under_way:
        channel.is_shown = id(channel) in chosen
    return chosen


_NAME = 32  # columns at most; bars as well
_COLUMNS = {"channels": 11, "messages": 11, "per second": 10, "time": 7, "left": 8}
_GAP = 2


class _Table:
    """Lines of one frame: a name, a bar, and as many numbers as have room."""

    def __init__(self, width: int, *, has_heading: bool) -> None:
        self._columns = dict(_COLUMNS)
        for name in ("time", "per second", "left", "messages"):
            if self._width_left(width) < _GAP + 24:
                del self._columns[name]
        room = max(1, self._width_left(width))
        name_width = min(_NAME, max(1, room - 3 * _GAP if room < 20 else room // 2))
        self._bar_width = min(_NAME, room - name_width - 2 * _GAP)
        self.grid = Table.grid(padding=(0, _GAP, 0, 0))
        self.grid.add_column(width=name_width, no_wrap=True, overflow="ellipsis")
        if self._bar_width > _GAP:
            self.grid.add_column(width=self._bar_width)
        for column in self._columns.values():
            self.grid.add_column(width=column, no_wrap=True, justify="right")
        if has_heading:
            names = {name: Text(name, style="dim") for name in self._columns}
            self._add(Text(), Text(), names)

    def _width_left(self, width: int) -> int:
        return width - sum(column + _GAP for column in self._columns.values())

    def add_guild(self, sign: Text, guild: GuildState, now: float) -> None:
        """Add a guild's line."""
        count, done = guild.channel_count, guild.done_count
        is_listing = count == 0 and sign.plain.strip() != "✔"
        bar = ProgressBar(
            total=None if is_listing else max(1, count),
            completed=done if count else 1,
            width=max(1, self._bar_width),
            complete_style="cyan",
            finished_style="green",
            pulse_style="cyan",
        )
        nothing_new = "listing" if is_listing else "quiet"
        left = None if guild.is_done else guild.seconds_left(now)
        cells = {
            "channels": Text(f"{done:,}/{count:,}" if count else nothing_new),
            "messages": Text(f"{guild.messages:,}"),
            "per second": Text(f"{guild.messages_per_second(now):,.0f}", style="cyan"),
            "time": Text(_clock_time(guild.elapsed(now)), style="dim"),
            "left": Text("" if left is None else _clock_time(left), style="yellow"),
        }
        self._add(sign.append(guild.name, style="bold"), bar, cells)

    def add_channel(self, channel: ChannelState) -> None:
        """Add the line of a channel under way."""
        share = channel.share
        bar = ProgressBar(
            total=None if share is None else 1.0,
            completed=share or 0.0,
            width=max(1, self._bar_width),
            complete_style="blue",
            pulse_style="blue",
        )
        cells = {
            "channels": Text("" if share is None else f"{share:.0%}", style="dim"),
            "messages": Text(f"{channel.messages:,}", style="dim"),
        }
        self._add(Text(f"  #{channel.name}"), bar, cells)

    def add_note(self, note: str) -> None:
        """Add a line that only says something."""
        self._add(Text(f"  {note}", style="dim"), Text(), {})

    def _add(self, name: Text, bar: RenderableType, cells: dict[str, Text]) -> None:
        bars = [bar] if self._bar_width > _GAP else []
        numbers = [cells.get(column, Text()) for column in self._columns]
        self.grid.add_row(name, *bars, *numbers)


def _clock_time(seconds: float) -> str:
    """Return minutes and seconds, with hours where there are any."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
