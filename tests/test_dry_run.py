"""`discord-warehouse sync --dry-run`: tells what a sync would do, and does nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from extractor.database import only_sync
from extractor.dry_run import Forecast, Row
from extractor.estimates import Estimate
from tests.archive import query, readable_messages, sync
from tests.community import HISTORY, START, VIEW, Community
from tests.fake_discord import FakeDiscord, Fault, generate_world

END = datetime(2026, 11, 15, tzinfo=UTC)
Database = dict[str, str]


@pytest.fixture
def home() -> Community:
    """Make a guild of one channel with three messages, and one that is closed."""
    community = Community()
    community.channel("general")
    closed = community.channel("closed")
    community.world.set_overwrite(closed, community.guild, deny=HISTORY)
    return community


@pytest.fixture
def fake(home: Community) -> Iterator[FakeDiscord]:
    """Serve that guild."""
    with FakeDiscord(home.world) as served:
        yield served


def landing(database: Database) -> dict[str, Any]:
    """Return all rows of all landing tables; {} if there is no schema."""
    tables = query(
        database,
        "select table_name from information_schema.tables"
        " where table_schema = 'landing' order by 1",
    )
    return {
        name: query(database, f"select * from landing.{name} order by 1::text, 2::text")
        for (name,) in tables
    }


def page_requests(fake: FakeDiscord) -> list[tuple[int, dict[str, str]]]:
    """Return the channel and the query of each request for a page of messages."""
    return [
        (int(one.path.split("/")[2]), one.query)
        for one in fake.requests
        if one.path.endswith("/messages")
    ]


def row_of(channel_id: int, text: str) -> list[str]:
    """Return the cells of a channel's row, each without its padding."""
    (line,) = (one for one in text.splitlines() if f" {channel_id} " in one)
    return [cell.strip() for cell in line.strip("│").split("│")]


def plan_of(channel_id: int, text: str) -> tuple[str, str, str, str]:
    """Return what is to be done: action, why not, messages, requests."""
    _, _, action, reason, messages, requests = row_of(channel_id, text)
    return action, reason, messages, requests


def test_a_first_dry_run_makes_no_schema_and_asks_for_a_page_or_two_of_each_channel(
    database: Database,
) -> None:
    """Threads, empty channels and unreadable ones are not even sampled."""
    with FakeDiscord(generate_world(3, 700, END)) as fake:
        result = sync(fake, database, "--dry-run")

        assert result.returncode == 0, result.stderr
        assert landing(database) == {}
        world = fake.world
        unknown = [
            channel_id
            for channel_id in readable_messages(fake)
            if world.channels[channel_id]["type"] not in (10, 11, 12)
        ]
        asked = page_requests(fake)
        newest = [channel_id for channel_id, query in asked if "after" not in query]
        oldest = [channel_id for channel_id, query in asked if "after" in query]
        assert sorted(newest) == sorted(unknown)
        assert sorted(oldest) == [
            one for one in sorted(unknown) if len(world.messages(one)) >= 100
        ]
        assert {one.status for one in fake.requests} == {200}


def test_a_dry_run_over_an_archive_changes_no_row_and_reads_no_page(
    home: Community, fake: FakeDiscord, database: Database
) -> None:
    """What is archived tells how dense a channel is: nothing has to be sampled."""
    sync(fake, database)
    (general, _) = home.world.logs
    home.write(general, 2)
    before = landing(database)
    fake.clear_requests()

    result = sync(fake, database, "--dry-run", "--only", "all", "--revisit-days", "all")

    assert result.returncode == 0, result.stderr
    assert landing(database) == before
    assert page_requests(fake) == []


def test_a_dry_run_may_run_beside_a_sync(fake: FakeDiscord, database: Database) -> None:
    """It writes nothing, so it needs no lock."""
    with only_sync(database):
        assert sync(fake, database, "--dry-run").returncode == 0


def test_what_is_known_exactly_is_forecast_to_the_request(
    home: Community, fake: FakeDiscord, database: Database
) -> None:
    """Short channels, lists and members: a sync then asks just as often."""
    for number in range(3):
        home.channel(f"room {number}", messages=number)
    pinned = home.channel("pinned")
    home.world.pin_message(pinned, min(home.world.logs[pinned].bodies))
    home.thread(pinned, "thread")

    forecast = sync(fake, database, "--dry-run").stdout
    fake.clear_requests()
    sync(fake, database)

    expected = sum(map(len, readable_messages(fake).values()))
    assert f"estimated: {expected} messages, {len(fake.requests)} requests" in forecast


