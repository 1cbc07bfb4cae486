"""The lists of a guild's threads: active ones, and each parent's archives.

A list of archived threads is read as far as what an earlier run has seen: the public
and private ones by archive_timestamp, the joined one by thread id, for they come in
these orders. A thread that moves between lists meanwhile is caught because the active
ones are asked for twice, before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from extractor import resources
from extractor.access import GuildAccess
from extractor.client import Answer
from extractor.errors import RefusedError, UnavailableError
from extractor.permissions import Permission, unreadable_reason
from extractor.resources import Endpoint
from extractor.snapshots import Channel, ChannelType, channels_of


@dataclass(frozen=True)
class Mark:
    """How far one list is known."""

    access: GuildAccess
    endpoint: Endpoint
    ids: Mapping[str, int]
    known_to: str

    def write_down(self) -> None:
        """Let later runs stop here."""
        self.access.know(self.endpoint, self.ids, self.known_to)


class ThreadLists:
    """The threads that one account may see in a guild.

    ``found`` holds them as last seen; ``unknown`` says which lists Discord does not
    give to this account, ``failed`` which ones could not be had this time: with either,
    threads may be missing. ``marks`` says how far lists are known now: to be written
    down once the threads found are.
    """

    def __init__(self, access: GuildAccess, *, is_whole: bool = False) -> None:
        self._access = access
        self._is_whole = is_whole  # walk lists to their end, known or not
        self.found: dict[int, Channel] = {}
        self.unknown: list[str] = []
        self.failed: list[str] = []
        self.marks: list[Mark] = []

    def read(
        self,
        parents: Mapping[int, int],
        channels: Mapping[int, Channel],
        executor: Executor,
        *,
        all_private_known: Collection[int] = (),
        all_public_known: Collection[int] = (),
    ) -> None:
        """Read the lists of these parents, given with the account's permissions there.

        The collections name parents whose lists another account has read already.
        """
        readable = [
            channels[parent_id]
            for parent_id, bits in parents.items()
            if channels[parent_id].type in ChannelType.WITH_THREADS
            and not unreadable_reason(channels[parent_id], bits)
        ]
        self._read_active(readable, executor)
        lists = [
            (endpoint, parent.channel_id)
            for parent in readable
            for endpoint in _archives(parent, parents[parent.channel_id])
            if parent.channel_id
            not in (
                all_public_known
                if endpoint is resources.ARCHIVED_PUBLIC_THREADS
                else all_private_known
            )
        ]
        list(executor.map(lambda one: self._read_archive(*one), lists))
        self._read_active(readable, executor)

    def _read_active(self, parents: Iterable[Channel], executor: Executor) -> None:
        if self._access.login.is_bot:
            self._read_list(resources.ACTIVE_THREADS, {})
            return
        asked = [{"channel_id": parent.channel_id} for parent in parents]
        search = resources.ACTIVE_THREAD_SEARCH
        list(executor.map(lambda ids: self._read_list(search, ids), asked))

    def _read_archive(self, endpoint: Endpoint, parent_id: int) -> None:
        ids = {"channel_id": parent_id}
        is_private = endpoint is resources.ARCHIVED_PRIVATE_THREADS
        if not self._read_list(endpoint, ids) and is_private:
            # computed permissions said yes, Discord no: what the account has joined
            self._read_list(resources.JOINED_PRIVATE_THREADS, ids)

    def _read_list(self, endpoint: Endpoint, ids: Mapping[str, int]) -> bool:
        """Read one list as far as it is new; False: Discord does not give it."""
        known_to = None if self._is_whole else self._access.known_to(endpoint, ids)
        first: Answer | None = None
        seen: set[int] = set()
        try:
            for answer in self._access.pages(endpoint, ids):
                first = first or answer
                listed = _listed_threads(answer.body)
                self.found |= listed
                if listed.keys() <= seen or _reaches(endpoint, answer.body, known_to):
                    break  # known from here on, or a list that repeats itself
                seen |= listed.keys()
        except RefusedError as error:
            self.unknown.append(f"{endpoint.name.replace('_', ' ')}: {error}")
            return False
        except UnavailableError as error:
            self.failed.append(str(error))
            return True
        newest = _position(endpoint, first.body if first else None, max)
        if newest is not None:
            self.marks.append(Mark(self._access, endpoint, ids, newest))
        return True


def _archives(parent: Channel, bits: int) -> Iterable[Endpoint]:
    yield resources.ARCHIVED_PUBLIC_THREADS
    if parent.type == ChannelType.TEXT:
        yield (
            resources.ARCHIVED_PRIVATE_THREADS
            if bits & Permission.MANAGE_THREADS
            else resources.JOINED_PRIVATE_THREADS
        )


def _reaches(endpoint: Endpoint, body: Any, known_to: str | None) -> bool:
    """Say whether a page goes below what an earlier run has seen of its list."""
    oldest = _position(endpoint, body, min)
    if known_to is None or oldest is None:
        return False
    return _sortable(oldest) < _sortable(known_to)


def _position(
    endpoint: Endpoint, body: Any, pick: Callable[..., str | None]
) -> str | None:
    """Return the last or first place (``pick``: max, min) of a page in its list."""
    if endpoint is resources.JOINED_PRIVATE_THREADS:
        ids = [str(one) for one in _listed_threads(body)]
        return pick(ids, key=_sortable, default=None)
    by_time = (resources.ARCHIVED_PUBLIC_THREADS, resources.ARCHIVED_PRIVATE_THREADS)
    if endpoint in by_time:
        return pick(resources.archive_timestamps(body), default=None)
    return None  # a list that is read whole


def _sortable(position: str) -> tuple[int, str]:
    """Order ids by number and instants, which all have one form, by text."""
    return (len(position) if position.isdecimal() else 0, position)


def _listed_threads(body: Any) -> dict[int, Channel]:
    if not isinstance(body, dict):
        return {}
    members = body.get("members")
    joined = {
        member["id"]
        for member in (members if isinstance(members, list) else ())
        if isinstance(member, dict) and "id" in member
    }
    return channels_of(body.get("threads"), joined)
