"""Warehouses to measure on: a database full of made-up pages, and builds of it.

The pages are made by the SQL files in made_up/, always the same for the same number of
messages, and landed in the extractor's own schema as the extractor would.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psycopg
from psycopg import sql

from extractor.config import connection_arguments
from extractor.database import prepare_schema
from extractor.embedded import Embedded
from scripts import steps
from scripts.steps import Step

FILES = Path(__file__).resolve().parent
DBT = str(Path(sys.executable).with_name("dbt"))

# what dbt builds: not the pages, nor what makes them up, nor Postgres's own
_BUILT = """
    select nspname from pg_catalog.pg_namespace
    where nspname not in ('landing', 'bench', 'public', 'information_schema')
        and not starts_with(nspname, 'pg_')"""


@dataclass(frozen=True)
class Warehouse:
    """One database, and the folder in which dbt keeps what it knows of it."""

    environment: Mapping[str, str]
    folder: Path
    messages: int

    @classmethod
    def create(
        cls, server: Embedded, folder: Path, *, messages: int, days: int
    ) -> Warehouse:
        """Fill a new database with so many messages, posted within so many days."""
        name = f"bench_{messages}"
        server.create_database(name)
        made = cls(server.environment(name), folder / name, messages)
        prepare_schema(made.environment)
        settings = {"bench.messages": messages, "bench.days": days}
        made._make_up(settings, "community", "messages", "lists", "history", "land")
        return made

    def land_news(self, day: int) -> None:
        """Land what one day brings: 1,000 new messages, and some read again."""
        self._make_up({"bench.day": day}, "news", "land")

    def parse(self) -> None:
        """Let dbt parse the project, so that builds need not: it changes seldom."""
        self._dbt("parse")

    def build(self, *arguments: str) -> float:
        """Run `dbt build` as a user would, and return its seconds.

        Raises:
            click.ClickException: it failed, with the last it said.

        """
        return self._dbt("build", *arguments)

    def compiled(self, questions: Iterable[str]) -> dict[str, str]:
        """Return the SQL that dbt makes of questions, by their names."""
        files = [Path("analyses", f"{name}.sql") for name in questions]
        self._dbt("compile", "--select", *(f"path:{file}" for file in files))
        folder = self.folder / "compiled" / "discord_warehouse"
        return {file.stem: (folder / file).read_text("utf-8") for file in files}

    def expand(self) -> float:
        """Do the least that a build has to do, and return its seconds."""
        with self.connect() as connection:
            connection.execute("checkpoint")
            started = time.monotonic()
            connection.execute(_statements("floor"))
            lasted = time.monotonic() - started
            connection.execute("drop table bench.floor")
        return lasted

    def clear(self) -> None:
        """Drop all that was built."""
        with self.connect() as connection:
            for (schema,) in connection.execute(_BUILT).fetchall():
                drop = sql.SQL("drop schema {} cascade").format(sql.Identifier(schema))
                connection.execute(drop)
            connection.execute("checkpoint")

    def settle(self) -> None:
        """Do now what autovacuum would do at some time between two builds."""
        with self.connect() as connection:
            connection.execute("vacuum (analyze)")
            connection.execute("checkpoint")

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect; each statement is a transaction of its own."""
        place = connection_arguments(self.environment)
        return psycopg.connect(**place, autocommit=True)

    def _make_up(self, settings: Mapping[str, int], *files: str) -> None:
        with self.connect() as connection:
            for name, value in settings.items():
                setting = "select set_config(%s, %s, false)"
                connection.execute(setting, [name, str(value)])
            for file in files:
                connection.execute(_statements(f"made_up/{file}"))

    def _dbt(self, command: str, *arguments: str) -> float:
        places = ("--target-path", str(self.folder), "--log-path", str(self.folder))
        step = Step(command, (DBT, command, *arguments, *places))
        outcome = steps.run(step, {**_plain(), **self.environment}, listen=_ignore)
        if outcome.exit_code:
            said = "\n".join(outcome.tail)
            shown = " ".join(("dbt", command, *arguments))
            raise click.ClickException(f"{shown} failed:\n{said}")
        return outcome.seconds


def _plain() -> dict[str, str]:
    """Return our environment without what could lead to another database."""
    own = ("PG", "DB_", "DISCORD_", "DBT_", "REPORT_")
    return {k: v for k, v in os.environ.items() if not k.startswith(own)}


def _statements(name: str) -> bytes:
    return (FILES / f"{name}.sql").read_bytes()


def _ignore(_line: str) -> None:
    """Let dbt say what it likes: its last lines are kept for the error."""