def test_a_short_page_is_counted_and_a_full_one_extrapolated(
    home: Community, fake: FakeDiscord, database: Database
) -> None:
    """Sixty messages are sixty; 300 a minute apart are guessed from the newest 100."""
    short, long = home.channel("short", 60), home.channel("long", 300)

    told = sync(fake, database, "--dry-run").stdout

    assert plan_of(short, told) == ("read from the beginning", "", "60", "1")
    action, _, messages, requests = plan_of(long, told)
    assert (action, requests) == ("read from the beginning", "~4")
    assert int(messages.removeprefix("~")) == pytest.approx(303, abs=3)
    assert "estimate" in told


def test_since_counts_only_what_it_wants(
    home: Community, fake: FakeDiscord, database: Database
) -> None:
    """Above --since a full page can be counted, and the lack of news is a reason."""
    (general, _) = home.world.logs
    busy = home.world.add_channel(home.guild, 0, "busy")
    home.write(busy, 150, at=START + timedelta(days=10))
    home.write(busy, 7, at=START + timedelta(days=20))

    told = sync(fake, database, "--dry-run", "--since", "2026-01-25").stdout

    assert plan_of(busy, told) == ("read from 2026-01-25", "", "7", "1")
    assert plan_of(general, told) == ("quiet", "nothing since 2026-01-25", "", "")


def test_a_channel_that_was_seen_empty_is_read_on_from_there(
    home: Community, fake: FakeDiscord, database: Database
) -> None:
    """Whatever --since says: its beginning is archived, and must get no hole."""
    newborn = home.channel("newborn", 0)
    sync(fake, database)
    home.write(newborn, 5, at=START + timedelta(days=10))

    told = sync(fake, database, "--dry-run", "--since", "2026-01-25").stdout

    assert plan_of(newborn, told)[0] == "quiet"
    home.write(newborn, 2, at=START + timedelta(days=30))
    told = sync(fake, database, "--dry-run", "--since", "2026-01-25").stdout
    assert plan_of(newborn, told) == ("read from the beginning", "", "7", "1")


def test_a_thread_is_known_by_discords_own_count(
    home: Community, fake: FakeDiscord, database: Database
) -> None:
    """Its messages need not be sampled."""
    (general, _) = home.world.logs
    thread = home.thread(general, "long", is_archived=False)
    home.write(thread, 249)

    told = sync(fake, database, "--dry-run").stdout

    assert plan_of(thread, told) == ("read from the beginning", "", "~250", "~3")
    assert thread not in dict(page_requests(fake))


def test_every_channel_says_what_would_be_done_with_it(
    home: Community, fake: FakeDiscord, database: Database
) -> None:
    """Quiet, unreadable, pins only, or where reading begins."""
    (quiet, closed) = home.world.logs
    active, pinned = home.channel("active", 50), home.channel("pinned")
    sync(fake, database)
    last = home.world.newest_at
    home.write(active, 10, at=last + timedelta(minutes=50))
    home.world.pin_message(pinned, min(home.world.logs[pinned].bodies))
    new = home.channel("new")

    told = sync(fake, database, "--dry-run").stdout

    assert plan_of(quiet, told) == ("quiet", "nothing new", "", "")
    assert plan_of(closed, told) == (
        *("unreadable", "no Read Message History permission"),
        *("", ""),
    )
    assert plan_of(pinned, told) == ("pins only", "", "0", "1")
    action, _, messages, requests = plan_of(active, told)
    assert (action, requests) == (f"go on from {last:%Y-%m-%d}", "~1")
    assert 50 < int(messages.removeprefix("~")) < 70  # as dense as the fifty before
    assert plan_of(new, told) == ("read from the beginning", "", "3", "1")
    assert "3 channels to read; 2 to skip: 1 quiet, 1 no Read Message" in told


