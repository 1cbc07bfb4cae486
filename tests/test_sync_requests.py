"""No spared request: what a run asks, counted in the fake's log."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.archive import ids, landed_messages, query, readable_messages, sync
from tests.community import MANAGE_THREADS, START, Community
from tests.fake_discord import FakeDiscord, Fault

Database = dict[str, str]
FIXED = ["/users/@me", "/applications/@me", "/users/@me/guilds"]


def fixed_calls(home: Community) -> list[str]:
    """Return what every run asks of an account and a guild, in any order."""
    guild = f"/guilds/{home.guild}"
    me = home.user_of(home.token)
    lists = ("roles", "channels", "emojis", "stickers", "scheduled-events")
    return [
        *FIXED,
        guild,
        f"{guild}/members/{me}",
        *(f"{guild}/{one}" for one in lists),
        # a full page and the empty one that ends the list; twice, for moving threads
        *[f"{guild}/members"] * 2,
        *[f"{guild}/threads/active"] * 2,
    ]


def asked(fake: FakeDiscord) -> Counter[str]:
    return Counter(one.path for one in fake.requests)


def big_guild(threads: int) -> tuple[Community, list[int]]:
    """Make a guild with text channels and a forum; two of these have many threads."""
    home = Community(rights=MANAGE_THREADS)
    parents = [home.channel(f"text {number}") for number in range(3)]
    parents.append(home.channel("forum", 0, kind=15))
    for parent, count in zip(parents, (threads, 2, 2, threads), strict=True):
        for number in range(count):
            home.thread(parent, f"thread {number}", content="a post, if in a forum")
    home.thread(parents[0], "still open", is_archived=False)
    home.thread(parents[0], "in private", private=True)
    home.channel("voice", kind=2)
    return home, parents


@pytest.mark.parametrize("threads", [2, 105])
def test_an_unchanged_guild_costs_fixed_calls_and_one_per_archived_list(
    database: Database, threads: int
) -> None:
    """However many channels and threads it has."""
    home, parents = big_guild(threads)
    archived = [f"/channels/{one}/threads/archived/public" for one in parents]
    archived += [f"/channels/{one}/threads/archived/private" for one in parents[:3]]
    with FakeDiscord(home.world) as fake:
        assert sync(fake, database).returncode == 0
        assert ids(landed_messages(database)) == ids(readable_messages(fake))
        fake.clear_requests()

        result = sync(fake, database, "--revisit-days", "0")

        assert result.returncode == 0, result.stderr
        assert asked(fake) == Counter(fixed_calls(home) + archived)
        assert "0 messages" in result.stdout


def test_archived_lists_are_read_as_far_as_they_are_new(database: Database) -> None:
    """Two new threads on top of 250 known ones: one page, and their messages."""
    home = Community()
    parent = home.channel("parent")
    for number in range(250):
        home.thread(parent, f"thread {number}")
    with FakeDiscord(home.world) as fake:
        sync(fake, database)
        assert asked(fake)[f"/channels/{parent}/threads/archived/public"] == 3
        new = [home.thread(parent, f"new {number}") for number in range(2)]
        fake.clear_requests()

        sync(fake, database)

        assert asked(fake)[f"/channels/{parent}/threads/archived/public"] == 1
        read = [one for one in asked(fake) if one.endswith("/messages")]
        assert sorted(read) == sorted(f"/channels/{i}/messages" for i in [parent, *new])
        assert ids(landed_messages(database)) == ids(readable_messages(fake))


def test_a_thread_that_fails_is_read_later_though_its_list_is_known(
    database: Database,
) -> None:
    """What a list showed once is written down before lists are cut short."""
    home = Community()
    parent = home.channel("parent")
    thread = home.thread(parent, "unlucky")
    for number in range(105):
        home.thread(parent, f"thread {number}")
    with FakeDiscord(home.world) as fake:
        fake.fail_next(rf"/channels/{thread}/messages", Fault.forbidden())
        assert sync(fake, database).returncode == 0
        with_rest = ids(landed_messages(database))
        assert thread not in with_rest

        sync(fake, database)

        assert ids(landed_messages(database)) == ids(readable_messages(fake))


def test_a_thread_that_leaves_the_active_list_unseen_is_asked_for_once(
    database: Database,
) -> None:
    """Its archive date may lie below what is known of the archived list."""
    home = Community()
    parent = home.channel("parent")
    for number in range(120):
        home.thread(parent, f"thread {number}")
    open_thread = home.thread(parent, "open", is_archived=False)
    with FakeDiscord(home.world) as fake:
        sync(fake, database)
        home.write(open_thread)
        long_ago = datetime(2026, 1, 1, tzinfo=UTC)
        home.world.archive_thread(open_thread, at=long_ago)
        fake.clear_requests()

        sync(fake, database)
        first = asked(fake)
        fake.clear_requests()
        sync(fake, database)

        assert first[f"/channels/{open_thread}"] == 1
        assert asked(fake)[f"/channels/{open_thread}"] == 0
        assert ids(landed_messages(database)) == ids(readable_messages(fake))


def test_revisits_read_the_window_of_active_channels_and_nothing_else(
    database: Database,
) -> None:
    """An edit in the window is seen; a channel quiet for longer costs nothing."""
    home = Community()
    now = datetime.now(UTC)
    quiet, active = home.channel("quiet", 150), home.channel("active", 150)
    recent = home.write(active, 5, at=now - timedelta(days=2))
    with FakeDiscord(home.world) as fake:
        sync(fake, database)
        home.world.edit_message(active, recent[0], content="edited", at=now)
        fake.clear_requests()

        result = sync(fake, database, "--revisit-days", "7")

        pages = [one for one in fake.requests if one.path.endswith("/messages")]
        assert [one.path for one in pages] == [f"/channels/{active}/messages"]
        assert "5 messages" in result.stdout
        assert "0 new" in result.stdout
        edited = landed_messages(database)[active][-5]
        assert edited["content"] == "edited"
        assert quiet in landed_messages(database)


def test_revisiting_all_walks_everything_again_and_moves_no_checkpoint(
    database: Database,
) -> None:
    """Every message is read again, none is new, intervals stay."""
    home = Community()
    for number in range(3):
        home.channel(f"channel {number}", 130)
    intervals = (
        "select channel_id, oldest_message_id, newest_message_id, message_count,"
        " backfill_complete from landing.checkpoints order by 1"
    )
    with FakeDiscord(home.world) as fake:
        sync(fake, database)
        before = query(database, intervals)

        result = sync(fake, database, "--revisit-days", "all")

        assert "390 messages (0 new, 390 read again)" in result.stdout
        assert query(database, intervals) == before
        assert {row[3] for row in before} == {130}


def test_unchanged_pins_are_not_read_again(database: Database) -> None:
    """last_pin_timestamp tells; a new pin costs one request."""
    home = Community()
    channel = home.channel("pinned")
    first, second, *_ = home.write(channel, 2)
    home.world.pin_message(channel, first, at=START)
    pins = f"/channels/{channel}/messages/pins"
    with FakeDiscord(home.world) as fake:
        counts = []
        for action in (None, None, second, None):
            if action is not None:
                home.world.pin_message(channel, action)
            fake.clear_requests()
            sync(fake, database)
            counts.append(asked(fake)[pins])

        assert counts == [1, 0, 1, 0]
        landed = "select jsonb_array_length(body -> 'items') from landing.pins"
        assert sorted(query(database, landed)) == [(1,), (2,)]
