"""One channel's messages: the interval that is archived, and how it grows.

A backfill and an increment are the same walk up, with ``after``, from the newest
archived message (or from the channel's beginning) to its end. The end is reached
on passing the channel's last_message_id, or on an empty page when that message was
deleted; a short page alone proves nothing. An interval that began at --since is
extended downwards, with ``before``, to an empty page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from extractor import resources
from extractor.client import Answer
from extractor.discover import AccountAccess, refusal
from extractor.errors import UnavailableError
from extractor.landing import Checkpoint, Target
from extractor.plan import ChannelPlan
from extractor.snowflake import LARGEST, first_at, time_of

# Discord is eventually consistent: a message may appear after one with a greater
# id. An increment begins this much below the newest archived message.
OVERLAP = timedelta(minutes=5)

UNKNOWN_MESSAGE = 10008  # Discord's error code: deleted, and we might read it


@dataclass(frozen=True)
class Walked:
    """What a walk brought: how many messages, and the new checkpoint."""

    checkpoint: Checkpoint
    messages: int = 0

    @property
    def is_refused(self) -> bool:
        """Whether Discord refused a page, though the plan had found it readable."""
        return self.checkpoint.unreadable_reason is not None


class Walk:
    """One walk through one channel; every page lands with the checkpoint it moves."""

    def __init__(
        self,
        access: AccountAccess,
        plan: ChannelPlan,
        on_page: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._access = access
        self._plan = plan
        self._on_page = on_page
        self._walked = Walked(plan.checkpoint)

    def run(self) -> Walked:
        """Walk up to the channel's end, then down to what is wanted.

        Raises:
            DiscordError: pages until then are landed, the next run goes on there.

        """
        if not self._plan.is_quiet:
            self._up()
        while self._is_readable and self._wants_older:
            self._down()
        return self._walked

    @property
    def _is_readable(self) -> bool:
        return self._walked.checkpoint.unreadable_reason is None

    @property
    def _wants_older(self) -> bool:
        return replace(self._plan, checkpoint=self._walked.checkpoint).wants_older

    def _up(self) -> None:
        cursor = first_cursor(self._walked.checkpoint, self._plan.floor)
        has_ended = False
        while not has_ended and self._is_readable:
            answer = self._ask({"after": cursor})
            ids = message_ids(answer) if answer.status == 200 else []
            if ids and max(ids) <= cursor:
                raise UnavailableError(f"{answer.request.path}: ids do not grow")
            newest = self._walked.checkpoint.newest_message_id
            answer = self._believed(answer, newest or self._last_message_id)
            has_ended = not ids or max(ids) >= (self._last_message_id or max(ids) + 1)
            checkpoint = raised(self._walked.checkpoint, ids, self._plan.floor)
            if has_ended:
                checkpoint = ended(checkpoint, answer, self._last_message_id)
            self._land(answer, ids, checkpoint)
            cursor = max(ids, default=cursor)

    def _down(self) -> None:
        oldest = self._walked.checkpoint.oldest_message_id
        assert oldest is not None  # noqa: S101 - or nothing older would be wanted
        answer = self._ask({"before": oldest})
        ids = message_ids(answer) if answer.status == 200 else []
        if ids and min(ids) >= oldest:
            raise UnavailableError(f"{answer.request.path}: ids do not shrink")
        answer = self._believed(answer, oldest)
        self._land(answer, ids, lowered(self._walked.checkpoint, ids))

    @property
    def _last_message_id(self) -> int | None:
        return self._plan.channel.last_message_id

    def _believed(self, answer: Answer, message_id: int | None) -> Answer:
        """Return an empty page if history is readable now, else the refusal.

        A reader who has lost the permission since the plan was made gets empty pages
        too. A message that was there is the proof: shown, or unknown since deleted.
        """
        if answer.body or answer.status != 200 or message_id is None:
            return answer
        if not self._access.is_bot:  # the route is closed to user accounts
            return answer
        ids = {
            "channel_id": self._plan.channel.channel_id,
            "message_id": message_id,
        }
        probe = self._access.client.get(resources.MESSAGE.request(ids))
        if probe.status == 200 or probe.error_code == UNKNOWN_MESSAGE:
            self._access.landing.record_fetch(
                self._access.name, probe, self._target(int(probe.status == 200))
            )
            return answer
        return probe

    def _ask(self, cursor: dict[str, str | int]) -> Answer:
        ids = {"channel_id": self._plan.channel.channel_id}
        return self._access.client.get(resources.MESSAGES.request(ids, cursor))

    def _target(self, item_count: int) -> Target:
        return Target(
            "messages",
            guild_id=self._plan.checkpoint.guild_id,
            channel_id=self._plan.checkpoint.channel_id,
            item_count=item_count,
            is_history_readable=True,  # by the plan, and empty pages by a probe
            has_message_content=self._access.has_message_content,
        )

    def _land(self, answer: Answer, ids: list[int], checkpoint: Checkpoint) -> None:
        target = self._target(len(ids))
        landing, account = self._access.landing, self._access.name
        if answer.status == 200:
            landing.append_messages(account, answer, target, checkpoint=checkpoint)
            self._walked = Walked(checkpoint, self._walked.messages + len(ids))
            self._on_page(len(ids))
        else:
            refused = replace(
                self._walked.checkpoint, unreadable_reason=refusal(answer)
            )
            landing.record_fetch(account, answer, target)
            landing.save_checkpoint(refused)
            self._walked = replace(self._walked, checkpoint=refused)


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


def message_ids(answer: Answer) -> list[int]:
    """Return the ids on a page of messages; an element without one has none.

    Raises:
        UnavailableError: there are elements, and no id among them.

    """
    elements: Any = answer.body or []
    if not isinstance(elements, list):
        raise UnavailableError(f"{answer.request.path}: not a list of messages")
    ids = [
        int(element["id"])
        for element in elements
        if isinstance(element, dict)
        and str(element.get("id", "")).isdecimal()
        and int(element["id"]) <= LARGEST
    ]
    if elements and not ids:
        raise UnavailableError(f"{answer.request.path}: messages without ids")
    return ids