def test_what_is_read_again_and_what_is_older_is_said_with_its_date(
    home: Community, database: Database
) -> None:
    """A channel may be read in both directions."""
    now = datetime.now(UTC)
    channel = home.world.add_channel(home.guild, 0, "both", at=now - timedelta(days=40))
    home.write(channel, 5, at=now - timedelta(days=30))
    home.write(channel, 5, at=now - timedelta(days=3))
    since = f"{now - timedelta(days=10):%Y-%m-%d}"
    again = f"{now - timedelta(days=7):%Y-%m-%d}"
    with FakeDiscord(home.world) as fake:
        sync(fake, database, "--since", since)

        told = sync(fake, database, "--dry-run", "--revisit-days", "7").stdout
        everything = sync(fake, database, "--dry-run", "--revisit-days", "all").stdout

    action, _, messages, requests = plan_of(channel, told)
    assert action == f"read again since {again}, older than {since}"
    # five in seven to eight days are known: three in four days again, and the 19 to 20
    # days below them down to the first message, which end with an empty page
    assert 14 <= int(messages.removeprefix("~")) <= 19
    assert requests == "~3"
    action, _, messages, requests = plan_of(channel, everything)
    assert action == f"read again, all of it, older than {since}"
    assert 16 <= int(messages.removeprefix("~")) <= 21


def test_direct_messages_are_planned_like_any_channel(
    home: Community, fake: FakeDiscord, database: Database
) -> None:
    """A channel of no guild is asked for by its id."""
    bot = home.user_of(home.token)
    direct = home.world.add_dm([bot, home.owner])
    home.write(direct, 4)

    told = sync(fake, database, "--dry-run", "--channel-id", str(direct)).stdout

    assert plan_of(direct, told) == ("read from the beginning", "", "4", "1")


def test_a_thread_that_no_list_shows_is_to_be_looked_at(
    home: Community, fake: FakeDiscord, database: Database
) -> None:
    """An active thread that vanished costs a request before anything is known of it."""
    (general, _) = home.world.logs
    thread = home.thread(general, "gone", is_archived=False)
    sync(fake, database)
    home.world.remove_channel(thread)

    told = sync(fake, database, "--dry-run").stdout

    assert plan_of(thread, told) == ("look at it: no list shows it", "", "?", "1")
    assert not any(one.path == f"/channels/{thread}" for one in fake.requests)


def test_many_quiet_channels_and_threads_are_one_line_unless_verbose(
    home: Community, fake: FakeDiscord, database: Database
) -> None:
    """What costs nothing should not hide what does."""
    rooms = [home.channel(f"room {number}") for number in range(11)]
    threads = [home.thread(rooms[0], f"thread {number}") for number in range(11)]
    first = sync(fake, database, "--dry-run").stdout
    sync(fake, database)

    told = sync(fake, database, "--dry-run").stdout
    in_full = sync(fake, database, "--dry-run", "--verbose").stdout

    assert "11 threads to read" in first
    assert all(str(room) in first for room in rooms)
    assert "23 quiet channels and threads" in told
    assert not any(str(one) in told for one in (*rooms, *threads))
    assert all(plan_of(one, in_full)[0] == "quiet" for one in (*rooms, *threads))


def test_in_a_pipe_the_plan_is_160_wide_and_plain(
    home: Community, fake: FakeDiscord, database: Database
) -> None:
    """No escape codes, and names are not taken for markup."""
    odd = home.channel("[bold]\x1b[31m:ship:" + "x" * 20)

    told = sync(fake, database, "--dry-run").stdout

    assert "\x1b" not in told
    table = [line for line in told.splitlines() if "│" in line]
    assert max(map(len, table)) <= 160
    assert row_of(odd, told)[0].startswith("#[bold]\ufffd[31m:ship:")
    assert fake.bot_token not in told


def test_options_that_narrow_a_sync_narrow_its_forecast(
    home: Community, fake: FakeDiscord, database: Database
) -> None:
    """One channel alone, or no channels at all."""
    (general, closed) = home.world.logs

    alone = sync(fake, database, "--dry-run", "--channel-id", str(general)).stdout
    lists = sync(fake, database, "--dry-run", "--only", "members").stdout

    assert str(closed) not in alone
    assert "1 channels to read; 0 to skip: none" in alone
    assert "0 channels to read; 0 to skip: none" in lists
    assert re.search(r"estimated: 0 messages, \d+ requests", lists)


def test_people_are_not_in_the_estimate_and_that_is_said(
    fake: FakeDiscord, database: Database
) -> None:
    """Who reacted costs a request for each emoji: nobody knows before reading."""
    told = sync(fake, database, "--dry-run", "--only", "all").stdout

    assert "who reacted, voted or is interested in events is not in the" in told
    assert "not in the" not in sync(fake, database, "--dry-run").stdout


