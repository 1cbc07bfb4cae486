"""What `discord-warehouse status` tells: the last runs, and how far channels go.

Everything comes from the run log, checkpoints and states; no page of messages is read.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click
import psycopg
from psycopg.rows import dict_row

from extractor.access import ASK_AGAIN_AFTER
from extractor.database import (
    IMPORT_LOCK,
    SYNC_LOCK,
    connect,
    readable_errors,
    schema_version,
)
from extractor.discover import DIRECT_MESSAGES
from extractor.errors import ConfigError, DatabaseError
from extractor.snapshots import ChannelType
from extractor.snowflake import time_of
from extractor.status_lines import STATES, Json, status_lines

_LOCKS = {"importing": IMPORT_LOCK, "syncing": SYNC_LOCK}
_RUNS = """
    select
        run_id::text, command, started_at, finished_at, exit_code, error,
        coalesce(summary, '{}') as summary,
        finished_at is null
        and run_id = max(run_id) over (partition by command)
        and exists (
            select from pg_locks
            where
                locktype = 'advisory'
                and database = (
                    select oid from pg_database where datname = current_database()
                )
                and (classid::bigint << 32) + objid::bigint = case
                    when command = 'import-dce' then %(importing)s else %(syncing)s
                end
        ) as is_running
    from landing.runs
    order by landing.runs.run_id desc
    limit 5
"""

_GUILDS = """
    with

    known as (

        select guild_id from landing.checkpoints
        union
        select route_id from landing.guilds

    )

    select
        known.guild_id,
        case known.guild_id
            when %(direct)s then 'direct messages'
            else latest.name
        end as name
    from known
    left join lateral (
        select page.body ->> 'name' as name
        from landing.guilds as page
        where page.route_id = known.guild_id
        order by page.page_id desc
        limit 1
    ) as latest on true
    order by known.guild_id
"""

# forums have no checkpoint: their names are on their guild's latest list of channels
_CHANNELS = """
    with

    listed as (

        select element ->> 'id' as channel_id, element ->> 'name' as name
        from unnest(%(guild_ids)s::bigint[]) as guild (guild_id)
        cross join lateral (
            select page.body
            from landing.channels as page
            where page.route_id = guild.guild_id
            order by page.page_id desc
            limit 1
        ) as latest
        cross join lateral jsonb_path_query(latest.body, '$[*]') as element

    )

    select
        checkpoints.guild_id, checkpoints.channel_id, checkpoints.name,
        checkpoints.type, checkpoints.parent_id,
        coalesce(parent.name, listed.name) as parent_name,
        checkpoints.account, checkpoints.message_count, checkpoints.oldest_message_id,
        checkpoints.newest_message_id, checkpoints.backfill_complete,
        checkpoints.last_synced_at, checkpoints.is_archived, checkpoints.is_deleted,
        checkpoints.unreadable_reason
    from landing.checkpoints
    left join landing.checkpoints as parent on checkpoints.parent_id = parent.channel_id
    left join listed on checkpoints.parent_id::text = listed.channel_id
    where checkpoints.guild_id = any(%(guild_ids)s)
    order by checkpoints.guild_id, checkpoints.channel_id
"""

_LISTS = """
    select
        guild_id, account, resource, nullif(route_id, guild_id) as channel_id,
        unreadable_reason as reason, asked_at
    from landing.resource_states
    where unreadable_reason is not null and guild_id = any(%(guild_ids)s)
    order by guild_id, account, resource, route_id
