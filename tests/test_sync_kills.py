"""Sync is killed at random points of a session: nothing is lost, nothing doubled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.archive import connected
from tests.chaos import landing, victims
from tests.chaos.reading import (
    EVERYTHING,
    compare_landing,
    compare_what_was_cut_off,
    must_read,
)
from tests.chaos.session import Session
from tests.chaos.storm import Storm
from tests.chaos.strikes import LOCKS, await_nobody, snare, strike, strike_caught
from tests.chaos.tally import Tally
from tests.chaos.victims import Victim
from tests.fake_discord import FakeDiscord

KIND = "SIGKILLs of sync"
Database = dict[str, str]


@dataclass
class Hunt:
    """One archive that goes on while its syncs are killed."""

    fake: FakeDiscord
    storm: Storm
    session: Session
    database: Database
    folder: Path
    tally: Tally
    usual: int = 40  # requests of a run that nobody kills

    def begin(self) -> Victim:
        """Let a sync begin, and go on until some request or other.

        Now and then Discord misbehaves, too, and makes it wait.
        """
        rng = self.session.rng
        self.storm.rate = 0.3 if rng.random() < 0.1 else 0.0
        again = ["--revisit-days", "all"] if rng.random() < 0.1 else []
        requests = rng.randint(0, self.usual)
        self.fake.clear_requests()
        victim = victims.sync_of(self.fake, self.database, self.folder, *again)
        victim.wait(2, lambda: len(self.fake.requests) >= requests)
        return victim

    def kill(self, *, is_caught: bool) -> None:
        """Kill a sync at some moment, or while a statement of its waits."""
        victim = self.begin()
        if is_caught:
            is_rolled_back = self.session.rng.random() < 0.5
            with snare(self.database, self.session.rng.choice(LOCKS)) as trap:
                inside = strike_caught(victim, trap, is_rolled_back=is_rolled_back)
        else:
            victim.wait(self.session.rng.random() * 0.02)
            inside = strike(victim, self.database)
        if victim.was_killed:  # or it was faster
            self.tally.strike(KIND, in_transaction=inside)
        self.storm.rate = 0.0
        await_nobody(self.database)

    def go_on(self, kills: int) -> None:
        """Kill so many syncs while things happen; most are made good at once."""
        rng = self.session.rng
        while self.tally.strikes[KIND] < kills:
            has_landing = bool(self.tally.compared["landing"])
            self.kill(is_caught=has_landing and rng.random() < 0.4)
            compare_what_was_cut_off(self.database, self.session, self.tally)
            if rng.random() < 0.8:
                self.fake.clear_requests()
                must_read(self.fake, self.database)
                self.usual = len(self.fake.requests)
                compare_landing(self.database, self.session, self.tally)
            self.session.go_on(rng.randint(2, 6))
        must_read(self.fake, self.database, EVERYTHING)
        compare_landing(self.database, self.session, self.tally, EVERYTHING)
        self.tally.strikes.update(self.storm.dealt)


@pytest.fixture
def hunt(database: Database, tmp_path: Path, tally: Tally) -> Iterator[Hunt]:
    """Give an archive that is to begin."""
    session = Session(tally.seed)
    with FakeDiscord(session.world) as fake:
        storm = fake.script = Storm(Random(tally.seed))
        yield Hunt(fake, storm, session, database, tmp_path, tally)


def test_a_page_that_is_gone_is_missed_and_one_too_many_is_told(hunt: Hunt) -> None:
    """What all other tests here compare with would find what they look for."""
    must_read(hunt.fake, hunt.database)
    with connected(hunt.database) as connection:
        gone = connection.execute("""
            delete from landing.messages
            where page_id = (select max(page_id) from landing.messages)
            returning item_count""").fetchone()
    assert gone is not None

    found = landing.differences(hunt.database, hunt.session, is_complete=True)

    assert sum(told == "not landed" for told, *_ in found.lost) == gone[0]
    assert sum(told == "below its checkpoint" for told, *_ in found.lost) == gone[0]
    assert ["told by its checkpoint" in told for told, *_ in found.doubled] == [True]


@pytest.mark.timeout(900)
def test_syncs_killed_at_random_points_lose_and_double_nothing(hunt: Hunt) -> None:
    """Page, fetch and checkpoint stand or fall together, wherever the kill strikes."""
    hunt.go_on(100)

    assert hunt.tally.in_transactions[KIND] >= 10


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_a_thousand_syncs_killed_lose_and_double_nothing(hunt: Hunt) -> None:
    """As above, for longer."""
    hunt.go_on(1000)

    assert hunt.tally.in_transactions[KIND] >= 100
