"""The limiter's policy, on a clock that only tests move."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.errors import AccountStoppedError
from extractor.ratelimit import GLOBAL_LIMIT, INVALID_LIMIT, RateLimiter, Route

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


def send(limiter: RateLimiter, route: Route, **answer: str) -> None:
    assert limiter.delay(route) == 0
    limiter.observe(route, 200, answer)


def test_a_route_without_headers_is_not_held_back(limiter: RateLimiter) -> None:
    """Several of Discord's routes send none."""
    for _ in range(10):
        send(limiter, (MESSAGES, 1))


def test_an_empty_bucket_waits_until_it_refills(
    limiter: RateLimiter, clock: Clock
) -> None:
    """With nothing remaining, the next request waits for reset-after."""
    assert limiter.delay((MESSAGES, 1)) == 0
    limiter.observe((MESSAGES, 1), 200, headers(0, 2.5))

    assert limiter.delay((MESSAGES, 1)) == pytest.approx(2.5)
    clock.now += 2.5
    assert limiter.delay((MESSAGES, 1)) == 0


def test_requests_in_flight_count_against_what_remains(limiter: RateLimiter) -> None:
    """Two threads cannot both take the last request of a bucket."""
    assert limiter.delay((MESSAGES, 1)) == 0
    limiter.observe((MESSAGES, 1), 200, headers(1, 5))

    assert limiter.delay((MESSAGES, 1)) == 0
    assert limiter.delay((MESSAGES, 1)) == pytest.approx(5)


def test_channels_have_buckets_of_their_own(limiter: RateLimiter) -> None:
    """The same hash with another channel is another bucket."""
    assert limiter.delay((MESSAGES, 1)) == 0
    limiter.observe((MESSAGES, 1), 200, headers(0, 5))

    assert limiter.delay((MESSAGES, 2)) == 0


def test_routes_with_one_hash_share_a_bucket(limiter: RateLimiter) -> None:
    """Discord says which routes are counted together by giving them one hash."""
    for route in ((MESSAGES, 1), (PINS, 1)):
        assert limiter.delay(route) == 0
        limiter.observe(route, 200, headers(3, 5, "same"))
    assert limiter.delay((PINS, 1)) == 0
    limiter.observe((PINS, 1), 200, headers(0, 4, "same"))

    assert limiter.delay((MESSAGES, 1)) == pytest.approx(4)


def test_a_429_blocks_its_bucket_though_headers_say_otherwise(
    limiter: RateLimiter,
) -> None:
    """Remaining 999 and then a 429 has been seen: only the 429 is the truth."""
    assert limiter.delay((MESSAGES, 1)) == 0
    limiter.observe((MESSAGES, 1), 200, headers(999, 1000))
    assert limiter.delay((MESSAGES, 1)) == 0
    limiter.observe((MESSAGES, 1), 429, headers(999, 1000), retry_after=7)

    assert limiter.delay((MESSAGES, 1)) == pytest.approx(7)
    assert limiter.delay((MESSAGES, 2)) == 0


def test_a_block_outlives_learning_the_buckets_hash(limiter: RateLimiter) -> None:
    """Another channel's answer may be the first to name the route's bucket."""
    limiter.observe((MESSAGES, 1), 429, {}, retry_after=30)
    limiter.observe((MESSAGES, 2), 200, headers(4, 5, "learned"))

    assert limiter.delay((MESSAGES, 1)) == pytest.approx(30)


def test_a_global_429_blocks_everything(limiter: RateLimiter, clock: Clock) -> None:
    """The whole token sleeps."""
    limiter.observe((MESSAGES, 1), 429, {}, retry_after=3, is_global=True)

    assert limiter.delay(("/guilds/{guild_id}", 5)) == pytest.approx(3)
    clock.now += 3
    assert limiter.delay(("/guilds/{guild_id}", 5)) == 0


@given(st.lists(st.floats(0, 0.5), min_size=60, max_size=300))
def test_no_second_ever_sees_more_than_the_global_limit(pauses: list[float]) -> None:
    """However requests arrive, any one-second window holds at most fifty."""
    clock = Clock()
    limiter = RateLimiter(clock)
    sent = []
    for number, pause in enumerate(pauses):
        clock.now += pause / 50
        while wait := limiter.delay((MESSAGES, number)):
            clock.now += wait
        sent.append(clock.now)

    for first, last in zip(sent, sent[GLOBAL_LIMIT:], strict=False):
        assert last - first > 1.0


def test_too_many_refusals_end_the_account(limiter: RateLimiter, clock: Clock) -> None:
    """Discord bans addresses for them; refusals of ten minutes ago are forgotten."""
    for _ in range(INVALID_LIMIT):
        limiter.observe((MESSAGES, 1), 403, {})

    with pytest.raises(AccountStoppedError, match="ten minutes"):
        limiter.delay((MESSAGES, 1))
    clock.now += 601
    assert limiter.delay((MESSAGES, 1)) == 0


def test_shared_429s_are_not_refusals(limiter: RateLimiter) -> None:
    """A resource limited by others' traffic does not count towards the ban."""
    shared = {"X-RateLimit-Scope": "shared"}
    for _ in range(INVALID_LIMIT):
        limiter.observe((MESSAGES, 1), 429, shared, retry_after=0)

    assert limiter.delay((MESSAGES, 1)) == 0
