"""One channel's messages: the interval that is archived, and how it grows.

A backfill and an increment are the same walk up, with ``after``, from the newest
archived message (or from the channel's beginning) to its end. The end is reached
on passing the channel's last_message_id, or on an empty page when that message was
deleted; a short page alone proves nothing. An interval that began at --since is
extended downwards, with ``before``, to an empty page.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from extractor import resources
from extractor.access import Turn, refusal
from extractor.client import Answer
from extractor.content import lacks_content
from extractor.errors import UnavailableError
from extractor.plan import PAGE, ChannelPlan
from extractor.records import Checkpoint, Target
from extractor.snowflake import LARGEST, first_at, time_of

# Discord is eventually consistent: a message may appear after one with a greater
# id. An increment begins this much below the newest archived message.
OVERLAP = timedelta(minutes=5)

UNKNOWN_MESSAGE = 10008  # Discord's error code: deleted, and we might read it

_DIGITS = len(str(LARGEST))
_EVER = datetime.min.replace(tzinfo=UTC)
_TOMORROW = timedelta(days=1)

_HAS_THREAD = 1 << 5  # message flag: a thread of the message's own id
_THREAD_CREATED = 18  # message type: message_reference.channel_id is the thread


@dataclass(frozen=True)
class Walked:
    """What a walk brought so far.

    ``messages`` counts what was landed, ``new`` what had not been archived before;
    ``remaining`` is about how many requests are left; ``thread_ids`` the threads that
    messages named.
    """

    checkpoint: Checkpoint
    messages: int = 0
    new: int = 0
    pages: int = 0
    remaining: float = 1.0
    thread_ids: frozenset[int] = frozenset()

    @property
    def is_refused(self) -> bool:
        """Whether Discord refused a page, though the plan had found it readable."""
        return self.checkpoint.unreadable_reason is not None


class OnPage(Protocol):
    """Called after each page that was landed."""

    def __call__(self, walked: Walked, messages: int, new: int) -> None:
        """Take note of how far the walk is and what this page brought."""


class Walk:
    """One walk through one channel; every page lands with the checkpoint it moves."""

    def __init__(self, plan: ChannelPlan, on_page: OnPage) -> None:
        assert plan.access is not None  # noqa: S101 - nobody walks without one
        self._login = plan.access.login
        self._plan = plan
        self._on_page = on_page
        self._first_id: int | None = None
        self.walked = Walked(plan.checkpoint, remaining=_first_guess(plan))

    def turns(self) -> Generator[Turn, None, None]:
        """Walk up to the channel's end, then down to what is wanted.

        ``walked`` tells how far it came. One request follows each turn (two where a
        page has to be proven).

        Raises:
            DiscordError: pages until then are landed, the next run goes on there.

        """
        if not self._plan.is_quiet or self._plan.is_revisited:
            yield from self._up()
        while self._is_readable and self._wants_older:
            yield from self._down()

    @property
    def _is_readable(self) -> bool:
        return self.walked.checkpoint.unreadable_reason is None

    @property
    def _wants_older(self) -> bool:
        return replace(self._plan, checkpoint=self.walked.checkpoint).wants_older

    def _up(self) -> Generator[Turn, None, None]:
        cursor = self._first_cursor()
        has_ended = False
        while not has_ended and self._is_readable:
            answer = yield from self._page({"after": cursor})
            ids = message_ids(answer) if answer.status == 200 else []
            if ids and max(ids) <= cursor:
                raise UnavailableError(f"{answer.request.path}: ids do not grow")
            refused = self._why_empty_at_end(answer, cursor)
            has_ended = not ids or max(ids) >= (self._last_message_id or max(ids) + 1)
            checkpoint = raised(self.walked.checkpoint, ids, self._plan.wanted.floor)
            if has_ended:
                checkpoint = ended(checkpoint, answer, self._last_message_id)
            self._land(answer, ids, checkpoint, refused)
            cursor = max(ids, default=cursor)

    def _down(self) -> Generator[Turn, None, None]:
        oldest = self.walked.checkpoint.oldest_message_id
        assert oldest is not None  # noqa: S101 - or nothing older would be wanted
        answer = yield from self._page({"before": oldest})
        ids = message_ids(answer) if answer.status == 200 else []
        if ids and min(ids) >= oldest:
            raise UnavailableError(f"{answer.request.path}: ids do not shrink")
        refused = self._why_empty(answer, oldest)
        self._land(answer, ids, lowered(self.walked.checkpoint, ids), refused)

    def _page(self, cursor: dict[str, str | int]) -> Generator[Turn, None, Answer]:
        ids = {"channel_id": self._plan.channel.channel_id}
        request = resources.MESSAGES.request(ids, cursor)
        yield Turn(self._login.client, request, self.walked.remaining)
        return self._login.client.get(request)

    def _first_cursor(self) -> int:
        checkpoint = self.walked.checkpoint
        cursor = first_cursor(checkpoint, self._plan.wanted.floor)
        if not self._plan.is_revisited:
            return cursor
        revisited = max(0, (self._plan.revisit_from or 0) - 1)
        if not checkpoint.is_start_reached:
            revisited = max(revisited, (checkpoint.oldest_message_id or 0) - 1)
        return min(cursor, revisited)

    @property
    def _last_message_id(self) -> int | None:
        return self._plan.channel.last_message_id

    def _why_empty_at_end(self, answer: Answer, cursor: int) -> str | None:
        """Say why a page after ``cursor`` is refused or empty; None: it is the end.

        Raises:
            UnavailableError: it is empty, and the message that should follow is there.

        """
        last = self._last_message_id
        if last is not None and last > cursor:
            return self._why_empty(answer, last, is_to_be_gone=True)
        return self._why_empty(answer, self.walked.checkpoint.newest_message_id)

    def _why_empty(
        self, answer: Answer, message_id: int | None, *, is_to_be_gone: bool = False
    ) -> str | None:
        """Say why a page is refused, or empty without being believed; None: it is.

        A reader who has lost the permission since the plan was made gets empty pages
        too. A message that was there is the proof: shown, or unknown since deleted.
        """
        if answer.status != 200:
            return refusal(answer)
        if answer.body or message_id is None:
            return None
        if not self._login.is_bot:
            return self._why_empty_for_people()
        channel_id = self._plan.channel.channel_id
        ids = {"channel_id": channel_id, "message_id": message_id}
        probe = self._login.client.get(resources.MESSAGE.request(ids))
        is_shown = probe.status == 200
        target = self._target(probe, int(is_shown))
        self._login.landing.record_fetch(self._login.name, probe, target)
        if is_shown and is_to_be_gone:
            path = answer.request.path
            raise UnavailableError(
                f"{path}: empty, though message {message_id} is there"
            )
        if is_shown or probe.error_code == UNKNOWN_MESSAGE:
            return None
        return refusal(probe)

    def _why_empty_for_people(self) -> str | None:
        """Look for proof on the newest page: people's tokens get no single message."""
        ids = {"channel_id": self._plan.channel.channel_id}
        probe = self._login.client.get(resources.MESSAGES.request(ids))
        count = len(message_ids(probe)) if probe.status == 200 else 0
        self._login.landing.record_fetch(
            self._login.name, probe, self._target(probe, count)
        )
        if probe.status != 200:
            return refusal(probe)
        return None if count else "empty, or no Read Message History permission"

    def _target(self, answer: Answer, item_count: int) -> Target:
        return Target(
            "messages",
            guild_id=self._plan.checkpoint.guild_id,
            channel_id=self._plan.checkpoint.channel_id,
            item_count=item_count,
            is_history_readable=True,  # by the plan, and empty pages by a probe
            has_message_content=self._login.has_message_content
            and not lacks_content(answer.body),
        )

    def _land(
        self,
        answer: Answer,
        ids: list[int],
        checkpoint: Checkpoint,
        refused: str | None,
    ) -> None:
        target = self._target(answer, len(ids))
        landing, account = self._login.landing, self._login.name
        if refused is not None:
            unread = replace(self.walked.checkpoint, unreadable_reason=refused)
            landing.record_fetch(account, answer, target)
            landing.save_checkpoints([unread])
            self.walked = replace(self.walked, checkpoint=unread)
            return
        new = new_count(self.walked.checkpoint, ids)
        checkpoint = replace(checkpoint, message_count=checkpoint.message_count + new)
        named = named_threads(answer.body)
        landing.append_messages(
            account, answer, target, checkpoint=checkpoint, thread_ids=named
        )
        if self._first_id is None and ids:
            self._first_id = min(ids)
        self.walked = Walked(
            checkpoint=checkpoint,
            messages=self.walked.messages + len(ids),
            new=self.walked.new + new,
            pages=self.walked.pages + 1,
            remaining=self._remaining(ids),
            thread_ids=self.walked.thread_ids | named,
        )
        self._on_page(self.walked, len(ids), new)

    def _remaining(self, ids: list[int]) -> float:
        """Guess the requests left from how dense messages were so far."""
        last = self._last_message_id
        if not ids or last is None or self._first_id is None:
            return 1.0
        done, left = max(ids) - self._first_id, last - max(ids)
        return max(1.0, (self.walked.pages + 1) * left / done) if done > 0 else 1.0


