"""Extract and build, against dlt, which reads the same guild into typed tables.

dlt is no dependency of ours: it gets an environment of its own under target/, of the
versions in peers.txt (made by `uv pip compile --universal --generate-hashes` of
"dlt[postgres]>=1.31,<2"). Without a package index nothing is compared.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import click

from scripts.bench.bench import Bench
from scripts.bench.extract import made_up, run
from scripts.bench.table import Row, seconds
from scripts.bench.warehouse import Warehouse
from scripts.steps import ROOT
from tests.archive import environment_of, query
from tests.fake_discord import FakeDiscord

PART = 5  # of --messages are read
GOAL = 3
ENVIRONMENT = ROOT / "target" / "peers"
LOCK = Path(__file__).with_name("peers.txt")
PROGRAM = Path(__file__).with_name("peer_dlt.py")

# what dlt makes: typed tables, not tested, and no marts
TYPED = (
    *("--select", "+config.schema:discord"),
    *("--exclude-resource-type", "test", "unit_test"),
)


class NotInstalledError(Exception):
    """The peer cannot be had here; the message says why."""


def rows(bench: Bench) -> list[Row]:
    """Let both read the same guild, neither held up by limits."""
    messages = max(1000, bench.messages // PART)
    what = f"Extract and build of typed tables, {messages:,} messages"
    try:
        python = installed(ENVIRONMENT, LOCK)
    except NotInstalledError as error:
        bench.tell(f"  skipped: {error}")
        return [Row(what, "", f"not compared: {error}")]
    with FakeDiscord(made_up(messages)) as fake:
        extract, build = _ours(bench, fake)
        theirs = _theirs(bench, fake, python)
    return [
        Row(
            what,
            seconds(extract + build),
            f"{seconds(theirs)}: dlt, which keeps no pages",
            theirs / (extract + build),
            least=GOAL,
        ),
        Row("… the extract of it", seconds(extract)),
    ]


def installed(folder: Path, lock: Path) -> Path:
    """Return the Python that has what a lock names, installed where it is not yet.

    Raises:
        NotInstalledError: pip cannot.

    """
    python, done = folder / "bin" / "python", folder / "installed.txt"
    if done.is_file() and done.read_bytes() == lock.read_bytes():
        return python
    make = ("venv", "--clear", "--without-pip", str(folder))
    fill = ("pip", "--python", str(python), "install", "--quiet", "--require-hashes")
    for command in (make, (*fill, "-r", str(lock))):
        ran = subprocess.run(
            [sys.executable, "-m", *command],
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            said = (ran.stderr.strip() or "no reason given").splitlines()[-1]
            raise NotInstalledError(f"{lock.name} cannot be installed ({said})")
    done.write_bytes(lock.read_bytes())
    return python


def _ours(bench: Bench, fake: FakeDiscord) -> tuple[float, float]:
    """Return the seconds of the extract, and of the build after it."""
    database = bench.database("bench_peer")
    warehouse = Warehouse(database, bench.folder / "bench_peer", 0)
    warehouse.parse()
    started = time.monotonic()
    run("scripts.bench.unlimited", environment_of(fake, database), "sync")
    extract = bench.note("extract", time.monotonic() - started)
    build = bench.note("build of the typed tables", warehouse.build(*TYPED))
    _must_have_all(fake, database, "discord")
    return extract, build


def _theirs(bench: Bench, fake: FakeDiscord, python: Path) -> float:
    database = bench.database("bench_peer")
    folder = bench.folder / "dlt"
    folder.mkdir(exist_ok=True)
    environment = {
        **environment_of(fake, database),
        "DISCORD_GUILD": str(fake.world.guild_ids[0]),
        "HOME": str(folder),
    }
    started = time.monotonic()
    ran = subprocess.run(
        [python, PROGRAM, folder / "pipelines"],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise click.ClickException(f"dlt failed:\n{ran.stderr.strip()}")
    lasted = bench.note("dlt", time.monotonic() - started)
    _must_have_all(fake, database, "peer")
    return lasted


def _must_have_all(fake: FakeDiscord, database: Mapping[str, str], schema: str) -> None:
    """Hold what was read against what there is: who reads less is no peer."""
    world = fake.world
    readable = world.readable_channel_ids(world.guild_ids[0], fake.bot_token)
    there = sum(len(world.logs[one].ids) for one in readable)
    ((found,),) = query(database, f"select count(*) from {schema}.messages")  # noqa: S608
    if found != there:
        raise click.ClickException(f"{schema}.messages: {found} of {there} messages")
