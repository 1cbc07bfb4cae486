"""An archive that moves: the README's commands, and builds that go on where it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.archive import connected, environment_of, process
from tests.dbt_warehouse import Landing, Warehouse
from tests.fake_discord import FakeDiscord

DUMP = ("pg_dump", "--format=custom")
RESTORE = ("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error")
# what servers before PostgreSQL 17 do not know is left out on the way
RESTORE_OLDER = (
    "pg_restore --no-owner --no-privileges --file=- {}"
    " | sed '/^SET transaction_timeout/d'"
    " | psql --quiet --set=ON_ERROR_STOP=1"
)


def run(fake: FakeDiscord, database: Mapping[str, str], *arguments: str | Path) -> str:
    """Run a program of PostgreSQL's as the README says; return what it prints."""
    environment = environment_of(fake, database)
    done = process(environment, "db", "run", "--", *map(str, arguments))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@contextmanager
def moved(database: Mapping[str, str], before: Warehouse) -> Iterator[Warehouse]:
    """Give the archive at its new place, and builds on it."""
    with connected(database) as connection:
        landing = Landing(connection)
        yield replace(
            before, environment=database, connection=connection, landing=landing
        )


def build_what_is_new(warehouse: Warehouse) -> None:
    """Build; each model goes on from the page that it had read before."""
    query = "select relation, page_id from audit.build_state"
    states: dict[str, int] = dict(warehouse.query(query))
    warehouse.must_build()
    ranges = warehouse.query(
        """
        select relation, low, starts_over from audit.build_ranges
        where invocation_id = (
            select invocation_id from audit.build_ranges order by pinned_at desc limit 1
        )
        """
    )
    assert len(ranges) == len(states)
    assert min(states.values()) > 0
    assert {relation: low for relation, low, _ in ranges} == states
    assert not any(starts_over for *_, starts_over in ranges)
