"""Whatever the history of builds, the tables are those of one build from nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from extractor.embedded import Embedded
from tests.dbt_warehouse import (
    GUILD,
    Json,
    Landing,
    Row,
    Warehouse,
    message,
    new_warehouse,
    reaction,
    user,
)

BEGIN = datetime(2025, 1, 1, 21, 30, tzinfo=UTC)
PARTIAL_BUILDS = [
    ["--select", "messages"],
    ["--select", "reactions", "users"],
    ["--select", "daily_user_channel_activity+"],
    ["--select", "weekly_user_activity", "weekly_guild_activity"],
    ["--exclude", "messages"],
    ["--select", "messages", "--full-refresh"],
]


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing."""
    with new_warehouse(postgres, tmp_path) as made:
        yield made


def random_message(rng: random.Random) -> Json:
    """Return one of thirty messages, in a state it may be in at some time."""
    number = rng.randrange(30)
    fields: Json = {
        "type": rng.choice([0, 0, 0, 19, 7]),
        "content": rng.choice(["", "one", "two"]),
        "pinned": rng.random() < 0.2,
        "mentions": [user(rng.randrange(9), global_name=rng.choice("ABC"))],
        "reactions": [reaction(n, rng.randrange(1, 9)) for n in "ab"][: number % 3],
    }
    author = user(rng.randrange(5), bot=rng.random() < 0.1)
    if rng.random() < 0.3:
        fields["reactions"] = []
    if number % 7 == 0:
        fields["webhook_id"] = author["id"]
    posted = BEGIN + timedelta(hours=13 * number)
    return message(posted, number=number, author=author, **fields)


def append_something(landing: Landing, rng: random.Random) -> None:
    """Append one page that a sync may bring."""
    kind = rng.randrange(8)
    if kind == 0:
        landing.page("guilds", {"id": str(GUILD), "name": rng.choice("GH")})
    elif kind == 1:
        landing.page("channels", [{"id": "200", "type": 0, "name": rng.choice("CD")}])
    elif kind == 2:
        thread = {"id": "201", "type": 11, "thread_metadata": {"archived": True}}
        landing.page("threads", {"threads": [thread], "has_more": False})
    elif kind == 3:
        weeks = timedelta(weeks=rng.randrange(4))
        landing.sync(BEGIN + weeks, is_backfill_complete=rng.random() < 0.3)
    else:
        found = {m["id"]: m for m in (random_message(rng) for _ in range(6))}
        landing.messages(
            *found.values(),
            channel_id=200 + rng.randrange(2),
            has_message_content=rng.random() < 0.7,
            fetched_at=BEGIN + timedelta(days=60, seconds=rng.randrange(9)),
        )


@pytest.mark.parametrize("seed", [1, 2])
def test_any_history_of_builds_ends_like_a_full_refresh(
    warehouse: Warehouse, seed: int
) -> None:
    """Builds of everything and of parts, in any order, add up to a rebuild."""
    rng = random.Random(seed)
    for number in range(5):
        for _ in range(6):
            append_something(warehouse.landing, rng)
        partial = rng.choice(PARTIAL_BUILDS)
        warehouse.must_build(*(partial if number % 2 else []))
    warehouse.must_build()
    incremental = warehouse.contents()

    warehouse.must_build("--full-refresh")

    assert incremental == warehouse.contents()
    assert incremental["discord.messages"]
    assert incremental["marts.weekly_user_activity"]


def test_a_build_with_nothing_new_writes_nothing(warehouse: Warehouse) -> None:
    """Not even a row of equal content is written again."""
    rng = random.Random(3)
    for _ in range(12):
        append_something(warehouse.landing, rng)
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
