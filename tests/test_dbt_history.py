"""Whatever the history of pages and builds, the tables are those of one build anew."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dbt_common.events.base_types import EventMsg

from extractor.embedded import Embedded
from tests.dbt_history import History
from tests.dbt_history_messages import contents_of
from tests.dbt_warehouse import (
    BUILD,
    Row,
    Warehouse,
    built_warehouse,
    failure,
    message,
    reaction,
    snowflake,
    user,
)

BEGIN = datetime(2025, 1, 1, 21, 30, tzinfo=UTC)
# views and seeds are what the first build made them
TABLES = ["--select", "config.materialized:incremental"]
Contents = Mapping[str, list[str]]
# what has a row for every message, or holds the pages; of days weekly_guild_activity is
# computed whole
GROWING = {
    *("landing.messages", "landing.pins", "discord.messages", "discord.pins"),
    *(
        "staging.int_api_message_versions",
        "discord.message_references",
        "discord.mentions",
    ),
    *("discord.attachments", "discord.reactions", "discord.polls"),
    "discord.poll_answers",
}
# what tells of an end, by table: the key of which pages tell that it is there no more
ALIVE: Mapping[str, tuple[str, str]] = {
    "messages": ("discord.messages", "channel_id, message_id"),
    "pins": ("discord.pins", "channel_id, message_id"),
    "roles": ("discord.roles", "role_id"),
    "emojis": ("discord.emojis", "emoji_id"),
    "stickers": ("discord.stickers", "sticker_id"),
    "webhooks": ("discord.webhooks", "webhook_id"),
    "invites": ("discord.invites", "code"),
    "members": ("discord.members", "user_id"),
    "bans": ("discord.bans", "user_id"),
    "scheduled_events": ("discord.scheduled_events", "event_id"),
    "channels": ("discord.channels", "channel_id"),
    "reaction_users": (
        "discord.reaction_users",
        "message_id, emoji_key, is_burst::int, user_id",
    ),
    "poll_voters": ("discord.poll_voters", "message_id, answer_id, user_id"),
    "event_users": ("discord.event_users", "event_id, user_id"),
}


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing, from which all was built."""
    with built_warehouse(postgres, tmp_path) as made:
        # each build here says itself what it builds
        yield replace(made, leaving_alone=())


# --- ways to build --------------------------------------------------------------------


def some_tables(warehouse: Warehouse, rng: random.Random) -> list[str]:
    """Return the names of a few models."""
    names = [table.split(".")[1] for table in warehouse.tables()]
    return rng.sample(names, rng.randrange(1, 5))


def build_all(warehouse: Warehouse, _: random.Random) -> None:
    """Build every table."""
    warehouse.must_build(*TABLES)


def build_some(warehouse: Warehouse, rng: random.Random) -> None:
    """Build a few models, without what they are made from."""
    warehouse.must_build("--select", *some_tables(warehouse, rng))


def build_some_with_others(warehouse: Warehouse, rng: random.Random) -> None:
    """Build a few models, with what they are made from or what is made from them."""
    one, *others = some_tables(warehouse, rng)
    parts = [f"+{one}", *(f"{other}+" for other in others)]
    warehouse.must_build("--select", *(f"{part},{TABLES[1]}" for part in parts))


def build_others(warehouse: Warehouse, rng: random.Random) -> None:
    """Build all but a few models."""
    warehouse.must_build(*TABLES, "--exclude", *some_tables(warehouse, rng))


def rebuild_some(warehouse: Warehouse, rng: random.Random) -> None:
    """Build a few models anew."""
    warehouse.must_build(*anew(some_tables(warehouse, rng)))


def build_empty(warehouse: Warehouse, rng: random.Random) -> None:
    """Build without reading a page, a few models anew, and what is made from them.

    Whatever still stands on a table that was emptied alone refuses to be built.
    """
    warehouse.must_build("--empty", "--select", *some_tables(warehouse, rng))
    emptied = [f"{one}+" for one in some_tables(warehouse, rng)]
    warehouse.must_build("--empty", "--full-refresh", "--select", *emptied)


def anew(selected: list[str]) -> list[str]:
    """Say that tables are made anew, and the views with them that go when they go."""
    views = [f"{one}+,config.materialized:view" for one in selected]
    return ["--full-refresh", "--select", *selected, *views]


