"""The demo: the whole pipeline on a made-up guild, with no token and no server.

Everything is real but Discord itself, which the tests' loopback Discord plays. It
lives in a database of its own, made anew each time, and looks at no settings.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson
import psycopg
from psycopg import sql

from extractor.config import connection_arguments
from extractor.embedded import Embedded, EmbeddedError, checkout_server
from scripts import steps
from scripts.steps import ROOT, Step
from tests.exporter import export_and_purge
from tests.exports import posted_at
from tests.fake_discord import FakeDiscord, generate_world
from tests.fake_discord.world import World

DATABASE = "discord_demo"
REPORT = Path("reports", "demo.md")
OLD_CHANNEL = "show-and-tell"  # whose older half only an export has

FAREWELL = """
The report:            {report}
The same in a browser: {page}
Look into the tables:  {psql}
A real guild:          put DISCORD_TOKEN=<your bot's token> into .env, then run
                       make extract build report
"""


@click.command()
def main() -> None:
    """Run the whole pipeline against the bundled loopback Discord."""
    os.chdir(ROOT)
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        database = _fresh_database(checkout_server())
    except (EmbeddedError, psycopg.Error) as error:
        raise click.ClickException(str(error).strip()) from error
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with _timed("made-up guild"):
        world = generate_world(size="small", end=midnight)
        export = _old_export(world)
    with FakeDiscord(world) as discord:
        environment = _environment(discord, database)
        for step in _steps(midnight, export):
            _run(step, environment)
    click.echo(
        FAREWELL.format(
            report=REPORT, page=REPORT.with_suffix(".html"), psql=_psql(database)
        )
    )


def _fresh_database(server: Embedded) -> dict[str, str]:
    with _timed("embedded Postgres"):
        server.start()
        drop = sql.SQL("drop database if exists {} with (force)")
        place = connection_arguments(server.environment("postgres"))
        with psycopg.connect(**place, autocommit=True) as connection:
            connection.execute(drop.format(sql.Identifier(DATABASE)))
        server.create_database(DATABASE)
        return server.environment(DATABASE)


def _old_export(world: World) -> Path:
    """Write an export of a channel's older half, which Discord has no more."""
    channels = world.channels.items()
    channel_id = next(key for key, one in channels if one["name"] == OLD_CHANNEL)
    ids = sorted(int(one["id"]) for one in world.messages(channel_id))
    middle = ids[len(ids) // 2]
    document = export_and_purge(world, channel_id, middle, posted_at(middle))
    path = Path("reports", f"Demo export - {OLD_CHANNEL} [{channel_id}].json")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    return path


def _steps(midnight: datetime, export: Path) -> tuple[Step, ...]:
    day = str(midnight.date())
    return (
        steps.import_dce(str(export)),
        steps.extract(),
        steps.build(),
        steps.report("--as-of", day, "--output", str(REPORT), "--html"),
    )


def _environment(discord: FakeDiscord, database: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which nothing of the user's own can be met."""
    own = ("PG", "DB_", "DISCORD_", "DBT_", "REPORT_")
    others = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    return {
        **others,
        **database,
        "DISCORD_TOKEN": discord.bot_token,
        "DISCORD_API_BASE_URL": discord.url,
        "DISCORD_WAREHOUSE_CONFIG": os.devnull,
        "DISCORD_WAREHOUSE_ENV_FILE": os.devnull,
        # a status of a real archive is not to tell of these runs
        "DISCORD_WAREHOUSE_LOG_FOLDER": str(ROOT / "logs" / "demo"),
    }


def _run(step: Step, environment: Mapping[str, str]) -> None:
    with _timed(step.name):
        outcome = steps.run(
            step, environment, listen=lambda line: click.echo(f"  {line}")
        )
        if outcome.exit_code:
            raise click.ClickException(
                f"the step {step.name} failed with exit code {outcome.exit_code}"
            )


@contextmanager
def _timed(name: str) -> Iterator[None]:
    click.secho(name, bold=True)
    started = time.monotonic()
    yield
    click.echo(f"  {time.monotonic() - started:.1f} s")


def _psql(database: Mapping[str, str]) -> str:
    place = " ".join(f"{name}={shlex.quote(value)}" for name, value in database.items())
    return f"{place} .venv/bin/discord-warehouse db psql"


if __name__ == "__main__":
    main()
