"""What an archive knows of some communities, and the calendar they are counted in.

Plain Python on purpose: no SQL, no dbt and nothing of the models, so that they have
something to be compared with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
WRITTEN_BY_PEOPLE = {0, 19, 20, 23}
JOINED, REPLY = 7, 19
THREAD_TYPES = {10, 11, 12}
WEEK = timedelta(days=7)
Row = dict[str, Any]


@dataclass(frozen=True)
class Sighting:
    """A page, and when it was fetched."""

    page_id: int
    at: datetime


@dataclass
class Message:
    """A message as the archive shows it in the end."""

    message_id: int
    channel_id: int
    guild_id: int | None
    author_id: int
    type: int = 0
    is_automated: bool = False
    content: str = "hello"
    # what a reply answers, and what a forward shows, though that answers nothing
    reference_id: int | None = None
    mentions: tuple[int, ...] = ()
    reactions: dict[str, int] = field(default_factory=dict)
    sightings: list[Sighting] = field(default_factory=list)
    gone: Sighting | None = None

    @property
    def created_at(self) -> datetime:
        """Return when it was posted, as its id tells."""
        return created_at(self.message_id)

    @property
    def archived_at(self) -> datetime:
        """Return when it was first seen."""
        return self.sightings[0].at

    @property
    def told_by(self) -> Sighting:
        """Return the latest page that tells anything of it."""
        return self.gone or self.sightings[-1]

    @property
    def is_human(self) -> bool:
        """Say whether a person wrote it."""
        return self.type in WRITTEN_BY_PEOPLE and not self.is_automated

    @property
    def is_deleted(self) -> bool:
        """Say whether it is known to be deleted."""
        return self.gone is not None

    @property
    def answers_id(self) -> int | None:
        """Return what it replies to."""
        return self.reference_id if self.type == REPLY else None

    @property
    def reaction_count(self) -> int:
        """Return how many reactions it has."""
        return sum(self.reactions.values())


@dataclass
class Channel:
    """A channel or thread as it was last seen."""

    channel_id: int
    guild_id: int
    type: int = 0
    parent_id: int | None = None
    owner_id: int | None = None
    opened_at: datetime | None = None
    is_archived: bool = False
    is_locked: bool = False
    tags: tuple[int, ...] = ()
    # a forum's: the names by id
    available_tags: dict[int, str] = field(default_factory=dict)

    @property
    def is_thread(self) -> bool:
        """Say whether it is a thread or a post."""
        return self.type in THREAD_TYPES


@dataclass
class Member:
    """A member: seen last at `seen_at`, and if gone, missed first at `missed_at`."""

    joined_at: datetime
    seen_at: datetime
    missed_at: datetime | None = None


@dataclass(frozen=True)
class Sync:
    """A run that came to a guild's end."""

    guild_id: int
    started_at: datetime
    finished_at: datetime
    is_complete: bool = True
    is_backfill_complete: bool = True


@cache
def created_at(snowflake: int) -> datetime:
    """Return the time that an id tells."""
    return DISCORD_EPOCH + timedelta(milliseconds=snowflake >> 22)


