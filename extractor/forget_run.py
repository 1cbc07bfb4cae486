"""A run of forgetting: landing, the digest's cache, tables; and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
import psycopg

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
from extractor.terminal import error_console, printable


def look_ahead_at(asked: Erasure, environment: Mapping[str, str]) -> None:
    """Say what would be forgotten; nothing is written.

    Raises:
        DatabaseError: nothing is archived there, or it cannot be read.

    """
    with (
        open_preview(environment),  # or why it cannot be opened
        readable_errors(),
        connect(environment) as connection,
    ):
        connection.autocommit = True
        if schema_version(connection) is None:
            raise DatabaseError(
                "nothing is archived yet, so there is nothing to forget"
            )
        _say(Forgetting(connection, asked).look())


def forget_all(asked: Erasure, environment: Mapping[str, str]) -> None:
    """Forget, or go on with what was begun where nothing is asked for.

    Raises:
        ConfigError: nothing is asked for, and nothing was begun.
        DatabaseError: another run is under way, or the database cannot be used.
        UnfinishedError: landing tells no more, and its tables still do.

    """
    with only_sync(environment), only_import(environment):
        prepare_schema(environment)
        with readable_errors(), connect(environment) as connection:
            connection.autocommit = True
            if asked:
                _forget_in_landing(connection, asked)
            else:
                check_unfinished(connection)
            click.echo(f"answers removed from the digest's cache: {empty_digest()}")
            refresh(connection, environment)
    click.echo("done: what comes later is held against it")


def _forget_in_landing(connection: psycopg.Connection[Any], asked: Erasure) -> None:
    forgetting = Forgetting(connection, asked)
    survey = forgetting.look()
    _say(survey)
    forgetting.begin(survey)
    with error_console().status("rewriting pages") as shown:
        pages = forgetting.run(survey, lambda done: shown.update(f"{done:,} pages"))
        forgetting.end(survey, pages)
    click.echo(f"pages rewritten or removed: {pages:,}")


def _say(survey: Survey) -> None:
    """Say what is there to be forgotten, and name the files that we leave alone."""
    for line in survey.lines():
        click.echo(line)
    ids = survey.erasure.ids() | survey.found.messages
    for path in files_about(ids, survey.found.names):
        click.echo(printable(f"tells of it, and is left to you: {path}"))
