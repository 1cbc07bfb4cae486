"""The database itself: connecting, the schema and its version, who may sync."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.resources import files
from typing import Any

import psycopg

from extractor.config import connection_arguments
from extractor.errors import DatabaseError

SCHEMA_VERSION = 4  # the greatest number of the files landing_*.sql
OLDEST_SERVER = 150000
SYNC_LOCK = 7305808869231651
_MIGRATION_LOCK = 7305808869231652
IMPORT_LOCK = 7305808869231653
_UPDATE = "a newer program made it; update this checkout (git pull, then make install)"


def connect(environment: Mapping[str, str]) -> psycopg.Connection[Any]:
    """Connect and check that the server is one we support.

    Raises:
        DatabaseError: one line with the server's address and what to do.

    """
    arguments = connection_arguments(environment)
    try:
        connection = psycopg.connect(**{"connect_timeout": 10, **arguments})
    except psycopg.Error as error:
        raise DatabaseError(
            f"cannot reach the database at {address(environment)}: "
            f"{one_line(error)}; check that the server is up and PG* are right"
        ) from error
    if connection.info.server_version < OLDEST_SERVER:
        version = connection.info.parameter_status("server_version")
        connection.close()
        raise DatabaseError(
            f"the server at {address(environment)} is PostgreSQL {version}; "
            "discord-warehouse needs 15 or newer: upgrade it, or unset PGHOST to use "
            "the embedded server"
        )
    return connection


def address(environment: Mapping[str, str]) -> str:
    """Return host:port/database, for messages; no password."""
    host = environment.get("PGHOST", environment.get("PGHOSTADDR", "?"))
    port = environment.get("PGPORT", "5432")
    return f"{host}:{port}/{environment.get('PGDATABASE', '')}"


def prepare_schema(environment: Mapping[str, str]) -> None:
    """Make or upgrade schema landing, once however many ask at the same time.

    Raises:
        DatabaseError: no right to make it, or a newer program made it.

    """
    with connect(environment) as connection:
        try:
            connection.execute("select pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
            version = schema_version(connection) or 0
            for missing in range(version + 1, SCHEMA_VERSION + 1):
                _migrate(connection, missing)
        except psycopg.Error as error:
            raise DatabaseError(
                f"cannot make schema landing in {address(environment)}: "
                f"{one_line(error)}; the role needs CREATE on the database, and to own "
                "the schema"
            ) from error
    if version > SCHEMA_VERSION:
        raise DatabaseError(
            f"schema landing in {address(environment)} is of version {version}, this "
            f"program writes version {SCHEMA_VERSION}: {_UPDATE}"
        )


def check_version(
    connection: psycopg.Connection[Any], environment: Mapping[str, str]
) -> None:
    """Refuse to read a landing that is not of this program's version.

    Raises:
        DatabaseError: it is older or newer, and what to do then.

    """
    version = schema_version(connection) or 0
    if version == SCHEMA_VERSION:
        return
    remedy = _UPDATE if version > SCHEMA_VERSION else "make extract upgrades it"
    raise DatabaseError(
        f"schema landing in {address(environment)} is of version {version}, this "
        f"program reads version {SCHEMA_VERSION}: {remedy}"
    )


def _migrate(connection: psycopg.Connection[Any], version: int) -> None:
    statements = files("extractor").joinpath(f"landing_{version}.sql").read_bytes()
    connection.execute(statements)
    connection.execute(
        "insert into landing.schema_version (version) values (%s)", (version,)
    )


def schema_version(connection: psycopg.Connection[Any]) -> int | None:
    """Return the version of schema landing; None where there is no such schema.

    Raises:
        DatabaseError: somebody else's schema has this name.

    """
    exists = connection.execute("select to_regclass('landing.schema_version')")
    if scalar(exists) is None:
        schema = connection.execute("select to_regnamespace('landing')")
        if scalar(schema) is None:
            return None
        raise DatabaseError(
            f"database {connection.info.dbname} has a schema landing that is not this "
            "program's (it has no schema_version): set PGDATABASE to another database"
        )
    row = connection.execute("select max(version) from landing.schema_version")
    return int(scalar(row))


@contextmanager
def only_sync(environment: Mapping[str, str]) -> Iterator[None]:
    """Hold the right to sync into this database; the server frees it on any death.

    Raises:
        DatabaseError: another sync holds it.

    """
    with _only(environment, SYNC_LOCK, "sync"):
        yield


@contextmanager
def only_import(environment: Mapping[str, str]) -> Iterator[None]:
    """Hold the right to import exports; a sync may run beside.

    Raises:
        DatabaseError: another import holds it.

    """
    with _only(environment, IMPORT_LOCK, "import"):
        yield


@contextmanager
def _only(environment: Mapping[str, str], lock: int, what: str) -> Iterator[None]:
    with connect(environment) as connection:
        connection.autocommit = True
        row = connection.execute("select pg_try_advisory_lock(%s)", (lock,))
        if not scalar(row):
            raise DatabaseError(
                f"another {what} is running on {address(environment)}: wait for it, or "
                "end it; what it landed is kept"
            )
        try:
            yield
        finally:
            # closing takes the server a moment, and somebody may be next
            with suppress(psycopg.Error):
                connection.execute("select pg_advisory_unlock(%s)", (lock,))


def scalar(cursor: psycopg.Cursor[Any]) -> Any:
    """Return the one value of a query that always has one row."""
    row = cursor.fetchone()
    assert row is not None  # noqa: S101 - for the type checker
    return row[0]


def one_line(error: Exception) -> str:
    """Return an error's text without line breaks."""
    return " ".join(str(error).split()) or type(error).__name__


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn the driver's errors into one line.

    Raises:
        DatabaseError: any statement in the block failed.

    """
    try:
        yield
    except psycopg.Error as error:
        raise DatabaseError(
            f"the database failed: {one_line(error)}; what was landed is safe, "
            "run again to go on from there"
        ) from error