def test_a_channel_that_refuses_its_sample_is_unreadable(
    home: Community, fake: FakeDiscord, database: Database
) -> None:
    """The computed permissions said yes, Discord said no."""
    (general, _) = home.world.logs
    fake.fail_next(rf"/channels/{general}/messages", Fault.forbidden())

    result = sync(fake, database, "--dry-run")

    assert result.returncode == 0, result.stderr
    assert plan_of(general, result.stdout)[:2] == (
        "unreadable",
        "Discord answered 403, code 50001",
    )


def test_accounts_and_guilds_that_fail_are_named_and_the_rest_is_planned(
    home: Community, fake: FakeDiscord, database: Database, tmp_path: Path
) -> None:
    """Exit code 3 with some of it planned, 1 with nothing, as in a sync."""
    (general, _) = home.world.logs
    config = tmp_path / "config.json"
    accounts = [
        {"name": "gone", "token": "bot.nobody.knows"},
        {"name": "good", "token": home.token},
    ]
    config.write_text(json.dumps({"accounts": accounts}))

    some = sync(fake, database, "--dry-run", "--config", str(config))
    none = sync(fake, database, "--dry-run", "--guild-id", "123456789012345678")

    assert some.returncode == 3
    assert "failed: account gone: Discord refused the token (401)" in some.stderr
    assert plan_of(general, some.stdout)[0] == "read from the beginning"
    assert "nobody.knows" not in some.stdout + some.stderr
    assert none.returncode == 1
    assert "failed: guild 123456789012345678: no account is in it" in none.stderr


def test_a_token_that_ends_while_threads_are_listed_ends_that_guild(
    fake: FakeDiscord, database: Database
) -> None:
    """The account is named once; nothing is told of a guild half seen."""
    fake.fail_next(r"/threads/active$", Fault.unauthorized())

    result = sync(fake, database, "--dry-run")

    assert result.returncode == 1
    assert result.stderr.count("failed: account default: Discord refused") == 1
    assert "channels to read" not in result.stdout


def test_a_list_of_threads_that_is_refused_is_said_to_be_unknown(
    fake: FakeDiscord, database: Database
) -> None:
    """Threads may be missing from the plan then."""
    fake.fail_next(r"/threads/archived/public$", Fault.forbidden())

    result = sync(fake, database, "--dry-run")

    assert result.returncode == 0, result.stderr
    assert "unknown: Guild: threads may be missing: archived public" in result.stdout


def test_a_missing_intent_ends_a_dry_run_as_it_would_a_sync(
    home: Community, fake: FakeDiscord, database: Database
) -> None:
    """Exit code 2, unless messages without text are wanted."""
    home.world.set_intents(home.token, ["guild_members"])

    refused = sync(fake, database, "--dry-run")
    allowed = sync(fake, database, "--dry-run", "--allow-missing-content")

    assert (refused.returncode, allowed.returncode) == (2, 0)
    assert "lacks the Message Content intent" in refused.stderr


def test_hidden_channels_that_were_archived_say_that_they_are_hidden(
    home: Community, fake: FakeDiscord, database: Database
) -> None:
    """Discord lists them no more, and a week may pass before they are asked for."""
    (general, _) = home.world.logs
    sync(fake, database)
    home.world.set_overwrite(general, home.guild, deny=VIEW)
    sync(fake, database)

    told = sync(fake, database, "--dry-run").stdout

    action, reason, *_ = plan_of(general, told)
    assert action == "unreadable"
    assert reason.startswith("hidden")


@pytest.mark.parametrize(
    ("requests", "minutes"),
    [
        pytest.param([600], 10, id="one channel gives a page a second"),
        pytest.param([30] * 200, 2, id="all channels together give fifty"),
    ],
)
def test_the_time_is_that_of_the_tighter_limit(
    requests: list[int], minutes: float
) -> None:
    """Whichever of the two limits a sync meets decides."""
    rows = [
        Row(1, "Guild", number, "x", "read", "", estimate=Estimate(0, count))
        for number, count in enumerate(requests)
    ]

    forecast = Forecast(rows=rows, list_requests=0, has_people=False)

    assert forecast.minutes == pytest.approx(minutes)
