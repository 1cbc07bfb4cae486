"""The loopback Discord's rate limits, on a clock that stands still until told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fake_discord import (
    FakeDiscord,
    Fault,
    Limits,
    Rate,
    Rates,
    Request,
    World,
    least_seconds,
)
from tests.fake_discord.client import Client, named
from tests.fake_discord.limits import Verdict

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
    assert fake.avoidable_429s == 1


def test_a_hidden_limit_is_told_by_its_429_alone(world: World, clock: Clock) -> None:
    """Headers show wide room until the sixth request, which is refused all the same."""
    path = f"/channels/{named(world, 'general')}/messages"
    limits = Limits(Rates(hidden=Rate(5, 5.0)), clock=clock)
    with FakeDiscord(world, limits=limits) as fake, Client(fake) as bot:
        answers = [bot.get(path) for _ in range(5)]
        clock.now += 1.25
        refused = bot.get(path)
        clock.now += 3.75
        again = bot.get(path)

    shown = {
        (a.headers["X-RateLimit-Limit"], a.headers["X-RateLimit-Remaining"])
        for a in [*answers, again]
    }
    assert [a.status_code for a in [*answers, again]] == [200] * 6
    assert shown == {("1000", "999")}
    assert refused.status_code == 429
    assert refused.json()["retry_after"] == 3.75
    assert refused.headers["Retry-After"] == "4"
    assert refused.headers["X-RateLimit-Scope"] == "user"
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    buckets = {a.headers["X-RateLimit-Bucket"] for a in (*answers, refused)}
    assert len(buckets) == 2


def test_a_hidden_limit_concerns_messages_alone(clock: Clock) -> None:
    """Other routes tell of their limits as ever."""
    limits = Limits(Rates(hidden=Rate(1, 5.0), others=Rate(3, 2.0)), clock=clock)

    other = limits.judge("archivist", "/channels/{channel_id}", "others", 1)

    assert other.headers["X-RateLimit-Limit"] == "3"
    assert other.headers["X-RateLimit-Remaining"] == "2"
    assert ask(limits).retry_after is None
    assert ask(limits).retry_after == 5


@pytest.mark.parametrize("enforced", [True, False])
def test_an_occupied_channel_is_limited_by_others(
    world: World, clock: Clock, *, enforced: bool
) -> None:
    """Its routes answer 429, scope shared, for a while; other channels go on."""
    general, other = named(world, "general"), named(world, "off-topic")
    limits = Limits(enforced=enforced, clock=clock)
    with FakeDiscord(world, limits=limits) as fake, Client(fake) as bot:
        fake.occupy(general, 1336.57)
        refused = bot.get(f"/channels/{general}/messages")
        pins = bot.get(f"/channels/{general}/messages/pins")
        elsewhere = bot.get(f"/channels/{other}/messages")
        clock.now += 1336.57
        later = bot.get(f"/channels/{general}/messages")

    statuses = [a.status_code for a in (refused, pins, elsewhere, later)]
    assert statuses == [429, 429, 200, 200]
    body: Json = refused.json()
    assert body["message"] == "The resource is being rate limited."
    assert (body["retry_after"], body["global"]) == (1336.57, False)
    assert refused.headers["Retry-After"] == "1337"
    assert refused.headers["X-RateLimit-Scope"] == "shared"
    assert refused.headers["X-RateLimit-Remaining"] != "0"
    assert [r.scope for r in fake.requests] == ["shared", "shared", None, None]
    assert fake.avoidable_429s == 0


def test_a_scripted_429_may_tell_two_waits(world: World) -> None:
    """Header and body need not agree; by default the header is rounded up."""
    with FakeDiscord(world) as fake, Client(fake) as bot:
        fake.fail_next("/guilds", Fault.rate_limited(1.2, "shared"))
        fake.fail_next("/guilds", Fault.rate_limited(1, "shared", header=60))
        rounded, split = (bot.get("/users/@me/guilds") for _ in range(2))

    assert rounded.headers["Retry-After"] == "2"
    assert rounded.json()["retry_after"] == 1.2
    assert rounded.json()["message"] == "The resource is being rate limited."
    assert split.headers["Retry-After"] == "60"
    assert '"retry_after": 1.0' in split.text
    assert split.headers["X-RateLimit-Scope"] == "shared"
    assert fake.avoidable_429s == 0


def test_the_log_tells_where_and_when_a_request_was_counted(
    world: World, clock: Clock
) -> None:
    """Bucket, rate, major id and the clock's moment; none of them without limits."""
    general, guild_id = named(world, "general"), world.guild_ids[0]
    with (
        FakeDiscord(world, limits=Limits(clock=clock)) as fake,
        Client(fake) as bot,
    ):
        for path in (f"/channels/{general}/messages", f"/guilds/{guild_id}/roles"):
            bot.json(path)
            clock.now += 1
        bot.json("/users/@me")

    log = [(r.rate, r.major, r.at, r.scope) for r in fake.requests]
    assert log == [
        ("messages", general, 1000.0, None),
        ("others", guild_id, 1001.0, None),
        (None, 0, 1002.0, None),
    ]
    assert fake.requests[-1].bucket is None


def test_no_client_can_be_faster_than_the_bound(world: World, clock: Clock) -> None:
    """A client that waits just as long as it must meets the bound exactly."""
    general, other = named(world, "general"), named(world, "off-topic")
    limits = Limits(clock=clock)
    with FakeDiscord(world, limits=limits) as fake, Client(fake) as bot:
        for _ in range(11):
            for room in (general, other):
                while bot.get(f"/channels/{room}/messages").status_code == 429:
                    clock.now += 2.5
        bound, avoidable = fake.bound_seconds(), fake.avoidable_429s
        first, *_, last = fake.requests

    assert bound == 10.0
    assert last.at - first.at == bound
    assert avoidable == 4


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param([], 0.0, id="nothing"),
        pytest.param([("messages", 1, "a", 5)], 0.0, id="one-window"),
        pytest.param([("messages", 1, "a", 6)], 5.0, id="a-second-one"),
        pytest.param(
            [("messages", 1, "a", 5), ("messages", 2, "a", 5)], 0.0, id="two-channels"
        ),
        pytest.param(
            [("messages", 1, "a", 5), ("messages", 1, "b", 5)], 0.0, id="two-accounts"
        ),
        pytest.param([("others", 1, "a", 31)], 6.0, id="others"),
        pytest.param(
            [("messages", n, "a", 5) for n in range(21)], 2.0, id="above-all-buckets"
        ),
        pytest.param([(None, 0, "a", 500)], 0.0, id="routes-without-limits"),
    ],
)
def test_the_bound_is_that_of_the_tightest_limit(
    counts: list[tuple[str | None, int, str, int]], expected: float
) -> None:
    """Buckets by channel and account, and above them each account's global window."""
    requests = [
        Request("GET", "/", {}, 200, account, 0.0, rate, rate, major)
        for rate, major, account, count in counts
        for _ in range(count)
    ]
    refused = Request("GET", "/", {}, 429, "a", 0.0, "messages", "messages", 1, "user")

    assert least_seconds([*requests, *[refused] * 99], Rates()) == expected


def test_without_limits_there_is_no_bound(world: World) -> None:
    """A fake that refuses nobody can be read at any speed."""
    path = f"/channels/{named(world, 'general')}/messages"
    with FakeDiscord(world) as fake, Client(fake) as bot:
        for _ in range(20):
            bot.json(path)

    assert fake.bound_seconds() == 0.0
    assert fake.avoidable_429s == 0


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
