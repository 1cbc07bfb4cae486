"""`discord-warehouse sync` over real HTTP into a real Postgres: what it archives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from extractor.snowflake import first_at
from tests.archive import (
    environment_of,
    ids,
    landed_messages,
    process,
    query,
    readable_messages,
    sync,
)
from tests.fake_discord import FakeDiscord, generate_world

END = datetime(2026, 11, 15, tzinfo=UTC)
Database = dict[str, str]


@pytest.fixture
def fake() -> Iterator[FakeDiscord]:
    """Serve a lively guild of some 700 messages."""
    with FakeDiscord(generate_world(3, 700, END)) as served:
        yield served


@pytest.fixture
def tiny() -> Iterator[FakeDiscord]:
    """Serve a guild of four channels and some 60 messages."""
    with FakeDiscord(generate_world(5, "tiny", END)) as served:
        yield served


def busiest(fake: FakeDiscord) -> int:
    messages = readable_messages(fake)
    return max(messages, key=lambda channel_id: len(messages[channel_id]))


def author(fake: FakeDiscord, channel_id: int) -> int:
    return int(fake.world.messages(channel_id)[0]["author"]["id"])


def page_requests(fake: FakeDiscord) -> list[str]:
    return [one.path for one in fake.requests if one.path.endswith("/messages")]


def refusals(fake: FakeDiscord) -> list[str]:
    """Return what was refused, but for the proof that a last message is deleted."""
    return [
        one.path
        for one in fake.requests
        if one.status != 200 and not (one.status == 404 and "/messages/" in one.path)
    ]


def test_everything_readable_is_archived_to_the_letter(
    fake: FakeDiscord, database: Database
) -> None:
    """Every message of every readable channel and thread lands once, as it was sent."""
    result = process(environment_of(fake, database), "sync")

    assert result.returncode == 0, result.stderr
    assert ids(landed_messages(database)) == ids(readable_messages(fake))
    doubled = query(
        database,
        "select element ->> 'id' from landing.messages,"
        " jsonb_array_elements(body) as element group by 1 having count(*) > 1",
    )
    assert doubled == []


def test_what_jsonb_cannot_hold_is_kept_byte_for_byte(
    fake: FakeDiscord, database: Database
) -> None:
    """A NUL is replaced in body, and raw holds the bytes that Discord sent."""
    assert sync(fake, database).returncode == 0

    (raw,) = (row[0] for row in query(database, _PAGES_WITH_RAW))
    nuls = [one for one in orjson.loads(raw) if "\0" in one["content"]]
    (landed,) = query(database, _CONTENT_WITH_REPLACEMENT)
    assert [one["content"].replace("\0", "\ufffd") for one in nuls] == [landed[0]]


_PAGES_WITH_RAW = "select raw from landing.messages where raw is not null"
_CONTENT_WITH_REPLACEMENT = """
    select element ->> 'content'
    from landing.messages
    cross join lateral jsonb_array_elements(body) as element
    where raw is not null and element ->> 'content' like '%\ufffd%'
