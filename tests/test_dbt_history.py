"""Whatever the history of pages and builds, the tables are those of one build anew."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator, Mapping
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
    failure,
    message,
    new_warehouse,
    reaction,
)

BEGIN = datetime(2025, 1, 1, 21, 30, tzinfo=UTC)
# views and seeds are what the first build made them
TABLES = ["--select", "config.materialized:incremental"]
# but what is made anew, takes along the views that are made from it
VIEWS = "config.materialized:view"
Contents = Mapping[str, list[str]]
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
    """Give a database with an empty landing."""
    with new_warehouse(postgres, tmp_path) as made:
        yield made


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
    anew = ["--select", *some_tables(warehouse, rng), VIEWS, "--full-refresh"]
    warehouse.must_build(*anew)


def build_empty(warehouse: Warehouse, rng: random.Random) -> None:
    """Build without reading a page, a few models anew."""
    warehouse.must_build("--empty")
    emptied = ["--select", *some_tables(warehouse, rng), VIEWS, "--full-refresh"]
    warehouse.must_build("--empty", *emptied)


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
    """Let another build run, of all or of a few, when this one has built some model."""
    names = [table.split(".")[1] for table in warehouse.tables()]
    moment = f"model.discord_warehouse.{rng.choice(names)}"
    some = ["--select", *some_tables(warehouse, rng)]
    outcome = warehouse.build(
        *TABLES,
        *("--threads", "1"),
        callbacks=[at(moment, lambda: run(warehouse, rng.choice([TABLES, some])))],
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


def run(warehouse: Warehouse, arguments: list[str]) -> None:
    """Build in a process of its own."""
    with warehouse.process(*BUILD, *arguments) as process:
        output, _ = process.communicate(timeout=200)
    assert process.returncode == 0, output


WAYS: tuple[Callable[[Warehouse, random.Random], None], ...] = (
    *(build_all, build_some, build_some_with_others, build_and_be_killed, build_others),
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
    warehouse.must_build("--full-refresh")
    assert differences(incremental, warehouse.contents()) == {}


def keys(warehouse: Warehouse, name: str, condition: str) -> set[Row]:
    """Return the keys of the rows of a table for which something holds."""
    table, columns = ALIVE[name]
    return set(warehouse.query(f"select {columns} from {table} where {condition}"))


def assert_nothing_is_lost(warehouse: Warehouse, history: History) -> None:
    """See that all deletions were deletions, and that none was missed."""
    present = history.guild.present()
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


def assert_ends_like_a_rebuild(warehouse: Warehouse, seed: int, builds: int) -> None:
    """Build a history in every way there is, and then once more from nothing."""
    history = History.begin(warehouse.landing, seed)
    rng = random.Random(seed)
    history.go_on(20)
    warehouse.must_build()
    for number in range(builds):
        history.go_on(15)
        WAYS[number % len(WAYS)](warehouse, rng)
        if number % 20 == 15:
            build_all(warehouse, rng)
            rebuilt(warehouse)
    history.read_everything()
    build_all(warehouse, rng)

    assert_nothing_is_lost(warehouse, history)
    assert_messages_say_what_they_say(warehouse, history)
    rebuilt(warehouse)
    assert all(warehouse.contents().values())


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


def test_a_build_with_nothing_new_writes_nothing(warehouse: Warehouse) -> None:
    """Not even a row of equal content is written again."""
    history = History.begin(warehouse.landing, seed=5)
    history.go_on(100)
    written = "select string_agg(xmin::text, ' ' order by ctid) from {}"
    warehouse.must_build()
    before = [warehouse.query(written.format(t)) for t in warehouse.contents()]

    warehouse.must_build()

    after = [warehouse.query(written.format(t)) for t in warehouse.contents()]
    assert before == after


def test_a_model_built_alone_is_followed_by_the_others(warehouse: Warehouse) -> None:
    """What --select skipped, the next build makes good."""
    warehouse.must_build()
    warehouse.landing.messages(message(BEGIN, reactions=[reaction("a", 3)]))
    counts = "select message_count, reaction_count from marts.weekly_guild_activity"

    warehouse.must_build("--select", "messages")
    warehouse.must_build("--select", "weekly")
    alone = warehouse.query(counts)
    warehouse.must_build()

    assert alone == []
    assert warehouse.query(counts) == [(1, 3)]


def test_cost_follows_what_is_new(warehouse: Warehouse) -> None:
    """For a page of news no table of pages or messages is read as a whole."""
    with warehouse.connection.transaction():
        for number in range(300):
            start = BEGIN + timedelta(hours=number)
            posts = [message(start + timedelta(seconds=n)) for n in range(50)]
            warehouse.landing.messages(*posts, channel_id=200 + number % 5)
    warehouse.must_build()
    warehouse.landing.messages(message(BEGIN + timedelta(days=90)))
    before = rows_read_in_sequence(warehouse)

    warehouse.must_build()

    assert rows_read_in_sequence(warehouse) == before


def rows_read_in_sequence(warehouse: Warehouse) -> list[Row]:
    """Return how many rows of the large tables were read without an index so far."""
    warehouse.query("select pg_stat_force_next_flush()")
    return warehouse.query("""
        select schemaname, relname, seq_tup_read from pg_stat_user_tables
        where (schemaname, relname) in (
            ('landing', 'messages'), ('discord', 'messages'), ('discord', 'reactions')
        )
        order by 1, 2""")
