"""Postgres is killed, goes away or runs out of disk in the midst of runs: all heals."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
import pytest

from extractor.config import connection_arguments
from extractor.embedded import Embedded
from extractor.embedded_processes import postmaster_of, processes_in
from tests.chaos import victims
from tests.chaos.builds import build_of
from tests.chaos.reading import (
    EVERYTHING,
    compare_landing,
    compare_tables,
    compare_what_was_cut_off,
    must_read,
)
from tests.chaos.session import Session
from tests.chaos.strikes import LOCKS, await_nobody, snare
from tests.chaos.tables import Witness
from tests.chaos.tally import Tally
from tests.chaos.victims import Victim
from tests.conftest import administrator, memory
from tests.dbt_warehouse import TABLES_ONLY, Landing, Warehouse, built_database
from tests.fake_discord import FakeDiscord

KILLED, AWAY, FULL = "SIGKILLs of Postgres", "databases gone away", "full disks"
# what users have, but for the memory
SETTINGS = {"shared_buffers": "64MB", "max_wal_size": "64MB"}
DISK = "250m"
INSIDE = 10  # transactions, at least, that each kind of strike has to cut off
LOCKS_OF_BUILDS = tuple(
    f"lock table {table} in share mode"
    for table in ("discord.messages", "discord.members", "marts.weekly_guild_activity")
)


@dataclass
class Site:
    """One warehouse on a server of its own."""

    server: Embedded
    fake: FakeDiscord
    session: Session
    warehouse: Warehouse
    tally: Tally
    witness: Witness = field(default_factory=Witness)
    usual: int = 20  # requests of a run that nobody strikes

    # --- strikes ----------------------------------------------------------------------

    @property
    def data(self) -> Path:
        return self.server.root.resolve() / "data"

    def kill_postmaster(self) -> None:
        """Kill the server's first process: the others find out."""
        postmaster = postmaster_of(self.data)
        assert postmaster is not None
        postmaster.kill()

    def kill_everything(self) -> None:
        """Kill all processes of the server at once."""
        self.kill_postmaster()
        for process in processes_in(self.data).values():
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def kill_a_session(self) -> None:
        """Kill a session's process: the server ends all others and recovers."""
        with administrator(self.server) as connection:
            sessions = connection.execute(
                "select pid from pg_stat_activity where datname = %s"
                " and application_name in ('discord-warehouse', 'dbt') order by pid",
                [self.warehouse.environment["PGDATABASE"]],
            ).fetchall()
        if sessions:
            os.kill(int(str(self.session.rng.choice(sessions)[0])), signal.SIGKILL)
        else:
            self.kill_everything()

    def stop_for_a_while(self) -> None:
        """Stop the server in good order, whoever is at work."""
        self.server.stop()

    def refuse_for_a_while(self) -> None:
        """End all sessions and let nobody in for a moment."""
        database = self.warehouse.environment["PGDATABASE"]
        allow = f"alter database {database} allow_connections"
        with administrator(self.server) as connection:
            connection.execute(f"{allow} false".encode())
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = %s",
                [database],
            )
            time.sleep(self.session.rng.random() * 0.1)
            connection.execute(f"{allow} true".encode())

    # --- what is struck ---------------------------------------------------------------

    def begin_sync(self) -> Victim:
        """Let a sync begin, and go on until some request or other."""
        requests = self.session.rng.randint(0, self.usual)
        self.fake.clear_requests()
        folder, database = self.warehouse.folder, self.warehouse.environment
        victim = victims.sync_of(self.fake, database, folder)
        victim.wait(5, lambda: len(self.fake.requests) >= requests)
        return victim

    def begin_build(self) -> Victim:
        """Let a build begin, and go on for a while."""
        victim = build_of(self.warehouse)
        victim.wait(self.session.rng.random() * 2)
        return victim

    def strike(
        self, kind: str, strike: Callable[[], None], *, is_build: bool, is_caught: bool
    ) -> None:
        """Strike while a sync or a build is at work, and let the server come back."""
        begin = self.begin_build if is_build else self.begin_sync
        locks = LOCKS_OF_BUILDS if is_build else LOCKS
        is_inside = False
        victim = begin()
        if is_caught:
            lock = self.session.rng.choice(locks)
            with snare(self.warehouse.environment, lock) as trap:
                is_inside = bool(trap.wait(victim.is_alive))
                strike()
        else:
            strike()
        self.server.start()
        code = victim.join()
        self.server.start()  # it may have answered once more before it noticed
        if code:  # or it was faster
            assert "Traceback" not in victim.log.read_text()
            self.tally.strike(kind, in_transaction=is_inside)
        await_nobody(self.warehouse.environment)

    # --- what is compared -------------------------------------------------------------

    def make_good(self) -> None:
        """Compare what was cut off, archive what is missing, and compare that."""
        database = self.warehouse.environment
        compare_what_was_cut_off(database, self.session, self.tally)
        self.fake.clear_requests()
        must_read(self.fake, database)
        self.usual = len(self.fake.requests)
        compare_landing(database, self.session, self.tally)

    def compare(self) -> None:
        """Hold all tables against the truth."""
        database = self.warehouse.environment
        must_read(self.fake, database, EVERYTHING)
        compare_landing(database, self.session, self.tally, EVERYTHING)
        compare_tables(self.warehouse, self.session, self.tally, self.witness)

    def lacks(self, kind: str, strikes: int) -> bool:
        """Tell whether strikes of a kind are wanted, or such inside transactions."""
        return (
            self.tally.strikes[kind] < strikes
            or self.tally.in_transactions[kind] < INSIDE
        )

    def go_on(self, kills: int, aways: int) -> None:
        """Let so many strikes come while things happen."""
        # builds are forked from this process: the first one makes it warm
        self.compare()
        kinds = {
            KILLED: (self.kill_postmaster, self.kill_everything, self.kill_a_session),
            AWAY: (self.stop_for_a_while, self.refuse_for_a_while),
        }
        wanted = {KILLED: kills, AWAY: aways}
        rng = self.session.rng
        while missing := [one for one in wanted if self.lacks(one, wanted[one])]:
            kind = rng.choice(missing)
            self.session.go_on(4)
            self.strike(
                kind,
                rng.choice(kinds[kind]),
                is_build=rng.random() < 0.2,
                is_caught=rng.random() < 0.85,
            )
            self.make_good()
        self.compare()

    # --- a full disk ------------------------------------------------------------------

    def fill_disk(self) -> None:
        """Run out of disk in the midst of a sync, and get room again."""
        ballast = self.server.root.parent / "ballast"
        victim = self.begin_revisit()
        kept = self.session.rng.choice((0, 8, 24)) * 1024
        fill(ballast, kept)
        code = victim.join()
        ballast.unlink()
        self.server.start()
        if code:  # or there was room enough
            said = victim.log.read_text()
            assert "Traceback" not in said
            # the word of the statement that found none
            self.tally.strike(FULL, in_transaction="No space left on device" in said)
        await_nobody(self.warehouse.environment)

    def begin_revisit(self) -> Victim:
        """Let a sync begin that lands everything once more."""
        folder, database = self.warehouse.folder, self.warehouse.environment
        again = ("--revisit-days", "all")
        victim = victims.sync_of(self.fake, database, folder, *again)
        victim.wait(self.session.rng.random() * 0.3)
        return victim


