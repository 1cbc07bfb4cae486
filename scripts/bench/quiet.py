"""A sync of a guild in which nothing happened: what it asks, however large it is."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass

from scripts.bench.bench import Bench
from scripts.bench.extract import run
from scripts.bench.table import Row, seconds
from tests.archive import environment_of
from tests.community import MANAGE_THREADS, Community
from tests.fake_discord import FakeDiscord

PLACES = (50, 500, 5000)  # channels and threads
THREADS_EACH = 24  # of a channel, every fourth of them open
GOAL = 1

_HEAD = re.compile(r"/channels/\d+/threads/archived/\w+")


@dataclass(frozen=True)
class Quiet:
    """What one quiet sync took: its requests, and those of them for archived lists."""

    seconds: float
    requests: int
    heads: int


def rows(bench: Bench) -> list[Row]:
    """Sync guilds of three sizes twice, and measure the second time."""
    return measured(bench, PLACES)


def measured(bench: Bench, sizes: tuple[int, ...]) -> list[Row]:
    """Sync guilds of so many channels and threads; the first is what others cost."""
    took = {places: _quiet(bench, places) for places in sizes}
    first = took[sizes[0]]
    return [
        Row(
            f"Sync of {places:,} channels and threads without news",
            f"{one.requests:,} requests in {seconds(one.seconds)}",
            f"{one.heads:,} requests: the heads of archived threads",
            (one.requests - one.heads) / (first.requests - first.heads),
            GOAL,
        )
        for places, one in took.items()
    ]


def guild_of(places: int) -> Community:
    """Make a guild of so many channels and threads, a message in each."""
    home = Community(rights=MANAGE_THREADS)
    channels = max(1, places // (THREADS_EACH + 1))
    parents = [home.channel(f"channel {number}", 1) for number in range(channels)]
    for number in range(places - channels):
        parent = parents[number % channels]
        home.thread(parent, f"thread {number}", is_archived=number % 4 > 0)
    return home


def _quiet(bench: Bench, places: int) -> Quiet:
    database = bench.database("bench_quiet")
    with FakeDiscord(guild_of(places).world) as fake:
        environment = environment_of(fake, database)
        run("scripts.bench.unlimited", environment, "sync")
        fake.clear_requests()
        started = time.monotonic()
        run("extractor", environment, "sync")
        lasted = time.monotonic() - started
        asked = Counter(bool(_HEAD.fullmatch(one.path)) for one in fake.requests)
    bench.note(f"{places:,} channels and threads, nothing new", lasted)
    return Quiet(lasted, asked.total(), asked[True])
