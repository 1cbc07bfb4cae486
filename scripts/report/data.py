"""What a report tells: a window of days, and the answers of queries/*.sql about it.

Each file in queries/ is one question, asked of every guild with the same parameters;
its answer reaches the template under the file's name. Those in queries/figures/ tell
numbers of one window and are asked twice: of this window and of the one before. A new
section of the report is a new file there and a new block in the template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg
from psycopg.rows import TupleRow, dict_row

QUERIES = Path(__file__).parent / "queries"
FIGURES = QUERIES / "figures"
DAYS = "marts.daily_user_channel_activity"  # what all numbers are counted from
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")  # in rows: 1 to 7

Row = Mapping[str, Any]
Connection = psycopg.Connection[TupleRow]


class ReportError(Exception):
    """No report can be made; the message is one line on what to do."""


class BadRequestError(ReportError):
    """What was asked for does not exist."""


class Audience(StrEnum):
    """Who reads the report: nothing is named in it that they may not see."""

    PUBLIC = "public"
    RESTRICTED = "restricted"
    PRIVATE = "private"

    @property
    def sees(self) -> list[str]:
        """Return the audiences of channels (discord.channels) that these readers see.

        Who sees everything sees also what is not known to be seen by anybody.
        """
        seen = list(Audience)[: list(Audience).index(self) + 1]
        return [*seen, "unknown"] if self is Audience.PRIVATE else list(seen)


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
            # figures of the window before look at the one before that
            _ = window.before.before
        except OverflowError as error:
            raise BadRequestError(
                f"The calendar has no {days} days before {as_of}, and as many to "
                "compare with: ask for fewer, or for a later day."
            ) from error
        return window

    @classmethod
    def of_week(cls, day: date) -> Window:
        """Return the ISO week, Monday to Sunday, that a day lies in."""
        try:
            as_of = day + timedelta(days=7 - day.weekday())
        except OverflowError as error:
            raise BadRequestError(f"The calendar ends in the week of {day}.") from error
        return cls.up_to(as_of, 7)

    @property
    def days(self) -> int:
        """Return how many days the window has."""
        return (self.last_day - self.first_day).days + 1

    @property
    def as_of(self) -> date:
        """Return the day at whose first midnight the window ends."""
        return self.last_day + timedelta(days=1)

    @property
    def before(self) -> Window:
        """Return the window of equal length before this one."""
        length = timedelta(days=self.days)
        return Window(self.first_day - length, self.last_day - length)


@dataclass(frozen=True)
class Frame:
    """Of which days, by which clock and to whom a report tells."""

    window: Window
    timezone: str
    audience: Audience = Audience.PUBLIC


@dataclass(frozen=True)
class Figure:
    """A number of the window, and the same of the window before; None is unknown.

    `unit` is count, share (0 to 1), ratio, index or seconds.
    """

    figure: str
    unit: str
    value: Decimal | int | None
    value_before: Decimal | int | None

    @property
    def change(self) -> Decimal | int | None:
        """Return by how much it grew."""
        if self.value is None or self.value_before is None:
            return None
        return self.value - self.value_before


@dataclass(frozen=True)
class GuildReport:
    """One guild and the answers about it, by the name of the question.

    The window begins and ends at two instants, the latter no longer part of it.
    """

    guild_id: int
    name: str | None
    begins_at: datetime
    ends_at: datetime
    is_audience_known: bool
    quotable_channel_ids: Sequence[int]
    figures: Mapping[str, Sequence[Figure]]
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


@cache
def questions(folder: Path = QUERIES) -> Mapping[str, str]:
    """Return the SQL of every question in a folder, by the name of its file.

    The files are read once.
    """
    return {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.sql"))}


def ask(connection: Connection, query: str, parameters: Row) -> list[dict[str, Any]]:
    """Return the rows that answer a question."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), parameters).fetchall()


def guild_reports(
    connection: Connection, frame: Frame, *, guild_ids: Sequence[int] = ()
) -> Iterator[GuildReport]:
    """Ask every question about each guild, in the order of their ids."""
    guilds = _guilds(connection, guild_ids)
    now = _bounds(connection, frame.window, frame.timezone)
    before = _bounds(connection, frame.window.before, frame.timezone)
    shared: Row = {
        "timezone": frame.timezone,
        "audiences": frame.audience.sees,
        "guild_ids": [guild_id for guild_id, _ in guilds],
    }
    for guild_id, name in guilds:
        asked = {**shared, "guild_id": guild_id}
        yield _guild_report(connection, name, {**asked, **now}, {**asked, **before})


def _guild_report(
    connection: Connection, name: str | None, now: Row, before: Row
) -> GuildReport:
    lists = questions()
    visible = ask(connection, lists["visible_channels"], now)
    channels = {
        "channel_ids": [row["channel_id"] for row in visible],
        "quotable_channel_ids": [
            row["channel_id"] for row in visible if row["is_quotable"]
        ],
    }
    return GuildReport(
        now["guild_id"],
        name,
        now["begins_at"],
        now["ends_at"],
        # with no channel to be seen, nothing is named that would have to be excused
        is_audience_known=all(row["is_audience_known"] for row in visible),
        quotable_channel_ids=channels["quotable_channel_ids"],
        figures={
            question: _figures(
                ask(connection, query, now), ask(connection, query, before)
            )
            for question, query in questions(FIGURES).items()
        },
        answers={
            question: ask(connection, query, {**now, **channels})
            for question, query in lists.items()
            if question != "visible_channels"
        },
    )


def _figures(now: Sequence[Row], before: Sequence[Row]) -> list[Figure]:
    return [
        Figure(row["figure"], row["unit"], row["value"], earlier["value"])
        for row, earlier in zip(now, before, strict=True)
    ]


def _bounds(connection: Connection, window: Window, timezone: str) -> dict[str, Any]:
    """Return where a window begins and ends, as days and as instants (`…_at`)."""
    days = {
        "first_day_before": window.before.first_day,
        "first_day": window.first_day,
        "last_day": window.last_day,
    }
    # Postgres decides about a midnight that a zone skips or repeats, as in the marts
    instants = """
        select
            %(first_day)s::date::timestamp at time zone %(timezone)s as begins_at,
            (%(last_day)s::date + 1)::timestamp at time zone %(timezone)s as ends_at
    """
    return {**days, **ask(connection, instants, {**days, "timezone": timezone})[0]}


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
