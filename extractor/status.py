"""What `discord-warehouse status` tells: the last runs, and how far channels go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from extractor.database import connect, readable_errors, schema_version
from extractor.errors import DatabaseError
from extractor.progress import printable
from extractor.snowflake import time_of

WIDTH_IN_A_PIPE = 160

_RUNS = """
    select
        run_id, command, started_at, finished_at, exit_code, error,
        summary ->> 'messages' as messages, summary ->> 'requests' as requests
    from landing.runs
    order by run_id desc
    limit 5
"""

# names come from the latest snapshot that shows the channel
_CHANNELS = """
    with

    pages as (

        select page_id, guild_id, body as listed
        from landing.channels
        union all
        select page_id, guild_id, body -> 'threads' as listed
        from landing.threads

    ),

    named as (

        select distinct on (element ->> 'id')
            (element ->> 'id')::bigint as channel_id,
            element ->> 'name' as name
        from pages
        cross join lateral jsonb_array_elements(
            case jsonb_typeof(listed) when 'array' then listed else '[]' end
        ) as element
        order by element ->> 'id', page_id desc

    )

    select
        checkpoints.channel_id, named.name, checkpoints.oldest_message_id,
        checkpoints.newest_message_id, checkpoints.backfill_complete,
        checkpoints.last_synced_at, checkpoints.unreadable_reason
    from landing.checkpoints
    left join named on checkpoints.channel_id = named.channel_id
    order by checkpoints.guild_id, checkpoints.channel_id
"""


def print_status(environment: Mapping[str, str]) -> None:
    """Print runs and channels of the landing in this database.

    Raises:
        DatabaseError: it cannot be reached, or nothing was ever synced into it.

    """
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_IN_A_PIPE
    with readable_errors(), connect(environment) as connection:
        if schema_version(connection) is None:
            raise DatabaseError("nothing is archived here yet: run make extract first")
        console.print(_runs(connection))
        console.print(_channels(connection))


def _runs(connection: psycopg.Connection[Any]) -> Table:
    table = Table("run", "started (UTC)", "ended", "messages", "requests")
    for row in connection.execute(_RUNS):
        run_id, command, started_at, finished_at, exit_code, error, *counts = row
        ended = "running or killed" if finished_at is None else f"exit code {exit_code}"
        table.add_row(
            f"{run_id} {command}",
            f"{started_at:%Y-%m-%d %H:%M:%S}",
            f"{ended}: {printable(error)}" if error else ended,
            *(count or "" for count in counts),
        )
    return table


def _channels(connection: psycopg.Connection[Any]) -> Table:
    table = Table("id", "channel", "from", "to", "synced (UTC)", "state")
    table.columns[0].no_wrap = True
    for (
        channel_id,
        name,
        oldest,
        newest,
        complete,
        synced_at,
        reason,
    ) in connection.execute(_CHANNELS):
        state = "complete" if complete else "backfill unfinished"
        table.add_row(
            str(channel_id),
            f"#{printable(name or '?')}",
            f"{time_of(oldest):%Y-%m-%d}" if oldest else "",
            f"{time_of(newest):%Y-%m-%d}" if newest else "",
            f"{synced_at:%Y-%m-%d %H:%M}" if synced_at else "",
            reason or state,
        )
    return table
