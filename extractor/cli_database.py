"""The commands that look after the database, and run others on it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

import click

from extractor.config import database_environment, load
from extractor.embedded import EmbeddedError, binary, checkout_server
from extractor.errors import ConfigError
from extractor.options import config_option, log_folder_option, option
from extractor.roles import PREFIX, make_roles
from extractor.run_logs import dbt_environment
from extractor.terminal import printable


@click.group()
def db() -> None:
    """Look after the database: the embedded server, or the one PG* names."""


def database_of(config: Path) -> dict[str, str]:
    """Return the variables of the database that is configured, which answers."""
    return database_environment(load(config), checkout_server())


@db.command()
def start() -> None:
    """Start the embedded server (the other commands do it when needed)."""
    server = checkout_server()
    click.echo("started" if server.start() else "already running")


@db.command()
def stop() -> None:
    """Stop the embedded server; nothing is lost."""
    click.echo("stopped" if checkout_server().stop() else "not running")


@db.command()
@config_option
def env(*, config: Path) -> None:
    """Print the database's variables: eval "$(discord-warehouse db env)"."""
    for name, value in sorted(database_of(config).items()):
        click.echo(f"export {name}={shlex.quote(value)}")


@db.command()
@config_option
@option(
    "--prefix",
    default=PREFIX,
    help="What the names of the roles begin with; a server has one of each name.",
)
def roles(*, config: Path, prefix: str) -> None:
    """Make the roles that load, build, analyse and read; run it after upgrades, too.

    The role that runs it has CREATEROLE and owns the database, or is a superuser.
    """
    for line in make_roles(database_of(config), prefix).lines():
        click.echo(printable(line))


@db.command(context_settings={"ignore_unknown_options": True})
@config_option
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(*, config: Path, arguments: tuple[str, ...]) -> None:
    """Open psql on the database."""
    command = [str(binary("psql")), *arguments]
    _become(command, {**database_of(config), **_path()})


@db.command(context_settings={"ignore_unknown_options": True})
@config_option
@log_folder_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(*, config: Path, log_folder: Path, command: tuple[str, ...]) -> None:
    """Run a command with the database's variables set, such as: -- dbt build.

    PostgreSQL's own programs are found, too: -- pg_dump --format=custom --file=FILE. A
    run of dbt leaves its log in the folder of logs.
    """
    environment = {**database_of(config), **_path()}
    if Path(command[0]).name == "dbt":
        environment |= dbt_environment(log_folder)
    _become(list(command), environment)


def _path() -> dict[str, str]:
    """Return a PATH on which PostgreSQL's programs are found, ours before others.

    They serve any server that we support; others refuse servers newer than they are,
    and what was dumped by newer programs.
    """
    path = os.environ.get("PATH", os.defpath)
    try:
        programs = str(binary("psql").parent)
    except EmbeddedError:
        return {}
    return {"PATH": os.pathsep.join((programs, path))}


def _become(command: list[str], environment: Mapping[str, str]) -> None:
    try:
        os.execvpe(command[0], command, {**os.environ, **environment})  # noqa: S606
    except OSError as error:
        raise ConfigError(f"{command[0]} cannot be run: {error.strerror}") from error