"""


def test_a_run_over_an_unchanged_guild_asks_no_channel(
    fake: FakeDiscord, database: Database
) -> None:
    """Quiet channels are known by last_message_id; snapshots are only seen again."""
    sync(fake, database)
    before = _page_counts(database)
    fake.clear_requests()

    result = sync(fake, database)

    assert result.returncode == 0, result.stderr
    assert page_requests(fake) == []
    assert _page_counts(database) == before
    seen_again = "run_id = 2 and same_as_page_id is not null"
    found = query(database, f"select count(*) from landing.fetches where {seen_again}")
    # the account, its application and its guilds are read, but not landed
    assert found[0][0] == len(fake.requests) - 3


def _page_counts(database: Database) -> list[int]:
    tables = ("guilds", "channels", "threads", "roles", "members", "messages")
    counts = [f"(select count(*) from landing.{table})" for table in tables]
    return list(query(database, f"select {', '.join(counts)}")[0])


def test_an_increment_asks_only_where_something_was_posted(
    fake: FakeDiscord, database: Database
) -> None:
    """One new message costs one request, in its channel."""
    sync(fake, database)
    channel_id = busiest(fake)
    fake.world.post_message(channel_id, author_id=author(fake, channel_id), content="x")
    fake.clear_requests()

    sync(fake, database)

    assert page_requests(fake) == [f"/channels/{channel_id}/messages"]
    assert ids(landed_messages(database)) == ids(readable_messages(fake))


def test_a_message_that_appears_late_with_a_lower_id_is_found(
    tiny: FakeDiscord, database: Database
) -> None:
    """Discord is eventually consistent: increments overlap by five minutes."""
    sync(tiny, database)
    channel_id = busiest(tiny)
    newest = datetime.fromisoformat(tiny.world.messages(channel_id)[-1]["timestamp"])
    writer = author(tiny, channel_id)
    late = newest - timedelta(minutes=1)
    tiny.world.post_message(channel_id, author_id=writer, content="late", at=late)
    tiny.world.post_message(channel_id, author_id=writer, content="new")

    sync(tiny, database)

    assert ids(landed_messages(database)) == ids(readable_messages(tiny))


def test_unreadable_channels_are_named_and_never_asked(
    fake: FakeDiscord, database: Database
) -> None:
    """A channel without permission costs no request and gets a row that says why."""
    result = sync(fake, database)

    assert refusals(fake) == []
    reasons = query(
        database,
        "select unreadable_reason from landing.checkpoints"
        " where unreadable_reason is not null order by 1",
    )
    assert [row[0] for row in reasons] == [
        "no Connect permission",
        "no Read Message History permission",
    ]
    assert "no Read Message History permission" in result.stderr


def test_a_deleted_last_message_costs_one_empty_page_once(
    tiny: FakeDiscord, database: Database
) -> None:
    """last_message_id may name a message that is gone: the walk ends at nothing."""
    channel_id = busiest(tiny)
    last = int(tiny.world.messages(channel_id)[-1]["id"])
    tiny.world.delete_message(channel_id, last)
    sync(tiny, database)
    tiny.clear_requests()

    sync(tiny, database)

    assert page_requests(tiny) == []
    complete = "select bool_and(backfill_complete) from landing.checkpoints"
    assert query(database, complete) == [(True,)]


def test_since_begins_there_and_a_later_run_fetches_what_is_older(
    fake: FakeDiscord, database: Database
) -> None:
    """The interval above --since is extended downwards, not fetched again."""
    everything = ids(readable_messages(fake))
    since = datetime(2026, 11, 1, tzinfo=UTC)
    recent = {
        channel_id: kept
        for channel_id, channel in everything.items()
        if (kept := [one for one in channel if one >= first_at(since)])
    }

    assert sync(fake, database, "--since", "2026-11-01").returncode == 0
    assert ids(landed_messages(database)) == recent
    assert _complete(database) is False

    assert sync(fake, database).returncode == 0
    assert ids(landed_messages(database)) == everything
    assert _complete(database) is True


def _complete(database: Database) -> bool:
    claims = "select is_backfill_complete from landing.guild_syncs order by page_id"
    return bool(query(database, claims)[-1][0])


def test_what_was_posted_between_an_empty_channel_and_since_is_fetched_later(
    tiny: FakeDiscord, database: Database
) -> None:
    """A channel seen empty has its start reached: --since must not begin above it."""
    writer = author(tiny, busiest(tiny))
    newborn = tiny.world.add_channel(tiny.world.guild_ids[0], 0, "newborn")
    sync(tiny, database)
    for day in (16, 17, 20):
        at = datetime(2026, 11, day, tzinfo=UTC)
        tiny.world.post_message(newborn, author_id=writer, content="x", at=at)

    sync(tiny, database, "--since", "2026-11-18")
    sync(tiny, database)

    assert ids(landed_messages(database)) == ids(readable_messages(tiny))


def test_channel_id_restricts_a_run_and_claims_nothing_about_the_guild(
    fake: FakeDiscord, database: Database
) -> None:
    """One channel can be read alone; the guild is not called complete for it."""
    channel_id = busiest(fake)

    result = sync(fake, database, "--channel-id", str(channel_id))

    assert result.returncode == 0, result.stderr
    assert channel_id in landed_messages(database)
    parents = {
        fake.world.channels[one].get("parent_id") for one in landed_messages(database)
    }
    assert all(
        one in (str(channel_id), fake.world.channels[channel_id]["parent_id"])
        for one in parents
    )
    assert query(database, "select count(*) from landing.guild_syncs") == [(0,)]


def test_a_run_is_on_record_with_its_counts(
    tiny: FakeDiscord, database: Database
) -> None:
    """landing.runs tells what was asked for and what came of it."""
    sync(tiny, database, "--workers", "2")

    ((exit_code, workers, messages, pages, requests),) = query(
        database,
        "select exit_code, arguments ->> 'workers', summary ->> 'messages',"
        " summary ->> 'pages', summary ->> 'requests' from landing.runs"
        " where finished_at is not null",
    )
    counted = sum(map(len, readable_messages(tiny).values()))
    assert (exit_code, workers, int(messages)) == (0, "2", counted)
    assert int(pages) == len(page_requests(tiny))
    assert int(requests) == len(tiny.requests)


def test_limits_are_obeyed_before_discord_says_so(database: Database) -> None:
    """With Discord's limits enforced, not one request is refused."""
    with FakeDiscord(generate_world(3, 900, END), limits=True) as limited:
        result = sync(limited, database, "--workers", "8")

        assert result.returncode == 0, result.stderr
        assert refusals(limited) == []
        assert ids(landed_messages(database)) == ids(readable_messages(limited))
