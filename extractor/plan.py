"""What a run will ask a channel for: decided before asking, from what is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from extractor.discover import GuildView
from extractor.landing import Checkpoint
from extractor.snapshots import Channel


@dataclass(frozen=True)
class ChannelPlan:
    """One channel that holds messages, and what is to be done about it.

    ``floor`` is the least message id wanted: 0, or where --since begins.
    """

    channel: Channel
    checkpoint: Checkpoint
    floor: int = 0
    unreadable_reason: str | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether nothing that is wanted can be newer than what is archived."""
        last = self.channel.last_message_id or 0
        if self.checkpoint.newest_message_id is None and last < self.floor:
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
        is_above = oldest is not None and oldest > self.floor
        return is_above and not self.checkpoint.is_start_reached

    @property
    def needs_requests(self) -> bool:
        """Whether this channel costs a request at all."""
        is_done = self.is_quiet and not self.wants_older
        return self.unreadable_reason is None and not is_done


def plan_guild(
    view: GuildView,
    checkpoints: dict[int, Checkpoint],
    *,
    floor: int = 0,
    channel_ids: Iterable[int] = (),
) -> list[ChannelPlan]:
    """Return a plan per channel that holds messages, ordered by id.

    ``channel_ids`` restricts it to these channels, and the posts and threads in them.
    """
    wanted = set(channel_ids)
    return [
        _plan(channel, view, checkpoints, floor)
        for channel in sorted(view.channels.values(), key=lambda one: one.channel_id)
        if channel.holds_messages
        and (not wanted or not wanted.isdisjoint(_lineage(channel, view)))
    ]


def _lineage(channel: Channel, view: GuildView) -> Iterator[int]:
    """Yield a channel's id, its parent's, and that of the parent's category."""
    yield channel.channel_id
    if channel.parent_id is not None:
        yield channel.parent_id
        parent = view.channels.get(channel.parent_id)
        if parent is not None and parent.parent_id is not None:
            yield parent.parent_id


def _plan(
    channel: Channel,
    view: GuildView,
    checkpoints: dict[int, Checkpoint],
    floor: int,
) -> ChannelPlan:
    reason = view.unreadable.get(channel.channel_id)
    known = checkpoints.get(channel.channel_id)
    checkpoint = known or Checkpoint(channel.channel_id, view.guild_id)
    return ChannelPlan(
        channel=channel,
        checkpoint=replace(checkpoint, unreadable_reason=reason),
        floor=floor,
        unreadable_reason=reason,
    )
