"""The digest as the report's command asks for it.

Owns the order: first all is read from the database, then the model is asked; and the
progress on a terminal. No failure of the model gets out of here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import Progress

from scripts.digest.cache import Cache
from scripts.digest.conversations import (
    Connection,
    Extras,
    Material,
    Scope,
    material,
    quotable_channel_ids,
)
from scripts.digest.digest import GuildDigest, Telling
from scripts.digest.digest import Progress as Callback
from scripts.digest.model import Model
from scripts.digest.writing import Writer
from scripts.report.data import BadRequestError

CACHE = Path(".digest")


def read(
    connection: Connection,
    guild_ids: Iterable[int],
    days: tuple[date, date],
    timezone: str,
    extras: Extras,
) -> dict[int, Material]:
    """Read what the digests of guilds are made from, of the first to the last day."""
    begins_at, ends_at = midnights(*days, timezone)
    found = {
        guild_id: material(
            connection,
            Scope(
                guild_id,
                begins_at,
                ends_at,
                quotable_channel_ids(connection, guild_id),
            ),
            extras,
        )
        for guild_id in guild_ids
    }
    is_known = any(each.faq_channel is not None for each in found.values())
    if extras.faq_channel_id and not is_known:
        raise BadRequestError(
            f"Channel {extras.faq_channel_id} is none that may be quoted here: choose "
            "one that all members may see, of a guild that the report tells about."
        )
    return found


def tell(materials: Mapping[int, Material], model: str) -> dict[int, GuildDigest]:
    """Tell each guild's digest: by the model if it can be had, else by quotes."""
    writer = Writer.begin(Model(model), Cache(CACHE))
    with _progress() as progress:
        return {
            guild_id: Telling(writer, progress).all(each)
            for guild_id, each in materials.items()
        }


def midnights(
    first_day: date, last_day: date, timezone: str
) -> tuple[datetime, datetime]:
    """Return when the first day begins and the last one ends in the reporting zone."""
    zone = ZoneInfo(timezone)
    return (
        datetime.combine(first_day, time(), zone),
        datetime.combine(last_day + timedelta(days=1), time(), zone),
    )


@contextmanager
def _progress() -> Iterator[Callback]:
    """Show on a terminal how far the digest is, elsewhere nothing."""
    console = Console(stderr=True)
    with Progress(
        console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("digest")

        def show(label: str, done: int, total: int) -> None:
            name = f"digest: {label}"
            bar.update(task, description=name, completed=done, total=total)

        yield show
