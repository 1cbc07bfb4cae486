"""Who answers whom, and how soon: roots, responses, questions, threads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.marts_oracle.history import (
    WEEK,
    Channel,
    History,
    Message,
    Row,
    grouped,
    median,
    percentile,
    rounded,
    seconds,
)

SILENCE = timedelta(minutes=30)
DAY = timedelta(days=1)
HORIZONS = {"1h": timedelta(hours=1), "24h": DAY, "7d": WEEK}
SOLVED_TAGS = {"solved", "resolved", "answered", "gelöst", "résolu"}
DETECTOR_VERSION = 1
# Not all words of the warehouse's own list: those that the made-up texts begin with.
QUESTION_WORDS = re.compile(
    r"^[^\w¡]*(how|what|why|where|wie|pourquoi)\b", re.IGNORECASE
)
NOT_SAID = re.compile(
    r"```.*?```|`[^`]*`|^\s*>.*?$|https?://\S+", re.DOTALL | re.MULTILINE
)
# the question mark, and those of Arabic, Greek, Chinese and Japanese
ENDS_IN_QUESTION = re.compile("[?\u061f\u037e\uff1f]+[\"')!.]*(\\s|$)")
ENDING = re.compile("(か|吗|嗎)[。.]?$")


def is_question(content: str) -> bool:
    """Say whether a text asks something; for the texts of the made-up communities."""
    said = NOT_SAID.sub(" ", content).strip()
    marks = ENDS_IN_QUESTION.search(said) or "¿" in said
    return bool(marks or ENDING.search(said) or QUESTION_WORDS.search(said))


@dataclass(frozen=True)
class Root:
    """A message that asks for company, and what came of it."""

    message: Message
    kind: str
    thread_id: int | None
    response: Message | None
    inferred: Message | None

    def seconds_to(self, other: Message | None) -> int | None:
        """Return how long another message took to come."""
        if other is None:
            return None
        return seconds(other.created_at - self.message.created_at)

    @property
    def response_seconds(self) -> int | None:
        """Return how long the response took."""
        return self.seconds_to(self.response)

    @property
    def any_seconds(self) -> int | None:
        """Return how long it took, an inferred response counted."""
        known = [self.response_seconds, self.seconds_to(self.inferred)]
        return min((one for one in known if one is not None), default=None)


def roots(history: History) -> Iterator[Root]:
    """Give all roots."""
    for one in history.humans:
        kind = root_kind(history, one)
        if kind and one.guild_id is not None:
            thread_id = None if kind == "opener" else one.message_id
            response = first_response(history, one, thread_id)
            inferred = None if kind == "post" else first_inferred(history, one)
            yield Root(one, kind, thread_id, response, inferred)


def root_kind(history: History, one: Message) -> str | None:
    """Return what kind of root a message is, if any."""
    if one.message_id == one.channel_id:
        return "post"
    thread = history.channels.get(one.message_id)
    if thread and thread.is_thread and thread.parent_id == one.channel_id:
        return "thread_starter"
    if history.is_thread(one.channel_id) or one.answers_id is not None:
        return None
    own = [
        other
        for other in history.by_channel[one.channel_id]
        if other.author_id == one.author_id and other.message_id < one.message_id
    ]
    is_silent = not own or one.created_at - own[-1].created_at >= SILENCE
    return "opener" if is_silent else None


def first_response(
    history: History, root: Message, thread_id: int | None
) -> Message | None:
    """Return the first message of another in the thread, or reply of another."""
    inside = history.by_channel.get(thread_id, []) if thread_id else []
    replies = history.replies.get((root.channel_id, root.message_id), [])
    return first_of_others(root, [*inside, *replies])


def first_inferred(history: History, root: Message) -> Message | None:
    """Return the first message of another that may well answer."""
    soon = [
        other
        for other in history.by_channel[root.channel_id]
        if other.created_at - root.created_at
        <= (DAY if root.author_id in other.mentions else SILENCE)
    ]
    return first_of_others(root, soon)


def first_of_others(root: Message, messages: Iterable[Message]) -> Message | None:
    """Return the first message after a root by another person."""
    others = [
        one
        for one in messages
        if one.author_id != root.author_id and one.message_id > root.message_id
    ]
    return min(others, key=lambda one: one.message_id, default=None)


def message_responses(history: History) -> Iterator[Row]:
    """Give roots and what came of them."""
    for root in roots(history):
        one, response, inferred = root.message, root.response, root.inferred
        is_inside = response and response.channel_id == root.thread_id
        yield {
            "channel_id": one.channel_id,
            "message_id": one.message_id,
            "guild_id": one.guild_id,
            "week_start": history.week(one.created_at),
            "author_id": one.author_id,
            "kind": root.kind,
            "is_question": is_question(one.content),
            "detector_version": DETECTOR_VERSION,
            "created_at": one.created_at,
            "is_deleted": one.is_deleted,
            "response_channel_id": response.channel_id if response else None,
            "response_message_id": response.message_id if response else None,
            "response_user_id": response.author_id if response else None,
            "response_kind": ("thread" if is_inside else "reply") if response else None,
            "response_seconds": root.response_seconds,
            "inferred_message_id": inferred.message_id if inferred else None,
            "inferred_user_id": inferred.author_id if inferred else None,
            "inferred_seconds": root.seconds_to(inferred),
        }


def weekly_responses(history: History) -> Iterator[Row]:
    """Give how many roots of a week got a response, and how soon."""
    kept = [root for root in roots(history) if not root.message.is_deleted]
    unanswered = [
        (row["guild_id"], row["week_start"]) for row in unanswered_questions(history)
    ]
    weeks = grouped(
        ((root.message.guild_id, history.week(root.message.created_at)), root)
        for root in kept
    )
    for (guild_id, week), asked in weeks.items():
        until = history.archived_until(guild_id)
        open_roots = [
            root
            for root in asked
            if until
            and root.response is None
            and root.message.created_at > until - WEEK
        ]
        row: Row = {
            "guild_id": guild_id,
            "week_start": week,
            "root_count": len(asked),
            "question_count": sum(is_question(root.message.content) for root in asked),
            "open_count": len(open_roots) if until else None,
            "unanswered_question_count": (
                unanswered.count((guild_id, week)) if until else None
            ),
        }
        ends = history.midnight(week + WEEK)
        told = {
            name for name, span in HORIZONS.items() if until and ends + span <= until
        }
        row |= answered([root.response_seconds for root in asked], told, "")
        row |= answered([root.any_seconds for root in asked], told, "_or_inferred")
        yield row


def answered(found: list[int | None], told: set[str], ending: str) -> Row:
    """Count the answers within each span, and say how long they took."""
    taken = [span for span in found if span is not None]
    row: Row = {
        f"answered_{name}{ending}_count": (
            sum(span <= horizon.total_seconds() for span in taken)
            if name in told
            else None
        )
        for name, horizon in HORIZONS.items()
    }
    timely = [span for span in taken if span <= WEEK.total_seconds()]
    if "7d" not in told:
        timely = []
    row[f"median_response{ending}_seconds"] = median(timely)
    row[f"p90_response{ending}_seconds"] = percentile(timely, Fraction(9, 10))
    return row


def unanswered_questions(history: History) -> Iterator[Row]:
    """Give questions that got no response within a day."""
    for root in roots(history):
        one = root.message
        until = history.archived_until(one.guild_id or 0)
        if (
            until
            and is_question(one.content)
            and not one.is_deleted
            and root.response is None
            and until - one.created_at > DAY
            and not is_closed(history, root.thread_id)
        ):
            first = history.first_messages[one.guild_id or 0, one.author_id]
            yield {
                "guild_id": one.guild_id,
                "channel_id": one.channel_id,
                "message_id": one.message_id,
                "author_id": one.author_id,
                "week_start": history.week(one.created_at),
                "created_at": one.created_at,
                "age_seconds": seconds(until - one.created_at),
                "link": (
                    "https://discord.com/channels/"
                    f"{one.guild_id}/{one.channel_id}/{one.message_id}"
                ),
                "asker_first_week": history.week(first.created_at),
                "has_inferred_response": root.inferred is not None,
            }


def is_closed(history: History, thread_id: int | None) -> bool:
    """Say whether a thread needs no answer any more."""
    thread = history.channels.get(thread_id) if thread_id else None
    return thread is not None and (thread.is_locked or is_solved(history, thread))


def is_solved(history: History, thread: Channel) -> bool:
    """Say whether a post carries a tag that says so."""
    parent = history.channels.get(thread.parent_id or 0)
    names = parent.available_tags if parent else {}
    return any(names.get(tag, "").lower() in SOLVED_TAGS for tag in thread.tags)


@dataclass(frozen=True)
class Thread:
    """A thread and what was posted in it."""

    channel: Channel
    opened_at: datetime
    said: list[Message]
    last_message_at: datetime | None

    @property
    def people(self) -> set[int]:
        """Return who wrote in it."""
        return {one.author_id for one in self.said}

    @property
    def message_count(self) -> int:
        """Return how much was written, without what it began with."""
        return sum(one.message_id != self.channel.channel_id for one in self.said)

    @property
    def response_seconds(self) -> int | None:
        """Return how long the first message by another took."""
        others = [o for o in self.said if o.author_id != self.channel.owner_id]
        return seconds(others[0].created_at - self.opened_at) if others else None

    def is_stale(self, until: datetime) -> bool:
        """Say whether nothing came for a week, though it is open."""
        last = self.last_message_at or self.opened_at
        return last < until - WEEK and not self.channel.is_archived


def threads(history: History) -> Iterator[Thread]:
    """Give the threads in which anything was posted."""
    posted = {channel_id for channel_id, _ in history.messages}
    for channel in history.channels.values():
        if channel.is_thread and channel.channel_id in posted:
            said = history.by_channel.get(channel.channel_id, [])
            last = said[-1].created_at if said else None
            assert channel.opened_at
            yield Thread(channel, channel.opened_at, said, last)


def thread_activity(history: History) -> Iterator[Row]:
    """Give threads."""
    for thread in threads(history):
        yield {
            "channel_id": thread.channel.channel_id,
            "guild_id": thread.channel.guild_id,
            "parent_id": thread.channel.parent_id,
            "opener_id": thread.channel.owner_id,
            "opened_at": thread.opened_at,
            "week_start": history.week(thread.opened_at),
            "message_count": thread.message_count,
            "participant_count": len(thread.people),
            "response_seconds": thread.response_seconds,
            "last_message_at": thread.last_message_at,
        }


def weekly_threads(history: History) -> Iterator[Row]:
    """Give what became of the threads that were opened in a week."""
    weeks: dict[tuple[int, date], list[Thread]] = grouped(
        ((one.channel.guild_id, history.week(one.opened_at)), one)
        for one in threads(history)
    )
    for (guild_id, week), opened in weeks.items():
        until = history.archived_until(guild_id)
        spans = [s for one in opened if (s := one.response_seconds) is not None]
        messages = median(one.message_count for one in opened)
        people = median(len(one.people) for one in opened)
        yield {
            "guild_id": guild_id,
            "week_start": week,
            "opened_count": len(opened),
            "with_response_count": len(spans),
            "median_response_seconds": median(spans),
            "median_messages": rounded(messages or 0, 2),
            "median_participants": rounded(people or 0, 2),
            "single_author_count": sum(len(one.people) == 1 for one in opened),
            "stale_count": (
                sum(one.is_stale(until) for one in opened) if until else None
            ),
            "solved_count": sum(is_solved(history, one.channel) for one in opened),
        }
