"""What all tests share: one throw-away server per worker, one database per test."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import psycopg
import pytest
from psycopg import sql
from psycopg.rows import TupleRow

from extractor.config import connection_arguments
from extractor.embedded import Embedded
from tests.chaos.tally import Tally, seed_of_run
from tests.chaos.tally import lines as lines_of_chaos
from tests.fake_discord import FakeDiscord, World, generate_world
from tests.fake_discord.client import Client
from tests.once import shared
from tests.report_tables import GUILD, ddl

# the same examples in every run, however slow the machine is
hypothesis.settings.register_profile("same", deadline=None, derandomize=True)
hypothesis.settings.load_profile("same")

FAST_AND_UNSAFE = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",
}


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Run half as many tests again as there are cores: many wait for rate limits."""
    workers = yield
    return workers + (workers + 1) // 2


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what chaos has done and found, whichever worker it was in."""
    ended = [
        report
        for reports in terminalreporter.stats.values()
        for report in reports
        # what fixtures note when a test is over
        if getattr(report, "when", None) == "teardown"
    ]
    kept = (dict(report.user_properties).get(Tally.PROPERTY) for report in ended)
    for line in lines_of_chaos(tally for tally in kept if tally is not None):
        terminalreporter.write_line(f"chaos: {line}")


def forget_real_servers(patch: pytest.MonkeyPatch) -> None:
    """Remove every variable that could lead to a real database, Discord or model."""
    for name in list(os.environ):
        if name.startswith(("PG", "DB_", "DISCORD_", "REPORT_", "OLLAMA_")):
            patch.delenv(name)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every test begin without a way to a real database or to Discord."""
    forget_real_servers(monkeypatch)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Give a new folder whose path leaves room for a socket (tmp_path does not)."""
    folder = Path(tempfile.mkdtemp(prefix="dw-"))
    yield folder
    shutil.rmtree(folder)


def memory() -> Path | None:
    """Return a folder in memory with ample room, where the machine has one.

    A database is some hundred files: making and removing them on a disk was a fifth of
    the time of all tests.
    """
    folder = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of one's own in it
    is_ample = folder.is_dir() and shutil.disk_usage(folder).free > 4 * 2**30
    return folder if is_ample else None


@pytest.fixture(scope="session", autouse=True)
def together(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Let the workers of this run share what each would make alike."""
    shared.begin(pytestconfig, tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Embedded]:
    """Give the worker's running server; it ends with the worker, whatever failed."""
    folder = Path(tempfile.mkdtemp(prefix="dw-", dir=memory()))
    server = Embedded(folder / "pg", settings=FAST_AND_UNSAFE)
    try:
        with pytest.MonkeyPatch.context() as patch:
            forget_real_servers(patch)
            server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture
def database(postgres: Embedded) -> Iterator[dict[str, str]]:
    """Give the PG* variables of an empty database, dropped after the test."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    # copying files takes a tenth of the time that writing them into the log takes
    create = sql.SQL("create database {} template template0 strategy file_copy")
    drop = sql.SQL("drop database {} with (force)")
    with administrator(postgres) as connection:
        connection.execute(create.format(sql.Identifier(name)))
    yield postgres.environment(name)
    with administrator(postgres) as connection:
        connection.execute(drop.format(sql.Identifier(name)))


def administrator(server: Embedded) -> psycopg.Connection[tuple[object, ...]]:
    """Connect to a server's own database, to do what no transaction may hold."""
    place = connection_arguments(server.environment("postgres"))
    return psycopg.connect(**place, autocommit=True)


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Count what a test of chaos does, for the summary of all of them."""
    counted = Tally(seed_of_run())
    yield counted
    request.node.user_properties.append((Tally.PROPERTY, counted.as_json()))


# --- the loopback Discord's own tests: a tiny guild, and who asks it ------------------


@pytest.fixture
def world() -> World:
    """Make a guild of four channels."""
    end = datetime(2026, 11, 21, tzinfo=UTC)
    return generate_world(seed=7, size="tiny", end=end)


@pytest.fixture
def fake(world: World) -> Iterator[FakeDiscord]:
    """Serve it, without limits."""
    with FakeDiscord(world) as running:
        yield running


@pytest.fixture
def bot(fake: FakeDiscord) -> Iterator[Client]:
    """Ask as its bot."""
    with Client(fake) as client:
        yield client


@pytest.fixture
def person(fake: FakeDiscord) -> Iterator[Client]:
    """Ask as one of its members, with a token of their own."""
    with Client(fake, fake.user_token) as client:
        yield client


@pytest.fixture(scope="module")
def place(postgres: Embedded, request: pytest.FixtureRequest) -> dict[str, str]:
    """Give one database to all tests of a file: one for each would take longer."""
    name = request.module.__name__.rpartition(".")[2]
    postgres.create_database(name)
    return postgres.environment(name)


@pytest.fixture
def marts(
    place: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[psycopg.Connection[TupleRow]]:
    """Give a connection to the hand-made guild; the report meets the same database."""
    for name, value in place.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    with psycopg.connect(autocommit=True) as connection:
        connection.execute(ddl())
        connection.execute(GUILD)
        yield connection
