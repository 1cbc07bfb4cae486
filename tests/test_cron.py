"""The crontab line, with a made-up crontab program that keeps its table in a file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scripts import cron

CRONTAB = """#!/bin/sh
table='{table}'
case "$1" in
-l) test -e "$table" && exec cat "$table"; echo "no crontab for you" >&2; exit 1 ;;
-) exec cat >"$table" ;;
esac
"""


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the file that stands for the user's crontab."""
    program = tmp_path / "bin" / "crontab"
    program.parent.mkdir()
    program.write_text(CRONTAB.format(table=tmp_path / "table"))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return tmp_path / "table"


def test_the_line_is_sunday_at_nine() -> None:
    """Five fields, Sunday 09:00, then the command."""
    assert cron.line(Path("/srv/warehouse")) == (
        "0 9 * * 0 cd /srv/warehouse && mkdir -p logs && "
        ".venv/bin/python -m scripts.weekly >>logs/cron.log 2>&1"
    )


def test_the_command_works_in_a_folder_of_any_name(tmp_path: Path) -> None:
    """Spaces, quotes and what cron takes for a line's end are quoted."""
    root = tmp_path / "it's 100% mine"
    python = root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\npwd\necho "$*"\n')
    python.chmod(0o755)

    command = cron.command(root)
    assert "\\%" in command
    # cron itself takes the backslash away
    subprocess.run(["sh", "-c", command.replace("\\%", "%")], check=True)

    log = (root / "logs" / "cron.log").read_text()
    assert log == f"{root}\n-m scripts.weekly\n"


def test_installing_keeps_the_other_lines(table: Path) -> None:
    """What is in the crontab stays, also when its last line has no end."""
    table.write_text("MAILTO=me\n0 1 * * * backup")

    cron.install(Path("/srv/warehouse"))

    lines = ["MAILTO=me", "0 1 * * * backup", cron.line(Path("/srv/warehouse"))]
    assert table.read_text().splitlines() == lines


def test_installing_into_no_crontab_makes_one(table: Path) -> None:
    """A user without a crontab gets one with our line."""
    said = cron.install(Path("/srv/warehouse"))

    assert said.startswith("added to your crontab: 0 9 * * 0 ")
    assert table.read_text() == cron.line(Path("/srv/warehouse")) + "\n"


def test_installing_twice_adds_one_line(table: Path) -> None:
    """The second time says so; another hour that the user chose is respected."""
    cron.install(Path("/srv/warehouse"))
    moved = table.read_text().replace("0 9 * * 0", "30 7 * * 1")
    table.write_text(moved)

    said = cron.install(Path("/srv/warehouse"))

    assert said.startswith("already in your crontab: 30 7 * * 1 ")
    assert table.read_text() == moved


def test_a_line_switched_off_and_another_checkout_do_not_count(table: Path) -> None:
    """Each checkout has its own line, and a comment is none."""
    cron.install(Path("/srv/other"))
    table.write_text(table.read_text() + f"# {cron.line(Path('/srv/warehouse'))}\n")

    cron.install(Path("/srv/warehouse"))

    assert table.read_text().splitlines()[-1] == cron.line(Path("/srv/warehouse"))


def test_a_crontab_that_cannot_be_read_is_never_overwritten(table: Path) -> None:
    """An error is told, not taken for an empty crontab."""
    program = table.parent / "bin" / "crontab"
    program.write_text("#!/bin/sh\necho 'you may not' >&2\nexit 1\n")

    with pytest.raises(cron.CronError, match="you may not"):
        cron.install(Path("/srv/warehouse"))


def test_a_machine_without_cron_gets_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the program, the line says what another scheduler should run."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(cron.CronError, match=r"install cron, or .* scripts\.weekly"):
        cron.install(Path("/srv/warehouse"))
