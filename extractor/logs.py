"""Where log lines go, and how many."""

from __future__ import annotations

import logging
from pathlib import Path

from rich.console import Console
from rich.logging import RichHandler

from extractor.errors import ConfigError
from extractor.progress import PrintableFormatter


def log_to(
    console: Console, log_file: Path | None, *, verbose: bool, debug: bool
) -> None:
    """Send messages to the console, few unless asked for, and to a file, if any."""
    line = PrintableFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    shown: logging.Handler
    if console.is_interactive:
        shown = RichHandler(console=console, show_path=False, markup=False)
        shown.setFormatter(PrintableFormatter("%(message)s"))
    else:  # a table of fixed width would break lines
        shown = logging.StreamHandler(console.file)
        shown.setFormatter(line)
    shown.setLevel(logging.DEBUG if verbose or debug else logging.WARNING)
    handlers: list[logging.Handler] = [shown]
    if log_file is not None:
        try:
            written = logging.FileHandler(log_file, encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"--log-file {log_file}: {error.strerror}") from error
        written.setFormatter(line)
        handlers.append(written)
    level = logging.DEBUG if debug else logging.WARNING
    logging.basicConfig(level=level, handlers=handlers)
    ours = logging.DEBUG if verbose or debug else logging.INFO
    logging.getLogger("extractor").setLevel(ours)
    # its warnings repeat, line by line, what our own error says in one
    pool = logging.DEBUG if debug else logging.CRITICAL
    logging.getLogger("psycopg.pool").setLevel(pool)
