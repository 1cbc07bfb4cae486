"""What a run was asked for, and what it did."""

from __future__ import annotations

import threading
from collections import Counter
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
    Discord does not give to these accounts, ``failed`` what could not be had this time.
    """

    guilds: int = 0
    messages: int = 0
    new: int = 0
    pages: int = 0
    requests: int = 0
    waited_seconds: float = 0.0
    seconds: float = 0.0
    channels: Counter[str] = field(default_factory=Counter)
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

    def add_channel(self, kind: str) -> None:
        """Count one channel: read, quiet, unreadable or failed."""
        with self._lock:
            self.channels[kind] += 1

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
            "unknown": self.unknown,
            "failed": self.failed,
        }
