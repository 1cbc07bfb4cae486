"""The bench: what extracts, builds and questions take, against the least they could.

Everything runs on a server of its own in a temporary folder, with made-up messages.
A time that misses its goal is shown and never an error: machines differ.
"""

from __future__ import annotations

import os
import platform
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

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

# A subject measures one thing and returns its rows. To add one: a module, a line here.
SUBJECTS: dict[str, Callable[[Bench], list[Row]]] = {
    "from-zero": from_zero.rows,
    "storage": storage.rows,
    "everyday": everyday.rows,
    "marts": marts.rows,
    "queries": queries.rows,
    "imports": imports.rows,
    "extract": extract.rows,
    "quiet": quiet.rows,
    "limited": limited.rows,
    "peer": peer.rows,
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
@click.option("--write", is_flag=True, help="Put the table into README.md, too.")
def main(
    messages: int, only: tuple[str, ...], repeat: int | None, *, write: bool
) -> None:
    """Measure all on made-up messages and print a table of it."""
    if write and only:
        raise click.UsageError("--write needs all rows: leave out --only")
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        text = _measured(messages, only or tuple(SUBJECTS), repeat)
    except (EmbeddedError, WarehouseError, psycopg.Error) as error:
        raise click.ClickException(str(error).strip()) from error
    click.echo(text)
    if write:
        _write(README, text)


def _measured(messages: int, subjects: tuple[str, ...], repeat: int | None) -> str:
    tell = partial(click.echo, err=True)
    with throwaway_server() as (server, folder):
        bench = Bench(server, folder, messages, repeat, tell)
        rows: list[Row] = []
        for subject, measure in SUBJECTS.items():
            if subject in subjects:
                tell(subject)
                rows += measure(bench)
    return f"{_circumstances(messages)}\n\n{markdown(rows)}"


def _circumstances(messages: int) -> str:
    today = datetime.now(UTC).date()
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return (
        f"`make bench` on {today}: {messages:,} made-up messages, {machine}, "
        "the embedded PostgreSQL."
    )


def _write(page: Path, text: str) -> None:
    try:
        page.write_text(placed(page.read_text("utf-8"), text), "utf-8")
    except (OSError, ValueError) as error:
        raise click.ClickException(f"cannot write into {page}: {error}") from error


if __name__ == "__main__":
    main()
