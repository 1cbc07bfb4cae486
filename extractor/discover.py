"""What a guild holds, as one account sees it: snapshots landed, channels listed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from extractor import resources
from extractor.client import Answer, Client
from extractor.errors import DiscordError
from extractor.landing import Landing, Target
from extractor.permissions import (
    Permission,
    Reader,
    channel_permissions,
    unreadable_reason,
)
from extractor.resources import Endpoint
from extractor.snapshots import Channel, ChannelType, Snapshot

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class AccountAccess:
    """One account at work: how it asks, where answers go, what it may see."""

    name: str
    user_id: int
    is_bot: bool
    client: Client
    landing: Landing
    has_message_content: bool

    def snapshot(self, endpoint: Endpoint, ids: Mapping[str, int]) -> Iterator[Any]:
        """Land every page of a list or object; yield the bodies.

        A refusal (400, 403, 404) is recorded and ends the pages.
        """
        cursor: dict[str, str | int] | None = None
        while True:
            answer = self.client.get(endpoint.request(ids, cursor))
            target = self._target(endpoint, ids, answer)
            if answer.status != 200:
                self.landing.record_refusal(self.name, answer, target)
                logger.info(
                    "%s: Discord answered %d", answer.request.path, answer.status
                )
                return
            self.landing.append_snapshot(self.name, answer, target)
            yield answer.body
            cursor = endpoint.next_cursor(answer.body)
            if cursor is None:
                return

    def _target(
        self, endpoint: Endpoint, ids: Mapping[str, int], answer: Answer
    ) -> Target:
        assert endpoint.table is not None  # noqa: S101 - only landed ones come here
        count = len(endpoint.items(answer.body)) if answer.status == 200 else 0
        return Target(
            endpoint.table,
            guild_id=ids["guild_id"],
            channel_id=ids.get("channel_id"),
            item_count=count,
        )


@dataclass(frozen=True)
class GuildView:
    """A guild's channels and threads, and why each may not be read (None: it may)."""

    guild_id: int
    name: str
    channels: Mapping[int, Channel]
    unreadable: Mapping[int, str]


def look_at_guild(access: AccountAccess, guild_id: int) -> GuildView:
    """Land a guild's snapshots and return what can be read in it.

    Raises:
        DiscordError: the account is not in this guild.

    """
    ids = {"guild_id": guild_id}
    guild = _only(access, resources.GUILD, ids)
    reader = Reader.of(
        guild=guild,
        roles=_only(access, resources.ROLES, ids),
        member=_only(access, resources.OWN_MEMBER, {**ids, "user_id": access.user_id}),
        now=datetime.now(UTC),
    )
    listed = _only(access, resources.CHANNELS, ids)
    channels = {one.channel_id: one for one in map(Channel.of, listed or ())}
    bits = {
        one.channel_id: channel_permissions(reader, one.overwrites)
        for one in channels.values()
    }
    channels |= _threads(access, guild_id, channels, bits)
    return GuildView(
        guild_id=guild_id,
        name=guild["name"],
        channels=channels,
        unreadable=dict(_unreadable(channels, bits)),
    )


def _only(access: AccountAccess, endpoint: Endpoint, ids: Mapping[str, int]) -> Any:
    for body in access.snapshot(endpoint, ids):
        return body
    raise DiscordError(
        f"guild {ids['guild_id']}: account {access.name!r} may not read "
        f"{endpoint.table}: is the bot in this guild, and the id right? Invite it, or "
        "take the guild out of the configuration"
    )


def _threads(
    access: AccountAccess,
    guild_id: int,
    channels: Mapping[int, Channel],
    bits: Mapping[int, int],
) -> dict[int, Channel]:
    """Return active and archived threads; an active one wins over its archived self."""
    found: dict[int, Channel] = {}
    for parent in channels.values():
        for endpoint in _archived_lists(parent, bits[parent.channel_id]):
            ids = {"guild_id": guild_id, "channel_id": parent.channel_id}
            for body in access.snapshot(endpoint, ids):
                found |= _listed_threads(body)
    # asked last: a thread that moves from one list to the other is then not missed
    if access.is_bot:  # the route is closed to user accounts
        for body in access.snapshot(resources.ACTIVE_THREADS, {"guild_id": guild_id}):
            found |= _listed_threads(body)
    return found


def _archived_lists(parent: Channel, bits: int) -> Iterator[Endpoint]:
    if parent.type not in ChannelType.WITH_THREADS or unreadable_reason(parent, bits):
        return
    yield resources.ARCHIVED_PUBLIC_THREADS
    if parent.type == ChannelType.TEXT:
        yield (
            resources.ARCHIVED_PRIVATE_THREADS
            if bits & Permission.MANAGE_THREADS
            else resources.JOINED_PRIVATE_THREADS
        )


def _listed_threads(body: Snapshot) -> dict[int, Channel]:
    joined = {member["id"] for member in body.get("members") or () if "id" in member}
    threads = (
        Channel.of(thread, is_joined=thread["id"] in joined)
        for thread in body.get("threads") or ()
    )
    return {thread.channel_id: thread for thread in threads}


def _unreadable(
    channels: Mapping[int, Channel], bits: Mapping[int, int]
) -> Iterator[tuple[int, str]]:
    for channel in channels.values():
        ruler = channel.parent_id if channel.is_thread else channel.channel_id
        reason = (
            unreadable_reason(channel, bits[ruler])
            if ruler is not None and ruler in bits
            else "its parent channel is hidden"
        )
        if reason is not None:
            yield channel.channel_id, reason
