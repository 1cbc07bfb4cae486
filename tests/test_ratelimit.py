"""The limiter's policy, on a clock that only tests move."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.errors import AddressStoppedError
from extractor.ratelimit import (
    GLOBAL_LIMIT,
    INVALID_LIMIT,
    Permit,
    RateLimiter,
    RefusalGuard,
    Route,
)

MESSAGES = "/channels/{channel_id}/messages"
PINS = "/channels/{channel_id}/messages/pins"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> RateLimiter:
    return RateLimiter(clock)


def headers(remaining: int, reset_after: float, bucket: str = "b") -> dict[str, str]:
    return {
        "X-RateLimit-Bucket": bucket,
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset-After": str(reset_after),
    }


def answered(
    limiter: RateLimiter,
    route: Route,
    status: int,
    answer: Mapping[str, str],
    **details: Any,
) -> None:
    """Send a request that may be sent, and let it be answered."""
    permit = limiter.permit(route)
    assert permit.wait == 0
    limiter.observe(permit, status, answer, **details)


def send(limiter: RateLimiter, route: Route, **answer: str) -> None:
    answered(limiter, route, 200, answer)


def test_a_route_without_headers_is_not_held_back(limiter: RateLimiter) -> None:
    """Several of Discord's routes send none."""
    for _ in range(10):
        send(limiter, (MESSAGES, 1))


def test_an_empty_bucket_waits_until_it_refills(
    limiter: RateLimiter, clock: Clock
) -> None:
    """With nothing remaining, the next request waits for reset-after."""
    answered(limiter, (MESSAGES, 1), 200, headers(0, 2.5))

    assert limiter.permit((MESSAGES, 1)).wait == pytest.approx(2.5)
    clock.now += 2.5
    assert limiter.permit((MESSAGES, 1)).wait == 0


def test_requests_in_flight_count_against_what_remains(limiter: RateLimiter) -> None:
    """Two threads cannot both take the last request of a bucket."""
    answered(limiter, (MESSAGES, 1), 200, headers(1, 5))

    assert limiter.permit((MESSAGES, 1)).wait == 0
    assert limiter.permit((MESSAGES, 1)).wait == pytest.approx(5)


def test_channels_have_buckets_of_their_own(limiter: RateLimiter) -> None:
    """The same hash with another channel is another bucket."""
    answered(limiter, (MESSAGES, 1), 200, headers(0, 5))

    assert limiter.permit((MESSAGES, 2)).wait == 0


def test_routes_with_one_hash_share_a_bucket(limiter: RateLimiter) -> None:
    """Discord says which routes are counted together by giving them one hash."""
    for route in ((MESSAGES, 1), (PINS, 1)):
        answered(limiter, route, 200, headers(3, 5, "same"))
    answered(limiter, (PINS, 1), 200, headers(0, 4, "same"))

    assert limiter.permit((MESSAGES, 1)).wait == pytest.approx(4)


def test_a_429_blocks_its_bucket_though_headers_say_otherwise(
    limiter: RateLimiter,
) -> None:
    """Remaining 999 and then a 429 has been seen: only the 429 is the truth."""
    answered(limiter, (MESSAGES, 1), 200, headers(999, 1000))
    answered(limiter, (MESSAGES, 1), 429, headers(999, 1000), retry_after=7)

    assert limiter.permit((MESSAGES, 1)).wait == pytest.approx(7)
    assert limiter.permit((MESSAGES, 2)).wait == 0


def test_a_limit_that_headers_hide_is_learned_for_all_channels(
    limiter: RateLimiter, clock: Clock
) -> None:
    """Five went through, the sixth not for 4.5 seconds, and again: one a second."""
    for _ in range(2):
        for _ in range(5):
            answered(limiter, (MESSAGES, 1), 200, headers(999, 1000))
            clock.now += 0.1
        answered(limiter, (MESSAGES, 1), 429, headers(999, 1000), retry_after=4.5)
        clock.now += 4.5

    for channel in (1, 2):
        assert limiter.permit((MESSAGES, channel)).wait == 0
        assert limiter.permit((MESSAGES, channel)).wait == pytest.approx(1)


def test_one_refusal_alone_teaches_no_spacing(
    limiter: RateLimiter, clock: Clock
) -> None:
    """It may be an accident; waiting it out is enough."""
    answered(limiter, (MESSAGES, 1), 200, headers(999, 1000))
    answered(limiter, (MESSAGES, 1), 429, headers(999, 1000), retry_after=30)
    clock.now += 30

    for _ in range(2):
        assert limiter.permit((MESSAGES, 1)).wait == 0


def test_others_traffic_teaches_no_spacing(limiter: RateLimiter, clock: Clock) -> None:
    """A shared 429 says nothing about our own limit."""
    shared = {**headers(999, 1000), "X-RateLimit-Scope": "shared"}
    answered(limiter, (MESSAGES, 1), 200, headers(999, 1000))
    answered(limiter, (MESSAGES, 1), 429, shared, retry_after=4.5)
    clock.now += 4.5

    for _ in range(2):
        assert limiter.permit((MESSAGES, 1)).wait == 0


