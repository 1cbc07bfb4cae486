"""The whole road at once: the fake's guild, archived, built, reported, moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from extractor.embedded import Embedded
from tests.archive import query, readable_messages, sync
from tests.dbt_warehouse import (
    Warehouse,
    built_warehouse,
    failure,
    new_warehouse,
    run_program,
)
from tests.fake_discord import FakeDiscord, generate_world
from tests.report_numbers import assert_numbers
from tests.sample_guild import END, GOLDEN, archive, sample_world, write_page

Database = Mapping[str, str]
Json = dict[str, Any]

# what changes with no page; a build of everything, below, makes and tests it
SAME = ["--exclude", "resource_type:seed", "config.materialized:view"]


@pytest.fixture
def fake() -> Iterator[FakeDiscord]:
    """Serve a lively guild of some 1,500 messages."""
    with FakeDiscord(generate_world(4, 1_500, END)) as served:
        yield served


@pytest.fixture
def sample() -> Iterator[FakeDiscord]:
    """Serve the sample guild."""
    with FakeDiscord(sample_world()) as served:
        yield served


@pytest.fixture
def unbuilt(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing, whose name a parsed project knows."""
    with new_warehouse(postgres, tmp_path) as made:
        yield made


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database in which everything was built from an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


def dbt_build(warehouse: Warehouse, *arguments: str) -> None:
    """Run `dbt build` in this process, on the project that it has parsed already.

    Unit tests see no landing: what other builds run of them need not run again here.
    """
    command = ["build", "--exclude-resource-type", "unit_test", *arguments]
    outcome = warehouse.invoke(*command)
    assert outcome.success, failure(outcome)


def rows(warehouse: Warehouse) -> dict[str, list[str]]:
    """Return every row of every table but those that are written by each sync."""
    tables = warehouse.contents()
    for name in ("channel_coverage", "guild_coverage", "guild_syncs"):
        del tables[f"audit.{name}"]
    return tables


def unmoved(database: Database) -> dict[str, list[Any]]:
    """Return which physical rows the incremental tables hold: writing moves them."""
    tables = ("discord.messages", "discord.reactions", "discord.users")
    return {
        table: query(database, f"select ctid::text, xmin::text from {table} order by 1")
        for table in tables
    }


def is_human(message: Json) -> bool:
    """Tell, from the message alone, whether a person spoke."""
    author = message["author"]
    is_machine = author.get("bot") or author.get("system") or "webhook_id" in message
    return message["type"] in (0, 19, 20, 23) and not is_machine


def monday(message: Json) -> date:
    day = datetime.fromisoformat(message["timestamp"]).astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def weeks_by_hand(fake: FakeDiscord) -> dict[date, tuple[int, int, int, int]]:
    """Count messages, posters, channels and new users per week, in plain Python."""
    spoken = sorted(
        (message for listed in readable_messages(fake).values() for message in listed),
        key=lambda message: int(message["id"]),
    )
    by_week: dict[date, list[Json]] = defaultdict(list)
    firsts: dict[str, date] = {}
    for message in filter(is_human, spoken):
        by_week[monday(message)].append(message)
        firsts.setdefault(message["author"]["id"], monday(message))
    return {
        week: (
            len(messages),
            len({message["author"]["id"] for message in messages}),
            len({message["channel_id"] for message in messages}),
            sum(first == week for first in firsts.values()),
        )
        for week, messages in by_week.items()
    }


def weeks_in_marts(database: Database) -> dict[date, tuple[int, ...]]:
    found = query(
        database,
        "select week_start, message_count, unique_posters, active_channels, new_users"
        " from marts.weekly_guild_activity where message_count > 0",
    )
    return {week: tuple(counts) for week, *counts in found}


def raw_messages(database: Database) -> dict[int, Json]:
    """Return the JSON that each stored message leads to, by its id."""
    return dict(query(database, "select message_id, raw from discord.raw_messages"))


def landed(fake: FakeDiscord) -> dict[int, Json]:
    """Return all messages by id, their texts as jsonb can hold them: without a NUL."""
    return {
        int(one["id"]): {**one, "content": one["content"].replace("\0", "\ufffd")}
        for listed in readable_messages(fake).values()
        for one in listed
    }


def test_marts_agree_with_a_count_by_hand_after_every_sync(
    fake: FakeDiscord, warehouse: Warehouse
) -> None:
    """Not one row moves when nothing is new; increments end where a rebuild ends."""
    database = warehouse.environment
    assert sync(fake, database).returncode == 0
    dbt_build(warehouse, *SAME)
    assert weeks_in_marts(database) == weeks_by_hand(fake)
    before, places = rows(warehouse), unmoved(database)

    assert sync(fake, database).returncode == 0
    dbt_build(warehouse, *SAME)

    assert rows(warehouse) == before
    assert unmoved(database) == places

    _a_busy_day(fake)
    assert sync(fake, database).returncode == 0
    dbt_build(warehouse, *SAME)

    assert weeks_in_marts(database) == weeks_by_hand(fake)
    assert raw_messages(database) == landed(fake)
    incremental = warehouse.contents()
    dbt_build(warehouse, "--full-refresh", "--exclude", "resource_type:seed")
    assert warehouse.contents() == incremental


def _a_busy_day(fake: FakeDiscord) -> None:
    messages = readable_messages(fake)
    for channel_id in sorted(messages)[:4]:
        writer = int(messages[channel_id][0]["author"]["id"])
        for number in range(120):
            at = END + timedelta(hours=9, minutes=number)
            fake.world.post_message(
                channel_id, author_id=writer, content=f"later {number}", at=at
            )


def test_each_layer_stands_alone(
    sample: FakeDiscord, database: Database, unbuilt: Warehouse, tmp_path: Path
) -> None:
    """A restored dump of landing is enough for dbt, and marts for the report."""
    archive(sample, database)
    drop_landing = b"drop schema landing cascade"
    unbuilt.connection.execute(drop_landing)
    _move_landing(database, unbuilt.environment, tmp_path / "landing.dump")
    dbt_build(unbuilt)
    unbuilt.connection.execute(drop_landing)

    page = write_page(unbuilt.environment, tmp_path / "report")

    last_days = [
        message
        for listed in readable_messages(sample).values()
        for message in filter(is_human, listed)
        if datetime.fromisoformat(message["timestamp"]) >= END - timedelta(days=7)
    ]
    posters = {message["author"]["id"] for message in last_days}
    assert f"| {len(last_days)} |" in page
    assert f"| {len(posters)} |" in page
    (guild_id,) = sample.world.guild_ids
    assert_numbers(unbuilt.connection, page, guild_id, END.date())
    assert _files(tmp_path / "report") == _files(GOLDEN)


def _files(folder: Path) -> dict[str, bytes]:
    """Return what a folder holds, by path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _move_landing(here: Database, there: Database, dump: Path) -> None:
    save = ["--schema=landing", "--format=custom", f"--file={dump}"]
    run_program("pg_dump", *save, environment=here)
    load = [f"--dbname={there['PGDATABASE']}", str(dump)]
    run_program("pg_restore", *load, environment=there)
