"""What a run will ask a channel for: decided before asking, from what is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from extractor import resources
from extractor.access import GuildAccess
from extractor.discover import GuildView, Scope
from extractor.records import Checkpoint
from extractor.snapshots import Channel, ChannelType
from extractor.snowflake import first_at

PAGE = 100  # messages on a full page


@dataclass(frozen=True)
class Wanted:
    """What a run is for: which resources, from when on, how much of it again.

    ``floor`` is the least message id wanted: 0, or where --since begins.
    ``revisit_days`` is how many days of active channels are read again, None: all.
    """

    resources: frozenset[str] = frozenset(resources.DEFAULT)
    floor: int = 0
    revisit_days: int | None = 0

    def revisit_from(self, now: datetime) -> int | None:
        """Return the least id to read again; None: nothing is."""
        if self.revisit_days is None:
            return 0
        if self.revisit_days == 0:
            return None
        return first_at(now - timedelta(days=self.revisit_days))


@dataclass(frozen=True)
class ChannelPlan:
    """One channel that holds messages, and what is to be done about it.

    ``access`` is the account that reads it (None: none can, for the reason given);
    ``revisit_from`` the least id to read again, if anything is.
    """

    channel: Channel
    checkpoint: Checkpoint
    access: GuildAccess | None = None
    wanted: Wanted = Wanted()
    revisit_from: int | None = None
    unreadable_reason: str | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether nothing that is wanted can be newer than what is archived."""
        last = self.channel.last_message_id or 0
        if self.checkpoint.newest_message_id is None and last < self.wanted.floor:
            return True
        if self.checkpoint.last_synced_at is None or not self._has_interval:
            return False
        # the list may lag behind what pages have shown
        return (self.checkpoint.last_message_id_seen or 0) >= last

    @property
    def _has_interval(self) -> bool:
        newest = self.checkpoint.newest_message_id
        return newest is not None or self.checkpoint.is_start_reached

    @property
    def wants_older(self) -> bool:
        """Whether the archived interval began above what is wanted now."""
        oldest = self.checkpoint.oldest_message_id
        is_above = oldest is not None and oldest > self.wanted.floor
        return is_above and not self.checkpoint.is_start_reached

    @property
    def is_revisited(self) -> bool:
        """Whether archived messages are read again: it was active since then."""
        newest = self.checkpoint.newest_message_id
        if self.revisit_from is None or newest is None:
            return False
        return max(newest, self.channel.last_message_id or 0) >= self.revisit_from

    @property
    def needs_messages(self) -> bool:
        """Whether pages of messages are asked for."""
        is_done = self.is_quiet and not self.wants_older and not self.is_revisited
        return "messages" in self.wanted.resources and not is_done

    @property
    def needs_pins(self) -> bool:
        """Whether pins may have changed since they were last read."""
        at = self.channel.last_pin_timestamp
        is_new = at != self.checkpoint.last_pin_timestamp_seen
        has_pins = at is not None and (is_new or self.revisit_from == 0)
        return "pins" in self.wanted.resources and has_pins

    @property
    def needs_people(self) -> bool:
        """Whether landed messages may name reactions or polls whose users are due."""
        return bool(self.wanted.resources & {"reaction_users", "poll_voters"})

    @property
    def needs_work(self) -> bool:
        """Whether this channel may cost a request at all."""
        if self.access is None:
            return False
        return self.needs_messages or self.needs_pins or self.needs_people


def plan_listed(
    view: GuildView, known: Mapping[int, Checkpoint], wanted: Wanted, scope: Scope
) -> list[ChannelPlan]:
    """Return a plan per listed channel that holds messages, ordered by id."""
    return [
        plan_channel(view, channel, known.get(channel_id), wanted)
        for channel_id, channel in sorted(view.channels.items())
        if channel.holds_messages and scope.covers(channel, view.channels)
    ]


def plan_unlisted(
    view: GuildView,
    known: Mapping[int, Checkpoint],
    wanted: Wanted,
    scope: Scope,
    looked_at: Iterable[Checkpoint],
) -> list[ChannelPlan]:
    """Return a plan per channel that no list shows any more, and nobody asks for.

    ``looked_at`` are those that are asked for (``discover.unlisted``). The others are
    planned from what was written down: archived threads below the new part of their
    list, and what was found to be hidden not long ago.
    """
    asked_for = {one.channel_id for one in looked_at}
    remembered = {
        channel_id: _remembered(checkpoint)
        for channel_id, checkpoint in known.items()
        if channel_id not in view.channels
        and channel_id not in asked_for
        and _is_plannable(checkpoint, view)
    }
    channels = {**view.channels, **remembered}
    return [
        plan_channel(view, channel, known[channel_id], wanted)
        for channel_id, channel in sorted(remembered.items())
        if channel.holds_messages and scope.covers(channel, channels)
    ]


def plan_channel(
    view: GuildView, channel: Channel, known: Checkpoint | None, wanted: Wanted
) -> ChannelPlan:
    """Return what to do about one channel."""
    known = view.looked_at.get(channel.channel_id, known)
    read_before_by = known.account if known is not None else None
    access, reason = view.reader_of(channel, read_before_by)
    is_listed = channel.channel_id in view.channels
    if known is not None and not is_listed and not _may_still_be_read(known):
        access, reason = None, known.unreadable_reason or "hidden: no list shows it"
    checkpoint = known or Checkpoint(channel.channel_id, view.guild_id)
    return ChannelPlan(
        channel=channel,
        checkpoint=replace(
            checkpoint,
            account=access.login.name if access is not None else None,
            parent_id=channel.parent_id,
            type=channel.type,
            name=channel.name,
            is_archived=channel.is_archived,
            last_message_id=channel.last_message_id,
            last_pin_timestamp=channel.last_pin_timestamp,
            is_deleted=checkpoint.is_deleted and not is_listed,
            # once it is listed again, a later disappearance is news
            looked_at=(
                checkpoint.looked_at
                if not is_listed or channel.channel_id in view.looked_at
                else None
            ),
            unreadable_reason=reason,
        ),
        access=access,
        wanted=wanted,
        revisit_from=wanted.revisit_from(view.seen_at),
        unreadable_reason=reason,
    )


def _is_plannable(checkpoint: Checkpoint, view: GuildView) -> bool:
    """Say whether something can be said of a channel that no list shows."""
    if checkpoint.is_deleted or checkpoint.type is None:
        return False
    if checkpoint.type not in ChannelType.THREADS:
        return True
    # an active thread may be on the very list that could not be read
    return checkpoint.is_archived or view.are_threads_known


def _remembered(checkpoint: Checkpoint) -> Channel:
    return Channel(
        channel_id=checkpoint.channel_id,
        type=checkpoint.type or 0,
        name=checkpoint.name or str(checkpoint.channel_id),
        parent_id=checkpoint.parent_id,
        last_message_id=checkpoint.last_message_id,
        last_pin_timestamp=checkpoint.last_pin_timestamp,
        is_archived=checkpoint.is_archived,
        # it was readable through some list: a private thread to its members
        is_joined=checkpoint.unreadable_reason is None,
    )


def _may_still_be_read(checkpoint: Checkpoint) -> bool:
    """Say whether a channel that no list shows is an archived thread as before."""
    is_thread = checkpoint.type in ChannelType.THREADS
    return is_thread and not checkpoint.is_deleted and checkpoint.is_archived
