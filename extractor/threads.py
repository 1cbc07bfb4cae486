"""The lists of a guild's threads: active ones, and each parent's archives.

A list of archived threads is read as far as what an earlier run has seen: the public
and private ones by archive_timestamp, the joined one by thread id, for they come in
these orders.
"""

from __future__ import annotations

import threading
from collections.abc import (
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from extractor import resources
from extractor.access import (
    ASK_AGAIN_AFTER,
    Cursor,
    GuildAccess,
    Turn,
    Turns,
    next_cursor,
)
from extractor.client import Answer
from extractor.errors import RefusedError, UnavailableError
from extractor.permissions import Permission
from extractor.resources import Endpoint
from extractor.snapshots import Channel, ChannelType, channels_of


@dataclass(frozen=True)
class Known:
    """The first place of a list, and when it was last walked to its end."""

    position: str
    walked_at: datetime

    @classmethod
    def of(cls, text: str) -> Known:
        """Read what ``as_text`` wrote."""
        position, _, walked_at = text.partition(" ")
        return cls(position, datetime.fromisoformat(walked_at))

    def as_text(self) -> str:
        """Return the form kept in landing.resource_states."""
        return f"{self.position} {self.walked_at.isoformat()}"


@dataclass(frozen=True)
class Mark:
    """How far one list is known."""

    access: GuildAccess
    endpoint: Endpoint
    ids: Mapping[str, int]
    known: Known

    def write_down(self) -> None:
        """Let later runs stop here."""
        self.access.know(self.endpoint, self.ids, self.known.as_text())


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
        self.unknown: dict[str, None] = {}  # in order, each reason once
        self.failed: dict[str, None] = {}
        self.marks: list[Mark] = []

    def active(self, parents: Iterable[Channel]) -> Iterator[Turns]:
        """Return the work of listing active threads.

        Bots have a list of the whole guild; people's clients search each parent.
        """
        if self._access.login.is_bot:
            yield self._alone(resources.ACTIVE_THREADS, {})
            return
        for parent in parents:
            ids = {"channel_id": parent.channel_id}
            yield self._alone(resources.ACTIVE_THREAD_SEARCH, ids)

    def _alone(self, endpoint: Endpoint, ids: Mapping[str, int]) -> Turns:
        yield from self._listed(endpoint, ids)

    def archive(self, endpoint: Endpoint, parent_id: int) -> Turns:
        """List the archived threads of a parent, as far as they are new."""
        ids = {"channel_id": parent_id}
        is_given = yield from self._listed(endpoint, ids)
        if endpoint is resources.ARCHIVED_PRIVATE_THREADS and not is_given:
            # computed permissions said yes, Discord no: what the account has joined
            yield from self._listed(resources.JOINED_PRIVATE_THREADS, ids)

    def _listed(
        self, endpoint: Endpoint, ids: Mapping[str, int]
    ) -> Generator[Turn, None, bool]:
        """List threads page by page, until what an earlier run has seen.

        Returns whether Discord gives this list to the account.
        """
        known = None if self._is_whole else _known(self._access, endpoint, ids)
        reading = _Reading(endpoint, known)
        try:
            while not reading.is_over:
                yield self._access.turn(endpoint, ids)
                answer = self._access.ask(endpoint, ids, reading.cursor)
                if resources.is_one_instant(answer.body):
                    self.unknown[_of_one_instant(endpoint, ids)] = None
                self.found |= reading.take(answer)
        except RefusedError as error:
            self.unknown[f"{endpoint.name.replace('_', ' ')}: {error}"] = None
            return False
        except UnavailableError as error:
            self.failed[str(error)] = None
        else:
            if reading.mark is not None:
                self.marks.append(Mark(self._access, endpoint, ids, reading.mark))
        return True


class _Reading:
    """One list as it is read: where it began, whether to go on, and where.

    ``mark`` is what may be relied upon next time; None: nothing, for there may be
    threads that no cursor shows.
    """

    def __init__(self, endpoint: Endpoint, known: Known | None) -> None:
        self._endpoint = endpoint
        self._known = known
        self._seen: set[int] = set()
        self._newest: str | None = None
        self._has_gap = False
        self.cursor: Cursor = {}  # None: the list's end
        self.is_over = False

    @property
    def mark(self) -> Known | None:
        if self._newest is None or self._has_gap:
            return None
        if self._known is None or self.cursor is None:  # walked to its end just now
            return Known(self._newest, datetime.now(UTC))
        return replace(self._known, position=self._newest)

    def take(self, answer: Answer) -> dict[int, Channel]:
        """Take in the next page, and return its threads."""
        listed = _listed_threads(answer.body)
        if self._newest is None:
            self._newest = _position(self._endpoint, answer.body, max)
        repeats_itself = listed.keys() <= self._seen
        self.cursor = next_cursor(self._endpoint, answer)
        is_at_end = self.cursor is None
        self._has_gap |= resources.is_one_instant(answer.body) or (
            repeats_itself and not is_at_end
        )
        is_known = _reaches(self._endpoint, answer.body, self._known)
        self.is_over = is_at_end or is_known or repeats_itself
        self._seen |= listed.keys()
        return listed


def archives_of(parent: Channel, bits: int) -> Iterator[Endpoint]:
    """Return the lists of a parent's archived threads for these permissions."""
    yield resources.ARCHIVED_PUBLIC_THREADS
    if parent.type == ChannelType.TEXT:
        yield (
            resources.ARCHIVED_PRIVATE_THREADS
            if bits & Permission.MANAGE_THREADS
            else resources.JOINED_PRIVATE_THREADS
        )


class Listing:
    """All lists of a guild's threads, for all accounts in it, in three stages.

    A thread may move between active and archived while lists are read, in either
    direction: the active ones are asked for first, and once more at the end.
    """

    def __init__(
        self,
        lists: Sequence[ThreadLists],
        parents: Sequence[Mapping[int, tuple[Channel, int]]],
        *,
        add: Callable[[Turns, Callable[[], None]], None],
        on_end: Callable[[], None],
    ) -> None:
        """Prepare lists for accounts, and the parents of each with its permissions.

        ``add`` takes a piece of work and what to call when it has ended.
        """
        self._lists = lists
        self._parents = parents
        self._add = add
        self._on_end = on_end
        self._lock = threading.Lock()
        self._pending = 0
        self._stages = [self._active, self._archives, self._active]

    def start(self) -> None:
        """Hand out the work of the next stage, or say that there is none."""
        while self._stages:
            works = list(self._stages.pop(0)())
            with self._lock:
                self._pending = len(works)
            for work in works:
                self._add(work, self._one_done)
            if works:
                return
        self._on_end()

    def _one_done(self) -> None:
        with self._lock:
            self._pending -= 1
            is_over = self._pending == 0
        if is_over:
            self.start()

    def _active(self) -> Iterator[Turns]:
        for lists, parents in zip(self._lists, self._parents, strict=True):
            yield from lists.active(channel for channel, _ in parents.values())

    def _archives(self) -> Iterator[Turns]:
        """Ask each archive once: of the first account, and what it does not show."""
        asked: set[tuple[str, int]] = set()
        for lists, parents in zip(self._lists, self._parents, strict=True):
            for parent_id, (parent, bits) in parents.items():
                for endpoint in archives_of(parent, bits):
                    if not _is_covered(endpoint, parent_id, asked):
                        asked.add((endpoint.name, parent_id))
                        yield lists.archive(endpoint, parent_id)


def _of_one_instant(endpoint: Endpoint, ids: Mapping[str, int]) -> str:
    return (
        f"{endpoint.name.replace('_', ' ')} of channel {ids.get('channel_id')}: more "
        "than a page were archived at one instant, and Discord cannot page through them"
    )


def _is_covered(
    endpoint: Endpoint, parent_id: int, asked: set[tuple[str, int]]
) -> bool:
    """Say whether another account's list shows all that this one would."""
    if endpoint is resources.JOINED_PRIVATE_THREADS:
        # whoever manages threads sees everybody's; joined ones differ by account
        return (resources.ARCHIVED_PRIVATE_THREADS.name, parent_id) in asked
    return (endpoint.name, parent_id) in asked


def _known(
    access: GuildAccess, endpoint: Endpoint, ids: Mapping[str, int]
) -> Known | None:
    """Return what is known of a list, if it may be relied upon.

    Joined threads come by id: an old one that was joined lately stands far below, so
    that list is walked to its end now and then.
    """
    text = access.known_to(endpoint, ids)
    if text is None:
        return None
    known = Known.of(text)
    is_old = datetime.now(UTC) - known.walked_at >= ASK_AGAIN_AFTER
    is_joined = endpoint is resources.JOINED_PRIVATE_THREADS
    return None if is_joined and is_old else known


def _reaches(endpoint: Endpoint, body: Any, known: Known | None) -> bool:
    """Say whether a page goes below what an earlier run has seen of its list."""
    oldest = _position(endpoint, body, min)
    if known is None or oldest is None:
        return False
    return _sortable(oldest) < _sortable(known.position)


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
        str(member.get("id"))
        for member in (members if isinstance(members, list) else ())
        if isinstance(member, dict)
    }
    return channels_of(body.get("threads"), joined)