"""


def print_status(
    environment: Mapping[str, str], guild_ids: Sequence[int] = (), *, as_json: bool
) -> None:
    """Print runs, and the channels of these (else all) guilds, of this database.

    Raises:
        ConfigError: no such guild is archived here.
        DatabaseError: it cannot be reached, or nothing was ever synced into it.

    """
    with readable_errors(), connect(environment) as connection:
        if schema_version(connection) is None:
            raise DatabaseError("nothing is archived here yet: run make extract first")
        status = read_status(connection, guild_ids)
    if as_json:
        # escapes all but ASCII, and so whatever could steer a terminal
        click.echo(json.dumps(status, indent=2))
    else:
        click.echo("\n".join(status_lines(status)))


def read_status(
    connection: psycopg.Connection[Any], guild_ids: Sequence[int] = ()
) -> Json:
    """Return what is known, as the one JSON document that ``--json`` prints.

    Ids are strings, instants ISO 8601 in UTC, and null is what is not known:

    - ``runs``, the last five, newest first: ``run_id command started_at finished_at
      seconds state exit_code error messages new requests unknown failed``; ``state`` is
      done, failed, partly failed, running, or (neither) broken off; ``unknown`` and
      ``failed`` are objects of what -> why.
    - ``guilds``: ``guild_id name complete unfinished unreadable messages``: how many
      channels (threads included) are in each state, and what is archived of them.
    - ``channels``: ``guild_id channel_id name type parent_id parent_name account state
      reason is_archived is_deleted messages oldest_message_id newest_message_id from to
      last_synced_at``; ``state`` is complete, unfinished or unreadable (for the
      ``reason``), or no messages (it is of a type that holds none).
    - ``lists`` that an account may not read: ``guild_id channel_id account resource
      reason asked_at ask_again_at``; without ``asked_at`` nobody had to ask, and each
      run looks anew.

    Raises:
        ConfigError: no such guild is archived here.

    """
    guilds = {
        row["guild_id"]: row["name"]
        for row in _rows(connection, _GUILDS, direct=DIRECT_MESSAGES)
    }
    for guild_id in guild_ids:
        if guild_id not in guilds:
            known = ", ".join(map(str, guilds)) or "no guild"
            raise ConfigError(f"--guild-id {guild_id}: not archived here, only {known}")
    wanted = [one for one in guilds if not guild_ids or one in guild_ids]
    channels = [_channel(row) for row in _rows(connection, _CHANNELS, guild_ids=wanted)]
    return {
        "runs": [_run(row) for row in _rows(connection, _RUNS, **_LOCKS)],
        "guilds": list(_guilds({one: guilds[one] for one in wanted}, channels)),
        "channels": channels,
        "lists": [_list(row) for row in _rows(connection, _LISTS, guild_ids=wanted)],
    }


def _rows(
    connection: psycopg.Connection[Any], query: str, **parameters: object
) -> list[Json]:
    cursor = connection.cursor(row_factory=dict_row)
    return cursor.execute(query.encode(), parameters).fetchall()


def _run(row: Json) -> Json:
    started_at, finished_at = row["started_at"], row["finished_at"]
    seconds = (finished_at - started_at).total_seconds() if finished_at else None
    states = {0: "done", 3: "partly failed"}
    state = states.get(row["exit_code"], "failed")
    if finished_at is None:
        state = "running" if row["is_running"] else "broken off"
    summary = row["summary"]
    return {
        **{key: row[key] for key in ("run_id", "command")},
        "started_at": _instant(started_at),
        "finished_at": _instant(finished_at),
        "seconds": seconds,
        "state": state,
        **{key: row[key] for key in ("exit_code", "error")},
        **{key: summary.get(key) for key in ("messages", "new", "requests")},
        **{key: summary.get(key) or {} for key in ("unknown", "failed")},
    }


def _guilds(names: Mapping[int, str], channels: Iterable[Json]) -> Iterator[Json]:
    states: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for channel in channels:
        states[channel["guild_id"]][channel["state"]] += 1
        states[channel["guild_id"]]["messages"] += channel["messages"]
    for guild_id, name in names.items():
        counts = states[str(guild_id)]
        yield {
            "guild_id": str(guild_id),
            "name": name,
            **{state: counts[state] for state in (*STATES, "messages")},
        }


def _channel(row: Json) -> Json:
    oldest, newest = row["oldest_message_id"], row["newest_message_id"]
    state, reason = _state(row)
    return {
        **{key: _id(row[key]) for key in ("guild_id", "channel_id")},
        **{key: row[key] for key in ("name", "type")},
        "parent_id": _id(row["parent_id"]),
        **{key: row[key] for key in ("parent_name", "account")},
        "state": state,
        "reason": reason,
        **{key: row[key] for key in ("is_archived", "is_deleted")},
        "messages": row["message_count"],
        "oldest_message_id": _id(oldest),
        "newest_message_id": _id(newest),
        "from": _instant(time_of(oldest) if oldest is not None else None),
        "to": _instant(time_of(newest) if newest is not None else None),
        "last_synced_at": _instant(row["last_synced_at"]),
    }


def _state(row: Json) -> tuple[str, str | None]:
    if row["is_deleted"] or row["unreadable_reason"] is not None:
        return "unreadable", row["unreadable_reason"] or "deleted"
    if row["type"] in ChannelType.WITHOUT_MESSAGES:
        return "no messages", None
    if row["backfill_complete"]:
        return "complete", None
    # version 1 of the schema wrote no types down
    is_only_named = row["type"] is None and row["last_synced_at"] is None
    return "unfinished", "only named by a message so far" if is_only_named else None


def _list(row: Json) -> Json:
    asked_at = row["asked_at"]
    return {
        **{key: _id(row[key]) for key in ("guild_id", "channel_id")},
        **{key: row[key] for key in ("account", "resource", "reason")},
        "asked_at": _instant(asked_at),
        "ask_again_at": _instant(asked_at + ASK_AGAIN_AFTER if asked_at else None),
    }


def _id(value: int | None) -> str | None:
    return None if value is None else str(value)


def _instant(moment: datetime | None) -> str | None:
    """Return ISO 8601 in UTC to the second; a session has a time zone of its own."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
