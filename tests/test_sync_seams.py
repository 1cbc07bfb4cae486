"""Where runs, lists and accounts meet: what one run leaves, the next must find."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from extractor.plan import Wanted
from extractor.snowflake import first_at
from extractor.summary import Options
from tests.archive import ids, landed_messages, query, readable_messages, sync
from tests.community import HISTORY, READ, START, VIEW, Community
from tests.fake_discord import FakeDiscord, Fault
from tests.patience import Sleeps, impatient_sync

Database = dict[str, str]
BROKEN = 6  # as often as a request is repeated, and once more


def parent_with_threads(count: int = 110) -> tuple[Community, int]:
    """Make a channel with more archived threads than a page of their list holds."""
    home = Community()
    parent = home.channel("parent")
    for number in range(count):
        home.thread(parent, f"thread {number}")
    return home, parent


def bury(home: Community, parent: int, count: int = 110) -> None:
    """Archive so many newer threads that an older one is on no first page."""
    for number in range(count):
        home.thread(parent, f"newer {number}")


def is_complete(database: Database) -> bool:
    claims = "select is_complete from landing.guild_syncs order by page_id desc limit 1"
    return bool(query(database, claims)[0][0])


def test_what_was_new_in_a_thread_is_read_after_its_walk_failed(
    database: Database,
) -> None:
    """Archived meanwhile, it lies below what is new of its list from then on."""
    home, parent = parent_with_threads(3)
    thread = home.thread(parent, "unlucky", is_archived=False)
    with FakeDiscord(home.world) as fake:
        sync(fake, database)
        home.write(thread, 2)
        home.world.archive_thread(thread)
        bury(home, parent)
        fake.fail_next(f"/channels/{thread}/messages", Fault.error(502), times=BROKEN)
        assert impatient_sync(fake, database, Sleeps()).exit_code == 3
        assert is_complete(database) is False

        sync(fake, database)

        assert ids(landed_messages(database)) == ids(readable_messages(fake))
        assert is_complete(database) is True


def test_a_run_for_other_things_does_not_make_new_messages_old(
    database: Database,
) -> None:
    """--only pins lists threads, and reads none of their messages."""
    home, parent = parent_with_threads(3)
    thread = home.thread(parent, "talkative", is_archived=False)
    with FakeDiscord(home.world) as fake:
        sync(fake, database)
        home.write(thread, 2)
        home.world.pin_message(thread, home.world.logs[thread].ids[0])
        home.world.archive_thread(thread)
        bury(home, parent)

        sync(fake, database, "--only", "emojis,messages", "--skip", "messages")
        sync(fake, database, "--only", "messages")
        sync(fake, database)

        assert ids(landed_messages(database)) == ids(readable_messages(fake))
        pins = "select count(*) from landing.pins where channel_id = "
        assert query(database, f"{pins}{thread}") == [(1,)]


def test_a_thread_that_failed_under_since_is_read_by_the_next_run_with_it(
    database: Database,
) -> None:
    """What its list showed of it is known, though no page of it is."""
    home, parent = parent_with_threads(3)
    thread = home.thread(parent, "unlucky")
    bury(home, parent)
    options = Options(workers=2, wanted=Wanted(floor=first_at(START)))
    with FakeDiscord(home.world) as fake:
        fake.fail_next(f"/channels/{thread}/messages", Fault.error(502), times=BROKEN)
        impatient_sync(fake, database, Sleeps(), options)
        assert thread not in landed_messages(database)

        impatient_sync(fake, database, Sleeps(), options)

        assert ids(landed_messages(database)) == ids(readable_messages(fake))


def test_a_list_with_a_gap_is_never_relied_upon(database: Database) -> None:
    """More than a page at one instant: unknown now, and in every run after it."""
    home = Community()
    parent = home.channel("parent")
    for _ in range(130):
        home.world.archive_thread(home.thread(parent, "t"), at=START)
    with FakeDiscord(home.world) as fake:
        for _ in range(3):
            home.thread(parent, "newer")
            sync(fake, database)
            assert is_complete(database) is False


def test_an_old_private_thread_that_was_joined_lately_is_found_in_a_week(
    database: Database,
) -> None:
    """Joined threads come by id: it stands below all that is known."""
    home = Community()
    parent = home.channel("parent")
    bot = home.user_of(home.token)
    old = home.thread(parent, "old", private=True)
    for number in range(110):
        thread = home.thread(parent, f"thread {number}", private=True)
        home.world.join_thread(thread, bot)
    with FakeDiscord(home.world) as fake:
        sync(fake, database)
        home.world.join_thread(old, bot)
        sync(fake, database)
        assert old not in landed_messages(database)

        query(database, _A_WEEK_LATER)
        sync(fake, database)

        assert ids(landed_messages(database)) == ids(readable_messages(fake))


_A_WEEK_LATER = """
    update landing.resource_states
    set known_to = regexp_replace(known_to, ' .*', ' 2026-01-01T00:00:00+00:00')
    where resource = 'joined_private_threads'
    returning 1
