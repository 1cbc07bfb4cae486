"""A checkout with nothing configured: its own server, started when needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.archive import (
    REPOSITORY,
    command,
    environment_of,
    process,
    readable_messages,
)
from tests.fake_discord import FakeDiscord, generate_world

END = datetime(2026, 11, 15, tzinfo=UTC)
PARTS = ("extractor", "macros", "models", "scripts", "seeds", "tests/dbt")
FILES = ("dbt_project.yml", "profiles.yml", "selectors.yml")


@pytest.fixture
def checkout(short_folder: Path) -> Iterator[Path]:
    """Give a copy of what a user runs; its server is stopped in the end."""
    for part in PARTS:
        shutil.copytree(REPOSITORY / part, short_folder / part)
    for name in FILES:
        shutil.copy(REPOSITORY / name, short_folder)
    yield short_folder
    run(short_folder, "extractor", "db", "stop")


def run(
    checkout: Path, module: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a module of the copied checkout under an otherwise empty environment."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=checkout,
        env={"PATH": os.defpath, **environment},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def everything_in(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_extract_then_a_bare_dbt_build_then_a_report(checkout: Path) -> None:
    """Nothing is exported, and all three meet the server inside the checkout."""
    with FakeDiscord(generate_world(5, "tiny", END)) as fake:
        spoken = sum(map(len, readable_messages(fake).values()))
        discord = {"DISCORD_TOKEN": fake.bot_token, "DISCORD_API_BASE_URL": fake.url}
        synced = run(checkout, "extractor", "sync", **discord)
    assert synced.returncode == 0, synced.stderr
    assert f"{spoken} messages" in synced.stdout

    built = run(checkout, "dbt.cli.main", "build")
    fresh = run(checkout, "dbt.cli.main", "source", "freshness")
    counted = run(
        checkout,
        *("extractor", "db", "psql", "--", "-At", "-c"),
        "select count(*) from discord.messages",
    )
    written = run(
        checkout,
        *("extractor", "db", "run", "--", sys.executable, "-m"),
        *("scripts.render_report", "--as-of", "2026-11-15"),
    )

    assert built.returncode == 0, built.stdout
    assert "PASS freshness of discord.guild_syncs" in fresh.stdout
    assert counted.stdout.strip() == str(spoken)
    assert written.returncode == 0, written.stderr
    assert (checkout / "reports" / "2026-11-15.md").exists()
    made = everything_in(checkout) - set(FILES) - {part.split("/")[0] for part in PARTS}
    assert made == {".pg", "logs", "reports", "target"}


def test_db_start_and_stop_say_what_they_did(checkout: Path) -> None:
    """Each can be repeated: the second time there is nothing to do."""
    said = [
        run(checkout, "extractor", "db", verb).stdout.strip()
        for verb in ("start", "start", "stop", "stop")
    ]

    assert said == ["started", "already running", "stopped", "not running"]


def test_db_env_can_be_evaluated_by_a_shell(database: dict[str, str]) -> None:
    """Values are quoted, so that a password may hold anything."""
    password = "it's $HOME; `x`"
    with FakeDiscord(generate_world(5, "tiny", END)) as fake:
        environment = environment_of(fake, database, PGPASSWORD=password)
        printed = command(environment, "db", "env").stdout

    script = f'{printed}\nprintf %s "$PGPASSWORD|$PGDATABASE"'
    shell = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=True
    )
    assert shell.stdout == f"{password}|{database['PGDATABASE']}"


def test_db_run_passes_the_database_and_the_exit_code_on(
    database: dict[str, str],
) -> None:
    """What is run meets the configured database, and its own failure is kept."""
    with FakeDiscord(generate_world(5, "tiny", END)) as fake:
        environment = environment_of(fake, database)
        ran = process(
            environment, "db", "run", "--", "sh", "-c", "echo $PGDATABASE; exit 7"
        )

    assert (ran.stdout.strip(), ran.returncode) == (database["PGDATABASE"], 7)


def test_db_run_of_nothing_that_exists_is_told(database: dict[str, str]) -> None:
    """A typing mistake is one line, not a traceback."""
    with FakeDiscord(generate_world(5, "tiny", END)) as fake:
        ran = process(environment_of(fake, database), "db", "run", "--", "no-such")

    assert ran.returncode == 2
    assert ran.stderr.startswith("Error: no-such cannot be run")
