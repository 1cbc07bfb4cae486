"""What a report tells: a window of days, and the answers of queries/*.sql about it.

Each file in queries/ is one question, asked of every guild with the same parameters;
its answer reaches the template under the file's name. A new section of the report is
a new file there and a new block in the template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg
from psycopg.rows import TupleRow, dict_row

QUERIES = Path(__file__).parent / "queries"
DAYS = "marts.daily_user_channel_activity"  # what all numbers are counted from

Row = Mapping[str, Any]
Connection = psycopg.Connection[TupleRow]


class ReportError(Exception):
    """No report can be made; the message is one line on what to do."""


class BadRequestError(ReportError):
    """What was asked for does not exist."""


@dataclass(frozen=True)
class Window:
    """Whole days, and as many before them to compare with."""

    first_day: date
    last_day: date

    @classmethod
    def up_to(cls, as_of: date, days: int) -> Window:
        """Return the days that end with the midnight at which `as_of` begins."""
        try:
            window = cls(as_of - timedelta(days=days), as_of - timedelta(days=1))
            _ = window.first_day_before
        except OverflowError as error:
            raise BadRequestError(
                f"The calendar has no {days} days before {as_of}, and as many to "
                "compare with: ask for fewer, or for a later day."
            ) from error
        return window

    @property
    def days(self) -> int:
        """Return how many days the window has."""
        return (self.last_day - self.first_day).days + 1

    @property
    def first_day_before(self) -> date:
        """Return where the window before this one begins."""
        return self.first_day - timedelta(days=self.days)

    @property
    def last_day_before(self) -> date:
        """Return where the window before this one ends."""
        return self.first_day - timedelta(days=1)


@dataclass(frozen=True)
class GuildReport:
    """One guild and the answers about it, by the name of the question."""

    guild_id: int
    name: str | None
    answers: Mapping[str, Sequence[Row]]

    def __getitem__(self, question: str) -> Sequence[Row]:
        """Return the rows that answer a question, as the template asks for them."""
        return self.answers[question]


def reporting_timezone(connection: Connection) -> str:
    """Return the zone in whose days the marts were counted."""
    built = "select reporting_timezone from audit.build_state where relation = %s"
    row = connection.execute(built, [DAYS]).fetchone()
    if row is None:
        raise ReportError(f"{DAYS} has never been built: run make build first.")
    zone = str(row[0])
    try:
        return ZoneInfo(zone).key
    except ZoneInfoNotFoundError as error:
        raise ReportError(
            f"{DAYS} was built in time zone {zone}, which Python does not know: update "
            "the tzdata package, or build with another reporting_timezone."
        ) from error


def today(timezone: str, now: datetime) -> date:
    """Return the day that an instant belongs to in the reporting zone."""
    return now.astimezone(ZoneInfo(timezone)).date()


def questions() -> dict[str, str]:
    """Return the SQL of every question, by the name of its file."""
    return {
        path.stem: path.read_text("utf-8") for path in sorted(QUERIES.glob("*.sql"))
    }


def guild_reports(
    connection: Connection, window: Window, *, guild_ids: Sequence[int] = ()
) -> Iterator[GuildReport]:
    """Ask every question about each guild, in the order of their ids."""
    asked = questions()
    for guild_id, name in _guilds(connection, guild_ids):
        parameters = {
            "guild_id": guild_id,
            "first_day_before": window.first_day_before,
            "first_day": window.first_day,
            "last_day": window.last_day,
        }
        answers = {
            question: _answer(connection, query, parameters)
            for question, query in asked.items()
        }
        yield GuildReport(guild_id, name, answers)


def _guilds(
    connection: Connection, guild_ids: Sequence[int]
) -> list[tuple[int, str | None]]:
    rows = connection.execute(
        "select guild_id, name from discord.guilds order by guild_id"
    ).fetchall()
    known = {int(guild_id): name for guild_id, name in rows}
    for guild_id in guild_ids:
        if guild_id not in known:
            raise BadRequestError(
                f"Guild {guild_id} is not in the archive, which holds: "
                f"{', '.join(map(str, known)) or 'none yet'}."
            )
    wanted = set(guild_ids) or set(known)
    return [(guild_id, name) for guild_id, name in known.items() if guild_id in wanted]


def _answer(
    connection: Connection, query: str, parameters: Mapping[str, object]
) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), parameters).fetchall()
