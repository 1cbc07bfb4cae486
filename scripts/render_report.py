"""Write the report of the last days: marts in Postgres to a page of markdown.

Owns the command line, the connection and the files. The database is the one that
libpq's variables (PGHOST, PGDATABASE, ...) name; it is only read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path

import click
import psycopg
from psycopg import IsolationLevel, errors

from extractor.config import env_file
from extractor.errors import ConfigError
from scripts.digest import command as digest
from scripts.digest.conversations import Extras, Scope
from scripts.report.data import (
    Audience,
    BadRequestError,
    Connection,
    Frame,
    GuildReport,
    ReportError,
    Window,
    guild_reports,
    reporting_timezone,
    today,
)
from scripts.report.html import html_page
from scripts.report.page import render
from scripts.report.pictures import Pictures

NOT_BUILT = (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName)


class Misuse(click.ClickException):
    """The command was asked for what does not exist."""

    exit_code = 2


@click.command()
@click.option(
    "--days",
    type=click.IntRange(1),
    default=7,
    show_default=True,
    envvar="REPORT_DAYS",
    show_envvar=True,
    help="Tell about so many whole days.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    envvar="REPORT_AS_OF",
    show_envvar=True,
    help="Tell up to the midnight at which this day begins.  [default: today]",
)
@click.option(
    "--week",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Tell about the week, Monday to Sunday, of this day; not with the two above.",
)
@click.option(
    "--guild-id",
    "guild_ids",
    type=click.IntRange(1),
    multiple=True,
    envvar="REPORT_GUILD_ID",
    show_envvar=True,
    help="Tell about this guild only; may be given several times.  [default: all]",
)
@click.option(
    "--audience",
    type=click.Choice([audience.value for audience in Audience]),
    default=Audience.PUBLIC.value,
    show_default=True,
    envvar="REPORT_AUDIENCE",
    show_envvar=True,
    help="Name and quote what all members may see, some roles, or the few of private.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="REPORT_OUTPUT",
    show_envvar=True,
    help="Write to this file.  [default: reports/YYYY-MM-DD.md, the day of --as-of]",
)
@click.option(
    "--pictures/--no-pictures",
    "with_pictures",
    default=True,
    show_default=True,
    envvar="REPORT_PICTURES",
    show_envvar=True,
    help="Draw charts, into a folder beside the page.",
)
@click.option(
    "--html/--no-html",
    default=False,
    show_default=True,
    envvar="REPORT_HTML",
    show_envvar=True,
    help="Write the same as one page for a browser, too, pictures included.",
)
@click.option(
    "--digest/--no-digest",
    "has_digest",
    default=False,
    show_default=True,
    envvar="REPORT_DIGEST",
    show_envvar=True,
    help="Add what people talked about, told by a model behind Ollama or by quotes.",
)
@click.option(
    "--model",
    default="mistral",
    show_default=True,
    envvar="OLLAMA_MODEL",
    show_envvar=True,
    help="Let this model of Ollama write the digest; OLLAMA_HOST says where it is.",
)
@click.option(
    "--profiles/--no-profiles",
    "has_profiles",
    default=False,
    show_default=True,
    envvar="REPORT_PROFILES",
    show_envvar=True,
    help="Add to the digest what those who wrote most wrote about.",
)
@click.option(
    "--faq",
    "faq_channel_id",
    type=click.IntRange(1),
    metavar="CHANNEL_ID",
    envvar="REPORT_FAQ",
    show_envvar=True,
    help="Add to the digest the questions of this channel that found an answer.",
)
@click.pass_context
def main(  # noqa: PLR0913, PLR0917 - one argument an option
    context: click.Context,
    days: int,
    as_of: datetime | None,
    week: datetime | None,
    guild_ids: tuple[int, ...],
    audience: str,
    output: Path | None,
    *,
    with_pictures: bool,
    html: bool,
    has_digest: bool,
    model: str,
    has_profiles: bool,
    faq_channel_id: int | None,
) -> None:
    """Write a report about the guilds in the archive, and print its path."""
    if html and output and output.suffix == ".html":
        raise Misuse("--output names the page of markdown: .html is the other one's.")
    if output and not output.name:
        raise Misuse("--output names a file: give its path, or leave the option out.")
    if week and _is_typed(context, "days", "as_of"):
        raise Misuse("--week says which days: leave out --days and --as-of.")
    extras = Extras(has_profiles, faq_channel_id)
    with _clear_errors(), _connect() as connection:
        timezone = reporting_timezone(connection)
        window = _window(timezone, days, as_of, week)
        frame = Frame(window, timezone, Audience(audience))
        guilds = list(guild_reports(connection, frame, guild_ids=guild_ids))
        materials = {}
        if has_digest or extras != Extras():
            materials = digest.read(connection, map(_scope, guilds), extras)
    # no transaction waits for a model
    with _clear_errors():
        digests = digest.tell(materials, model) if materials else {}
        path = output or default_output(window.as_of)
        pictures = Pictures.beside(path, guilds if with_pictures else [])
        page = render(guilds, frame, picture=pictures.address, digests=digests)
        files = {path: page.encode()}
        if html:
            title = f"Discord report, {window.first_day} to {window.last_day}"
            standalone = html_page(page, pictures.by_path(), title=title)
            files[path.with_suffix(".html")] = standalone.encode()
        _write(pictures, files)
    click.echo("\n".join(map(str, files)))


def _window(
    timezone: str, days: int, as_of: datetime | None, week: datetime | None
) -> Window:
    if week:
        return Window.of_week(week.date())
    day = as_of.date() if as_of else today(timezone, datetime.now(UTC))
    return Window.up_to(day, days)


def _scope(guild: GuildReport) -> Scope:
    """Return of what a digest of a guild may tell."""
    quotable = frozenset(guild.quotable_channel_ids)
    return Scope(guild.guild_id, guild.begins_at, guild.ends_at, quotable)


def _write(pictures: Pictures, files: Mapping[Path, bytes]) -> None:
    """Write the pictures before the pages that show them."""
    for name, svg in pictures.drawn.items():
        write_atomically(pictures.folder / name, svg)
    for path, content in files.items():
        write_atomically(path, content)
    for path in pictures.stale():  # they may tell what the readers of today may not see
        path.unlink(missing_ok=True)


def _is_typed(context: click.Context, *options: str) -> bool:
    """Return whether an option stands on the command line, not just in a variable."""
    typed = click.core.ParameterSource.COMMANDLINE
    return any(context.get_parameter_source(option) is typed for option in options)


def default_output(day: date) -> Path:
    """Return where the report up to a day is kept."""
    return Path("reports", f"{day}.md")


def write_atomically(path: Path, content: bytes) -> None:
    """Put a file in its place whole: a reader never meets half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise ReportError(
            f"Cannot write {path}: {error.strerror}. Make its folder writable, or "
            "choose another file with --output."
        ) from error


