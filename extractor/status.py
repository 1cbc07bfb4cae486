"""What `discord-warehouse status` tells: what succeeded and failed, how far it goes.

Everything comes from the run log, checkpoints, states and the logs of runs; no page of
messages is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
import psycopg
from psycopg.rows import dict_row

from extractor.database import check_version, connect, readable_errors, schema_version
from extractor.errors import DatabaseError
from extractor.run_logs import FOLDER
from extractor.status_channels import told_of_channels
from extractor.status_json import Json
from extractor.status_lines import status_lines
from extractor.status_runs import told_of_runs

STALE_DAYS = 8  # a run each week, and a day


@dataclass(frozen=True)
class Asked:
    """What a status is asked for; no guild means all of them."""

    guild_ids: Sequence[int] = ()
    stale_days: int = STALE_DAYS
    log_folder: Path = FOLDER


def print_status(
    environment: Mapping[str, str], asked: Asked, *, as_json: bool
) -> None:
    """Print runs, and the channels of the guilds asked for, of this database.

    Raises:
        ConfigError: no such guild is archived here.
        DatabaseError: it cannot be reached, nothing was ever synced into it, or its
            landing is of another version.

    """
    with readable_errors(), connect(environment) as connection:
        if schema_version(connection) is None:
            raise DatabaseError("nothing is archived here yet: run make extract first")
        check_version(connection, environment)
        status = read_status(connection, asked)
    if as_json:
        # escapes all but ASCII, and so whatever could steer a terminal
        click.echo(json.dumps(status, indent=2))
    else:
        click.echo("\n".join(status_lines(status, asked.stale_days)))


def read_status(connection: psycopg.Connection[Any], asked: Asked) -> Json:
    """Return what is known, as the one JSON document that ``--json`` prints.

    Ids are strings, instants ISO 8601 in UTC, and null is what is not known:

    - ``succeeded``: program -> when it last ended with exit code 0, as far as the run
      log (sync, import-dce) or the logs that are kept (forget, dbt, weekly) tell.
    - ``failed``: the last run of each program, where it did not end well: ``command
      run_id started_at finished_at state error failed remedy log``; without ``run_id``
      it is known from its log only.
    - ``logs``: the ``folder``, and the ``latest`` log of each program.
    - ``runs``, the last five of the run log, newest first: ``run_id command started_at
      finished_at seconds state exit_code error messages new requests unknown failed
      log``; ``state`` is done, failed, partly failed, running, or (neither) broken off;
      ``unknown`` and ``failed`` are objects of what -> why.
    - ``guilds``: ``guild_id name complete unfinished unreadable stale messages``: how
      many channels (threads included) are in each state, how many are stale, and what
      is archived of them.
    - ``channels``: ``guild_id channel_id name type parent_id parent_name account state
      reason is_archived is_deleted messages oldest_message_id newest_message_id from to
      last_synced_at fresh_as_of is_stale``; ``state`` is complete, unfinished or
      unreadable (for the ``reason``), or no messages (it is of a type that holds none);
      all that was posted in it before ``fresh_as_of`` was known then, down to ``from``.
    - ``lists`` that an account may not read: ``guild_id channel_id account resource
      reason asked_at ask_again_at``; without ``asked_at`` nobody had to ask, and each
      run looks anew.

    Raises:
        ConfigError: no such guild is archived here.

    """
    rows = partial(_rows, connection)
    stale_after = timedelta(days=asked.stale_days)
    return {
        **told_of_runs(rows, asked.log_folder),
        **told_of_channels(rows, asked.guild_ids, stale_after),
    }


def _rows(
    connection: psycopg.Connection[Any], query: str, **parameters: object
) -> list[Json]:
    cursor = connection.cursor(row_factory=dict_row)
    return cursor.execute(query.encode(), parameters).fetchall()
