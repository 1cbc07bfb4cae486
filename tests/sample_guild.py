"""The sample guild, archived as if on three Sundays, and the page that is made of it.

Pages are stamped with the moment at which they were asked for. Here the clock is set
by hand afterwards, so that the same guild gives the same page on every day.
`python -m tests.sample_guild` writes the page into tests/golden/report anew.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from scripts.bench.bench import throwaway_server
from tests.archive import REPOSITORY, connected, sync
from tests.dbt_warehouse import dbt_process
from tests.fake_discord import FakeDiscord, World, generate_world

GOLDEN = REPOSITORY / "tests" / "golden" / "report"
PAGE = "sample.md"
END = datetime(2026, 11, 15, tzinfo=UTC)  # a Sunday
SUNDAYS = tuple(END + timedelta(hours=9, weeks=weeks) for weeks in (-3, -1, 0))
LEAVERS = 3  # gone between the last two Sundays


def sample_world() -> World:
    """Return a lively guild of ten weeks."""
    return generate_world(7, 6_000, END)


def archive(fake: FakeDiscord, database: Mapping[str, str]) -> None:
    """Read the list of members on the first two Sundays, and everything on the last."""
    *earlier, last = SUNDAYS
    for sunday in earlier:
        with _members_as_of(fake.world, sunday), _stamped(database, sunday):
            _sync(fake, database, "--only", "members")
    _let_some_leave(fake.world)
    with _stamped(database, last):
        _sync(fake, database)


def write_page(database: Mapping[str, str], folder: Path) -> str:
    """Write the sample's page and pictures into a folder and return the page."""
    arguments = ["--as-of", str(END.date()), "--output", str(folder / PAGE)]
    subprocess.run(
        [sys.executable, "-m", "scripts.render_report", *arguments],
        cwd=REPOSITORY,
        env={**database, "DISCORD_WAREHOUSE_ENV_FILE": "/dev/null"},
        check=True,
        capture_output=True,
    )
    return (folder / PAGE).read_text("utf-8")


def _sync(fake: FakeDiscord, database: Mapping[str, str], *arguments: str) -> None:
    done = sync(fake, database, *arguments)
    if done.returncode:
        raise RuntimeError(done.stderr)


@contextmanager
def _members_as_of(world: World, moment: datetime) -> Iterator[None]:
    """Hide who joined later."""
    (guild_id,) = world.guild_ids
    everybody = world.members[guild_id]
    world.members[guild_id] = {
        user_id: member
        for user_id, member in everybody.items()
        if datetime.fromisoformat(member["joined_at"]) < moment
    }
    yield
    world.members[guild_id] = everybody


def _let_some_leave(world: World) -> None:
    """Remove the last of those who were there before the window."""
    (guild_id,) = world.guild_ids
    joined = {
        user_id: datetime.fromisoformat(member["joined_at"])
        for user_id, member in world.members[guild_id].items()
        if not member["user"].get("bot")
    }
    old = [user_id for user_id, at in joined.items() if at < SUNDAYS[1]]
    for user_id in sorted(old, key=lambda user_id: joined[user_id])[-LEAVERS:]:
        world.remove_member(guild_id, user_id)


@contextmanager
def _stamped(database: Mapping[str, str], moment: datetime) -> Iterator[None]:
    """Set every clock of what is landed meanwhile to one moment."""
    with connected(database) as connection:
        begun = _now(connection)
        yield
        columns = connection.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = 'landing'"
            " and data_type = 'timestamp with time zone'"
        ).fetchall()
        for table, column in columns:
            update = "update landing.{table} set {column} = %s where {column} >= %s"
            named = sql.SQL(update).format(
                table=sql.Identifier(table), column=sql.Identifier(column)
            )
            # Discord's own clock tells whole seconds
            connection.execute(named, [moment, begun - timedelta(seconds=2)])


def _now(connection: psycopg.Connection[Any]) -> datetime:
    row = connection.execute("select clock_timestamp()").fetchone()
    if row is None:
        raise RuntimeError("the server does not know what time it is")
    return row[0]  # type: ignore[no-any-return]


def write() -> None:
    """Archive, build and report the sample, into the files that are kept."""
    with throwaway_server() as (server, folder):
        server.create_database("sample")
        database = server.environment("sample")
        with FakeDiscord(sample_world()) as fake:
            archive(fake, database)
        with dbt_process(database, folder, "build", "--quiet") as build:
            said, _ = build.communicate()
        if build.returncode:
            raise RuntimeError(said)
        write_page(database, GOLDEN)


if __name__ == "__main__":
    write()
