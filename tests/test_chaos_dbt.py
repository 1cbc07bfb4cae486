"""dbt is killed at random points of builds: the next build makes all tables good."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from extractor.embedded import Embedded
from tests.chaos.builds import build_of
from tests.chaos.checks import CHECKS
from tests.chaos.reading import EVERYTHING, compare_landing, compare_tables, must_read
from tests.chaos.session import Session
from tests.chaos.strikes import await_nobody, snare, strike, strike_caught
from tests.chaos.tables import Witness
from tests.chaos.tally import Tally
from tests.dbt_warehouse import Warehouse, built_warehouse
from tests.fake_discord import FakeDiscord

KIND = "SIGKILLs of dbt"


@dataclass
class Site:
    """One warehouse whose builds are killed."""

    fake: FakeDiscord
    session: Session
    warehouse: Warehouse
    tally: Tally
    witness: Witness = field(default_factory=Witness)
    seconds: float = 0.0  # that a build takes at most

    def read(self) -> None:
        """Let things happen, and archive them."""
        self.session.go_on(5)
        must_read(self.fake, self.warehouse.environment, EVERYTHING)
        compare_landing(
            self.warehouse.environment, self.session, self.tally, EVERYTHING
        )

    def kill(self, *, is_caught: bool) -> bool:
        """Kill a build at some moment, or while a statement of its waits.

        False: it was faster.
        """
        rng, database = self.session.rng, self.warehouse.environment
        started = time.monotonic()
        victim = build_of(self.warehouse)
        if is_caught:
            table = rng.choice([*self.warehouse.tables()])
            with snare(database, f"lock table {table} in share mode") as trap:
                inside = strike_caught(victim, trap, is_rolled_back=False)
        else:
            victim.wait(rng.random() * self.seconds)
            inside = strike(victim, database)
        await_nobody(database)
        if victim.was_killed:
            self.tally.strike(KIND, in_transaction=inside)
            return True
        assert victim.join() == 0, victim.log.read_text()
        self.seconds = time.monotonic() - started
        return False

    def go_on(self, kills: int, *, compared_every: int) -> None:
        """Kill so many builds while things happen, and make good every so many."""
        self.read()
        started = time.monotonic()
        self.compare()
        self.seconds = time.monotonic() - started
        for number in range(1, kills + 1):
            self.read()
            while not self.kill(is_caught=self.session.rng.random() < 0.4):
                self.read()
            if number % compared_every == 0:
                self.compare()

    def compare(self) -> None:
        """Hold all tables against the truth."""
        compare_tables(self.warehouse, self.session, self.tally, self.witness)

    def found_in_empty_tables(self) -> set[str]:
        """Empty all tables, and return those that this makes differ from the truth."""
        tables = ", ".join(self.warehouse.tables())
        self.warehouse.connection.execute(f"truncate {tables}".encode())
        found = Witness().differences(self.warehouse.environment, self.session)
        return {table for table, *_ in found.lost}

    def rebuild(self) -> None:
        """See that all tables and marts are what a build from nothing makes of them."""
        incremental = self.warehouse.contents()
        self.warehouse.must_build("--full-refresh")
        assert self.warehouse.contents() == incremental


@pytest.fixture
def site(postgres: Embedded, tmp_path: Path, tally: Tally) -> Iterator[Site]:
    """Give an archive that is to begin, and a warehouse that was built from nothing."""
    session = Session(tally.seed)
    with (
        built_warehouse(postgres, tmp_path) as warehouse,
        FakeDiscord(session.world) as fake,
    ):
        yield Site(fake, session, warehouse, tally)


@pytest.mark.timeout(900)
def test_builds_killed_at_random_points_lose_and_double_nothing(site: Site) -> None:
    """Watermarks move with the rows they stand for, so the next build goes on there."""
    site.go_on(20, compared_every=10)

    assert site.tally.in_transactions[KIND] >= 10
    # and each comparison finds what it looks for
    assert site.found_in_empty_tables() == {
        check.table for check in CHECKS if check.must_hold(site.session)
    }


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_fifty_builds_killed_lose_and_double_nothing(site: Site) -> None:
    """As above, with all tables compared after each, and rebuilt in the end."""
    site.go_on(50, compared_every=1)
    site.rebuild()

    assert site.tally.in_transactions[KIND] >= 25
