"""Every mart is what an independent program makes of the same made-up communities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from extractor.embedded import Embedded
from tests.dbt_warehouse import Warehouse, new_warehouse
from tests.marts_archive import Archive
from tests.marts_oracle import KEYS, marts
from tests.marts_oracle.history import History, Row
from tests.marts_worlds import RUNS, World

# how many worlds, in a zone where clocks change and in one where they do not
SEEDS = {"America/New_York": 50, "UTC": 10}
# the weekly tables and all that they are made from
WEEKLY = ["--select", "+path:models/weekly"]
SHOWN = 12
BUILDS_ALONE = {"page_id"}
# Medians of seconds are whole ones; which way halves of a second go is nobody's rule.
NEAR = Fraction(6, 10)
# What must come up somewhere, or a rule was never tried.
CASES: tuple[tuple[str, str, set[Any]], ...] = (
    ("activity_heatmap", "exposure_hours", {1, 2}),
    ("weekly_guild_activity", "is_final", {True, False}),
    ("weekly_guild_activity", "new_users", {None, 0, 1}),
    (
        *("weekly_user_lifecycle", "tier"),
        {"new", "retained", "resurrected", "dormant", None},
    ),
    ("weekly_user_lifecycle", "is_vital", {True, False}),
    ("weekly_lifecycle", "dormant_consistent_count", {0, 1}),
    ("weekly_retention", "weeks_later", set(range(13))),
    ("weekly_retention", "active_count", {None, 0, 1, 2}),
    ("weekly_new_users", "days_to_first_message", {None, 1}),
    ("weekly_participation", "absence_factor", {1, 2, 3}),
    ("weekly_top_contributors", "rank", {1, 10}),
    ("weekly_top_channels", "rank", {1, 10}),
    ("monthly_membership", "is_known", {True, False}),
    ("monthly_membership", "leave_count", {None, 0, 1}),
    ("monthly_membership", "possible_leave_count", {None, 0, 1}),
    ("monthly_membership", "leaves_later", {1}),
    ("monthly_membership", "leaves_under_28_days", {1}),
    ("message_responses", "kind", {"post", "thread_starter", "opener"}),
    ("message_responses", "response_kind", {"thread", "reply", None}),
    ("message_responses", "is_question", {True, False}),
    ("weekly_responses", "open_count", {None, 0, 1}),
    ("weekly_responses", "answered_7d_count", {None, 0, 1}),
    ("unanswered_questions", "has_inferred_response", {True, False}),
    ("weekly_threads", "stale_count", {None, 0, 1}),
    ("weekly_threads", "solved_count", {0, 1}),
    ("weekly_threads", "single_author_count", {0, 1}),
    ("weekly_highlights", "emoji_count", {1, 2, 3}),
    ("weekly_highlights", "reply_count", {0, 1, 2}),
    ("weekly_emoji_use", "message_count", {0, 1, 2}),
    ("weekly_conversations", "is_thread", {True, False}),
    *(
        ("weekly_interactions", f"{kind}_count", {0, 1, 2})
        for kind in ("reply", "mention", "reaction")
    ),
)


@dataclass(frozen=True, repr=False)
class Built:
    """A warehouse, and what it was built from (too much to be shown)."""

    zone: str
    warehouse: Warehouse
    history: History
    computed: dict[str, list[Row]] = field(default_factory=dict)

    def expected(self, mart: str) -> list[Row]:
        """Return the rows that a mart should have; they are computed once."""
        if mart not in self.computed:
            self.computed[mart] = list(marts()[mart](self.history))
        return self.computed[mart]


@pytest.fixture(
    scope="module",
    params=["America/New_York", pytest.param("UTC", marks=pytest.mark.long)],
)
def built(
    request: pytest.FixtureRequest,
    postgres: Embedded,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Built]:
    """Give all worlds in one database, read in some runs with a build after each."""
    zone = request.param
    with new_warehouse(postgres, tmp_path_factory.mktemp("worlds")) as warehouse:
        yield Built(zone, warehouse, fill(warehouse, zone))


def fill(warehouse: Warehouse, zone: str) -> History:
    """Let all worlds happen, and build after each run."""
    variables = ["--vars", f"{{reporting_timezone: {zone}}}"]
    archive = Archive(warehouse.landing, History(ZoneInfo(zone)))
    worlds = [World(seed, archive) for seed in range(SEEDS[zone])]
    for run in range(RUNS):
        for world in worlds:
            world.read(run)
        # views are what the first build made them
        later = ["--exclude", "config.materialized:view"] if run else []
        warehouse.must_build(*variables, *WEEKLY, *later)
    return archive.history


@pytest.mark.parametrize("mart", KEYS)
def test_a_mart_is_what_the_definitions_say(built: Built, mart: str) -> None:
    """Row by row and column by column, over all seeds."""
    expected = built.expected(mart)
    assert expected, "nothing to compare"

    found = stored(built.warehouse, mart, list(expected[0]))

    said = differences(keyed(expected, KEYS[mart]), keyed(found, KEYS[mart]))
    assert not said, f"{len(said)} differences:\n" + "\n".join(said[:SHOWN])


@pytest.mark.parametrize("mart", KEYS)
def test_no_column_is_left_unchecked(built: Built, mart: str) -> None:
    """What a mart has, the oracle computes, but for what only builds need."""
    expected, *_ = built.expected(mart)
    columns = f"""
        select column_name from information_schema.columns
        where table_schema = 'marts' and table_name = '{mart}'"""

    found = {name for (name,) in built.warehouse.query(columns)}

    assert found - BUILDS_ALONE == expected.keys() - BUILDS_ALONE


def test_the_worlds_try_every_rule(built: Built) -> None:
    """What a rule tells apart comes up in some row; all cases need all worlds."""
    if SEEDS[built.zone] < max(SEEDS.values()):
        return
    missing = {
        (mart, column): values - {row[column] for row in built.expected(mart)}
        for mart, column, values in CASES
    }

    assert {case: left for case, left in missing.items() if left} == {}


def stored(warehouse: Warehouse, mart: str, columns: list[str]) -> list[Row]:
    """Return the rows of a mart, as far as the oracle knows its columns."""
    rows = warehouse.query(f"select {', '.join(columns)} from marts.{mart}")
    return [dict(zip(columns, row, strict=True)) for row in rows]


def keyed(rows: Iterable[Row], key: tuple[str, ...]) -> dict[tuple[Any, ...], Row]:
    """Return rows by their key, which must tell them apart."""
    listed = list(rows)
    found = {tuple(row[column] for column in key): row for row in listed}
    assert len(found) == len(listed), "a key comes twice"
    return found


def differences(
    expected: Mapping[tuple[Any, ...], Row], found: Mapping[tuple[Any, ...], Row]
) -> list[str]:
    """Say what is missing, what is too much, and what is otherwise."""
    said = []
    for key in sorted(expected.keys() | found.keys(), key=str):
        named = ", ".join(str(part) for part in key)
        if key not in found:
            said.append(f"({named}) is missing: {expected[key]}")
        elif key not in expected:
            said.append(f"({named}) is too much: {found[key]}")
        else:
            said += [
                f"({named}) {column}: {found[key][column]} instead of {value}"
                for column, value in expected[key].items()
                if not is_same(value, found[key][column])
            ]
    return said


def is_same(expected: Any, found: Any) -> bool:
    """Compare two values; instants are the same in whatever zone they are shown."""
    if isinstance(expected, Fraction) and found is not None:
        return abs(expected - Fraction(found)) <= NEAR
    if isinstance(expected, datetime) != isinstance(found, datetime):
        return False
    return bool(expected == found)
