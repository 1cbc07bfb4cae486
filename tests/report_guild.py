"""The page that the report makes of the small guild in tables filled by hand."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from scripts.render_report import main


def report(*arguments: str) -> Result:
    """Run the report as of the day after the window of GUILD, without pictures."""
    usual = ["--as-of", "2026-11-15", "--no-pictures"]
    return CliRunner().invoke(main, [*usual, *arguments])


def page(*arguments: str) -> str:
    """Write a report and return it."""
    done = report(*arguments)
    assert done.exit_code == 0, done.output
    return Path(done.stdout.strip()).read_text()


def section(text: str, heading: str) -> list[str]:
    """Return the lines under a heading, blank ones left out."""
    lines = text.split(f"{heading}\n", 1)[1].split("\n#", 1)[0].splitlines()
    return [line for line in lines if line]


def table(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table after a heading, without its header."""
    section = text.split(f"{heading}\n", 1)[1].split("\n#", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [
        [
            cell.strip()
            for cell in row.strip("|").replace("\\|", "\N{BROKEN BAR}").split("|")
        ]
        for row in rows[2:]
    ]