def build_and_be_killed(warehouse: Warehouse, rng: random.Random) -> None:
    """End a build without warning after some model or other."""
    left = rng.randrange(len(warehouse.tables()))
    with warehouse.process(*BUILD, *TABLES) as process:
        assert process.stdout is not None
        for line in process.stdout:
            left -= "OK created" in line
            if left < 0:
                break
        process.send_signal(signal.SIGKILL)


def build_twice_at_once(warehouse: Warehouse, rng: random.Random) -> None:
    """Let another build, of a few, run when this one of all has built some model."""
    names = [table.split(".")[1] for table in warehouse.tables()]
    moment = f"model.discord_warehouse.{rng.choice(names)}"
    some = ["--select", *some_tables(warehouse, rng)]
    outcome = warehouse.build(
        *TABLES,
        *("--threads", "1"),
        callbacks=[at(moment, lambda: run(warehouse, *BUILD, *some))],
    )
    if not outcome.success:
        assert "run dbt build again" in failure(outcome)


def at(moment: str, do: Callable[[], None]) -> Callable[[EventMsg], None]:
    """Return a callback that does something when dbt has built a model."""

    def callback(event: EventMsg) -> None:
        is_end = event.info.name == "NodeFinished"
        if is_end and event.data.node_info.unique_id == moment:
            do()

    return callback


def run(warehouse: Warehouse, *arguments: str) -> None:
    """Run dbt in a process of its own, and fail with its own words if it fails."""
    with warehouse.process(*arguments) as process:
        output, _ = process.communicate(timeout=200)
    assert process.returncode == 0, output


WAYS: tuple[Callable[[Warehouse, random.Random], None], ...] = (
    *(build_some, build_some_with_others, build_and_be_killed, build_others),
    *(build_some, rebuild_some, build_twice_at_once, build_empty, build_some),
)


# --- what is compared -----------------------------------------------------------------


def differences(before: Contents, after: Contents) -> dict[str, list[str]]:
    """Return the rows that only one of both has, by table: few words when it fails."""
    found = {}
    for table, rows in before.items():
        lost, new = set(rows) - set(after[table]), set(after[table]) - set(rows)
        if rows != after[table]:
            found[table] = [f"- {row}" for row in lost] + [f"+ {row}" for row in new]
    return found


def rebuilt(warehouse: Warehouse) -> None:
    """Build everything anew, and see that nothing has changed."""
    incremental = warehouse.contents()
    warehouse.must_build(*anew(TABLES[1:]))
    assert differences(incremental, warehouse.contents()) == {}


def keys(warehouse: Warehouse, name: str, condition: str) -> set[Row]:
    """Return the keys of the rows of a table for which something holds."""
    table, columns = ALIVE[name]
    return set(warehouse.query(f"select {columns} from {table} where {condition}"))


def assert_nothing_is_lost(warehouse: Warehouse, history: History) -> None:
    """See that all deletions were deletions, and that none was missed."""
    present = history.guild.present()
    # which no list may show; nothing says that they are gone
    present["channels"] |= {(one,) for one in history.exported_channels}
    for name in ALIVE:
        known = keys(warehouse, name, "true")
        # hidden channels and events that are over are in no list
        if name not in ("channels", "scheduled_events"):
            assert present[name] <= known, name
        assert keys(warehouse, name, "not is_deleted") == present[name] & known, name
        assert known - present[name] <= history.guild.ever_gone[name], name


def assert_messages_say_what_they_say(warehouse: Warehouse, history: History) -> None:
    """See that each message has its latest text."""
    said = "select message_id, content from discord.messages where not is_deleted"
    posts = history.guild.messages.values()
    expected = {key: text for one in posts for key, text in contents_of(one).items()}
    assert dict(warehouse.query(said)) == expected


def written(warehouse: Warehouse) -> dict[str, list[Row]]:
    """Return which transaction wrote each row of each table."""
    rows = "select ctid::text, xmin::text from {} order by ctid"
    return {table: warehouse.query(rows.format(table)) for table in warehouse.tables()}


def assert_a_build_with_nothing_new_writes_nothing(warehouse: Warehouse) -> None:
    """See that not even a row of equal content is written again."""
    before = written(warehouse)
    warehouse.must_build(*TABLES)
    assert written(warehouse) == before


