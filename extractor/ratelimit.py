"""When the next request may be sent: policy only, no HTTP.

Ask ``delay`` until it answers 0, send, then ``observe`` the answer. One limiter
serves all threads of an account.

Source: https://discord.com/developers/docs/topics/rate-limits; headers are hints
(a bucket may refuse with requests remaining), only a 429 is the truth.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from extractor.errors import AccountStoppedError

# Discord: 50 requests a second per bot over all routes. The log below slides, and
# a request may reach Discord a little sooner after the last than it left us.
GLOBAL_LIMIT = 50
GLOBAL_WINDOW = 1.02

# Discord bans an address after 10,000 of these in ten minutes; other programs may
# share the address, so we stop far below.
INVALID_LIMIT = 1_000
INVALID_WINDOW = 600.0

Route = tuple[str, int]  # path template, major parameter (channel or guild id)


@dataclass
class _Bucket:
    remaining: int | None = None  # None: Discord has not said
    reset_at: float = 0.0
    blocked_until: float = 0.0


class RateLimiter:
    """Buckets learned from headers, the global window, the invalid-request guard."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._hashes: dict[str, str] = {}
        self._buckets: dict[tuple[str, int], _Bucket] = {}
        self._sent: deque[float] = deque(maxlen=GLOBAL_LIMIT)
        self._blocked_until = 0.0
        self._invalid: deque[float] = deque()

    def delay(self, route: Route) -> float:
        """Return 0 and count the request as sent, or the seconds to wait and ask again.

        Raises:
            AccountStoppedError: too many refusals in ten minutes.

        """
        with self._lock:
            now = self._clock()
            self._guard(now)
            bucket = self._bucket(route)
            if bucket.remaining is not None and now >= bucket.reset_at:
                bucket.remaining = None
            ready_at = max(
                self._blocked_until,
                bucket.blocked_until,
                bucket.reset_at if bucket.remaining == 0 else 0.0,
                self._window_opens_at(),
            )
            if ready_at > now:
                return ready_at - now
            self._sent.append(now)
            if bucket.remaining is not None:
                bucket.remaining -= 1
            return 0.0

    def observe(
        self,
        route: Route,
        status: int,
        headers: Mapping[str, str],
        *,
        retry_after: float = 0.0,
        is_global: bool = False,
    ) -> None:
        """Learn from an answer; ``retry_after`` is the 429's, in seconds.

        ``headers`` are looked up in any case (requests' own mapping does that).
        """
        with self._lock:
            now = self._clock()
            shared = headers.get("X-RateLimit-Scope") == "shared"
            if status in (401, 403) or (status == 429 and not shared):
                self._invalid.append(now)
            self._learn_hash(route[0], headers.get("X-RateLimit-Bucket"))
            if status == 429:
                self._block(route, now + retry_after, is_global=is_global)
            else:
                self._learn(route, now, headers)

    def _guard(self, now: float) -> None:
        while self._invalid and self._invalid[0] <= now - INVALID_WINDOW:
            self._invalid.popleft()
        if len(self._invalid) >= INVALID_LIMIT:
            raise AccountStoppedError(
                f"stopped: Discord refused {INVALID_LIMIT} requests within ten minutes "
                "and bans addresses for more; check the bot's permissions, then run "
                "again in ten minutes"
            )

    def _window_opens_at(self) -> float:
        if len(self._sent) < GLOBAL_LIMIT:
            return 0.0
        return self._sent[0] + GLOBAL_WINDOW

    def _bucket(self, route: Route) -> _Bucket:
        template, major = route
        key = (self._hashes.get(template, template), major)
        return self._buckets.setdefault(key, _Bucket())

    def _block(self, route: Route, until: float, *, is_global: bool) -> None:
        if is_global:
            self._blocked_until = max(self._blocked_until, until)
        else:
            bucket = self._bucket(route)
            bucket.blocked_until = max(bucket.blocked_until, until)

    def _learn_hash(self, template: str, bucket_hash: str | None) -> None:
        """Know a route's buckets by their hash from now on, and what blocks them."""
        known_as = self._hashes.get(template, template)
        if bucket_hash is None or bucket_hash == known_as:
            return
        self._hashes[template] = bucket_hash
        for (name, major), old in list(self._buckets.items()):
            if name == known_as:
                new = self._buckets.setdefault((bucket_hash, major), _Bucket())
                new.blocked_until = max(new.blocked_until, old.blocked_until)

    def _learn(self, route: Route, now: float, headers: Mapping[str, str]) -> None:
        try:
            remaining = int(headers["X-RateLimit-Remaining"])
            reset_after = float(headers["X-RateLimit-Reset-After"])
        except (KeyError, ValueError):
            return  # several routes send none
        bucket = self._bucket(route)
        bucket.remaining = remaining
        bucket.reset_at = now + reset_after
