"""The tables that dbt made from landing, made again once landing tells no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg

from extractor import forget_statements as statements
from extractor.errors import ConfigError, WarehouseError
from extractor.run_logs import dbt_environment

CHECKOUT = Path(__file__).resolve().parent.parent


class UnfinishedError(WarehouseError):
    """Landing tells no more, and what was made from it still does."""


def are_there(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether anything was ever built."""
    row = connection.execute("select to_regclass('audit.build_state')").fetchone()
    return row is not None and row[0] is not None


def check_unfinished(connection: psycopg.Connection[Any]) -> None:
    """Let a run without ids go on only where it can tell what is left to do.

    Raises:
        ConfigError: nothing was begun, or ids are needed to go on.

    """
    begun, unfinished = connection.execute(statements.UNFINISHED).fetchall()[0]
    if begun:
        raise ConfigError(
            "an earlier run was ended before landing was rewritten: run it again with "
            "the same --user-id, --message-id and --channel-id, which are kept nowhere"
        )
    if not unfinished:
        raise ConfigError(
            "nothing to forget: name --user-id, --message-id or --channel-id"
        )


def refresh(
    connection: psycopg.Connection[Any],
    environment: Mapping[str, str],
    log_folder: Path,
) -> None:
    """Build everything anew, if anything was built that may tell, and note that it was.

    dbt leaves its log in the folder of logs.

    Raises:
        UnfinishedError: dbt cannot do it; a build that adds to its tables refuses.

    """
    _, unfinished = connection.execute(statements.UNFINISHED).fetchall()[0]
    if unfinished and are_there(connection):
        command = [*_dbt(), *_as_before(connection)]
        code = _run(command, {**environment, **dbt_environment(log_folder)})
        if code != 0:
            raise UnfinishedError(
                "landing tells no more, but its tables could not be built anew (dbt "
                f"ended with {code}): mend what it names, then run discord-warehouse "
                "forget, which goes on from here"
            )
    connection.execute(statements.REFRESHED)


def _dbt() -> list[str]:
    place = ["--project-dir", str(CHECKOUT), "--profiles-dir", str(CHECKOUT)]
    # tests may fail for reasons of their own, and keep nothing back
    what = ["build", "--full-refresh", "--exclude-resource-type", "test", "unit_test"]
    return [str(Path(sys.executable).with_name("dbt")), *what, *place]


def _as_before(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the options that let weeks begin where they began before."""
    zones = connection.execute(
        "select distinct reporting_timezone from audit.build_state"
    ).fetchall()
    if len(zones) != 1 or zones[0][0] == "UTC":  # as it is where nobody said otherwise
        return []
    return ["--vars", json.dumps({"reporting_timezone": zones[0][0]})]


def _run(command: list[str], environment: Mapping[str, str]) -> int:
    try:
        done = subprocess.run(
            command, cwd=CHECKOUT, env={**os.environ, **environment}, check=False
        )
    except OSError:
        return 127
    return done.returncode
