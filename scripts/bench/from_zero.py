"""Builds from nothing, against one bare expansion of the pages."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from scripts.bench.bench import Bench
from scripts.bench.counters import sizes, temporary_bytes
from scripts.bench.table import Row, seconds, size
from scripts.bench.warehouse import Warehouse
from scripts.bench.watch import Peaks, watched

SMALL = 0.1  # of --messages: tells the time that grows with them from the time of dbt
GOAL_TYPED = 8
GOAL_ALL = 12
BUILDS = 3

# the tests of an everyday build, which come without asking only if nothing is selected
_CHECKED = ("--exclude", "tag:full_check", "resource_type:unit_test")
_TYPED = ("--full-refresh", "--select", "+config.schema:discord", *_CHECKED)
_SEARCHED = "message_words"
_ALL = ("--full-refresh", *_CHECKED, _SEARCHED)


@dataclass(frozen=True)
class Took:
    """What builds of one warehouse and the floor took: medians, in seconds."""

    messages: int
    build: float
    floor: float

    def over(self, small: Took) -> tuple[float, float]:
        """Return what was taken for those messages only that a smaller one has not."""
        return self.build - small.build, self.floor - small.floor


def rows(bench: Bench) -> list[Row]:
    """Measure builds from zero and the floor in turn, of many messages and of few."""
    large, small = bench.warehouse(), bench.warehouse(SMALL)
    peaks, before = Peaks(), temporary_bytes(large)
    with watched(bench.server, peaks):
        typed = _from_zero(bench, large, *_TYPED)
    written = (temporary_bytes(large) - before) / bench.times(BUILDS)
    disk = _disk(large)
    typed_small = _from_zero(bench, small, *_TYPED)
    all_small = _from_zero(bench, small, *_ALL)
    all_large = _from_zero(bench, large, *_ALL)
    search = bench.note("word search", large.build("--select", _SEARCHED))
    what = "Build of the typed tables from zero, tests included"
    return [
        *_compared(what, typed_small, typed, GOAL_TYPED),
        Row("… most memory of the server's processes", size(peaks.memory)),
        Row(
            "… most temporary files at once",
            f"{size(peaks.temporary_files)}, {size(written)} in all",
        ),
        disk,
        *_compared("Build of everything from zero", all_small, all_large, GOAL_ALL),
        Row("… and for word searches, beside", seconds(search)),
    ]


def _from_zero(bench: Bench, warehouse: Warehouse, *arguments: str) -> Took:
    floors = [bench.note("bare expansion", warehouse.expand())]
    builds = []
    for _ in range(bench.times(BUILDS)):
        warehouse.clear()
        builds.append(bench.note("build from zero", warehouse.build(*arguments)))
        floors.append(bench.note("bare expansion", warehouse.expand()))
    return Took(warehouse.messages, median(builds), median(floors))


def _compared(what: str, small: Took, large: Took, goal: float) -> list[Row]:
    return [
        _row(f"{what}, {large.messages:,} messages", large.build, large.floor, goal),
        _row(f"… {small.messages:,} messages", small.build, small.floor, goal),
        _row("… what grows with the messages", *large.over(small), goal),
    ]


def _row(what: str, lasted: float, floor: float, goal: float) -> Row:
    least = f"{seconds(floor)}: one bare expansion of the pages"
    return Row(what, seconds(lasted), least, lasted / floor, goal)


def _disk(warehouse: Warehouse) -> Row:
    taken = sizes(warehouse)
    pages, typed = taken["landing"], taken["discord"]
    what = "… disk of the typed tables, indexes included"
    return Row(what, size(typed), f"{size(pages)}: the pages", typed / pages)
