"""Rate limits as Discord enforces them, on a clock that tests can turn.

A bucket belongs to a route, a major parameter (channel or guild) and an account; above
all buckets stands one global window per account. Refused requests cost nothing here.
What others do to a channel can make it refuse too (`Limits.occupy`).
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

Key = tuple[str, str, int]


@dataclass(frozen=True)
class Rate:
    """So many requests in so many seconds."""

    limit: int
    seconds: float


@dataclass(frozen=True)
class Rates:
    """The limits of a Discord: for messages, for other routes, and above all.

    `sliding` frees each request's place on its own, else a whole window at once.
    `hidden` is a limit of messages that takes the place of `messages` and that no
    header tells of: they show wide room until the 429.
    """

    messages: Rate = Rate(5, 5.0)
    others: Rate = Rate(10, 2.0)
    overall: Rate = Rate(50, 1.0)
    sliding: bool = False
    hidden: Rate | None = None

    def named(self, name: str) -> Rate:
        """Return the rate that holds for what a route's table entry names."""
        if name == "messages":
            return self.hidden or self.messages
        return self.others

    def is_hidden(self, name: str) -> bool:
        """Tell whether headers keep quiet about that rate."""
        return name == "messages" and self.hidden is not None


@dataclass(frozen=True)
class Verdict:
    """What the limits say to one request: headers, and a wait when refused.

    `at` is when it came before them, in seconds on their clock.
    """

    headers: dict[str, str] = field(default_factory=dict)
    retry_after: float | None = None
    scope: str = "user"
    at: float = 0.0


def bucket_hash(route: str) -> str:
    """Name a route's bucket the way Discord does: opaque, without the major ids."""
    return hashlib.blake2s(route.encode(), digest_size=16).hexdigest()


class Limits:
    """Counts requests and refuses those above the limits.

    With `enforced=False` nothing is refused and headers show wide room.
    """

    def __init__(
        self,
        rates: Rates | None = None,
        *,
        enforced: bool = True,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.rates = rates or Rates()
        self.enforced = enforced
        self._clock = clock
        self._wall_clock = wall_clock
        self._lock = threading.Lock()
        self._windows: dict[Key, Window] = {}
        self._occupied: dict[int, float] = {}  # until when, by channel or guild

    def judge(self, account: str, route: str, rate_name: str, major: int) -> Verdict:
        """Count a request, or refuse it with the wait that Discord would name."""
        rates, rate = self.rates, self.rates.named(rate_name)
        with self._lock:
            now = self._clock()
            taken = self._occupied.get(major, now) - now
            if taken > 0:
                return Verdict(self._wide_room(route), taken, "shared", now)
            if not self.enforced:
                return Verdict(self._wide_room(route), at=now)
            overall = self._window((account, "", 0), rates.overall, sliding=False)
            bucket = self._window((account, route, major), rate, sliding=rates.sliding)
            if overall.remaining(now) == 0:
                return Verdict({}, overall.until_free(now), "global", now)
            if bucket.remaining(now) == 0:
                wait = bucket.until_free(now)
                # what was hidden comes to light under a bucket's name of its own
                named = f"{route} hidden" if rates.is_hidden(rate_name) else route
                headers = self._headers(named, rate, 0, wait)
                return Verdict(headers, wait, at=now)
            overall.count(now)
            bucket.count(now)
            if rates.is_hidden(rate_name):
                return Verdict(self._wide_room(route), at=now)
            left, reset = bucket.remaining(now), bucket.until_reset(now)
            return Verdict(self._headers(route, rate, left, reset), at=now)

    def occupy(self, major: int, seconds: float) -> None:
        """Let others use up a channel or guild: it answers 429, scope shared."""
        with self._lock:
            self._occupied[major] = self._clock() + seconds

    def now(self) -> float:
        """Return the seconds on the clock that the limits go by."""
        return self._clock()

    def _window(self, key: Key, rate: Rate, *, sliding: bool) -> Window:
        if key not in self._windows:
            self._windows[key] = Window(rate, sliding=sliding)
        return self._windows[key]

    def _wide_room(self, route: str) -> dict[str, str]:
        return self._headers(route, Rate(1000, 1.0), 999, 1.0)

    def _headers(
        self, route: str, rate: Rate, left: int, reset_after: float
    ) -> dict[str, str]:
        return {
            "X-RateLimit-Bucket": bucket_hash(route),
            "X-RateLimit-Limit": str(rate.limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": f"{self._wall_clock() + reset_after:.3f}",
            "X-RateLimit-Reset-After": f"{_up_to_millisecond(reset_after):.3f}",
        }


class Window:
    """The requests that still count against one rate."""

    def __init__(self, rate: Rate, *, sliding: bool) -> None:
        self._rate = rate
        self._sliding = sliding
        self._ends: deque[float] = deque()

    def remaining(self, now: float) -> int:
        """Return how many requests are free at this instant."""
        while self._ends and self._ends[0] <= now:
            self._ends.popleft()
        return self._rate.limit - len(self._ends)

    def count(self, now: float) -> None:
        """Count one request: it lasts for a while, or to the end of the window."""
        fixed = self._ends and not self._sliding
        self._ends.append(self._ends[0] if fixed else now + self._rate.seconds)

    def until_free(self, now: float) -> float:
        """Return the seconds until one more request is free."""
        return self._ends[0] - now

    def until_reset(self, now: float) -> float:
        """Return the seconds until all requests are free again."""
        return self._ends[-1] - now


def _up_to_millisecond(seconds: float) -> float:
    return math.ceil(seconds * 1000) / 1000
