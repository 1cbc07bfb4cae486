"""A build of the typed tables from nothing, against one bare expansion of the pages."""

from __future__ import annotations

from statistics import median

from scripts.bench.bench import Bench
from scripts.bench.counters import sizes, temporary_bytes
from scripts.bench.table import Row, seconds, size
from scripts.bench.warehouse import Warehouse
from scripts.bench.watch import Peaks, watched

# everything in schema discord and what it reads, with the tests of an everyday build
TYPED = (
    "--full-refresh",
    *("--select", "+config.schema:discord"),
    *("--exclude", "tag:full_check", "resource_type:unit_test"),
)
GOAL = 8
BUILDS = 3


def rows(bench: Bench) -> list[Row]:
    """Measure builds from zero and the floor in turn."""
    warehouse, peaks = bench.warehouse(), Peaks()
    floors = [bench.note("bare expansion", warehouse.expand())]
    builds, written = [], []
    for _ in range(bench.times(BUILDS)):
        warehouse.clear()
        before = temporary_bytes(warehouse)
        with watched(bench.server, peaks):
            builds.append(bench.note("build from zero", warehouse.build(*TYPED)))
        written.append(temporary_bytes(warehouse) - before)
        floors.append(bench.note("bare expansion", warehouse.expand()))
    build, floor = median(builds), median(floors)
    return [
        Row(
            "Build of the typed tables from zero, tests included",
            seconds(build),
            f"{seconds(floor)}: one bare expansion of the pages",
            build / floor,
            GOAL,
        ),
        Row("… most memory of the server's processes", size(peaks.memory)),
        Row(
            "… most temporary files at once",
            f"{size(peaks.temporary_files)}, {size(max(written))} in all",
        ),
        _disk(warehouse),
    ]


def _disk(warehouse: Warehouse) -> Row:
    taken = sizes(warehouse)
    pages, typed = taken["landing"], taken["discord"]
    what = "… disk of the typed tables, indexes included"
    return Row(what, size(typed), f"{size(pages)}: the pages", typed / pages)
