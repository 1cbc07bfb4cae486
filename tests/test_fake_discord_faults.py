"""The loopback Discord's scripted trouble, as a client meets it."""

from __future__ import annotations

import time

import pytest
import requests

from tests.fake_discord import FakeDiscord, Fault, World
from tests.fake_discord.client import Client, named

ME = "/users/@me"


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        pytest.param(Fault.unauthorized(), 401, 0, id="401"),
        pytest.param(Fault.forbidden(), 403, 50001, id="403"),
        pytest.param(Fault.forbidden(50013), 403, 50013, id="403-permission"),
        pytest.param(Fault.not_found(), 404, 10003, id="404"),
        pytest.param(Fault.error(400, 10014), 400, 10014, id="400"),
        pytest.param(Fault.banned_json(), 429, 0, id="429-without-retry-after"),
    ],
)
def test_a_scripted_error_is_sent_once_then_life_goes_on(
    fake: FakeDiscord, bot: Client, fault: Fault, status: int, code: int
) -> None:
    """The next matching request gets the error, the one after it the truth."""
    fake.fail_next(ME, fault)

    assert bot.refusal(ME) == (status, code)
    assert bot.get(ME).status_code == 200
    assert [r.status for r in fake.requests] == [status, 200]
    assert fake.requests[0].account == "archivist"


def test_faults_wait_for_their_path_and_count(
    fake: FakeDiscord, bot: Client, world: World
) -> None:
    """A pattern may speak of the query too; other requests pass meanwhile."""
    general = named(world, "general")
    path = f"/channels/{general}/messages"
    fake.fail_next(r"messages\?after=7$", Fault.server_error(503), times=2)

    statuses = [
        bot.get(path, **query).status_code
        for query in ({}, {"after": 7}, {"after": 8}, {"after": 7}, {"after": 7})
    ]

    assert statuses == [200, 503, 200, 503, 200]


def test_faults_on_one_path_come_in_the_order_asked_for(
    fake: FakeDiscord, bot: Client
) -> None:
    """Scripts are queues: first asked for, first done."""
    fake.fail_next(ME, Fault.server_error(502))
    fake.fail_next(ME, Fault.server_error(504))

    assert [bot.get(ME).status_code for _ in range(3)] == [502, 504, 200]


@pytest.mark.parametrize("scope", ["user", "shared", "global"])
def test_a_scripted_429_has_its_scope(
    fake: FakeDiscord, bot: Client, scope: str
) -> None:
    """The wait is exact in the body, rounded up in the header."""
    fake.fail_next(ME, Fault.rate_limited(0.3, scope))

    answer = bot.get(ME)

    assert answer.json()["retry_after"] == 0.3
    assert answer.json()["global"] is (scope == "global")
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["X-RateLimit-Scope"] == scope
    assert "Via" in answer.headers


def test_a_ban_comes_as_a_page_without_via(fake: FakeDiscord, bot: Client) -> None:
    """Cloudflare's page is HTML and lacks the header of genuine answers."""
    fake.fail_next(ME, Fault.banned_page(retry_after=3600))

    answer = bot.get(ME)

    assert answer.status_code == 429
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Retry-After"] == "3600"
    assert "Via" not in answer.headers


def test_a_reset_breaks_the_connection(fake: FakeDiscord, bot: Client) -> None:
    """The client sees a broken connection and the log a status of 0."""
    fake.fail_next(ME, Fault.connection_reset())

    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        bot.get(ME)

    assert bot.get(ME).status_code == 200
    assert [r.status for r in fake.requests] == [0, 200]


def test_a_truncated_body_ends_too_early(
    fake: FakeDiscord, bot: Client, world: World
) -> None:
    """Half of the promised bytes arrive, then the connection ends."""
    fake.fail_next("/messages", Fault.truncated_body())

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        bot.get(f"/channels/{named(world, 'general')}/messages")


def test_a_body_that_is_no_json_comes_under_status_200(
    fake: FakeDiscord, bot: Client
) -> None:
    """A page of a captive portal looks like a success until it is read."""
    fake.fail_next(ME, Fault.not_json())

    answer = bot.get(ME)

    assert answer.status_code == 200
    assert answer.text.startswith("<html>")


def test_a_slow_answer_is_the_genuine_one(fake: FakeDiscord, bot: Client) -> None:
    """A delay passes before the true answer; leaving the fake cuts it short."""
    fake.fail_next(ME, Fault.slow(0.2))

    began = time.monotonic()
    answer = bot.get(ME)

    assert time.monotonic() - began >= 0.2
    assert answer.json()["username"] == "archivist"


def test_a_slow_answer_does_not_hold_up_the_end(world: World) -> None:
    """Leaving the fake ends a long delay at once."""
    with FakeDiscord(world) as fake, Client(fake) as bot:
        fake.fail_next(ME, Fault.slow(60))
        with pytest.raises(requests.ReadTimeout):
            bot.session.get(fake.url + ME, timeout=0.1)
        began = time.monotonic()

    assert time.monotonic() - began < 5