"""


def test_people_without_history_take_no_channel_for_empty(
    database: Database, tmp_path: Path
) -> None:
    """Their tokens get no single message: the newest page has to be the proof."""
    home = Community(everyone=READ)
    token = home.add_person("person")
    channel = home.channel("channel", 150)
    user = home.user_of(token)
    config = tmp_path / "config.json"
    account = {"name": "me", "token": token, "type": "user"}
    config.write_text(json.dumps({"accounts": [account]}))
    with FakeDiscord(home.world) as fake:
        fake.fail_next(f"/channels/{channel}/messages", Fault(200, b"[]"), times=2)
        sync(fake, database, f"--config={config}")
        assert landed_messages(database) == {}

        sync(fake, database, f"--config={config}")

        whole = [int(one["id"]) for one in home.world.messages(channel)]
        assert ids(landed_messages(database)) == {channel: whole}
    assert user


def test_an_id_from_the_future_does_not_end_a_channel(database: Database) -> None:
    """It would pass for the newest message for ever."""
    home = Community()
    channel = home.channel("channel", 150)
    page = home.world.messages(channel)[:99]
    strange = {**page[0], "id": str((1 << 63) - 1)}
    body = json.dumps([strange, *reversed(page)]).encode()
    with FakeDiscord(home.world) as fake:
        fake.fail_next(f"/channels/{channel}/messages", Fault(200, body))
        assert sync(fake, database).returncode == 0

    landed = {one["id"] for one in landed_messages(database)[channel]}
    assert landed == {one["id"] for one in [strange, *home.world.messages(channel)]}


def test_channels_of_two_guilds_can_be_asked_for_at_once(database: Database) -> None:
    """Each is looked for in its own guild; no checkpoint is touched by the other's."""
    home = Community()
    elsewhere = home.world.add_guild("Elsewhere", home.owner, everyone_may=READ)
    home.world.add_member(elsewhere, home.user_of(home.token))
    there = home.world.add_channel(elsewhere, 0, "there")
    home.write(there, 2)
    here = home.channel("here")
    both = ("--channel-id", str(here), "--channel-id", str(there))
    with FakeDiscord(home.world) as fake:
        sync(fake, database)
        home.write(here)
        home.write(there)

        result = sync(fake, database, *both)

        assert result.returncode == 0, result.stderr
        assert ids(landed_messages(database)) == ids(readable_messages(fake))
    guilds = "select guild_id, message_count from landing.checkpoints order by 1"
    assert query(database, guilds) == [(home.guild, 4), (elsewhere, 3)]


def test_the_last_word_of_an_event_is_asked_again_if_it_failed(
    database: Database,
) -> None:
    """It has left the list by then: only its landed state tells that it is due."""
    home = Community()
    event = home.world.add_event(home.guild, "Picnic", creator_id=home.owner)
    with FakeDiscord(home.world) as fake:
        sync(fake, database)
        home.world.end_event(event)
        fake.fail_next(f"/scheduled-events/{event}", Fault.error(502), times=BROKEN)
        assert impatient_sync(fake, database, Sleeps()).exit_code == 3
        for _ in range(2):
            sync(fake, database)
    last = "select body ->> 'status' from landing.scheduled_events"
    assert query(database, f"{last} where jsonb_typeof(body) = 'object'") == [("3",)]


