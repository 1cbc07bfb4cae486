"""An everyday build after a day's news: on so much stored, and on ten times as much."""

from __future__ import annotations

from collections import Counter
from statistics import median

from scripts.bench.bench import Bench
from scripts.bench.counters import grown, reads
from scripts.bench.table import Row, seconds
from scripts.bench.warehouse import Warehouse

PART = 10
GOAL = 1.3
BUILDS = 5


def rows(bench: Bench) -> list[Row]:
    """Measure both warehouses in turn, each build with a day's news."""
    small, large = bench.warehouse(PART), bench.built()
    bench.note("build of everything", small.build())
    on_small, on_large, read = [], [], Counter[str]()
    for day in range(1, bench.times(BUILDS) + 1):
        for warehouse in (small, large):
            warehouse.land_news(day)
            warehouse.settle()
        before = reads(large)
        on_small.append(bench.note(_on(small), small.build()))
        on_large.append(bench.note(_on(large), large.build()))
        read.update(grown(before, reads(large)))
    return [
        Row(
            f"Everyday build {_on(large)}, 1,000 of them new",
            seconds(median(on_large)),
            f"{seconds(median(on_small))}: {_on(small)}",
            median(on_large) / median(on_small),
            GOAL,
        ),
        *_reads(read),
    ]


def _on(warehouse: Warehouse) -> str:
    return f"on {warehouse.messages:,} messages"


def _reads(read: Counter[str]) -> list[Row]:
    """Return what was read of pages and typed tables, and what of the marts' own.

    Some marts are computed whole from smaller ones, so only the former has a goal.
    """
    typed = ("landing.", "discord.")
    of_typed = Counter({k: v for k, v in read.items() if k.startswith(typed)})
    what = "… rows of {} read without an index"
    return [
        Row(
            what.format("pages and large typed tables"),
            _most(of_typed),
            ratio=of_typed.total(),
            goal=0,
        ),
        Row(what.format("large marts"), _most(read - of_typed)),
    ]


def _most(read: Counter[str]) -> str:
    most = ", ".join(f"{name} {rows:,}" for name, rows in read.most_common(3))
    return f"{read.total():,} ({most})" if most else "0"
