"""When the next request may be sent: policy only, no HTTP.

Ask for a ``permit`` until it need not wait, send, then ``observe`` the answer. One
limiter serves all threads of an account; callers ask one request at a time of a route
and major parameter, so that its headers are the latest word on its bucket.

Source: https://discord.com/developers/docs/topics/rate-limits; headers are hints
(a bucket may refuse with requests remaining), only a 429 is the truth.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from extractor.errors import AddressStoppedError

# Discord: 50 requests a second per account over all routes, by the time they arrive.
GLOBAL_LIMIT = 50
GLOBAL_WINDOW = 1.0 + 0.002  # our clock and Discord's both round
# A request without an answer yet is taken to have arrived this long after it was sent.
LONGEST_WAY = 0.25

# Discord bans an address after 10,000 of these in ten minutes; other programs may
# share the address, so we stop far below.
INVALID_LIMIT = 1_000
INVALID_WINDOW = 600.0

LONGEST_RESET = 86_400.0  # seconds; more is no window of Discord's

# A limit that headers hide is learned from bursts; what is further apart is no burst.
# One refusal may be an accident, a second one within a minute is a limit.
BURST_PAUSE = 10.0
SURPRISE_WINDOW = 60.0
LONGEST_SPACING = 2.0

Route = tuple[str, int]  # path template, major parameter (channel or guild id)


@dataclass
class Permit:
    """Leave to send one request now, or (``wait``) to ask again after some seconds.

    ``arrived_by`` is the latest instant at which Discord may have counted it.
    """

    route: Route
    wait: float = 0.0
    sent_at: float = 0.0
    arrived_by: float = 0.0


@dataclass
class _Bucket:
    remaining: int | None = None  # None: Discord has not said
    reset_at: float = 0.0
    blocked_until: float = 0.0
    sent_at: float = 0.0
    burst_began_at: float = 0.0
    burst_count: int = 0  # requests since then, without a refusal

    def opens_at(self, now: float, spacing: float) -> float:
        if self.remaining is not None and now >= self.reset_at:
            self.remaining = None
        reset_at = self.reset_at if self.remaining == 0 else 0.0
        return max(self.blocked_until, reset_at, self.sent_at + spacing)

    def send(self, now: float) -> None:
        if self.remaining is not None:
            self.remaining -= 1
        if self.burst_count == 0 or now - self.sent_at > BURST_PAUSE:
            self.burst_began_at, self.burst_count = now, 0
        self.burst_count += 1
        self.sent_at = now

    def spacing_learned(self, now: float, retry_after: float) -> float:
        """Return the seconds between requests that would not have been refused."""
        # the refused one is in the count, and was not granted
        granted = max(1, self.burst_count - 1)
        self.burst_count = 0
        seconds = now + retry_after - self.burst_began_at
        return min(seconds / granted, LONGEST_SPACING)


class RefusalGuard:
    """Counts refusals of one address: all accounts of a run share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._refusals: deque[float] = deque()

    def count(self) -> None:
        """Count one answer that Discord counts towards a ban."""
        with self._lock:
            self._refusals.append(self._clock())

    def check(self) -> None:
        """Let a request pass, or stop all of them.

        Raises:
            AddressStoppedError: too many refusals in ten minutes.

        """
        with self._lock:
            begin = self._clock() - INVALID_WINDOW
            while self._refusals and self._refusals[0] <= begin:
                self._refusals.popleft()
            if len(self._refusals) >= INVALID_LIMIT:
                raise AddressStoppedError(
                    f"stopped: Discord refused {INVALID_LIMIT} requests within ten "
                    "minutes and bans addresses for more; check the permissions, then "
                    "run again in ten minutes"
                )


@dataclass
class _Window:
    """The global window, by when requests arrive: not all take the same way."""

    permits: list[Permit] = field(default_factory=list)
    shortest_trip: float = LONGEST_WAY

    def opens_at(self, now: float) -> float:
        begin = now - GLOBAL_WINDOW
        self.permits = [one for one in self.permits if one.arrived_by > begin]
        if len(self.permits) < GLOBAL_LIMIT:
            return 0.0
        return min(one.arrived_by for one in self.permits) + GLOBAL_WINDOW

    def add(self, permit: Permit) -> None:
        permit.arrived_by = permit.sent_at + LONGEST_WAY
        self.permits.append(permit)

    def answered(self, permit: Permit, now: float) -> None:
        """Know better when a request arrived, now that its answer is here.

        It had arrived before the way back, the next one has the way there before it:
        the shortest trip, which is both, may be taken off.
        """
        trip = now - permit.sent_at
        self.shortest_trip = min(self.shortest_trip, trip)
        late = min(trip - self.shortest_trip, LONGEST_WAY)
        permit.arrived_by = permit.sent_at + late


