"""The part of a status that tells of guilds, channels and lists: how far each goes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from extractor.access import ASK_AGAIN_AFTER
from extractor.discover import DIRECT_MESSAGES
from extractor.errors import ConfigError
from extractor.snapshots import ChannelType
from extractor.snowflake import time_of
from extractor.status_json import Json, Rows, as_id, as_instant

STATES = ("complete", "unfinished", "unreadable")  # of channels that hold messages

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

# Forums have no checkpoint: their names are on their guild's latest list of channels.
# A channel in which nothing was posted is not asked again: a run that read the whole
# guild knows it too, unless the channel is newer, or has a message that nobody read.
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

    ),

    whole_reads as (

        select distinct on (guild_id) guild_id, started_at, finished_at
        from landing.guild_syncs
        where is_complete
        order by guild_id, page_id desc

    )

    select
        checkpoints.guild_id, checkpoints.channel_id, checkpoints.name,
        checkpoints.type, checkpoints.parent_id,
        coalesce(parent.name, listed.name) as parent_name,
        checkpoints.account, checkpoints.message_count, checkpoints.oldest_message_id,
        checkpoints.newest_message_id, checkpoints.backfill_complete,
        checkpoints.last_synced_at, checkpoints.is_archived, checkpoints.is_deleted,
        checkpoints.unreadable_reason,
        greatest(checkpoints.last_synced_at, whole_reads.started_at) as fresh_as_of,
        now() as seen_at
    from landing.checkpoints
    left join landing.checkpoints as parent on checkpoints.parent_id = parent.channel_id
    left join listed on checkpoints.parent_id::text = listed.channel_id
    left join whole_reads on
        checkpoints.guild_id = whole_reads.guild_id
        and checkpoints.last_synced_at is not null
        and checkpoints.created_at <= whole_reads.finished_at
        and coalesce(checkpoints.last_message_id, 0)
        <= coalesce(checkpoints.last_message_id_seen, 0)
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


def told_of_channels(
    rows: Rows, guild_ids: Sequence[int], stale_after: timedelta
) -> Json:
    """Return the parts of a status about guilds: ``read_status`` says which.

    Raises:
        ConfigError: no such guild is archived here.

    """
    names = {
        row["guild_id"]: row["name"] for row in rows(_GUILDS, direct=DIRECT_MESSAGES)
    }
    for guild_id in guild_ids:
        if guild_id not in names:
            known = ", ".join(map(str, names)) or "no guild"
            raise ConfigError(f"--guild-id {guild_id}: not archived here, only {known}")
    wanted = [one for one in names if not guild_ids or one in guild_ids]
    channels = [_channel(row, stale_after) for row in rows(_CHANNELS, guild_ids=wanted)]
    return {
        "guilds": list(_guilds({one: names[one] for one in wanted}, channels)),
        "channels": channels,
        "lists": [_list(row) for row in rows(_LISTS, guild_ids=wanted)],
    }


def _guilds(names: Mapping[int, str], channels: Iterable[Json]) -> Iterator[Json]:
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for channel in channels:
        counts = counted[channel["guild_id"]]
        counts[channel["state"]] += 1
        counts["stale"] += bool(channel["is_stale"])
        counts["messages"] += channel["messages"]
    for guild_id, name in names.items():
        counts = counted[str(guild_id)]
        yield {
            "guild_id": str(guild_id),
            "name": name,
            **{key: counts[key] for key in (*STATES, "stale", "messages")},
        }


def _channel(row: Json, stale_after: timedelta) -> Json:
    oldest, newest = row["oldest_message_id"], row["newest_message_id"]
    state, reason = _state(row)
    is_read = state in ("complete", "unfinished")
    fresh_as_of = row["fresh_as_of"] if is_read else None
    is_stale = fresh_as_of is None or fresh_as_of < row["seen_at"] - stale_after
    return {
        **{key: as_id(row[key]) for key in ("guild_id", "channel_id")},
        **{key: row[key] for key in ("name", "type")},
        "parent_id": as_id(row["parent_id"]),
        **{key: row[key] for key in ("parent_name", "account")},
        "state": state,
        "reason": reason,
        **{key: row[key] for key in ("is_archived", "is_deleted")},
        "messages": row["message_count"],
        "oldest_message_id": as_id(oldest),
        "newest_message_id": as_id(newest),
        "from": as_instant(time_of(oldest) if oldest is not None else None),
        "to": as_instant(time_of(newest) if newest is not None else None),
        "last_synced_at": as_instant(row["last_synced_at"]),
        "fresh_as_of": as_instant(fresh_as_of),
        "is_stale": is_stale if is_read else None,
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
        **{key: as_id(row[key]) for key in ("guild_id", "channel_id")},
        **{key: row[key] for key in ("account", "resource", "reason")},
        "asked_at": as_instant(asked_at),
        "ask_again_at": as_instant(asked_at + ASK_AGAIN_AFTER if asked_at else None),
    }
