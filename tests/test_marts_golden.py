"""The marts of three small guilds, as they stand in files that were checked by hand."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest

from extractor.embedded import Embedded
from tests.dbt_warehouse import Warehouse, new_warehouse
from tests.marts_archive import Archive
from tests.marts_golden import FOLDER, RUNS, ZONE, Golden
from tests.marts_oracle import KEYS
from tests.marts_oracle.history import History

WEEKLY = ["--select", "+path:models/weekly"]


@dataclass(frozen=True, repr=False)
class Built:
    """A warehouse, and the guilds in it."""

    warehouse: Warehouse
    golden: Golden


@pytest.fixture(scope="module")
def built(
    postgres: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Built]:
    """Give the golden guilds, built after each of the runs that read them."""
    with new_warehouse(postgres, tmp_path_factory.mktemp("golden")) as warehouse:
        golden = Golden(Archive(warehouse.landing, History(ZoneInfo(ZONE))))
        for run in range(1, RUNS + 1):
            golden.read(run)
            # views are what the first build made them
            later = ["--exclude", "config.materialized:view"] if run > 1 else []
            zone = ["--vars", f"{{reporting_timezone: {ZONE}}}"]
            warehouse.must_build(*zone, *WEEKLY, *later)
        yield Built(warehouse, golden)


@pytest.mark.parametrize("mart", KEYS)
def test_a_mart_is_what_its_file_says(built: Built, mart: str) -> None:
    """Each row of the file is one of the mart, and there is no other."""
    with (FOLDER / "expected" / f"{mart}.csv").open(newline="") as file:
        expected = list(csv.DictReader(file))
    columns = list(expected[0])

    rows = built.warehouse.query(f"select {', '.join(columns)} from marts.{mart}")

    named = [dict(zip(columns, row, strict=True)) for row in rows]
    found = built.golden.shown(mart, named)
    too_much = [row for row in found if row not in expected]
    missing = [row for row in expected if row not in found]
    assert (too_much, missing) == ([], [])
    assert found == expected
