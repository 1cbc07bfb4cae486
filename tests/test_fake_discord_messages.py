"""Messages of the loopback Discord: pages, cursors, and what changes do to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fake_discord import FakeDiscord, World, generate_world
from tests.fake_discord.client import Client, ids, named
from tests.fake_discord.messages import MessageLog
from tests.fake_discord.snowflake import moment

END = datetime(2026, 11, 21, tzinfo=UTC)

Json = dict[str, Any]


@pytest.fixture(scope="module")
def small() -> World:
    return generate_world(seed=7, size="small", end=END)


@pytest.fixture(scope="module")
def town(small: World) -> Iterator[FakeDiscord]:
    with FakeDiscord(small) as running:
        yield running


@pytest.fixture(scope="module")
def town_bot(town: FakeDiscord) -> Iterator[Client]:
    with Client(town) as client:
        yield client


def test_a_page_without_cursor_is_the_newest_listed_newest_first(
    world: World, bot: Client
) -> None:
    """No cursor means the fifty newest; the order is always newest first."""
    general = named(world, "general")
    for _ in range(60):
        world.post_message(general, author_id=next(iter(world.users)))

    page = ids(bot.json(f"/channels/{general}/messages"))

    expected = sorted(ids(world.messages(general)), reverse=True)[:50]
    assert page == expected


def test_after_gives_the_oldest_newer_ones_listed_newest_first(
    world: World, bot: Client
) -> None:
    """After 0 a page begins at the very first message, yet lists it last."""
    general = named(world, "general")

    page = ids(bot.json(f"/channels/{general}/messages", after=0, limit=5))

    assert page == ids(world.messages(general))[:5][::-1]


@given(
    held=st.sets(st.integers(1, 400), max_size=150),
    limit=st.integers(1, 100),
    bound=st.integers(0, 410),
)
@settings(max_examples=200, deadline=None)
def test_cursors_mean_what_a_plain_list_says(
    held: set[int], limit: int, bound: int
) -> None:
    """Before and after are exclusive; pages equal those cut from a plain list."""
    log = MessageLog()
    for message_id in held:
        log.add(message_id, {})
    ascending = sorted(held)

    older = [i for i in ascending if i < bound][-limit:]
    newer = [i for i in ascending if i > bound][:limit]

    assert log.page(limit, before=bound) == older[::-1]
    assert log.page(limit, after=bound) == newer[::-1]
    assert log.page(limit) == ascending[-limit:][::-1]


@given(
    held=st.sets(st.integers(1, 60)), limit=st.integers(1, 50), bound=st.integers(1, 60)
)
@settings(max_examples=100, deadline=None)
def test_around_shows_both_sides_and_the_message_itself(
    held: set[int], limit: int, bound: int
) -> None:
    """Around takes half a page of older ones, then the message, then newer ones."""
    log = MessageLog()
    for message_id in held:
        log.add(message_id, {})

    page = log.page(limit, around=bound)

    older = [i for i in page if i < bound]
    assert page == sorted(page, reverse=True)
    assert len(older) == min(limit // 2, sum(i < bound for i in held))
    assert (bound in page) == (bound in held)


@pytest.mark.parametrize("direction", ["before", "after"])
def test_walking_page_by_page_meets_every_message_once(
    small: World, town_bot: Client, direction: str
) -> None:
    """The documented walks, up by the largest id, down by the smallest, are whole."""
    general = named(small, "general")
    cursor, pick = ("0", max) if direction == "after" else (str((1 << 63) - 1), min)
    found: list[Json] = []

    path = f"/channels/{general}/messages"
    for _ in range(len(small.logs[general].ids) // 100 + 2):
        page = town_bot.json(path, limit=100, **{direction: cursor})
        found += page
        cursor = str(pick(ids(page), default=cursor))

    assert sorted(found, key=lambda m: int(m["id"])) == small.messages(general)


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        pytest.param({"limit": "101"}, "limit", "NUMBER_TYPE_MAX", id="too-many"),
        pytest.param({"limit": "0"}, "limit", "NUMBER_TYPE_MIN", id="none"),
        pytest.param({"limit": "ten"}, "limit", "NUMBER_TYPE_COERCE", id="no-number"),
        pytest.param({"before": "x"}, "before", "NUMBER_TYPE_COERCE", id="no-id"),
        pytest.param(
            {"before": "9", "after": "1"}, "_cursor", "MUTUALLY_EXCLUSIVE", id="both"
        ),
    ],
)
def test_a_wrong_page_request_is_refused_not_mended(
    world: World, bot: Client, query: dict[str, str], field: str, code: str
) -> None:
    """Limits out of range and double cursors answer 400 and name the field."""
    response = bot.get(f"/channels/{named(world, 'general')}/messages", **query)

    body = orjson.loads(response.content)
    assert (response.status_code, body["code"]) == (400, 50035)
    assert body["errors"][field]["_errors"][0]["code"] == code


def test_timestamps_and_ids_tell_the_same_time(world: World) -> None:
    """A message's timestamp is its id's time, without a fraction when it is zero."""
    general = named(world, "general")
    author = int(next(iter(world.users)))
    at = END - timedelta(days=1)

    whole = world.message(general, world.post_message(general, author_id=author, at=at))
    at += timedelta(milliseconds=45)
    split = world.message(general, world.post_message(general, author_id=author, at=at))

    assert whole["timestamp"] == "2026-11-20T00:00:00+00:00"
    assert split["timestamp"] == "2026-11-20T00:00:00.045000+00:00"
    assert moment(int(split["id"])) == at


def test_authors_are_shown_with_their_current_profile(
    world: World, bot: Client
) -> None:
    """A new name shows on old messages, for they carry today's profile."""
    general = named(world, "general")
    path = f"/channels/{general}/messages"
    author_id = int(bot.json(path, limit=1)[0]["author"]["id"])

    world.update_user(author_id, username="renamed")

    assert bot.json(path, limit=1)[0]["author"]["username"] == "renamed"


