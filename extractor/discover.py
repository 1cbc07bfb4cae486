"""What a guild holds, as one account sees it: snapshots landed, channels listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from extractor import resources
from extractor.client import Answer, Client
from extractor.errors import RefusedError
from extractor.landing import Landing, Target
from extractor.permissions import (
    Permission,
    Reader,
    channel_permissions,
    unreadable_reason,
)
from extractor.resources import Endpoint
from extractor.snapshots import Channel, ChannelType, Snapshot


@dataclass(frozen=True)
class AccountAccess:
    """One account at work: how it asks, where answers go, what it may see."""

    name: str
    user_id: int
    is_bot: bool
    client: Client
    landing: Landing
    has_message_content: bool

    def snapshot(self, endpoint: Endpoint, ids: Mapping[str, int]) -> Iterator[Answer]:
        """Land every page of a list or object; yield the answers.

        Raises:
            RefusedError: Discord answered 400, 403 or 404, which is on record.

        """
        cursor: dict[str, str | int] | None = None
        while True:
            answer = self.client.get(endpoint.request(ids, cursor))
            target = self._target(endpoint, ids, answer)
            if answer.status != 200:
                self.landing.record_fetch(self.name, answer, target)
                raise RefusedError(f"{answer.request.path}: {refusal(answer)}")
            self.landing.append_snapshot(self.name, answer, target)
            yield answer
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
    """A guild's channels and threads, as of an instant.

    ``unreadable`` says by id why a channel may not be read, ``refused`` which lists of
    threads Discord did not give: with one of them, threads may be missing.
    """

    guild_id: int
    name: str
    seen_at: datetime
    channels: Mapping[int, Channel]
    unreadable: Mapping[int, str]
    refused: tuple[str, ...]


def look_at_guild(access: AccountAccess, guild_id: int) -> GuildView:
    """Land a guild's snapshots and return what can be read in it.

    Raises:
        RefusedError: the account is not in this guild.

    """
    ids = {"guild_id": guild_id}
    guild = guild_answer(access, guild_id)
    member = _only(access, resources.OWN_MEMBER, {**ids, "user_id": access.user_id})
    reader = Reader.of(
        guild=guild.body,
        roles=_only(access, resources.ROLES, ids).body or (),
        member=member.body,
        now=datetime.now(UTC),
    )
    listed = _only(access, resources.CHANNELS, ids).body
    channels = {one.channel_id: one for one in map(Channel.of, listed or ())}
    bits = {
        one.channel_id: channel_permissions(reader, one.overwrites)
        for one in channels.values()
    }
    threads = ThreadLists(access, guild_id)
    threads.read(channels, bits)
    channels |= threads.found
    return GuildView(
        guild_id=guild_id,
        name=guild.body["name"],
        # Discord's clock, where ours is ahead of it: no later instant is claimed
        seen_at=min(guild.fetched_at, guild.responded_at or guild.fetched_at),
        channels=channels,
        unreadable=dict(_unreadable(channels, bits)),
        refused=tuple(threads.refused),
    )


def guild_answer(access: AccountAccess, guild_id: int) -> Answer:
    """Land the guild itself.

    Raises:
        RefusedError: the account is not in this guild.

    """
    try:
        return _only(access, resources.GUILD, {"guild_id": guild_id})
    except RefusedError as error:
        raise RefusedError(
            f"account {access.name!r} may not read it ({error}): is the bot in this "
            "guild, and the id right? Invite it, or take the guild out of the "
            "configuration"
        ) from error


def _only(access: AccountAccess, endpoint: Endpoint, ids: Mapping[str, int]) -> Answer:
    return next(access.snapshot(endpoint, ids))


class ThreadLists:
    """The threads of a guild, from all lists that the account may read."""

    def __init__(self, access: AccountAccess, guild_id: int) -> None:
        self._access = access
        self._guild_id = guild_id
        self.found: dict[int, Channel] = {}
        self.refused: list[str] = []

    def read(self, channels: Mapping[int, Channel], bits: Mapping[int, int]) -> None:
        """Read active and archived lists; a thread's latest sighting counts.

        A thread may move from one list to the other while they are read, in either
        direction: the active ones are asked for first, and once more at the end.
        """
        self._read_active()
        for parent in channels.values():
            parent_bits = bits[parent.channel_id]
            if parent.type in ChannelType.WITH_THREADS and not unreadable_reason(
                parent, parent_bits
            ):
                self._read_archived(parent, parent_bits)
        self._read_active()

    def _read_active(self) -> None:
        if self._access.is_bot:  # the route is closed to user accounts
            self._read_list(resources.ACTIVE_THREADS, {})

    def _read_archived(self, parent: Channel, bits: int) -> None:
        ids = {"channel_id": parent.channel_id}
        self._read_list(resources.ARCHIVED_PUBLIC_THREADS, ids)
        if parent.type == ChannelType.TEXT:
            private = (
                resources.ARCHIVED_PRIVATE_THREADS
                if bits & Permission.MANAGE_THREADS
                else resources.JOINED_PRIVATE_THREADS
            )
            self._read_list(private, ids)

    def _read_list(self, endpoint: Endpoint, ids: Mapping[str, int]) -> None:
        seen: set[int] = set()
        ids = {"guild_id": self._guild_id, **ids}
        try:
            for answer in self._access.snapshot(endpoint, ids):
                listed = _listed_threads(answer.body or {})
                self.found |= listed
                if listed.keys() <= seen:
                    return  # a list that repeats itself would never end
                seen |= listed.keys()
        except RefusedError as error:
            self.refused.append(str(error))


def refusal(answer: Answer) -> str:
    """Say how Discord refused, with its own error code."""
    code = f", code {answer.error_code}" if answer.error_code else ""
    return f"Discord answered {answer.status}{code}"


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