@dataclass
class History:
    """All that was archived, in the order in which it was, and the reporting zone."""

    zone: ZoneInfo
    messages: dict[tuple[int, int], Message] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    # by guild and person
    members: dict[tuple[int, int], Member] = field(default_factory=dict)
    # when a guild's list of members was first read to its end
    listed_at: dict[int, datetime] = field(default_factory=dict)
    bots: set[int] = field(default_factory=set)
    syncs: list[Sync] = field(default_factory=list)
    # who is known to have reacted, by channel, message and emoji
    reactors: dict[tuple[int, int, str], set[int]] = field(default_factory=dict)
    emoji_names: dict[int, str] = field(default_factory=dict)

    # --- the calendar -----------------------------------------------------------------

    def local(self, instant: datetime) -> datetime:
        """Return what the clocks of the reporting zone show."""
        return instant.astimezone(self.zone)

    def day(self, instant: datetime) -> date:
        """Return the day."""
        return self.local(instant).date()

    def week(self, instant: datetime) -> date:
        """Return the Monday that begins the week."""
        return monday(self.day(instant))

    def midnight(self, day: date) -> datetime:
        """Return the instant at which a day begins."""
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)

    # --- who said what ----------------------------------------------------------------

    @cached_property
    def humans(self) -> list[Message]:
        """Return what people wrote, in order."""
        said = [one for one in self.messages.values() if one.is_human]
        return sorted(said, key=lambda one: one.message_id)

    @cached_property
    def by_week(self) -> dict[tuple[int, date], list[Message]]:
        """Return what people wrote in each guild and week."""
        return grouped(
            ((one.guild_id, self.week(one.created_at)), one)
            for one in self.humans
            if one.guild_id is not None
        )

    @cached_property
    def by_channel(self) -> dict[int, list[Message]]:
        """Return what people wrote in each channel."""
        return grouped((one.channel_id, one) for one in self.humans)

    @cached_property
    def replies(self) -> dict[tuple[int, int], list[Message]]:
        """Return what people replied, by what they replied to."""
        return grouped(
            ((one.channel_id, one.answers_id), one)
            for one in self.humans
            if one.answers_id is not None
        )

    @cached_property
    def reacted(self) -> dict[tuple[int, int], list[int]]:
        """Return who reacted to each message, once per emoji."""
        return grouped(
            ((channel_id, message_id), user_id)
            for (channel_id, message_id, _), people in self.reactors.items()
            for user_id in people
        )

    @cached_property
    def posted(self) -> dict[int, dict[date, dict[int, int]]]:
        """Return how much each person wrote, by guild and week."""
        counts: dict[int, dict[date, dict[int, int]]] = defaultdict(dict)
        for (guild_id, week), said in self.by_week.items():
            people = counts[guild_id].setdefault(week, defaultdict(int))
            for one in said:
                people[one.author_id] += 1
        return counts

    @cached_property
    def first_messages(self) -> dict[tuple[int, int], Message]:
        """Return the first message of each person in each guild."""
        first: dict[tuple[int, int], Message] = {}
        for one in self.humans:
            if one.guild_id is not None:
                first.setdefault((one.guild_id, one.author_id), one)
        return first

    def is_thread(self, channel_id: int) -> bool:
        """Say whether a channel is known to be a thread."""
        return channel_id in self.channels and self.channels[channel_id].is_thread

    # --- how far the archive reaches --------------------------------------------------

    @cached_property
    def last_complete_syncs(self) -> dict[int, Sync]:
        """Return the last complete sync of each guild."""
        return {sync.guild_id: sync for sync in self.syncs if sync.is_complete}

    def last_complete(self, guild_id: int) -> Sync | None:
        """Return the last complete sync."""
        return self.last_complete_syncs.get(guild_id)

    def archived_until(self, guild_id: int) -> datetime | None:
        """Return when the last complete sync began."""
        sync = self.last_complete(guild_id)
        return sync.started_at if sync else None

    def is_backfilled(self, guild_id: int) -> bool:
        """Say whether all channels are archived from their beginning."""
        sync = self.last_complete(guild_id)
        return sync is not None and sync.is_backfill_complete

    def spine(self, guild_id: int) -> list[date]:
        """Return all weeks from the first message to the last complete sync."""
        said = self.posted.get(guild_id, {})
        if not said:
            return []
        until = self.archived_until(guild_id)
        last = max([*said, *([self.week(until)] if until else [])])
        return list(weeks(min(said), last))

    def is_final(self, guild_id: int, week: date) -> bool:
        """Say whether nothing of a week can be missing."""
        until = self.archived_until(guild_id)
        is_over = until is not None and self.midnight(week + WEEK) <= until
        return is_over and self.is_backfilled(guild_id)

    @property
    def guilds(self) -> list[int]:
        """Return the guilds in which anybody wrote."""
        return sorted(self.posted)


def monday(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weeks(first: date, last: date) -> Iterator[date]:
    """Give the Mondays from one to another."""
    while first <= last:
        yield first
        first += WEEK


def grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    """Gather values by key."""
    groups: dict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return dict(groups)


def rounded(value: Fraction | int, places: int) -> Decimal:
    """Round as one does by hand: halves go up."""
    whole = int(Fraction(value) * 10**places + Fraction(1, 2))
    return Decimal(whole).scaleb(-places)


def share(part: int, whole: int) -> Decimal:
    """Return a part of a whole, with four decimals."""
    return rounded(Fraction(part, whole), 4)


def percentile(values: Iterable[int | Fraction], place: Fraction) -> Fraction | None:
    """Return the value at a place between the least and the greatest."""
    ordered = sorted(Fraction(value) for value in values)
    if not ordered:
        return None
    position = place * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def median(values: Iterable[int | Fraction]) -> Fraction | None:
    """Return the middle value."""
    return percentile(values, Fraction(1, 2))


def seconds(span: timedelta) -> int:
    """Return whole seconds, rounded."""
    return int(rounded(Fraction(span // timedelta(milliseconds=1), 1000), 0))
