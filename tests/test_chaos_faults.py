"""Discord misbehaves all the time: what is landed and typed is the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest

from extractor.embedded import Embedded
from extractor.summary import Options
from tests.archive import connected
from tests.chaos.reading import (
    EVERYTHING,
    NEWS,
    compare_landing,
    compare_tables,
    compare_what_was_cut_off,
)
from tests.chaos.session import Session
from tests.chaos.storm import FAULTS, Storm, stormy_sync
from tests.chaos.tables import Witness
from tests.chaos.tally import Tally
from tests.dbt_warehouse import Warehouse, built_warehouse
from tests.fake_discord import FakeDiscord

RATE = 0.5  # of all requests
RATE_OF_FEW = 0.02  # of those faults that end a run
MOST_RUNS = 20  # until one has come to its end
# a statement of the run's that is under way: each is a transaction
UNDER_WAY = b"""
    select count(*) from pg_stat_activity
    where datname = current_database() and application_name = 'discord-warehouse'
        and xact_start is not null"""


@dataclass(frozen=True)
class Weather:
    """One archive that goes on in a storm."""

    fake: FakeDiscord
    storm: Storm
    session: Session
    warehouse: Warehouse
    tally: Tally
    witness: Witness = field(default_factory=Witness)

    def sync(self, options: Options, rate: float = RATE) -> None:
        """Archive in the storm, again and again, until a run has come to its end."""
        database = self.warehouse.environment
        self.storm.rate = rate
        before = self.storm.inside.total()
        for _ in range(MOST_RUNS):
            if not stormy_sync(self.fake, database, options).failed:
                break
            self.tally.rerun()
            compare_what_was_cut_off(database, self.session, self.tally)
        else:
            pytest.fail(f"none of {MOST_RUNS} runs has come to its end")
        if options.workers == 1:
            # no transaction waits for Discord
            assert self.storm.inside.total() == before
        self.storm.rate = 0.0
        compare_landing(database, self.session, self.tally, options)

    def compare(self, *, has_marts: bool = True) -> None:
        """Hold the typed tables against the truth."""
        compare_tables(
            self.warehouse,
            self.session,
            self.tally,
            self.witness,
            has_marts=has_marts,
        )

    def go_on(self, faults: int) -> None:
        """Let so many faults strike while things happen."""
        rounds = 0
        while self.storm.dealt.total() < faults:
            rounds += 1
            self.session.go_on(4)
            workers = self.session.rng.choice((1, 4))
            self.sync(replace(NEWS, workers=workers))
            if rounds % 10 == 0:
                self.sync(EVERYTHING)
                self.compare(has_marts=False)
        self.catch_up()
        self.sync(EVERYTHING)
        self.compare()
        self.tally.strikes.update(self.storm.dealt)
        self.tally.in_transactions.update(self.storm.inside)

    def catch_up(self) -> None:
        """Let those faults strike that were inside too few transactions."""
        while missing := self.storm.missing():
            self.storm.kinds = missing
            self.session.go_on(4)
            self.sync(NEWS, RATE_OF_FEW)
        self.storm.kinds = FAULTS


@pytest.fixture
def weather(postgres: Embedded, tmp_path: Path, tally: Tally) -> Iterator[Weather]:
    """Give an archive that is to begin, and a warehouse that was built from nothing."""
    session = Session(tally.seed)
    with (
        built_warehouse(postgres, tmp_path) as warehouse,
        connected(warehouse.environment) as watcher,
        FakeDiscord(session.world) as fake,
    ):

        def is_inside() -> bool:
            row = watcher.execute(UNDER_WAY).fetchone()
            return row is not None and row[0] > 0

        storm = fake.script = Storm(Random(tally.seed), is_inside)
        yield Weather(fake, storm, session, warehouse, tally)


@pytest.mark.timeout(900)
def test_faults_of_every_kind_lose_and_double_nothing(weather: Weather) -> None:
    """Whatever befalls every other request, runs end with all there is."""
    weather.go_on(2_000)

    assert weather.storm.missing() == []


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_ten_thousand_faults_lose_and_double_nothing(weather: Weather) -> None:
    """As above, for longer."""
    weather.go_on(10_000)

    assert weather.storm.missing() == []
