"""The crontab line of the weekly run: print it, or put it into the user's crontab."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import click

from scripts.steps import ROOT

SCHEDULE = "0 9 * * 0"  # Sunday, 09:00


class CronError(click.ClickException):
    """The crontab cannot be read or written."""


def command(root: Path) -> str:
    """Return what cron runs; it knows no PATH, and takes a bare % for a line's end."""
    folder = shlex.quote(str(root))
    run = ".venv/bin/python -m scripts.weekly >>logs/cron.log 2>&1"
    return f"cd {folder} && mkdir -p logs && {run}".replace("%", r"\%")


def line(root: Path) -> str:
    """Return the crontab line of a checkout."""
    return f"{SCHEDULE} {command(root)}"


def install(root: Path) -> str:
    """Add the line to the user's crontab, unless one of this checkout is there."""
    table = _read()
    for known in table.splitlines():
        if command(root) in known and not known.lstrip().startswith("#"):
            return f"already in your crontab: {known}"
    separator = "" if not table or table.endswith("\n") else "\n"
    _crontab("-", table + separator + line(root) + "\n")
    return f"added to your crontab: {line(root)}"


def _read() -> str:
    try:
        return _crontab("-l")
    except CronError as error:
        if "no crontab" in error.message:
            return ""
        raise


def _crontab(argument: str, text: str | None = None) -> str:
    try:
        done = subprocess.run(
            ["crontab", argument],
            input=text,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except OSError as error:
        raise CronError(
            "There is no program crontab here: install cron, or let your own scheduler "
            f"run: {command(ROOT)}"
        ) from error
    if done.returncode:
        raise CronError(f"crontab {argument} failed: {done.stderr.strip()}")
    return done.stdout


@click.command()
@click.option("--install", "is_install", is_flag=True, help="Add it to your crontab.")
def main(*, is_install: bool) -> None:
    """Print the crontab line of the weekly run."""
    click.echo(install(ROOT) if is_install else line(ROOT))


if __name__ == "__main__":
    main()