def _connect() -> Connection:
    said = os.environ.get("PGCONNECT_TIMEOUT") or "10"
    if not said.isdecimal():
        raise BadRequestError(f"PGCONNECT_TIMEOUT is no number of seconds: {said}")
    timeout = int(said)
    connection = psycopg.connect(connect_timeout=timeout)
    # psycopg reads no instant in the date style of another server
    connection.execute("set datestyle = 'ISO'")
    connection.commit()
    # one picture of the marts, also while a build replaces them
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Turn what can go wrong into one line and an exit code."""
    try:
        yield
    except BadRequestError as error:
        raise Misuse(str(error)) from error
    except ReportError as error:
        raise click.ClickException(str(error)) from error
    except NOT_BUILT as error:
        said = error.diag.message_primary
        raise click.ClickException(
            f"The marts are not built ({said}): run make build first."
        ) from error
    except psycopg.OperationalError as error:
        said = " ".join(str(error).split())
        raise click.ClickException(
            f"Cannot use the database ({said}). Start it, or set PGHOST and the other "
            "PG* variables; make report finds it by itself."
        ) from error
    except psycopg.Error as error:
        said = " ".join(str(error).split())
        raise click.ClickException(f"The database refused to answer: {said}") from error


def _read_env_file() -> None:
    """Let .env say what the environment does not: how to report, and with what model.

    The database is not its to choose here: who calls has done that.
    """
    try:
        values = env_file()
    except ConfigError as error:
        sys.exit(f"Error: {error}")
    for name, value in values.items():
        if name.startswith(("REPORT_", "OLLAMA_")):
            os.environ.setdefault(name, value)


if __name__ == "__main__":
    _read_env_file()
    main()