def fill(ballast: Path, kept: int) -> None:
    """Fill a disk but for some bytes, while others write to it, too."""
    with ballast.open("wb") as file:
        while (free := shutil.disk_usage(ballast.parent).free) > kept:
            with suppress(OSError):  # somebody was faster
                length = file.seek(0, os.SEEK_END)
                os.posix_fallocate(file.fileno(), length, free - kept)


@contextmanager
def site_in(folder: Path, log: Path, tally: Tally) -> Iterator[Site]:
    """Give an archive that is to begin, and a warehouse that was built from nothing."""
    server = Embedded(folder / "pg", settings=SETTINGS)
    session = Session(tally.seed)
    try:
        server.start()
        environment = server.environment(built_database(server))
        with (
            psycopg.connect(**connection_arguments(environment)) as connection,
            FakeDiscord(session.world) as fake,
        ):
            landing = Landing(connection)
            warehouse = Warehouse(environment, log, connection, landing, TABLES_ONLY)
            yield Site(server, fake, session, warehouse, tally)
    finally:
        server.stop()


@pytest.fixture
def site(tmp_path: Path, tally: Tally) -> Iterator[Site]:
    """Give a warehouse on a server that is to be killed."""
    folder = Path(tempfile.mkdtemp(prefix="dw-", dir=memory()))
    try:
        with site_in(folder, tmp_path, tally) as made:
            yield made
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def small_disk(short_folder: Path) -> Iterator[Path]:
    """Give a disk of its own that can be filled, where one may be mounted."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=711", "tmpfs"]
    mounted = os.geteuid() == 0 and shutil.which("mount") is not None
    if mounted:
        done = subprocess.run([*mount, short_folder], capture_output=True, check=False)
        mounted = done.returncode == 0
    if not mounted:
        pytest.skip("a disk to fill can be mounted by root alone")
    try:
        yield short_folder
    finally:
        subprocess.run(["umount", short_folder], check=True)


@pytest.fixture
def crowded_site(small_disk: Path, tmp_path: Path, tally: Tally) -> Iterator[Site]:
    """Give a warehouse on a disk that can be filled."""
    with site_in(small_disk, tmp_path, tally) as made:
        yield made


@pytest.mark.timeout(900)
def test_a_server_killed_or_gone_loses_and_doubles_nothing(site: Site) -> None:
    """What was committed is there when it is back, and what was not is read again."""
    site.go_on(kills=20, aways=14)

    assert site.tally.in_transactions[KILLED] >= INSIDE
    assert site.tally.in_transactions[AWAY] >= INSIDE


@pytest.mark.timeout(900)
def test_a_full_disk_loses_and_doubles_nothing(crowded_site: Site) -> None:
    """Statements fail whole, and are good again when there is room."""
    fill_disks(crowded_site, 12)

    assert crowded_site.tally.in_transactions[FULL] >= INSIDE


def fill_disks(site: Site, count: int) -> None:
    """Fill the disk so often while things happen."""
    while site.lacks(FULL, count):
        site.session.go_on(4)
        site.fill_disk()
        site.make_good()
    site.compare()


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_a_server_killed_for_long_loses_and_doubles_nothing(site: Site) -> None:
    """As above, for longer."""
    site.go_on(kills=100, aways=50)


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_a_disk_full_for_long_loses_and_doubles_nothing(crowded_site: Site) -> None:
    """As above, for longer."""
    fill_disks(crowded_site, 50)
