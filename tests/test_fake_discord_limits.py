"""The loopback Discord's rate limits, on a clock that stands still until told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fake_discord import FakeDiscord, Limits, Rate, Rates, World, generate_world
from tests.fake_discord.client import Client, named
from tests.fake_discord.limits import Verdict

END = datetime(2026, 11, 21, tzinfo=UTC)
ROUTE = "/channels/{channel_id}/messages"

Json = dict[str, Any]


class Clock:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world() -> World:
    return generate_world(seed=7, size="tiny", end=END)


def ask(limits: Limits, channel_id: int = 1) -> Verdict:
    return limits.judge("archivist", ROUTE, "messages", channel_id)


def test_a_window_lasts_from_its_first_request_and_ends_as_a_whole(
    clock: Clock,
) -> None:
    """Five seconds after the first request all five places are free again."""
    limits = Limits(clock=clock)
    for _ in range(5):
        assert ask(limits).retry_after is None
        clock.now += 1

    left = [ask(limits).headers["X-RateLimit-Remaining"] for _ in range(5)]

    assert left == ["4", "3", "2", "1", "0"]
    assert ask(limits).retry_after == 5


def test_a_refusal_names_the_rest_of_the_window(clock: Clock) -> None:
    """After five requests at once the wait is what remains of five seconds."""
    limits = Limits(clock=clock)
    for _ in range(5):
        ask(limits)
    clock.now += 1.5

    refused = ask(limits)
    clock.now += 3.5

    assert (refused.retry_after, refused.scope) == (3.5, "user")
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert ask(limits).retry_after is None


def test_a_sliding_window_frees_one_place_at_a_time(clock: Clock) -> None:
    """Each request frees its place five seconds after itself."""
    limits = Limits(Rates(sliding=True), clock=clock)
    for _ in range(5):
        ask(limits)
        clock.now += 0.5

    clock.now = 1005.1
    first, second = ask(limits), ask(limits)

    assert first.retry_after is None
    assert second.retry_after == pytest.approx(0.4)


def test_channels_and_accounts_have_buckets_of_their_own(clock: Clock) -> None:
    """One exhausted channel leaves other channels and other accounts alone."""
    limits = Limits(clock=clock)
    for _ in range(5):
        ask(limits)

    assert ask(limits).retry_after is not None
    assert ask(limits, channel_id=2).retry_after is None
    assert limits.judge("reader", ROUTE, "messages", 1).retry_after is None


def test_above_all_buckets_stands_the_global_window(clock: Clock) -> None:
    """Fifty requests a second over all routes; the next is refused globally."""
    limits = Limits(clock=clock)
    for channel_id in range(50):
        assert ask(limits, channel_id).retry_after is None
    clock.now += 0.25

    refused = ask(limits, 99)
    clock.now += 0.75

    assert (refused.retry_after, refused.scope) == (0.75, "global")
    assert ask(limits, 99).retry_after is None


def test_headers_tell_the_bucket_without_its_channel(clock: Clock) -> None:
    """Bucket, limit, remaining and reset are sent; the hash is the route's alone."""
    limits = Limits(clock=clock, wall_clock=lambda: 1_700_000_000.0)

    one, other = ask(limits).headers, ask(limits, channel_id=2).headers

    assert one["X-RateLimit-Bucket"] == other["X-RateLimit-Bucket"]
    assert one["X-RateLimit-Limit"] == "5"
    assert one["X-RateLimit-Remaining"] == "4"
    assert one["X-RateLimit-Reset-After"] == "5.000"
    assert one["X-RateLimit-Reset"] == "1700000005.000"


def test_a_429_has_body_and_headers_of_a_user_limit(world: World, clock: Clock) -> None:
    """The body's wait is exact, the header's is rounded up to whole seconds."""
    path = f"/channels/{named(world, 'general')}/messages"
    with FakeDiscord(world, limits=Limits(clock=clock)) as fake, Client(fake) as bot:
        statuses = [bot.get(path).status_code for _ in range(5)]
        clock.now += 1.25
        refused = bot.get(path)

    assert statuses == [200] * 5
    assert refused.status_code == 429
    body: Json = refused.json()
    assert (body["retry_after"], body["global"]) == (3.75, False)
    assert refused.headers["Retry-After"] == "4"
    assert refused.headers["X-RateLimit-Scope"] == "user"
    assert "X-RateLimit-Global" not in refused.headers
    assert fake.requests[-1].bucket == refused.headers["X-RateLimit-Bucket"]


def test_a_global_429_says_so(world: World, clock: Clock) -> None:
    """Body and header both mark the whole token as limited."""
    rates = Rates(overall=Rate(2, 1.0))
    with (
        FakeDiscord(world, limits=Limits(rates, clock=clock)) as fake,
        Client(fake) as bot,
    ):
        for _ in range(2):
            bot.json("/users/@me/guilds")
        refused = bot.get("/users/@me/guilds")

    assert refused.json()["global"] is True
    assert refused.headers["X-RateLimit-Global"] == "true"
    assert refused.headers["X-RateLimit-Scope"] == "global"


def test_without_limits_headers_show_wide_room(world: World) -> None:
    """Switched off, nothing is refused and no header asks a client to wait."""
    path = f"/channels/{named(world, 'general')}/messages"
    with FakeDiscord(world) as fake, Client(fake) as bot:
        answers = [bot.get(path) for _ in range(20)]

    assert {a.status_code for a in answers} == {200}
    assert {a.headers["X-RateLimit-Remaining"] for a in answers} == {"999"}


def test_people_and_some_routes_get_no_headers(world: World) -> None:
    """User accounts see limits on 429 alone; some routes never send any."""
    path = f"/channels/{named(world, 'general')}/messages"
    with FakeDiscord(world) as fake:
        with Client(fake, fake.user_token) as person:
            by_person = person.get(path)
        with Client(fake) as bot:
            unlimited = bot.get("/users/@me")

    assert by_person.status_code == 200
    assert "X-RateLimit-Bucket" not in by_person.headers
    assert "X-RateLimit-Bucket" not in unlimited.headers
