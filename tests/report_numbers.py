"""Each number of a report compared with the answer of its query, asked anew.

Written apart from the report's own code but for the text of the queries: which row of
the page is which answer, and how numbers are written, is said here a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.report_guild import table

QUERIES = Path(__file__).resolve().parent.parent / "scripts" / "report" / "queries"
ZONE = "UTC"

# heading, query, what is written where there is no number
FIGURES = (
    ("Activity", "activity", "unknown"),
    ("Members", "members", "unknown"),
    ("Who came, stayed and fell silent", "lifecycle", "unknown"),
    ("Answers", "answers", "too few"),
    ("Threads and posts", "threads", "too few"),
    ("Balance", "balance", "too few"),
)
# heading, query, its numbers, and the cells in which they stand
LISTS = (
    (
        "Top contributors",
        "top_contributors",
        {"rank": 0, "value": 2, "value_before": 3, "change": 4},
    ),
    (
        "Top channels",
        "top_channels",
        {"rank": 0, "value": 2, "value_before": 3, "change": 4},
    ),
    (
        "Channels up, down and silent",
        "channel_changes",
        {"value": 1, "value_before": 2, "change": 3},
    ),
    ("Gone quiet", "gone_quiet", {"value": 1, "last_day": 2}),
    (
        "The last final weeks",
        "weeks",
        {
            "week_start": 0,
            "message_count": 1,
            "unique_posters": 2,
            "retained_count": 3,
            "new_count": 4,
            "resurrected_count": 5,
            "dormant_count": 6,
        },
    ),
)


def assert_numbers(
    connection: psycopg.Connection[Any],
    page: str,
    guild_id: int,
    as_of: date,
    days: int = 7,
) -> None:
    """Compare every table of a guild's part of the page with its query."""
    now = _parameters(guild_id, as_of, days)
    before = _parameters(guild_id, as_of - timedelta(days=days), days)
    visible = _ask(connection, "visible_channels", now)
    channels = {
        "channel_ids": [row["channel_id"] for row in visible],
        "quotable_channel_ids": [
            row["channel_id"] for row in visible if row["is_quotable"]
        ],
    }
    for heading, query, unknown in FIGURES:
        rows = [_ask(connection, f"figures/{query}", asked) for asked in (now, before)]
        expected = [
            _figure(*pair, unknown) for pair in zip(rows[0], rows[1], strict=True)
        ]
        shown = table(page, f"### {heading}")
        assert [row[1:3] for row in shown] == expected, heading
    for heading, query, cells in LISTS:
        answers = _ask(connection, query, {**now, **channels})
        shown = table(page, f"### {heading}") if answers else []
        assert [
            {column: row[cell] for column, cell in cells.items()} for row in shown
        ] == [
            {column: _written(column, row[column]) for column in cells}
            for row in answers
        ], heading
        assert len(shown) <= 10, heading
    _assert_hours(page, _ask(connection, "hours", now))


def _parameters(guild_id: int, as_of: date, days: int) -> dict[str, Any]:
    first = as_of - timedelta(days=days)
    return {
        "guild_id": guild_id,
        "guild_ids": [guild_id],
        "audiences": ["public"],
        "timezone": ZONE,
        "first_day_before": first - timedelta(days=days),
        "first_day": first,
        "last_day": as_of - timedelta(days=1),
        "begins_at": f"{first} 00:00+00",
        "ends_at": f"{as_of} 00:00+00",
    }


def _ask(
    connection: psycopg.Connection[Any], query: str, asked: Mapping[str, Any]
) -> list[dict[str, Any]]:
    text = (QUERIES / f"{query}.sql").read_bytes()
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(text, asked).fetchall()


def _figure(
    now: Mapping[str, Any], before: Mapping[str, Any], unknown: str
) -> list[str]:
    return [_amount(row["unit"], row["value"], unknown) for row in (now, before)]


def _amount(unit: str, value: Decimal | int | None, unknown: str) -> str:
    match unit:
        case _ if value is None:
            return unknown
        case "share":
            return f"{round(100 * value)} %"
        case "seconds":
            return _largest_units(timedelta(seconds=int(value)))
        case "count":
            return f"{int(value):,}"
        case _:
            return f"{float(value):g}"


def _largest_units(length: timedelta) -> str:
    hours, seconds = divmod(length.seconds, 3600)
    counts = (length.days, hours, seconds // 60, seconds % 60)
    units = [f"{n} {u}" for n, u in zip(counts, ("d", "h", "min", "s"), strict=True)]
    first = next((place for place, n in enumerate(counts) if n), 3)
    told = units[first : first + 2]
    return " ".join(told[:1] if len(told) == 2 and told[1].startswith("0 ") else told)


def _written(column: str, value: object) -> str:
    match value:
        case int() | Decimal() if column == "change":
            return f"{value:+,}" if value else "0"
        case int() | Decimal():
            return f"{value:,}"
        case None:
            return "unknown"
        case _:
            return str(value)


def _assert_hours(page: str, answers: Sequence[Mapping[str, Any]]) -> None:
    sums = [Decimal(0)] * 56
    for row in answers:
        sums[(row["weekday"] - 1) * 8 + row["hour"] // 3] += row["messages_per_week"]
    shown = [cell for row in table(page, "### When people write") for cell in row[1:]]
    assert shown == [f"{told:.1f}" for told in sums]
