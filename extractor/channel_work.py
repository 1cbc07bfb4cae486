"""All that is asked of one channel: messages, pins, and who reacted or voted."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Protocol

from extractor import people, resources
from extractor.access import Turns
from extractor.errors import RefusedError
from extractor.plan import ChannelPlan
from extractor.walk import Walk, Walked


class Listener(Protocol):
    """Who is told how a channel goes."""

    def page_landed(
        self, plan: ChannelPlan, walked: Walked, messages: int, new: int
    ) -> None:
        """Hear that a page of so many messages was landed."""

    def channel_walked(self, plan: ChannelPlan, walked: Walked) -> None:
        """Hear that all messages that were wanted have been read, or refused."""

    def channel_done(self, plan: ChannelPlan, walked: Walked) -> None:
        """Hear that nothing of this channel is left to ask."""

    def channel_quiet(self) -> None:
        """Hear that there was nothing to ask."""

    def refused(self, plan: ChannelPlan, what: str, reason: str) -> None:
        """Hear that Discord does not give this part of the channel."""


def channel_turns(plan: ChannelPlan, listener: Listener) -> Turns:
    """Ask a channel for all that its plan wants."""
    walk = Walk(plan, partial(listener.page_landed, plan))
    has_asked = False
    for turn in _turns(plan, walk, listener):
        has_asked = True
        yield turn
    if has_asked:
        listener.channel_done(plan, walk.walked)
    else:
        listener.channel_quiet()


def _turns(plan: ChannelPlan, walk: Walk, listener: Listener) -> Turns:
    if plan.needs_messages:
        yield from walk.turns()
    listener.channel_walked(plan, walk.walked)
    if not walk.walked.is_refused:
        yield from _beside_messages(plan, walk.walked, listener)


def _beside_messages(plan: ChannelPlan, walked: Walked, listener: Listener) -> Turns:
    access, wanted = plan.access, plan.wanted.resources
    assert access is not None  # noqa: S101 - nobody works on a channel without one
    if plan.needs_pins:
        yield from _pins(plan, walked, listener)
    if "reaction_users" in wanted:
        yield from people.reaction_users(access, plan)
    if "poll_voters" in wanted:
        yield from people.poll_voters(access, plan)


def _pins(plan: ChannelPlan, walked: Walked, listener: Listener) -> Turns:
    access = plan.access
    assert access is not None  # noqa: S101 - as above
    ids = {"channel_id": plan.channel.channel_id}
    try:
        yield from access.turns(resources.PINS, ids)
    except RefusedError as error:
        listener.refused(plan, "pins", str(error))
        return
    seen = plan.channel.last_pin_timestamp
    access.landing.save_checkpoints(
        [replace(walked.checkpoint, last_pin_timestamp_seen=seen)]
    )
