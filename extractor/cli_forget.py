"""The command that forgets: what is asked for, in which order it goes, what is said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import psycopg

from extractor.cli_database import database_of
from extractor.database import (
    connect,
    only_import,
    only_sync,
    prepare_schema,
    readable_errors,
    schema_version,
)
from extractor.erasure import Erasure
from extractor.errors import DatabaseError
from extractor.forget import Forgetting, Survey
from extractor.forget_files import empty_digest, files_about
from extractor.forget_tables import check_unfinished, refresh
from extractor.landing import open_preview
from extractor.options import config_option, erased_option, log_folder_option
from extractor.run_logs import RunLog, kept_log
from extractor.terminal import error_console, printable


@click.command()
@config_option
@erased_option("--user-id", help="These people; repeatable.")
@erased_option("--message-id", help="What these messages say; repeatable.")
@erased_option(
    "--channel-id", help="These channels or threads, and the threads under them."
)
@click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")
@log_folder_option
def forget(  # noqa: PLR0913 - one argument an option
    *,
    config: Path,
    user_id: tuple[int, ...],
    message_id: tuple[int, ...],
    channel_id: tuple[int, ...],
    dry_run: bool,
    log_folder: Path,
) -> None:
    """Remove people, messages or channels from the archive, for good.

    A person becomes Discord's "Deleted User" on every page, their messages stay and say
    nothing. What is synced or imported later is held against it: of an id, only a keyed
    hash is kept. All tables are built anew in the end. Without ids, goes on with what
    was begun.

    No variable names ids here: those of sync would be gone. Exit codes: 0 done,
    1 failed (run it again, it goes on), 2 usage or configuration.
    """
    asked = Erasure(
        *(frozenset(map(str, one)) for one in (user_id, message_id, channel_id))
    )
    if dry_run:
        environment = database_of(config)
        with open_preview(environment):  # or why it cannot be opened
            _look_at_what_to_forget(environment, asked, log_folder)
        return
    with kept_log(log_folder, "forget") as log:
        environment = database_of(config)
        with only_sync(environment), only_import(environment):
            prepare_schema(environment)
            _forget(environment, asked, log_folder, log)


def _look_at_what_to_forget(
    environment: Mapping[str, str], asked: Erasure, log_folder: Path
) -> None:
    with readable_errors(), connect(environment) as connection:
        connection.autocommit = True
        if schema_version(connection) is None:
            raise DatabaseError(
                "nothing is archived yet, so there is nothing to forget"
            )
        _say(Forgetting(connection, asked).look(), log_folder)


def _forget(
    environment: Mapping[str, str], asked: Erasure, log_folder: Path, log: RunLog
) -> None:
    with readable_errors(), connect(environment) as connection:
        connection.autocommit = True
        if asked:
            _forget_in_landing(connection, asked, log_folder, log)
        else:
            check_unfinished(connection)
        click.echo(f"answers removed from the digest's cache: {empty_digest()}")
        refresh(connection, environment, log_folder)
    click.echo("done: what comes later is held against it")


def _forget_in_landing(
    connection: psycopg.Connection[Any],
    asked: Erasure,
    log_folder: Path,
    log: RunLog,
) -> None:
    forgetting = Forgetting(connection, asked)
    survey = forgetting.look()
    _say(survey, log_folder)
    forgetting.begin(survey)
    with error_console().status("rewriting pages") as shown:
        pages = forgetting.run(survey, lambda done: shown.update(f"{done:,} pages"))
        forgetting.end(survey, pages)
    done = f"pages rewritten or removed: {pages:,}"
    click.echo(done)
    log.note(done)  # and nothing that would tell of whom


def _say(survey: Survey, log_folder: Path) -> None:
    """Say what is there to be forgotten, and name the files that we leave alone."""
    for line in survey.lines():
        click.echo(line)
    ids = survey.erasure.ids() | survey.found.messages
    for path in files_about(ids, survey.found.names, log_folder):
        click.echo(printable(f"tells of it, and is left to you: {path}"))