def test_replies_follow_what_happens_to_their_target(world: World, bot: Client) -> None:
    """A reply shows its target as it is now, and null once it is deleted."""
    general, author = named(world, "general"), int(next(iter(world.users)))
    target = world.post_message(general, author_id=author, content="first")
    reply = world.reply(general, target, author_id=author, content="yes")
    path = f"/channels/{general}/messages/{reply}"
    before = bot.json(path)["referenced_message"]["content"]

    world.edit_message(general, target, content="second")
    edited = bot.json(path)["referenced_message"]
    world.delete_message(general, target)

    assert before == "first"
    assert (edited["content"], edited["edited_timestamp"] is None) == ("second", False)
    assert bot.json(path)["referenced_message"] is None


def test_a_lone_surrogate_travels_as_an_escape(world: World, bot: Client) -> None:
    """Half an emoji, which strict parsers refuse, is sent the way JSON can."""
    general, author = named(world, "general"), next(iter(world.users))
    world.post_message(general, author_id=author, content="half \ud83d")

    body = bot.get(f"/channels/{general}/messages", limit=1).content

    assert b'"half \\ud83d"' in body
    assert world.messages(general)[-1]["content"] == "half \ud83d"


def test_deleting_never_winds_back_the_last_message_id(world: World) -> None:
    """A channel goes on naming its newest message after that one is deleted."""
    general = named(world, "general")
    author = int(next(iter(world.users)))
    newest = [world.post_message(general, author_id=author) for _ in range(3)]

    world.bulk_delete(general, newest)

    assert world.channels[general]["last_message_id"] == str(newest[-1])
    assert newest[-1] not in ids(world.messages(general))


def test_a_late_message_takes_its_place_by_its_time(world: World, bot: Client) -> None:
    """A message of an earlier instant is listed there; the newest stays the last."""
    general, author = named(world, "general"), next(iter(world.users))
    newest = world.post_message(general, author_id=author)
    at = moment(newest) - timedelta(milliseconds=500)

    late = world.post_message(general, author_id=author, at=at)

    page = bot.json(f"/channels/{general}/messages", limit=2)
    assert ids(page) == [newest, late]
    assert world.channels[general]["last_message_id"] == str(newest)


def test_reactions_of_one_emoji_add_up(world: World, bot: Client) -> None:
    """Normal and burst reactions count apart and together; clearing removes all."""
    general, author = named(world, "general"), int(next(iter(world.users)))
    message = world.post_message(general, author_id=author)
    path = f"/channels/{general}/messages/{message}"

    world.add_reaction(general, message, "❤️", normal=2)
    world.add_reaction(general, message, "❤️", burst=1)
    reaction = bot.json(path)["reactions"]
    world.clear_reactions(general, message)

    assert [r["count"] for r in reaction] == [3]
    assert reaction[0]["count_details"] == {"normal": 2, "burst": 1}
    assert "reactions" not in bot.json(path)
