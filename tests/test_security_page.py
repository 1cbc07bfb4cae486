"""SECURITY.md: what it names is there, and what it numbers is so."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from extractor.cli import main
from extractor.client import TIMEOUT
from extractor.embedded import Embedded
from extractor.received import LARGEST, LONGEST
from extractor.roles import PREFIX, Roles
from tests.archive import REPOSITORY
from tests.dbt_warehouse import DATABASE, parsed

PAGE = (REPOSITORY / "SECURITY.md").read_text()
QUOTED = set(re.findall(r"`([^`\n]+)`", PAGE))
PROGRAMS = ("extractor", "scripts")


def quoted(pattern: str) -> list[str]:
    """Return what the page quotes and a pattern describes."""
    found = sorted(one for one in QUOTED if re.fullmatch(pattern, one))
    assert found, "the page has changed its ways"
    return found


def test_its_commands_can_be_given() -> None:
    """Each command is one of the program's, each option one of that command's."""
    for text in quoted(r"discord-warehouse [a-z].*"):
        _, *words = shlex.split(text)
        command: click.Command = main
        while words and isinstance(command, click.Group):
            command = command.commands[words.pop(0)]
        assert {one for one in words if one.startswith("--")} <= options(command), text
    assert set(quoted(r"--[a-z-]+")) <= options(main.commands["forget"])
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)
    assert {one.split()[1] for one in quoted(r"make [a-z]+.*")} <= set(targets)


def options(command: click.Command) -> set[str]:
    return {name for one in command.params for name in one.opts}


def test_its_tests_and_files_are_there() -> None:
    """A promise whose test was renamed would be a promise without one."""
    for path in quoted(r"(tests/)?[\w/]+\.(py|txt)"):
        assert (REPOSITORY / path).is_file(), path
    ignored = (REPOSITORY / ".gitignore").read_text()
    for folder in (".pg", "logs", "reports", ".digest", "target"):
        assert folder in QUOTED
        assert f"/{folder}/\n" in ignored


def test_its_variables_are_read() -> None:
    """By the programs, or by what they say that they leave it to."""
    sources = "".join(
        path.read_text()
        for folder in PROGRAMS
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
    )
    known = sources + "PGSSLMODE"  # libpq's
    for name in quoted(r"[A-Z]+(_[A-Z]+)+|PGSSLMODE=.*"):
        assert name.split("=")[0] in known, name


def test_its_tables_and_roles_are_there(postgres: Embedded) -> None:
    """By the names that a query would use."""
    environment = postgres.environment(DATABASE)
    manifest, _ = parsed(tuple(sorted(environment.items())))
    tables = {f"{one.schema}.{one.name}" for one in manifest.nodes.values()}
    for path in sorted((REPOSITORY / "extractor").glob("landing_*.sql")):
        made = re.findall(r"create table (landing\.\w+)", path.read_text())
        tables |= set(made)

    assert set(quoted(r"(landing|discord|marts|audit|community)\.\w+")) <= tables
    assert set(quoted(rf"{PREFIX}_[a-z]+")) == set(Roles.named(PREFIX).names())


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (LARGEST // 2**20, "{} MiB after unpacking"),
        (LONGEST, "take {:.0f} seconds"),
        (TIMEOUT[1], "between two bytes ({:.0f} seconds)"),
    ],
)
def test_its_numbers_are_those_of_the_program(number: float, text: str) -> None:
    """Somebody may change one without knowing of the other."""
    assert text.format(number) in " ".join(PAGE.split())
