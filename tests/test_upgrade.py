"""Landing schemas of earlier releases are upgraded in place, with what they hold.

Those of later ones are left alone, and every command says what to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from extractor.database import SCHEMA_VERSION
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
from tests.dbt_warehouse import Warehouse, built_warehouse, failure
from tests.fake_discord import FakeDiscord, generate_world

Database = dict[str, str]

END = datetime(2026, 11, 15, tzinfo=UTC)
EARLIER = range(1, SCHEMA_VERSION)

# all that read or write landing; a dry run of an import needs none
COMMANDS = (
    ("sync",),
    ("sync", "--dry-run"),
    ("import-dce", "EXPORT"),
    ("status",),
    ("forget", "--user-id", "100000000000000001"),
    ("forget", "--user-id", "100000000000000001", "--dry-run"),
)


@pytest.fixture
def fake() -> Iterator[FakeDiscord]:
    """Serve a guild of some 700 messages with threads and a forum."""
    with FakeDiscord(generate_world(3, 700, END)) as served:
        yield served


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Write an export of a channel that nobody else knows."""
    path = tmp_path / "export.json"
    path.write_text(json.dumps(exports.document([exports.message(1_450 << 50, "hi")])))
    return path


def make_version(database: Database, version: int) -> None:
    """Make an empty landing as the release of that version did."""
    with connected(database) as connection:
        for number in range(1, version + 1):
            file = files("extractor").joinpath(f"landing_{number}.sql")
            connection.execute(file.read_bytes())
            connection.execute(
                "insert into landing.schema_version (version) values (%s)", (number,)
            )


def downgrade(database: Database, version: int) -> None:
    """Turn a landing of today into one as that release would have left it."""
    with connected(database) as connection:
        connection.execute("alter schema landing rename to today")
    make_version(database, version)
    with connected(database) as connection:
        columns = connection.execute(
            """
            select
                quote_ident(table_name),
                string_agg(quote_ident(column_name), ', ')
            from information_schema.columns
            where table_schema = 'landing' and table_name <> 'schema_version'
            group by table_name
            """
        ).fetchall()
        for table, names in columns:
            connection.execute(
                f"insert into landing.{table} ({names}) select {names}"
                f" from today.{table}".encode()
            )
        connection.execute(
            "select setval('landing.fetch_id_seq',"
            " (select max(fetch_id) from landing.fetches)),"
            " setval(pg_get_serial_sequence('landing.runs', 'run_id'), 99)"
        )
        connection.execute("drop schema today cascade")


@pytest.mark.parametrize("version", EARLIER)
def test_an_archive_of_an_earlier_release_goes_on(
    fake: FakeDiscord, database: Database, version: int
) -> None:
    """Nothing is read again; what it had not written down is filled in."""
    described = (
        "select channel_id, name, type, parent_id, is_archived, message_count, account"
        " from landing.checkpoints where unreadable_reason is null order by 1"
    )
    sync(fake, database)
    before = query(database, described)
    downgrade(database, version)
    fake.clear_requests()

    result = sync(fake, database)

    assert result.returncode == 0, result.stderr
    assert not [one for one in fake.requests if one.path.endswith("/messages")]
    assert query(database, described) == before
    assert ids(landed_messages(database)) == ids(readable_messages(fake))
    versions = "select version from landing.schema_version order by 1"
    assert query(database, versions) == [(1,), (2,), (3,), (4,)]


def test_exports_of_an_earlier_release_are_known(
    fake: FakeDiscord, database: Database, export: Path
) -> None:
    """Version 3 was the first that had them: none is imported twice."""
    environment = environment_of(fake, database)
    assert command(environment, "import-dce", str(export)).returncode == 0
    before = query(database, "select page_id, sha256, status from landing.dce_files")
    downgrade(database, 3)

    again = command(environment, "import-dce", str(export))

    assert "1 file: 1 known" in again.stdout
    after = query(database, "select page_id, sha256, status from landing.dce_files")
    assert after == before
    assert len(after) == 1


def test_tables_of_an_earlier_release_are_built_anew(
    fake: FakeDiscord, postgres: Embedded, tmp_path: Path
) -> None:
    """Each build says what comes first: the upgrade, then one full refresh."""
    with built_warehouse(postgres, tmp_path) as warehouse:
        database = dict(warehouse.environment)
        sync(fake, database)
        downgrade(database, 1)
        warehouse.connection.execute("update audit.build_state set fingerprint = 'old'")

        assert "make extract upgrades it" in refusal(warehouse)
        assert sync(fake, database).returncode == 0
        assert "run dbt build --full-refresh" in refusal(warehouse)
        part = ("--select", "+messages")  # of all, for time's sake
        warehouse.must_build("--full-refresh", *part)

        built = warehouse.query(
            "select channel_id, array_agg(message_id order by message_id)"
            " from discord.messages group by 1"
        )
        assert dict(built) == ids(readable_messages(fake))
        warehouse.must_build(*part)  # and from then on, what is new


def refusal(warehouse: Warehouse) -> str:
    outcome = warehouse.build()
    assert not outcome.success
    return failure(outcome)


def test_an_empty_landing_of_the_first_release_is_upgraded(database: Database) -> None:
    """A release that never got to its first page."""
    make_version(database, 1)
    with FakeDiscord(generate_world(5, "tiny", END)) as fake:
        result = sync(fake, database)

        assert result.returncode == 0, result.stderr
        assert ids(landed_messages(database)) == ids(readable_messages(fake))


def test_no_command_touches_an_archive_of_a_later_release(
    fake: FakeDiscord, database: Database, export: Path
) -> None:
    """A later program may mean something else by it: each says to update this one."""
    make_version(database, SCHEMA_VERSION)
    with connected(database) as connection:
        connection.execute(
            "insert into landing.schema_version (version) values (%s)",
            (SCHEMA_VERSION + 1,),
        )

    said = refusals(fake, database, export, *COMMANDS)

    version = f"is of version {SCHEMA_VERSION + 1}, this program "
    assert [line for line in said if version not in line] == []
    remedy = (
        "a newer program made it; update this checkout (git pull, then make install)"
    )
    assert [line for line in said if not line.endswith(remedy)] == []
    assert len(said) == len(COMMANDS)
    assert query(database, "select count(*) from landing.runs") == [(0,)]
    assert fake.requests == []


@pytest.mark.parametrize("version", EARLIER)
def test_a_look_upgrades_nothing(
    fake: FakeDiscord, database: Database, export: Path, version: int
) -> None:
    """What only reads asks for the command that upgrades."""
    make_version(database, version)

    looks = [one for one in COMMANDS if "--dry-run" in one or "status" in one]
    said = refusals(fake, database, export, *looks)

    assert [
        line for line in said if not line.endswith("make extract upgrades it")
    ] == []
    assert len(said) == len(looks)
    versions = "select max(version) from landing.schema_version"
    assert query(database, versions) == [(version,)]


def refusals(
    fake: FakeDiscord,
    database: Database,
    export: Path,
    *commands: tuple[str, ...],
) -> list[str]:
    """Return the one line that each command fails with."""
    said = []
    for words in commands:
        arguments = [str(export) if word == "EXPORT" else word for word in words]
        done = command(environment_of(fake, database), *arguments)
        if done.returncode == 1:
            said.append(done.stderr.splitlines()[-1])
    return said
