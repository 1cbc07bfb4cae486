"""Who may see what: Discord's permission arithmetic, the fake's own telling of it.

Everything works on Discord's JSON shapes (permissions are decimal strings there).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

Json = dict[str, Any]

BAN_MEMBERS = 1 << 2
ADMINISTRATOR = 1 << 3
MANAGE_GUILD = 1 << 5
VIEW_AUDIT_LOG = 1 << 7
VIEW_CHANNEL = 1 << 10
READ_MESSAGE_HISTORY = 1 << 16
CONNECT = 1 << 20
MANAGE_WEBHOOKS = 1 << 29
MANAGE_THREADS = 1 << 34
CREATE_EXPRESSIONS = 1 << 43
MANAGE_EXPRESSIONS = 1 << 30
EVERYTHING = (1 << 53) - 1
LEFT_IN_TIMEOUT = VIEW_CHANNEL | READ_MESSAGE_HISTORY
IN_PRIVATE = VIEW_CHANNEL | READ_MESSAGE_HISTORY
VOICE_TYPES = frozenset({2, 13})


def guild_permissions(guild: Json, roles: Mapping[int, Json], member: Json) -> int:
    """Return what a member may do in the guild before any channel has a say."""
    if member["user"]["id"] == guild["owner_id"]:
        return EVERYTHING
    held = [int(guild["id"]), *map(int, member["roles"])]
    total = 0
    for role_id in held:
        if role_id in roles:
            total |= int(roles[role_id]["permissions"])
    return EVERYTHING if total & ADMINISTRATOR else total


def is_timed_out(member: Json, now: datetime) -> bool:
    """Tell whether the member's time-out is still running; past ones do not count."""
    until = member.get("communication_disabled_until")
    return until is not None and datetime.fromisoformat(until) > now


def channel_permissions(base: int, member: Json, guild_id: int, channel: Json) -> int:
    """Apply a channel's overwrites: everyone, then all roles at once, then the member.

    A thread has none of its own: pass its parent.
    """
    if base == EVERYTHING:
        return EVERYTHING
    overwrites = {int(o["id"]): o for o in channel.get("permission_overwrites", ())}
    result = _overwritten(base, [overwrites.get(guild_id)])
    held = (overwrites.get(int(role)) for role in member["roles"])
    result = _overwritten(result, held)
    result = _overwritten(result, [overwrites.get(int(member["user"]["id"]))])
    return result if result & VIEW_CHANNEL else 0


def _overwritten(before: int, overwrites: Iterable[Json | None]) -> int:
    deny = allow = 0
    for overwrite in overwrites:
        if overwrite is not None:
            deny |= int(overwrite["deny"])
            allow |= int(overwrite["allow"])
    return before & ~deny | allow