def _first_guess(plan: ChannelPlan) -> float:
    """Guess the requests of a walk; a channel of unknown size goes before others."""
    if plan.checkpoint.newest_message_id is not None:
        return 1.0
    if plan.channel.message_count is not None:
        return 1.0 + plan.channel.message_count / PAGE
    return float("inf") if plan.channel.last_message_id is not None else 1.0


def first_cursor(checkpoint: Checkpoint, floor: int) -> int:
    """Return the ``after`` that a walk up begins with."""
    if checkpoint.newest_message_id is None:
        return 0 if checkpoint.is_start_reached else max(0, floor - 1)
    cursor = first_at(time_of(checkpoint.newest_message_id) - OVERLAP)
    if checkpoint.is_start_reached or checkpoint.oldest_message_id is None:
        return cursor
    # below its beginning the interval is not archived: it must not get a hole there
    return max(cursor, checkpoint.oldest_message_id - 1)


def raised(checkpoint: Checkpoint, ids: list[int], floor: int) -> Checkpoint:
    """Return the checkpoint after a page that continues its interval upwards.

    The first page of an interval begins it at ``floor``, or at the channel's start.
    """
    is_first = checkpoint.newest_message_id is None
    begins_at_floor = is_first and floor and ids and not checkpoint.is_start_reached
    begins_at = [floor] if begins_at_floor else []
    ends = (checkpoint.oldest_message_id, checkpoint.newest_message_id)
    known = [one for one in ends if one is not None]
    return replace(
        checkpoint,
        # the overlap may show a late message below all others
        oldest_message_id=min([*ids, *known, *begins_at], default=None),
        newest_message_id=max([*ids, *known], default=None),
        is_start_reached=checkpoint.is_start_reached or (is_first and floor == 0),
    )


