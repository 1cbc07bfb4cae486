"""How a report looks: the template, and the few words that stand for a value.

Whatever the template prints becomes inert on its way out, unless it says of itself
that it is markdown; forgetting a filter therefore cannot let a name act.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scripts.digest.digest import GuildDigest
from scripts.report.data import WEEKDAYS, Figure, Frame, GuildReport, Row
from scripts.report.inert import Markdown, inert, plain
from scripts.report.quotes import message_link, quote

TEMPLATES = Path(__file__).parent / "templates"
HOURS_TOLD_AT_ONCE = 3  # in the table: 24 columns would not fit on a page

Picture = Callable[[GuildReport, str], Markdown | None]
Number = Decimal | int | None


def render(
    guilds: Iterable[GuildReport],
    frame: Frame,
    *,
    picture: Picture = lambda _guild, _name: None,
    digests: Mapping[int, GuildDigest] | None = None,
) -> str:
    """Return the report as markdown.

    `picture` returns the address of a guild's picture by its name, None without one;
    `digests` are those of guilds by their ids.
    """
    template = _environment().get_template("report.md.jinja")
    page = template.render(
        guilds=list(guilds),
        window=frame.window,
        timezone=frame.timezone,
        audience=frame.audience.value,
        picture=picture,
        weekdays=WEEKDAYS,
        digests=digests or {},
    )
    return page.strip("\n") + "\n"


def finalize(value: object) -> str:
    """Return what stands on the page for a value that the template prints."""
    match value:
        case None:
            return "unknown"
        case Markdown():
            return value
        case int():
            return f"{value:,}"
        case Decimal():
            return f"{value.normalize():,f}"
        case date():
            return value.isoformat()
        case _:
            return inert(str(value))


def amount(value: Number, unit: str, unknown: str = "unknown") -> Markdown:
    """Return a number in words of its unit (see data.Figure)."""
    if value is None:
        return Markdown(unknown)
    match unit:
        case "share":
            return Markdown(f"{percent(value)} %")
        case "seconds":
            return duration(value)
        case _:
            return Markdown(finalize(value))


def change(figure: Figure, unknown: str = "unknown") -> Markdown:
    """Return by how much a number grew, with its sign: there is no mistaking +3."""
    if figure.change is None:
        return Markdown(unknown)
    if figure.unit == "share":
        points = percent(figure.value) - percent(figure.value_before)
        return Markdown(f"{signed(points)} point{'' if abs(points) == 1 else 's'}")
    if figure.unit == "seconds":
        sign = "+" if figure.change > 0 else "-" if figure.change < 0 else ""
        length = -figure.change if figure.change < 0 else figure.change
        return Markdown(f"{sign}{duration(length)}")
    return signed(figure.change)


def percent(share: Number) -> int:
    """Return a share of 1 in whole percents, as it is shown."""
    return round((share or 0) * 100)


def signed(change: Number) -> Markdown:
    """Return a change with its sign, for there is no mistaking +3 for 3."""
    if change is None:
        return Markdown("unknown")
    return Markdown(f"{'+' if change > 0 else ''}{finalize(change)}")


def duration(seconds: Number) -> Markdown:
    """Return a length of time by its two largest units."""
    if seconds is None:
        return Markdown("unknown")
    left = round(seconds)
    told = []
    for name, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, length)
        if count:
            told.append(f"{count} {name}")
        elif told:
            break
    return Markdown(" ".join(told[:2]) or "0 s")


def moment(instant: datetime, timezone: str) -> Markdown:
    """Return an instant to the minute, in the reporting zone."""
    return Markdown(f"{instant.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}")


def guild_name(name: str | None, guild_id: int) -> Markdown:
    """Return a guild's name, or its id when it has none that can be seen."""
    return inert(name) or Markdown(f"guild {guild_id}")


def user_name(row: Row) -> Markdown:
    """Return a person's display name and the username that tells them apart."""
    display, username = inert(row["global_name"]), inert(row["username"])
    if display and username and display.casefold() != username.casefold():
        return Markdown(f"{display} ({username})")
    return display or username or Markdown(f"user {row['user_id']}")


def channel_name(row: Row) -> Markdown:
    """Return a channel's name, that of a thread behind its parent's."""
    return inert(channel_label(row), limit=None)


def channel_label(row: Row) -> str:
    """Return a channel's name as plain text, for where there is no markdown."""
    name = plain(row["name"]) or f"channel {row['channel_id']}"
    if not row["is_thread"]:
        return name
    parent = plain(row["parent_name"]) or f"channel {row['parent_id']}"
    return f"{parent} › {name}"  # noqa: RUF001 - a quotation mark, on purpose


def quoted(row: Row, guild: GuildReport) -> Markdown:
    """Return what a message says, with a link to where it says so."""
    said = quote(row["content"])
    link = message_link(guild.guild_id, row["channel_id"], row["message_id"])
    shown = f"“{said}”" if said else "(no text)"
    return Markdown(f"{shown} [open]({link})")


def by_hours(rows: Sequence[Row]) -> list[tuple[int, list[Markdown]]]:
    """Return each weekday with its sums of so many hours, from midnight on."""
    days: dict[int, list[Decimal]] = {}
    for row in rows:
        sums = days.setdefault(
            row["weekday"], [Decimal(0)] * (24 // HOURS_TOLD_AT_ONCE)
        )
        sums[row["hour"] // HOURS_TOLD_AT_ONCE] += row["messages_per_week"]
    return [
        (day, [Markdown(f"{told:.1f}") for told in sums])
        for day, sums in sorted(days.items())
    ]


def by_cohort(rows: Sequence[Row]) -> list[tuple[Row, list[Number]]]:
    """Return each cohort with its rates, by weeks later from 1 on."""
    cohorts: dict[date, tuple[Row, list[Number]]] = {}
    for row in rows:
        _, rates = cohorts.setdefault(row["cohort_week"], (row, []))
        rates.append(row["retention_rate"])
    return list(cohorts.values())


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=False,  # noqa: S701 - markdown, not HTML: `finalize` escapes
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update({function.__name__: function for function in FILTERS})
    return environment


def markdown(written: str) -> Markdown:
    """Return what a macro of the template wrote: each value in it is inert already."""
    return Markdown(written.strip("\n"))


FILTERS: tuple[Callable[..., Any], ...] = (
    amount,
    by_cohort,
    by_hours,
    change,
    channel_name,
    duration,
    guild_name,
    markdown,
    moment,
    quoted,
    signed,
    user_name,
)
