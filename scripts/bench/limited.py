"""Backfills under Discord's limits, against the least time that these allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scripts.bench.bench import Bench
from scripts.bench.table import Row, seconds
from tests.backfills import OF_A_MINUTE, Backfill, backfill, guild_of
from tests.fake_discord.limits import Limits

GOAL = 1.05
LATENCIES = (0.0, 0.1)


def rows(bench: Bench) -> list[Row]:
    """Archive one guild after the other, each near by and from far away."""
    return measured(bench, OF_A_MINUTE)


def measured(
    bench: Bench,
    guilds: Mapping[str, Sequence[int]],
    limits: Limits | None = None,
) -> list[Row]:
    """Archive guilds, given by the pages of their channels."""
    took: dict[str, Backfill] = {}
    for guild, pages in guilds.items():
        home = guild_of(pages)
        for latency in LATENCIES:
            what = f"{guild}, {latency * 1000:.0f} ms away" if latency else guild
            database = bench.database("bench_limited")
            one = backfill(home, database, latency=latency, limits=limits)
            bench.note(what, one.seconds)
            took[what] = one
    refused = sum(one.refused for one in took.values())
    return [
        *(_row(what, one) for what, one in took.items()),
        Row("… 429s that could have been avoided", str(refused), ratio=refused, goal=0),
    ]


def _row(what: str, took: Backfill) -> Row:
    return Row(
        f"Backfill under limits: {what}",
        seconds(took.seconds),
        f"{seconds(took.bound)}: what the limits allow",
        took.ratio,
        GOAL,
    )
