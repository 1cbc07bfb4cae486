"""What a terminal shows of guilds under way: a bar each, and their longest channels."""

from __future__ import annotations

import heapq
import math
from collections import deque
from dataclasses import dataclass, field

from rich.console import Console, RenderableType
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

CHANNELS_SHOWN = 8
REQUESTS_PER_SECOND = 50.0  # Discord's limit over all channels of an account
SECONDS_PER_REQUEST = 1.0  # and about its limit for one channel
WINDOW = 10.0  # seconds over which speed is measured
STAYS = 1.25  # a channel on the screen leaves it only for one with that much more left


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
