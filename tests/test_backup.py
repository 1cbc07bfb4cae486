"""An archive is dumped, restored elsewhere by the README's commands, and goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from extractor.embedded import Embedded
from tests import exports
from tests.archive import (
    command,
    connected,
    environment_of,
    ids,
    landed_messages,
    query,
    readable_messages,
    sync,
)
from tests.conftest import FAST_AND_UNSAFE
from tests.dbt_warehouse import DATABASE, Warehouse, built_warehouse
from tests.fake_discord import FakeDiscord, generate_world
from tests.moving import DUMP, RESTORE, build_what_is_new, moved, run

END = datetime(2026, 11, 15, tzinfo=UTC)
EXPORTED = 1_100_000_000_000_000_001  # a channel that only an export knows
Database = dict[str, str]


@pytest.fixture
def fake() -> Iterator[FakeDiscord]:
    """Serve a guild of some 700 messages with threads and a forum."""
    with FakeDiscord(generate_world(3, 700, END)) as served:
        yield served


@pytest.fixture
def elsewhere(short_folder: Path) -> Iterator[Database]:
    """Give PG* of an empty database of a second server, in a folder of its own."""
    server = Embedded(short_folder / "pg", settings=FAST_AND_UNSAFE)
    try:
        server.start()
        server.create_database(DATABASE)
        yield server.environment(DATABASE)
    finally:
        server.stop()


def landing_of(database: Database) -> dict[str, list[Any]]:
    """Return every row of each table of landing."""
    with connected(database) as connection:
        tables = connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables"
            " where schemaname = 'landing' order by 1"
        ).fetchall()
    return {
        table: sorted(query(database, f"select t::text from {table} as t"))
        for (table,) in tables
    }


def a_day(fake: FakeDiscord) -> None:
    """Let people write, edit, delete, react and open a thread."""
    world = fake.world
    for channel_id, messages in sorted(readable_messages(fake).items())[:5]:
        writer = int(messages[0]["author"]["id"])
        newest, before = (int(one["id"]) for one in messages[-1:-3:-1])
        world.edit_message(channel_id, newest, content="said better")
        world.delete_message(channel_id, before)
        for number in range(3):
            at = END + timedelta(hours=number + 1)
            world.post_message(
                channel_id, author_id=writer, content=f"later {number}", at=at
            )
        world.add_reaction(channel_id, newest, "🌊", user_ids=[writer])


def test_an_archive_moves_to_another_server_and_goes_on(
    fake: FakeDiscord, postgres: Embedded, elsewhere: Database, tmp_path: Path
) -> None:
    """Nothing is asked again, lost, doubled or rebuilt: as if it had never moved."""
    with built_warehouse(postgres, tmp_path) as warehouse:
        here = dict(warehouse.environment)
        export = write_export(tmp_path / "old")
        archive(fake, here, export)
        warehouse.must_build()
        with a_role_that_only_one_server_has(warehouse):
            run(fake, here, *DUMP, f"--file={tmp_path / 'discord.dump'}")

        run(
            fake, elsewhere, *RESTORE, f"--dbname={DATABASE}", tmp_path / "discord.dump"
        )

        with moved(elsewhere, warehouse) as there:
            assert landing_of(elsewhere) == landing_of(here)
            assert there.contents() == warehouse.contents()
            goes_on(fake, here, elsewhere, export.rename(tmp_path / "elsewhere.json"))
            build_what_is_new(there)
            incremental = there.contents()
            there.must_build("--full-refresh", "--exclude", "resource_type:seed")
            assert there.contents() == incremental


def write_export(folder: Path) -> Path:
    """Write an export of a channel that Discord has no more."""
    folder.mkdir()
    messages = [
        exports.message(1_200_000_000_000_000_000 + n, f"no {n}") for n in (1, 2)
    ]
    path = folder / "export.json"
    path.write_text(json.dumps(exports.document(messages, channel_id=EXPORTED)))
    return path


def archive(fake: FakeDiscord, database: Database, export: Path) -> None:
    assert sync(fake, database, "--revisit-days", "all").returncode == 0
    done = command(environment_of(fake, database), "import-dce", str(export))
    assert done.returncode == 0, done.stderr


@contextmanager
def a_role_that_only_one_server_has(warehouse: Warehouse) -> Iterator[None]:
    """Let a role own a table and have rights, now and later."""
    execute = warehouse.connection.execute
    execute("create role somebody")
    try:
        execute("alter table landing.runs owner to somebody")
        execute("grant usage on schema discord to somebody")
        execute("grant select on all tables in schema discord to somebody")
        execute(
            "alter default privileges in schema discord grant select on tables"
            " to somebody"
        )
        yield
    finally:
        execute("reassign owned by somebody to discord")
        execute("drop owned by somebody")
        execute("drop role somebody")


def goes_on(fake: FakeDiscord, here: Database, there: Database, export: Path) -> None:
    """After a day, both ask for the same, and have the same messages, each once."""
    a_day(fake)
    asked = []
    for database in (here, there):
        fake.clear_requests()
        assert sync(fake, database, "--revisit-days", "all").returncode == 0
        asked.append(
            sorted((one.path, sorted(one.query.items())) for one in fake.requests)
        )
    known = command(environment_of(fake, there), "import-dce", str(export))

    assert asked[0] == asked[1]
    assert "1 file: 1 known" in known.stdout
    landed = ids(landed_messages(there))
    for channel_id, listed in ids(readable_messages(fake)).items():
        assert set(listed) <= set(landed[channel_id])
    assert landed_messages(there) == landed_messages(here)
    assert counts(there) == counts(here)


def counts(database: Database) -> list[tuple[Any, ...]]:
    """Return how many pages of each kind there are, and what checkpoints say."""
    return query(
        database,
        """
        select resource, route_id, count(*), count(same_as_page_id), sum(item_count)
        from landing.fetches group by 1, 2
        union all
        select
            name, channel_id, message_count, oldest_message_id, newest_message_id
        from landing.checkpoints
        order by 1, 2, 3
        """,
    )
