"""Helpers of the tests: run the real command against the fake, read what landed."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
from click.testing import CliRunner

from extractor.cli import main
from extractor.config import connection_arguments
from tests.fake_discord import FakeDiscord
from tests.once import shared

REPOSITORY = Path(__file__).parent.parent
Database = Mapping[str, str]


def log_folder(database: Database) -> Path:
    """Return where the runs on a test's database leave their logs."""
    return shared.folder / "logs" / database.get("PGDATABASE", "none")


def environment_of(
    fake: FakeDiscord, database: Mapping[str, str], **changes: str
) -> dict[str, str]:
    """Return a process environment that knows this fake and this database only."""
    return {
        "PATH": os.environ["PATH"],
        "DISCORD_TOKEN": fake.bot_token,
        "DISCORD_API_BASE_URL": fake.url,
        "DISCORD_WAREHOUSE_ENV_FILE": os.devnull,
        "DISCORD_WAREHOUSE_CONFIG": os.devnull,
        "DISCORD_WAREHOUSE_LOG_FOLDER": str(log_folder(database)),
        # what is "the last seven days" would depend on the day of the test
        "DISCORD_WAREHOUSE_REVISIT_DAYS": "0",
        **database,
        **changes,
    }


def command(
    environment: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run discord-warehouse to its end, in this process: a new one costs imports.

    What replaces its process (`db run`, `db psql`) needs `process`. An error that the
    program does not expect is the test's error, with its traceback.
    """
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        chdir(REPOSITORY),
        fresh_logging(),
    ):
        done = CliRunner().invoke(
            main, arguments, prog_name="discord-warehouse", catch_exceptions=False
        )
    return subprocess.CompletedProcess(
        ["discord-warehouse", *arguments], done.exit_code, done.stdout, done.stderr
    )


@contextmanager
def fresh_logging() -> Iterator[None]:
    """Let a block set up logging as in a new process, and undo it."""
    loggers = [logging.getLogger(name) for name in ("", "extractor", "psycopg.pool")]
    levels = [logger.level for logger in loggers]
    root, *_ = loggers
    handlers, root.handlers = root.handlers, []
    try:
        yield
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers = handlers
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def process(
    environment: Mapping[str, str],
    *arguments: str,
    module: str = "extractor",
    given: str = "",
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run discord-warehouse to its end, in a process of its own, as a user does."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        input=given,
        env=dict(environment),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def sync(
    fake: FakeDiscord, database: Mapping[str, str], *arguments: str, **changes: str
) -> subprocess.CompletedProcess[str]:
    """Run `discord-warehouse sync` against the fake."""
    return command(environment_of(fake, database, **changes), "sync", *arguments)


@contextmanager
def connected(database: Mapping[str, str]) -> Iterator[psycopg.Connection[Any]]:
    """Connect to a test's database, in UTC; every statement is a transaction."""
    with psycopg.connect(**connection_arguments(database), autocommit=True) as opened:
        opened.execute("set timezone to 'UTC'")
        yield opened


def query(database: Mapping[str, str], statement: str) -> list[tuple[Any, ...]]:
    """Return all rows of a query."""
    with connected(database) as connection:
        return connection.execute(statement.encode()).fetchall()


def landed_messages(database: Mapping[str, str]) -> dict[int, list[dict[str, Any]]]:
    """Return the latest landed form of each message, by channel, ascending by id."""
    rows = query(
        database,
        """
        select distinct on (page.channel_id, (element ->> 'id')::bigint)
            page.channel_id, element
        from landing.messages as page
        cross join lateral jsonb_array_elements(page.body) as element
        order by page.channel_id, (element ->> 'id')::bigint, page.page_id desc
        """,
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for channel_id, element in rows:
        found.setdefault(channel_id, []).append(element)
    return found


def readable_messages(fake: FakeDiscord) -> dict[int, list[dict[str, Any]]]:
    """Return what the fake's bot may read, by channel, without empty channels."""
    world = fake.world
    return {
        channel_id: messages
        for guild_id in world.guild_ids
        for channel_id in world.readable_channel_ids(guild_id, fake.bot_token)
        if channel_id in world.logs and (messages := world.messages(channel_id))
    }


def ids(messages: Mapping[int, list[dict[str, Any]]]) -> dict[int, list[int]]:
    """Return message ids by channel."""
    return {
        channel_id: [int(message["id"]) for message in listed]
        for channel_id, listed in messages.items()
    }
