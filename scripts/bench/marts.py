"""Questions to the marts: how long the slowest takes, each as a reader would put it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import psycopg

from scripts.bench.bench import Bench
from scripts.bench.table import Row
from scripts.bench.warehouse import Warehouse

GOAL_MILLISECONDS = 100
TIMES = 5

# every table and view of schema marts; the first column says whose rows they are
_MARTS = """
    select table_name, array_agg(column_name::text order by ordinal_position)
    from information_schema.columns
    where table_schema = 'marts'
    group by table_name
    order by table_name"""
_LARGEST = """
    select guild_id, channel_id from marts.weekly_channel_activity
    order by message_count desc limit 1"""
_NEWEST = ("week_start", "month_start", "cohort_week", "activity_date", "message_id")


def rows(bench: Bench) -> list[Row]:
    """Ask each mart of the large warehouse for what is newest in one guild."""
    warehouse = bench.built()
    lasted = {
        mart: milliseconds(warehouse, q) for mart, q in queries(warehouse).items()
    }
    return [
        slowest("marts to give a guild's newest rows", lasted, GOAL_MILLISECONDS),
    ]


def slowest(what: str, lasted: Mapping[str, float], goal: float) -> Row:
    """Return the row of whatever took most milliseconds."""
    name = max(lasted, key=lambda one: lasted[one])
    missed = sum(one > goal for one in lasted.values())
    shown = " ".join(name.split()) + (f"; {missed} of them miss" if missed else "")
    return Row(
        f"Slowest of {len(lasted)} {what}",
        f"{lasted[name]:.1f} ms ({shown})",
        "milliseconds",
        lasted[name],
        goal,
    )


def queries(warehouse: Warehouse) -> Mapping[str, str]:
    """Return a query for each mart: twenty rows of a guild or channel, newest first."""
    with warehouse.connect() as connection:
        marts = connection.execute(_MARTS).fetchall()
        guild_id, channel_id = connection.execute(_LARGEST).fetchall()[0]
    ids = {"guild_id": guild_id, "channel_id": channel_id}
    return {mart: _newest(mart, columns, ids) for mart, columns in marts}


def _newest(mart: str, columns: Sequence[str], ids: Mapping[str, int]) -> str:
    place = columns[0] if columns[0] in ids else "guild_id"
    order = [f"{column} desc" for column in _NEWEST if column in columns] or ["1"]
    return (
        f"select * from marts.{mart} where {place} = {ids[place]} "  # noqa: S608
        f"order by {order[0]} limit 20"
    )


def milliseconds(
    warehouse: Warehouse, query: str, values: Mapping[str, Any] | None = None
) -> float:
    """Return how long a query takes, all its rows fetched: the median of some times."""
    with warehouse.connect() as connection:
        return median(_once(connection, query, values) for _ in range(TIMES)) * 1000


def _once(
    connection: psycopg.Connection[Any], query: str, values: Mapping[str, Any] | None
) -> float:
    started = time.monotonic()
    connection.execute(query.encode(), values).fetchall()
    return time.monotonic() - started
