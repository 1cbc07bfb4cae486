"""An everyday build after a day's news: on little stored, and on many times as much."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from statistics import median

from scripts.bench.bench import Bench
from scripts.bench.counters import grown, reads
from scripts.bench.table import Row, seconds, size
from scripts.bench.warehouse import Warehouse

SMALL, LARGEST = 0.1, 5  # of --messages
BYTES_EACH = 5000  # of disk for a message, with what its build needs for a while
GOAL = 1.3
GOAL_IDLE = 2
BUILDS = 5


@dataclass(frozen=True)
class Took:
    """Seconds of builds with a day's news, and the rows read without an index."""

    on_small: float
    on_large: float
    read: Counter[str]


def rows(bench: Bench) -> list[Row]:
    """Measure on few messages and on many."""
    small, large = bench.built(SMALL), bench.built()
    took = _in_turn(bench, small, large)
    idle = median(_build(bench, large) for _ in range(bench.times(BUILDS)))
    return [
        _row(large, took.on_large, took.on_small, _on(small), GOAL),
        _row(large, took.on_large, idle, "nothing new", GOAL_IDLE),
        *_reads(took.read),
    ]


def largest_rows(bench: Bench) -> list[Row]:
    """Measure on few messages, and where the disk allows on most."""
    needed = round(bench.messages * LARGEST) * BYTES_EACH
    free = shutil.disk_usage(bench.folder).free
    if free < needed:
        why = f"not measured: {size(needed)} of disk needed, {size(free)} free"
        return [Row(f"Everyday build on {LARGEST} times as many", "", why)]
    small, largest = bench.built(SMALL), bench.built(LARGEST)
    took = _in_turn(bench, small, largest)
    return [_row(largest, took.on_large, took.on_small, _on(small), GOAL)]


def _in_turn(bench: Bench, small: Warehouse, large: Warehouse) -> Took:
    on_small, on_large, read = [], [], Counter[str]()
    for _ in range(bench.times(BUILDS)):
        for warehouse in (small, large):
            bench.land_news(warehouse)
            warehouse.settle()
        before = reads(large)
        on_small.append(_build(bench, small))
        on_large.append(_build(bench, large))
        read.update(grown(before, reads(large)))
    return Took(median(on_small), median(on_large), read)


def _build(bench: Bench, warehouse: Warehouse) -> float:
    return bench.note(_on(warehouse), warehouse.build())


def _on(warehouse: Warehouse) -> str:
    return f"on {warehouse.messages:,} messages"


def _row(
    warehouse: Warehouse, lasted: float, least: float, of: str, goal: float
) -> Row:
    return Row(
        f"Everyday build {_on(warehouse)}, 1,000 of them new",
        seconds(lasted),
        f"{seconds(least)}: {of}",
        lasted / least,
        goal,
    )


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