def test_a_block_outlives_learning_the_buckets_hash(limiter: RateLimiter) -> None:
    """Another channel's answer may be the first to name the route's bucket."""
    answered(limiter, (MESSAGES, 1), 429, {}, retry_after=30)
    answered(limiter, (MESSAGES, 2), 200, headers(4, 5, "learned"))

    assert limiter.permit((MESSAGES, 1)).wait == pytest.approx(30)


def test_a_global_429_blocks_everything(limiter: RateLimiter, clock: Clock) -> None:
    """The whole token sleeps."""
    answered(limiter, (MESSAGES, 1), 429, {}, retry_after=3, is_global=True)

    assert limiter.permit(("/guilds/{guild_id}", 5)).wait == pytest.approx(3)
    clock.now += 3
    assert limiter.permit(("/guilds/{guild_id}", 5)).wait == 0


@given(st.lists(st.floats(0, 0.5), min_size=60, max_size=300))
def test_no_second_ever_sees_more_than_the_global_limit(pauses: list[float]) -> None:
    """However requests arrive, any one-second window holds at most fifty."""
    clock = Clock()
    limiter = RateLimiter(clock)
    sent = []
    for number, pause in enumerate(pauses):
        clock.now += pause / 50
        while wait := limiter.permit((MESSAGES, number)).wait:
            clock.now += wait
        sent.append(clock.now)

    for first, last in zip(sent, sent[GLOBAL_LIMIT:], strict=False):
        assert last - first > 1.0


@given(
    st.lists(
        st.tuples(st.floats(0, 0.02), st.floats(0, 0.1), st.floats(0, 0.1)),
        min_size=60,
        max_size=300,
    )
)
def test_no_second_sees_more_arrive_however_uneven_their_ways_are(
    requests: list[tuple[float, float, float]],
) -> None:
    """Discord counts arrivals: a request held up on its way counts later.

    How short a way can be is known from the first ones, which sign in.
    """
    clock = Clock()
    limiter = RateLimiter(clock)
    arrivals: list[float] = [clock.now + 0.03]
    under_way = [(clock.now + 0.05, -1, limiter.permit((MESSAGES, -1)))]
    move(clock, clock.now + 0.05, limiter, under_way)
    for number, (pause, there, back) in enumerate(requests):
        move(clock, clock.now + pause, limiter, under_way)
        while (permit := limiter.permit((MESSAGES, number))).wait:
            # a wait may be less than what the sum of two floats can tell
            move(clock, clock.now + permit.wait + 1e-9, limiter, under_way)
        arrivals.append(clock.now + 0.03 + there)
        heappush(under_way, (arrivals[-1] + 0.02 + back, number, permit))

    arrivals.sort()
    for first, last in zip(arrivals, arrivals[GLOBAL_LIMIT:], strict=False):
        assert last - first > 1.0


def move(
    clock: Clock,
    until: float,
    limiter: RateLimiter,
    under_way: list[tuple[float, int, Permit]],
) -> None:
    """Let time pass, and answers come while it does."""
    while under_way and under_way[0][0] <= until:
        clock.now, _, permit = heappop(under_way)
        limiter.observe(permit, 200, {})
    clock.now = max(clock.now, until)


def test_refusals_of_all_accounts_count_together(clock: Clock) -> None:
    """Discord bans the address, whoever asked from it."""
    guard = RefusalGuard(clock)
    one, other = RateLimiter(clock, guard), RateLimiter(clock, guard)
    for _ in range(INVALID_LIMIT):
        clock.now += 0.1
        answered(one, (MESSAGES, 1), 403, {})

    with pytest.raises(AddressStoppedError):
        other.permit((MESSAGES, 1))


def test_too_many_refusals_end_the_account(limiter: RateLimiter, clock: Clock) -> None:
    """Discord bans addresses for them; refusals of ten minutes ago are forgotten."""
    for _ in range(INVALID_LIMIT):
        clock.now += 0.1
        answered(limiter, (MESSAGES, 1), 403, {})

    with pytest.raises(AddressStoppedError, match="ten minutes"):
        limiter.permit((MESSAGES, 1))
    clock.now += 601
    assert limiter.permit((MESSAGES, 1)).wait == 0


def test_shared_429s_are_not_refusals(limiter: RateLimiter, clock: Clock) -> None:
    """A resource limited by others' traffic does not count towards the ban."""
    shared = {"X-RateLimit-Scope": "shared"}
    for _ in range(INVALID_LIMIT):
        clock.now += 0.1
        answered(limiter, (MESSAGES, 1), 429, shared, retry_after=0)

    assert limiter.permit((MESSAGES, 1)).wait == 0