def lowered(checkpoint: Checkpoint, ids: list[int]) -> Checkpoint:
    """Return the checkpoint after a page that continues its interval downwards."""
    if ids:
        return replace(checkpoint, oldest_message_id=min(ids))
    return replace(checkpoint, is_start_reached=True, backfill_complete=True)


def ended(
    checkpoint: Checkpoint, answer: Answer, last_message_id: int | None
) -> Checkpoint:
    """Return the checkpoint of a walk that reached the channel's end."""
    seen = (last_message_id, checkpoint.newest_message_id)
    return replace(
        checkpoint,
        backfill_complete=checkpoint.is_start_reached,
        last_message_id_seen=max(
            (one for one in seen if one is not None), default=None
        ),
        last_synced_at=answer.fetched_at,
    )


def new_count(checkpoint: Checkpoint, ids: list[int]) -> int:
    """Return how many of a page's messages lie outside of the archived interval.

    One that Discord shows late, inside of it, counts as read again.
    """
    oldest, newest = checkpoint.oldest_message_id, checkpoint.newest_message_id
    if oldest is None or newest is None:
        return len(ids)
    return sum(not oldest <= one <= newest for one in ids)


def named_threads(elements: Any) -> frozenset[int]:
    """Return the ids of threads that messages name: lists may not show them."""
    named: set[Any] = set()
    for element in elements if isinstance(elements, list) else ():
        if not isinstance(element, dict):
            continue
        flags, thread = element.get("flags"), element.get("thread")
        reference = element.get("message_reference")
        if isinstance(flags, int) and flags & _HAS_THREAD:
            named.add(element.get("id"))
        if isinstance(thread, dict):
            named.add(thread.get("id"))
        if element.get("type") == _THREAD_CREATED and isinstance(reference, dict):
            named.add(reference.get("channel_id"))
    return frozenset(int(one) for one in named if _is_id(one))


def message_ids(answer: Answer) -> list[int]:
    """Return the ids on a page of messages; an element without one has none.

    Raises:
        UnavailableError: there are elements, and no id among them.

    """
    elements: Any = answer.body or []
    if not isinstance(elements, list):
        raise UnavailableError(f"{answer.request.path}: not a list of messages")
    # an id from the future would pass for the channel's newest for ever
    latest = first_at(max(answer.fetched_at, answer.responded_at or _EVER) + _TOMORROW)
    ids = [
        int(element["id"])
        for element in elements
        if isinstance(element, dict) and _is_id(element.get("id"), latest)
    ]
    if elements and not ids:
        raise UnavailableError(f"{answer.request.path}: messages without ids")
    return ids


def _is_id(value: object, latest: int = LARGEST) -> bool:
    text = str(value)
    is_number = text.isascii() and text.isdecimal() and len(text) <= _DIGITS
    return is_number and int(text) <= latest
