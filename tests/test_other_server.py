"""A server of one's own: an older PostgreSQL, over TCP and with a password."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from extractor.config import connection_arguments
from extractor.embedded import Embedded
from extractor.embedded_cluster import account_for
from tests.archive import (
    connected,
    environment_of,
    ids,
    landed_messages,
    process,
    query,
    readable_messages,
    sync,
)
from tests.dbt_warehouse import DATABASE, dbt_arguments, failure, invoke, parsed
from tests.fake_discord import FakeDiscord, generate_world
from tests.moving import DUMP, RESTORE_OLDER, run

END = datetime(2026, 11, 15, tzinfo=UTC)
PASSWORD = "sesame"


def installed_server() -> Path | None:
    """Return the folder of the oldest supported PostgreSQL that this machine has."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    majors = {int(path.parts[-3]): path.parent for path in found}
    return min(((n, at) for n, at in majors.items() if n >= 15), default=(0, None))[1]


@pytest.fixture
def other_server(short_folder: Path) -> Iterator[dict[str, str]]:
    """Start it with password authentication; give PG* of an empty database in it."""
    programs = installed_server()
    if programs is None:
        pytest.skip("no PostgreSQL under /usr/lib/postgresql: only 18 is tested here")
    account = account_for(short_folder)
    if account.uid is not None:
        os.chown(short_folder, account.uid, -1)
    secret = short_folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    data = short_folder / "data"
    made, said = account.run(
        programs / "initdb",
        *("--pgdata", data, "--username", "owner", "--auth", "scram-sha-256"),
        *("--pwfile", secret, "--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8"),
    )
    assert made == 0, said
    environment = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(free_port()),
        "PGUSER": "owner",
        "PGPASSWORD": PASSWORD,
        "PGDATABASE": "postgres",
    }
    server = account.popen(
        programs / "postgres",
        *("-D", data, "-p", environment["PGPORT"], "-k", short_folder),
        *("-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"),
        # compiling queries takes ten times as long as running them, on so few rows
        *("-c", "jit=off"),
        output=subprocess.DEVNULL,
    )
    try:
        await_answer(environment)
        with connected(environment) as owner:
            owner.execute(f"create database {DATABASE}")
        yield {**environment, "PGDATABASE": DATABASE}
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def await_answer(environment: dict[str, str]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(**connection_arguments(environment)).close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def test_the_same_commands_use_the_server_that_pg_variables_name(
    other_server: dict[str, str], postgres: Embedded, tmp_path: Path
) -> None:
    """Extract and build on the oldest version that the README promises."""
    with FakeDiscord(generate_world(3, 700, END)) as fake:
        synced = process(environment_of(fake, other_server), "sync")
        assert synced.returncode == 0, synced.stderr
        assert ids(landed_messages(other_server)) == ids(readable_messages(fake))
        spoken = sum(map(len, readable_messages(fake).values()))

    # unit tests are the same everywhere: they are checked on any server as on this one
    build = dbt_arguments(tmp_path, "build", "--exclude-resource-type", "unit_test")
    project, _ = parsed(tuple(sorted(postgres.environment(DATABASE).items())))
    outcome = invoke(other_server, build, project)

    assert outcome.success, failure(outcome)
    assert query(other_server, "select count(*) from discord.messages") == [(spoken,)]
    weeks = query(other_server, "select count(*) from marts.weekly_guild_activity")
    assert weeks[0][0] > 5


def test_an_archive_moves_to_an_older_server(
    other_server: dict[str, str], database: dict[str, str], tmp_path: Path
) -> None:
    """Its pages do, by the README's command for that; no message is asked for again.

    (The tables are built there from zero, as above: views of PostgreSQL 18 ask for what
    15 has not.)
    """
    dump = tmp_path / "landing.dump"
    with FakeDiscord(generate_world(3, 700, END)) as fake:
        assert sync(fake, database).returncode == 0
        run(fake, database, *DUMP, "--schema=landing", f"--file={dump}")
        run(fake, other_server, "sh", "-c", RESTORE_OLDER.format(dump))
        fake.clear_requests()

        assert sync(fake, other_server).returncode == 0

        asked = [one for one in fake.requests if one.path.endswith("/messages")]
        assert asked == []
        assert ids(landed_messages(other_server)) == ids(readable_messages(fake))
    newest = "select max(fetch_id) from landing.fetches"
    assert query(other_server, newest) > query(database, newest)