class RateLimiter:
    """Buckets learned from headers, and the global window, of one account."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        guard: RefusalGuard | None = None,
    ) -> None:
        self._clock = clock
        self._guard = guard or RefusalGuard(clock)
        self._lock = threading.Lock()
        self._hashes: dict[str, str] = {}
        self._buckets: dict[tuple[str, int], _Bucket] = {}
        self._window = _Window()
        # by template, where headers hide the limit
        self._spacings: dict[str, float] = {}
        self._surprised_at: dict[str, float] = {}
        self._blocked_until = 0.0

    def permit(self, route: Route) -> Permit:
        """Count a request as sent, or say how many seconds to wait and ask again.

        Raises:
            AddressStoppedError: too many refusals in ten minutes.

        """
        self._guard.check()
        with self._lock:
            now = self._clock()
            bucket = self._bucket(route)
            ready_at = max(
                self._blocked_until,
                bucket.opens_at(now, self._spacing(route)),
                self._window.opens_at(now),
            )
            if ready_at > now:
                return Permit(route, wait=ready_at - now)
            bucket.send(now)
            permit = Permit(route, sent_at=now)
            self._window.add(permit)
            return permit

    def ready_in(self, route: Route) -> float:
        """Return the seconds until this route's own bucket lets a request through."""
        with self._lock:
            now = self._clock()
            opens_at = self._bucket(route).opens_at(now, self._spacing(route))
            return max(0.0, opens_at - now)

    def observe(
        self,
        permit: Permit,
        status: int,
        headers: Mapping[str, str],
        *,
        retry_after: float = 0.0,
        is_global: bool = False,
    ) -> None:
        """Learn from an answer; ``retry_after`` is the 429's, in seconds.

        ``headers`` are looked up in any case (requests' own mapping does that).
        """
        is_shared = headers.get("X-RateLimit-Scope") == "shared"
        if status in (401, 403) or (status == 429 and not is_shared):
            self._guard.count()
        with self._lock:
            now = self._clock()
            self._window.answered(permit, now)
            if status == 429:
                # its headers may name another bucket, of a limit that others hide
                if not (is_global or is_shared):
                    self._learn_spacing(permit.route, now, retry_after)
                self._block(permit.route, now + retry_after, is_global=is_global)
            else:
                self._learn_hash(permit.route[0], headers.get("X-RateLimit-Bucket"))
                self._learn(permit, now, headers)

    def _bucket(self, route: Route) -> _Bucket:
        template, major = route
        key = (self._hashes.get(template, template), major)
        return self._buckets.setdefault(key, _Bucket())

    def _spacing(self, route: Route) -> float:
        return self._spacings.get(route[0], 0.0)

    def _learn_spacing(self, route: Route, now: float, retry_after: float) -> None:
        """Keep requests apart whose headers promise room that is not there.

        What one channel was refused for, others of the same template would be too.
        """
        bucket, template = self._bucket(route), route[0]
        if not bucket.remaining:
            return
        learned = bucket.spacing_learned(now, retry_after)
        if now - self._surprised_at.get(template, -SURPRISE_WINDOW) < SURPRISE_WINDOW:
            self._spacings[template] = max(self._spacing(route), learned)
        self._surprised_at[template] = now

    def _block(self, route: Route, until: float, *, is_global: bool) -> None:
        if is_global:
            self._blocked_until = max(self._blocked_until, until)
        else:
            bucket = self._bucket(route)
            bucket.blocked_until = max(bucket.blocked_until, until)

    def _learn_hash(self, template: str, bucket_hash: str | None) -> None:
        """Know a route's buckets by their hash from now on, with all that is known."""
        known_as = self._hashes.get(template, template)
        if bucket_hash is None or bucket_hash == known_as:
            return
        self._hashes[template] = bucket_hash
        for (name, major), old in list(self._buckets.items()):
            if name == known_as:
                new = self._buckets.setdefault((bucket_hash, major), old)
                new.blocked_until = max(new.blocked_until, old.blocked_until)

    def _learn(self, permit: Permit, now: float, headers: Mapping[str, str]) -> None:
        try:
            remaining = int(headers["X-RateLimit-Remaining"])
            reset_after = float(headers["X-RateLimit-Reset-After"])
        except (KeyError, ValueError):
            return  # several routes send none
        if not 0 <= reset_after <= LONGEST_RESET:
            return
        bucket = self._bucket(permit.route)
        bucket.remaining = remaining
        # The bucket resets between these two. An earlier answer that may mean the same
        # instant may have come back faster, and then knew it better.
        earliest, latest = permit.sent_at + reset_after, now + reset_after
        is_same_reset = earliest <= bucket.reset_at
        bucket.reset_at = min(bucket.reset_at, latest) if is_same_reset else latest
