"""How a report looks: the template, and the few words that stand for a row.

Whatever the template prints becomes inert on its way out, unless it says of itself
that it is markdown; forgetting a filter therefore cannot let a name act.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scripts.report.data import GuildReport, Row, Window
from scripts.report.inert import Markdown, inert

TEMPLATES = Path(__file__).parent / "templates"

FIGURES = (
    ("Messages", "message_count"),
    ("Unique posters", "unique_posters"),
    ("Active channels", "active_channels"),
    ("Seen for the first time", "new_users"),
)


def render(guilds: Iterable[GuildReport], *, window: Window, timezone: str) -> str:
    """Return the report as markdown."""
    template = _environment().get_template("report.md.jinja")
    page = template.render(
        guilds=list(guilds), window=window, timezone=timezone, figures=FIGURES
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
        case date():
            return value.isoformat()
        case _:
            return inert(str(value))


def signed(change: int | None) -> Markdown:
    """Return a change with its sign, for there is no mistaking +3 for 3."""
    return Markdown("unknown" if change is None else f"{change:+,}" if change else "0")


def moment(instant: datetime, timezone: str) -> Markdown:
    """Return an instant to the minute, in the reporting zone."""
    return Markdown(f"{instant.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}")


def guild_name(guild: GuildReport) -> Markdown:
    """Return a guild's name, or its id when it has none that can be seen."""
    return inert(guild.name) or Markdown(f"guild {guild.guild_id}")


def user_name(row: Row) -> Markdown:
    """Return a person's display name and the username that tells them apart."""
    display, username = inert(row["global_name"]), inert(row["username"])
    if display and username and display.casefold() != username.casefold():
        return Markdown(f"{display} ({username})")
    return display or username or Markdown(f"user {row['user_id']}")


def channel_name(row: Row) -> Markdown:
    """Return a channel's name, that of a thread behind its parent's."""
    name = inert(row["name"]) or Markdown(f"channel {row['channel_id']}")
    if not row["is_thread"]:
        return name
    parent = inert(row["parent_name"]) or f"channel {row['parent_id']}"
    return Markdown(f"{parent} › {name}")  # noqa: RUF001 - a quotation mark, on purpose


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
    filters = (signed, moment, guild_name, user_name, channel_name)
    environment.filters.update({function.__name__: function for function in filters})
    return environment
