"""How `discord-warehouse status` looks to a person: columns that also suit grep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import click
from rich.cells import cell_len, set_cell_size

from extractor.snapshots import ChannelType
from extractor.status_channels import STATES
from extractor.status_json import Json
from extractor.summary import counted
from extractor.terminal import printable

_WIDEST = 44  # a longer name is cut
_FEW = 3  # of what failed, and of what is stale, are named

Cells = Sequence[str]


def status_lines(status: Json, stale_days: int) -> Iterator[str]:
    """Yield the lines of a status, as `read_status` returns it."""
    yield from map(printable, _health_lines(status, stale_days))
    yield ""
    yield from _run_lines(status["runs"])
    channels, lists = _by_guild(status["channels"]), _by_guild(status["lists"])
    for guild in status["guilds"]:
        mine = channels[guild["guild_id"]]
        yield ""
        yield click.style(printable(_guild_name(guild)), bold=True)
        yield from _channel_lines(mine)
        known = {one["channel_id"]: one for one in mine}
        yield from _list_lines(lists[guild["guild_id"]], known)
    if status["guilds"]:
        yield ""
    for guild in status["guilds"]:
        counts = ", ".join(f"{guild[key]:,} {key}" for key in (*STATES, "stale"))
        messages = counted(guild["messages"], "message")
        yield printable(f"{_guild_name(guild)}: channels {counts}; {messages}")


def _health_lines(status: Json, stale_days: int) -> Iterator[str]:
    """Yield what decides whether all is well: successes, failures, stale channels."""
    for program, at in status["succeeded"].items():
        yield f"{program} last succeeded: {f'{_minute(at)} UTC' if at else 'never'}"
    for run in status["failed"]:
        yield from _failure_lines(run)
    yield from _stale_lines(status, stale_days)
    yield f"logs: {status['logs']['folder']}"


def _failure_lines(run: Json) -> Iterator[str]:
    """Yield what went wrong in a run, what to do, and where more is written."""
    number = f" (run {run['run_id']})" if run["run_id"] is not None else ""
    why = f": {run['error']}" if run["error"] else ""
    began = _minute(run["started_at"])
    yield f"{run['command']}{number} of {began} UTC {run['state']}{why}"
    for what, reason in list(run["failed"].items())[:_FEW]:
        yield f"  {what}: {reason}"
    if len(run["failed"]) > _FEW:
        yield f"  and {len(run['failed']) - _FEW:,} more"
    yield f"  what to do: {run['remedy']}"
    if run["log"]:
        yield f"  its log: {run['log']}"


def _stale_lines(status: Json, stale_days: int) -> Iterator[str]:
    stale = [one for one in status["channels"] if one["is_stale"]]
    if not stale:
        yield f"stale: no channel (not known to its end for {stale_days} days)"
        return
    names = ", ".join(map(_channel_name, stale[:_FEW]))
    more = f" and {len(stale) - _FEW:,} more" if len(stale) > _FEW else ""
    count = counted(len(stale), "channel")
    yield f"stale: {count} not known to the end for {stale_days} days: {names}{more}"


def _by_guild(rows: Iterable[Json]) -> defaultdict[str, list[Json]]:
    found: defaultdict[str, list[Json]] = defaultdict(list)
    for row in rows:
        found[row["guild_id"]].append(row)
    return found


def _guild_name(guild: Json) -> str:
    return f"{guild['name'] or '?'} ({guild['guild_id']})"


def _run_lines(runs: Iterable[Json]) -> Iterator[str]:
    heading = ("run", "started (UTC)", "took", "messages", "new", "requests", "ended")
    rows = [
        (
            f"{run['run_id']} {run['command']}",
            _minute(run["started_at"]),
            "" if run["seconds"] is None else f"{run['seconds']:,.1f} s",
            *(_number(run[key]) for key in ("messages", "new", "requests")),
            _ended(run),
        )
        for run in runs
    ]
    return _aligned(heading, rows, numbers=(2, 3, 4, 5))


def _ended(run: Json) -> str:
    """Say how a run ended, and what it could not get, in short."""
    parts = [f"{run['state']}: {run['error']}" if run["error"] else run["state"]]
    for kind in ("failed", "unknown"):
        names = list(run[kind])
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            parts.append(f"{kind}: {names[0]}{more}")
    return "; ".join(parts)


def _channel_lines(channels: Iterable[Json]) -> Iterator[str]:
    heading = (
        "id",
        "channel",
        "messages",
        "from",
        "to",
        "fresh as of (UTC)",
        "by",
        "state",
    )
    rows = [
        (
            channel["channel_id"],
            _channel_name(channel),
            _number(channel["messages"]),
            (channel["from"] or "")[:10],
            (channel["to"] or "")[:10],
            _minute(channel["fresh_as_of"]),
            channel["account"] or "",
            _channel_state(channel),
        )
        for channel in channels
    ]
    return _aligned(heading, rows, numbers=(2,))


def _channel_state(channel: Json) -> str:
    stale = ", stale" if channel["is_stale"] else ""
    reason = f": {channel['reason']}" if channel["reason"] else ""
    return f"{channel['state']}{stale}{reason}"


def _channel_name(channel: Json) -> str:
    """Return a name; a thread's stands behind that of the channel it hangs under."""
    name = channel["name"] or "?"
    if channel["type"] not in ChannelType.THREADS:
        return f"#{name}"
    return f"#{channel['parent_name'] or channel['parent_id'] or '?'} > {name}"


def _list_lines(lists: Sequence[Json], channels: Mapping[str, Json]) -> Iterator[str]:
    """Yield what accounts may not list; the same of many channels is one line."""
    if not lists:
        return
    groups: defaultdict[tuple[str, ...], list[Json]] = defaultdict(list)
    for one in lists:
        is_asked = one["asked_at"] is not None
        key = (one["resource"], one["account"], one["reason"])
        groups[(*key, "asked" if is_asked else "")].append(one)
    rows = []
    for (resource, account, reason, _), group in groups.items():
        first = group[0]["channel_id"]
        known = channels.get(first)
        where = "" if first is None else _channel_name(known) if known else first
        more = f" and {len(group) - 1:,} more" if len(group) > 1 else ""
        asked = max((_minute(one["asked_at"]) for one in group), default="")
        again = min((_minute(one["ask_again_at"]) for one in group), default="")
        rows.append((resource, where + more, account, asked, again, reason))
    heading = ("unreadable list", "of", "by", "asked (UTC)", "again", "why")
    yield ""
    yield from _aligned(heading, rows)


def _minute(instant: str | None) -> str:
    return "" if instant is None else instant[:16].replace("T", " ")


def _number(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _aligned(
    heading: Cells, rows: Sequence[Cells], *, numbers: Sequence[int] = ()
) -> Iterator[str]:
    """Yield lines of equal columns; the last one is as long as it is.

    A library's table takes seconds for thousands of rows, and cuts in a pipe.
    """
    printed = [[printable(cell) for cell in row] for row in (heading, *rows)]
    columns = list(zip(*printed, strict=True))[:-1]
    widths = [min(_WIDEST, max(map(cell_len, column))) for column in columns]
    for number, row in enumerate(printed):
        cells = [
            cell.rjust(width) if index in numbers else _fitted(cell, width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        line = "  ".join([*cells, row[-1]]).rstrip()
        yield line if number else click.style(line, dim=True)


def _fitted(text: str, width: int) -> str:
    if text.isascii() and len(text) <= width:
        return text.ljust(width)
    if cell_len(text) > width:
        text = set_cell_size(text, width - 1) + "…"
    return set_cell_size(text, width)
