"""What a run was asked for, and what it did."""

from __future__ import annotations

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from extractor.plan import Wanted


@dataclass(frozen=True)
class Options:
    """What the command line asked for."""

    guild_ids: tuple[int, ...] = ()
    channel_ids: tuple[int, ...] = ()
    wanted: Wanted = Wanted()  # noqa: RUF009 - it is frozen
    workers: int = 4
    allow_missing_content: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the form stored in landing.runs; ids as strings, as Discord's."""
        days = self.wanted.revisit_days
        return {
            "guild_ids": [str(one) for one in self.guild_ids],
            "channel_ids": [str(one) for one in self.channel_ids],
            "resources": sorted(self.wanted.resources),
            "floor": str(self.wanted.floor),
            "revisit_days": "all" if days is None else days,
            "workers": self.workers,
            "allow_missing_content": self.allow_missing_content,
        }


@dataclass
class Summary:
    """What a run did; adds up over guilds and accounts. Safe between threads.

    ``messages`` were landed, ``new`` of them for the first time. ``unknown`` holds what
    Discord does not give to these accounts, ``failed`` what could not be had this time,
    both as what -> why; ``unreadable`` counts channels by reason.
    """

    guilds: int = 0
    messages: int = 0
    new: int = 0
    pages: int = 0
    requests: int = 0
    waited_seconds: float = 0.0
    seconds: float = 0.0
    channels: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    unknown: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add_guild(self) -> None:
        """Count one guild whose end was reached."""
        with self._lock:
            self.guilds += 1

    def add_page(self, messages: int, new: int) -> None:
        """Count one page of messages."""
        with self._lock:
            self.messages += messages
            self.new += new
            self.pages += 1

    def add_channel(self, kind: str, reason: str | None = None) -> None:
        """Count one channel: read, quiet, unreadable (for a reason) or failed."""
        with self._lock:
            self.channels[kind] += 1
            if kind == "unreadable":
                self.unreadable[reason or "for no reason given"] += 1

    @property
    def exit_code(self) -> int:
        """0: all done; 3: done but for what failed; 1: nothing done."""
        if not self.failed:
            return 0
        return 3 if self.guilds else 1

    def as_json(self) -> dict[str, Any]:
        """Return the form stored in landing.runs."""
        return {
            "guilds": self.guilds,
            "messages": self.messages,
            "new": self.new,
            "pages": self.pages,
            "requests": self.requests,
            "waited_seconds": round(self.waited_seconds, 1),
            "seconds": round(self.seconds, 1),
            "channels": dict(self.channels),
            "unreadable": dict(self.unreadable),
            "unknown": self.unknown,
            "failed": self.failed,
        }

    def lines(self) -> list[str]:
        """Return what a person reads at the end; what failed is not among it."""
        again = self.messages - self.new
        speed = self.requests / max(self.seconds, 0.1)
        messages = counted(self.messages, "message")
        guilds, pages = counted(self.guilds, "guild"), counted(self.pages, "page")
        requests = counted(self.requests, "request")
        read = f"{messages} ({self.new:,} new, {again:,} read again) on {pages}"
        is_telling = self.seconds >= _LONG_ENOUGH  # Discord's limit is per second
        pace = f"in {self.seconds:,.1f} s"
        pace += f", {speed:,.1f} a second" if is_telling else ""
        waits = f"workers waited {self.waited_seconds:,.1f} s in sum for rate limits"
        return [
            f"{guilds}: {read}",
            f"channels: {', '.join(self._channels()) or 'none'}",
            f"{requests} {pace}; {waits}",
            *(f"unknown: {line}" for line in _grouped(self.unknown)),
        ]

    def _channels(self) -> Iterator[str]:
        for kind in ("read", "quiet", "unreadable", "failed"):
            count = self.channels[kind]
            reasons = self.unreadable.most_common() if kind == "unreadable" else []
            why = ", ".join(f"{number:,} {reason}" for reason, number in reasons)
            if count:
                yield f"{count:,} {kind}{f' ({why})' if why else ''}"


_LONG_ENOUGH = 10.0  # seconds, for a rate that means something
_FEW = 3  # of one kind are named each; of more, so many examples are
_PATH = re.compile(r"^/\S+: ")  # differs from channel to channel, the reason does not


def _grouped(unknown: dict[str, str]) -> Iterator[str]:
    """Yield a line each, but one for many places that lack the same for one reason."""
    places = defaultdict(list)
    for what, reason in unknown.items():
        place, _, kind = what.rpartition(": ")
        places[kind, _PATH.sub("", reason)].append((place, what, reason))
    for (kind, why), group in places.items():
        if len(group) <= _FEW:
            yield from (f"{what}: {reason}" for _, what, reason in group)
        else:
            first = ", ".join(place for place, *_ in group[:_FEW])
            rest = f" and {len(group) - _FEW:,} more"
            yield f"{kind}, {len(group):,} times ({first}{rest}): {why}"


def counted(count: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it takes one."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