def assert_ends_like_a_rebuild(warehouse: Warehouse, seed: int, builds: int) -> None:
    """Add a history to empty tables in every way there is; compare with a rebuild."""
    history = History.begin(warehouse.landing, seed)
    rng = random.Random(seed)
    history.go_on(20)
    for number in range(builds):
        history.go_on(15)
        WAYS[number % len(WAYS)](warehouse, rng)
        if number % 20 == 15:
            build_all(warehouse, rng)
            rebuilt(warehouse)
    build_all(warehouse, rng)
    # before all there is comes again, and makes good whatever builds had left undone
    rebuilt(warehouse)
    history.read_everything()
    build_all(warehouse, rng)

    assert_nothing_is_lost(warehouse, history)
    assert_messages_say_what_they_say(warehouse, history)
    empty = {table for table, rows in warehouse.contents().items() if not rows}
    # its threads are silent, and nothing moves a checkpoint
    assert empty == {"marts.thread_activity", "audit.channel_coverage"}
    outcome = warehouse.invoke("test", "--selector", "full_check")
    assert outcome.success, failure(outcome)
    assert_a_build_with_nothing_new_writes_nothing(warehouse)


def test_any_history_ends_like_a_rebuild(warehouse: Warehouse) -> None:
    """Pages of all kinds, in any order, built in parts, killed, two builds at once."""
    assert_ends_like_a_rebuild(warehouse, seed=1, builds=len(WAYS))


@pytest.mark.long
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_any_long_history_ends_like_a_rebuild(warehouse: Warehouse, seed: int) -> None:
    """As above, with more builds; and a second rebuild is like the first."""
    assert_ends_like_a_rebuild(warehouse, seed, builds=40)
    rebuilt(warehouse)


def test_a_model_built_alone_is_followed_by_the_others(warehouse: Warehouse) -> None:
    """What --select skipped, the next build makes good."""
    warehouse.landing.messages(message(BEGIN, reactions=[reaction("a", 3)]))
    counts = "select message_count, reaction_count from marts.weekly_guild_activity"

    warehouse.must_build("--select", "messages")
    warehouse.must_build("--select", "weekly.activity")
    alone = warehouse.query(counts)
    warehouse.must_build(
        *("--select", "reactions", "guild_syncs", "guild_coverage"), "weekly.activity"
    )

    assert alone == []
    assert warehouse.query(counts) == [(1, 3)]


# --- cost -----------------------------------------------------------------------------


def test_cost_follows_what_is_new(warehouse: Warehouse) -> None:
    """For a page of news neither models nor tests read what grows with messages."""
    with warehouse.connection.transaction():
        for number in range(250):
            land_page(warehouse, number)
    build_all(warehouse, random.Random())
    # what Postgres does by itself, sooner or later
    warehouse.connection.execute("analyze")
    land_page(warehouse, 250)
    before = rows_read_in_sequence(warehouse)

    models_and_tests = ["--resource-type", "model", "test"]
    left_out = ["--exclude", "config.materialized:view", "tag:full_check"]
    outcome = warehouse.invoke("build", *models_and_tests, *left_out)

    assert outcome.success, failure(outcome)
    assert set(before) == GROWING
    assert rows_read_in_sequence(warehouse) == before


def land_page(warehouse: Warehouse, number: int) -> None:
    """Append a day's page of messages with all that a message can have, all pinned."""
    start = BEGIN + timedelta(days=number)
    posts = [
        message(
            start + timedelta(seconds=second),
            author=user(second + 1),
            attachments=[{"id": str(number * 50 + second), "filename": "x.png"}],
            mentions=[user(2)],
            reactions=[reaction("x", 1)],
            message_reference={"message_id": "1"},
            poll={"answers": [{"answer_id": 1}]},
        )
        for second in range(50)
    ]
    channel_id = 200 + number % 50
    warehouse.landing.messages(
        *posts,
        channel_id=channel_id,
        is_history_readable=True,
        request={"path": "messages", "after": snowflake(start) - 1},
    )
    pins = [{"pinned_at": BEGIN.isoformat(), "message": one} for one in posts]
    warehouse.landing.page(
        "pins", {"items": pins, "has_more": False}, channel_id=channel_id
    )


def rows_read_in_sequence(warehouse: Warehouse) -> dict[str, int]:
    """Return how many rows of what grows were read without an index so far.

    Of those that have grown: to read a small table as a whole is right. What a session
    read is sure to be counted when it is gone.
    """
    others = """
        select from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend'
            and pid <> pg_backend_pid()"""
    while warehouse.query(others):
        time.sleep(0.01)
    rows = warehouse.query("""
        select schemaname || '.' || relname, seq_tup_read from pg_stat_user_tables
        where n_live_tup > 1000 or schemaname = 'landing'""")
    return {table: read for table, read in rows if table in GROWING}
