"""Consoles: what is a terminal, how wide tables are where it is none, safe names."""

from __future__ import annotations

import sys

from rich import box
from rich.console import Console
from rich.table import Table

WIDTH_IN_A_PIPE = 160


def printable(name: str) -> str:
    """Return a name of Discord's without what would steer a terminal."""
    if name.isprintable():
        return name
    return "".join(char if char.isprintable() else "\ufffd" for char in name)


def printable_lines(text: str) -> str:
    """Return a text of several lines, each without what would steer a terminal."""
    return "\n".join(map(printable, text.split("\n")))


def error_console() -> Console:
    """Return standard error; colours may be forced into a pipe, moving bars may not."""
    is_interactive = None if sys.stderr.isatty() else False
    return Console(stderr=True, force_interactive=is_interactive)


def plain_table(*headings: str) -> Table:
    """Return a table with few lines: they cost the width that names need."""
    return Table(*headings, box=box.MINIMAL, pad_edge=False, show_edge=False)


def table_console() -> Console:
    """Return standard output, wide enough for tables in a pipe."""
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_IN_A_PIPE
    return console
