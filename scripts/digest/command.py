"""The digest as the report's command asks for it.

Owns the order: first all is read from the database, then the model is asked; and the
progress on a terminal. No failure of the model gets out of here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from scripts.digest.cache import Cache
from scripts.digest.conversations import Extras, Material, Scope, material
from scripts.digest.digest import GuildDigest, Telling
from scripts.digest.digest import Progress as Callback
from scripts.digest.model import Model
from scripts.digest.writing import Writer
from scripts.report.data import BadRequestError, Connection

CACHE = Path(".digest")


def read(
    connection: Connection, scopes: Iterable[Scope], extras: Extras
) -> dict[int, Material]:
    """Read what the digests are made from, one of each guild."""
    found = {scope.guild_id: material(connection, scope, extras) for scope in scopes}
    is_known = any(each.faq_channel is not None for each in found.values())
    if extras.faq_channel_id and not is_known:
        raise BadRequestError(
            f"Channel {extras.faq_channel_id} is none that may be quoted here: choose "
            "one that all readers may see, of a guild that the report tells about."
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
