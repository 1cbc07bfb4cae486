"""What an account may read, computed from snapshots: no request is spent on a 403.

Source: https://discord.com/developers/docs/topics/permissions
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntFlag
from typing import Any

from extractor.snapshots import Channel, ChannelType, Snapshot


class Permission(IntFlag):
    """The bits that decide what an archiver can read."""

    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    VIEW_AUDIT_LOG = 1 << 7
    VIEW_CHANNEL = 1 << 10
    READ_MESSAGE_HISTORY = 1 << 16
    CONNECT = 1 << 20
    MANAGE_WEBHOOKS = 1 << 29
    MANAGE_THREADS = 1 << 34


EVERYTHING = (1 << 64) - 1
_LEFT_IN_TIMEOUT = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY


@dataclass(frozen=True)
class Reader:
    """One account in one guild: all that its permissions depend on.

    ``role_permissions`` holds the guild's roles by id, @everyone (whose id is the
    guild's) included; ``role_ids`` those that the account has.
    """

    user_id: int
    guild_id: int
    is_owner: bool
    role_ids: frozenset[int]
    role_permissions: Mapping[int, int]
    is_timed_out: bool = False

    @classmethod
    def of(
        cls,
        *,
        guild: Snapshot,
        roles: Iterable[Snapshot],
        member: Snapshot,
        now: datetime,
    ) -> Reader:
        """Read one from Discord's guild, role and own member objects."""
        user_id = int(member["user"]["id"])
        until = member.get("communication_disabled_until")
        return cls(
            user_id=user_id,
            guild_id=int(guild["id"]),
            is_owner=int(guild["owner_id"]) == user_id,
            role_ids=frozenset(int(role) for role in member["roles"]),
            role_permissions={
                int(role["id"]): int(role["permissions"])
                for role in roles
                if isinstance(role, dict)
            },
            is_timed_out=until is not None and datetime.fromisoformat(until) > now,
        )


def guild_permissions(reader: Reader) -> int:
    """Return the permission bits before any channel's overwrites."""
    if reader.is_owner:
        return EVERYTHING
    bits = reader.role_permissions.get(reader.guild_id, 0)
    for role_id in reader.role_ids:
        bits |= reader.role_permissions.get(role_id, 0)
    return EVERYTHING if bits & Permission.ADMINISTRATOR else bits


def channel_permissions(reader: Reader, overwrites: Iterable[Mapping[str, Any]]) -> int:
    """Return the permission bits in a channel with these overwrites.

    A thread has none of its own: pass its parent's.
    """
    bits = guild_permissions(reader)
    if bits == EVERYTHING:
        return bits
    by_id = {int(overwrite["id"]): overwrite for overwrite in overwrites}
    everyone = [reader.guild_id]
    roles = sorted(reader.role_ids - {reader.guild_id})
    for ids in (everyone, roles, [reader.user_id]):
        deny, allow = _merged(by_id[one] for one in ids if one in by_id)
        bits = (bits & ~deny) | allow
    if not bits & Permission.VIEW_CHANNEL:
        return 0
    return bits & _LEFT_IN_TIMEOUT if reader.is_timed_out else bits


def _merged(overwrites: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    deny = allow = 0
    for overwrite in overwrites:
        deny |= int(overwrite["deny"])
        allow |= int(overwrite["allow"])
    return deny, allow


def unreadable_reason(channel: Channel, bits: int) -> str | None:
    """Say which permission is missing to read a channel's messages; None: none is.

    ``bits`` are those of the channel, or of a thread's parent. Discord answers a
    reader without Read Message History with an empty page, not with an error, so
    asking would prove nothing.
    """
    if not bits & Permission.VIEW_CHANNEL:
        return "no View Channel permission"
    if not bits & Permission.READ_MESSAGE_HISTORY:
        return "no Read Message History permission"
    if channel.type in ChannelType.VOICES and not bits & Permission.CONNECT:
        return "no Connect permission"
    if channel.type == ChannelType.PRIVATE_THREAD and not (
        channel.is_joined or bits & Permission.MANAGE_THREADS
    ):
        return "private thread: neither a member nor Manage Threads permission"
    return None