def test_of_two_accounts_the_one_that_sees_texts_reads(
    database: Database, tmp_path: Path
) -> None:
    """--allow-missing-content is for want of a better account."""
    home = Community()
    home.world.set_intents(home.token, [])
    second = home.add_bot("second")
    home.channel("channel")
    config = tmp_path / "config.json"
    accounts = [{"name": "one", "token": home.token}, {"name": "two", "token": second}]
    config.write_text(json.dumps({"accounts": accounts}))
    with FakeDiscord(home.world) as fake:
        sync(fake, database, f"--config={config}", "--allow-missing-content")

    stamped = "select distinct account, has_message_content from landing.messages"
    assert query(database, stamped) == [("two", True)]


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("/threads/active", {"threads": [None, 3]}, id="null threads"),
        pytest.param(
            "/threads/active",
            {"threads": [{"id": {}, "type": 11}], "members": [{"id": []}]},
            id="ids that are none",
        ),
        pytest.param(
            "/archived/public",
            {"threads": [{"id": "1", "type": 11, "thread_metadata": []}]},
            id="metadata that is none",
        ),
        pytest.param(
            "/threads/active",
            {"threads": [{"id": "9" * 30, "type": 1 << 40, "name": "a\0b"}]},
            id="numbers beyond all columns",
        ),
        pytest.param("/emojis", {"not": "a list"}, id="an object for a list"),
        pytest.param("/members$", [{"user": None}], id="members without users"),
        pytest.param("/scheduled-events", [None, {"id": []}], id="odd events"),
    ],
)
def test_one_answer_that_is_no_answer_stops_nothing_else(
    database: Database, path: str, body: Any
) -> None:
    """Named if it matters; every channel is read all the same, and no traceback."""
    home = Community()
    home.channel("channel", 150)
    with FakeDiscord(home.world) as fake:
        fake.fail_next(path, Fault(200, json.dumps(body).encode()), times=20)
        result = sync(fake, database)

        assert "Traceback" not in result.stderr
        assert result.returncode in (0, 3)
        assert ids(landed_messages(database)) == ids(readable_messages(fake))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"reactions": [{"emoji": {"name": "x"}, "count_details": 7}]}),
        pytest.param({"reactions": [None, {"emoji": 3}], "poll": {"answers": [1]}}),
        pytest.param({"flags": "32", "thread": [], "author": None, "type": "0"}),
    ],
)
def test_one_message_that_is_odd_stops_no_other(
    database: Database, changes: dict[str, Any]
) -> None:
    """It is landed as it came; what hangs on it is left out, in every run."""
    home = Community()
    channel = home.channel("channel", 2)
    first = home.world.messages(channel)
    odd = {**first[0], **changes}
    body = json.dumps([first[1], odd]).encode()
    with FakeDiscord(home.world) as fake:
        fake.fail_next(f"/channels/{channel}/messages$", Fault(200, body))
        results = [sync(fake, database, "--only", "all") for _ in range(2)]

    assert [one.returncode for one in results] == [0, 0], results[0].stderr
    assert landed_messages(database)[channel][0] == odd


def test_a_channel_whose_overwrites_are_odd_costs_itself_only(
    database: Database,
) -> None:
    """Nobody can be said to read it; all others are read."""
    home = Community()
    odd, even = home.channel("odd"), home.channel("even")
    home.world.channels[odd]["permission_overwrites"] = [
        {"id": str(home.guild), "type": 0, "allow": "0", "deny": "x"}
    ]
    listed = [home.world.channels[odd], home.world.channels[even]]
    body = json.dumps(listed).encode()
    with FakeDiscord(home.world) as fake:
        fake.fail_next(f"/guilds/{home.guild}/channels", Fault(200, body))
        result = sync(fake, database)

    assert result.returncode == 0, result.stderr
    assert set(landed_messages(database)) == {even}


def test_history_comes_back_with_the_permission(database: Database) -> None:
    """Unreadable for a while, a channel goes on where it stood."""
    home = Community(everyone=VIEW | HISTORY)
    channel = home.channel("channel", 120)
    with FakeDiscord(home.world) as fake:
        sync(fake, database)
        home.world.set_overwrite(channel, home.guild, deny=HISTORY)
        home.write(channel, 3, at=home.world.newest_at + timedelta(days=1))
        sync(fake, database)
        reason = "select unreadable_reason from landing.checkpoints"
        assert query(database, reason) == [("no Read Message History permission",)]
        home.world.set_overwrite(channel, home.guild)
        sync(fake, database)

        assert query(database, reason) == [(None,)]
        assert ids(landed_messages(database)) == ids(readable_messages(fake))
