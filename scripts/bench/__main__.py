"""The bench: what extracts, builds and questions take, against the least they could.

Everything runs on a server of its own in a temporary folder, with made-up messages.
A time that misses its goal is shown and never an error: machines differ.
"""

from __future__ import annotations

import os
import platform
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial

import click
import psycopg

from extractor.embedded import EmbeddedError
from extractor.errors import WarehouseError
from scripts.bench import (
    everyday,
    extract,
    from_zero,
    imports,
    limited,
    marts,
    peer,
    queries,
    quiet,
    storage,
)
from scripts.bench.bench import Bench, throwaway_server
from scripts.bench.table import Row, markdown, placed
from scripts.steps import ROOT

README = ROOT / "README.md"

Measure = Callable[[Bench], list[Row]]

# A subject measures one thing and returns its rows; its name marks its place in the
# README. To add one: a module, a line here, a place there. What takes longest is last.
SUBJECTS: dict[str, tuple[str, Measure]] = {
    "from-zero": ("Builds from zero", from_zero.rows),
    "storage": ("Storage", storage.rows),
    "everyday": ("Everyday builds", everyday.rows),
    "marts": ("Marts", marts.rows),
    "queries": ("Questions", queries.rows),
    "imports": ("Imports of exports", imports.rows),
    "extract": ("Extracts without limits", extract.rows),
    "quiet": ("Syncs of unchanged guilds", quiet.rows),
    "limited": ("Backfills under Discord's limits", limited.rows),
    "peer": ("Beside a peer", peer.rows),
    "largest": ("Everyday builds on most messages", everyday.largest_rows),
}


@click.command()
@click.option(
    "--messages",
    type=click.IntRange(min=1000),
    default=1_000_000,
    show_default=True,
    help="How many messages are archived.",
)
@click.option(
    "--only",
    type=click.Choice(list(SUBJECTS)),
    multiple=True,
    help="Measure only this; may be given several times.",
)
@click.option(
    "--repeat",
    type=click.IntRange(min=1, max=100),
    help="How often to measure each build  [default: 3 from zero, 5 everyday]",
)
@click.option("--write", is_flag=True, help="Put the tables into README.md, too.")
def main(
    messages: int, only: tuple[str, ...], repeat: int | None, *, write: bool
) -> None:
    """Measure all on made-up messages and print a table of each subject."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    chosen = [name for name in SUBJECTS if name in only or not only]
    for name in chosen if write else ():
        _write(name)  # rather no place for it now than in an hour
    try:
        for name, text in _measured(messages, chosen, repeat):
            click.echo(f"{text}\n")
            if write:
                _write(name, text)
    except (EmbeddedError, WarehouseError, psycopg.Error) as error:
        raise click.ClickException(str(error).strip()) from error


def _measured(
    messages: int, subjects: Iterable[str], repeat: int | None
) -> Iterator[tuple[str, str]]:
    tell = partial(click.echo, err=True)
    with throwaway_server() as (server, folder):
        bench = Bench(server, folder, messages, repeat, tell)
        for name in subjects:
            tell(name)
            title, measure = SUBJECTS[name]
            rows = measure(bench)
            yield name, f"**{title}** {_circumstances(messages)}\n\n{markdown(rows)}"


def _circumstances(messages: int) -> str:
    today = datetime.now(UTC).date()
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return f"({today}: {messages:,} made-up messages, {machine})"


def _write(name: str, text: str | None = None) -> None:
    """Put a text into the README's place of that name; None: see that there is one."""
    try:
        anew = placed(README.read_text("utf-8"), name, text or "")
        if text is not None:
            README.write_text(anew, "utf-8")
    except (OSError, ValueError) as error:
        raise click.ClickException(f"cannot write into {README}: {error}") from error


if __name__ == "__main__":
    main()
