"""About how many messages a plan brings, in how many requests.

How many messages a channel holds is known to Discord for threads only. Others that
were never read are sampled. Archived channels are taken to go on as densely as they
were.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from extractor.plan import PAGE, ChannelPlan


@dataclass(frozen=True)
class Estimate:
    """About how many messages a channel brings, in how many requests.

    ``messages`` None: nobody knows. ``is_exact``: they were counted.
    """

    messages: int | None = 0
    requests: int = 0
    is_exact: bool = True

    @classmethod
    def of_walk(cls, messages: float, *, is_exact: bool = False) -> Estimate:
        """Return what so many messages cost, page by page."""
        count = round(messages)
        return cls(count, max(1, math.ceil(count / PAGE)), is_exact)

    def __add__(self, other: Estimate) -> Estimate:
        counts = (self.messages, other.messages)
        return Estimate(
            None if None in counts else sum(one or 0 for one in counts),
            self.requests + other.requests,
            self.is_exact and other.is_exact,
        )


@dataclass(frozen=True)
class Sample:
    """The ids on a channel's newest page and, if that is full, on its oldest."""

    newest: Sequence[int]
    oldest: Sequence[int] = ()


def needs_sample(plan: ChannelPlan) -> bool:
    """Whether only its messages can tell how many a channel holds."""
    if plan.access is None or not plan.needs_messages:
        return False
    if plan.wants_older:
        return True
    is_empty = plan.channel.last_message_id is None
    is_counted = plan.channel.message_count is not None
    return plan.checkpoint.newest_message_id is None and not (is_empty or is_counted)


def estimate(plan: ChannelPlan, sample: Sample | None) -> Estimate:
    """Estimate what a plan brings; a sample is there where one was needed."""
    total = Estimate(requests=int(plan.needs_pins))
    if not plan.needs_messages:
        return total
    if plan.checkpoint.newest_message_id is None:
        return total + _first_walk(plan, sample)
    if plan.wants_older:
        total += _older(plan, sample)
    if not plan.is_quiet or plan.is_revisited:
        total += _newer(plan)
    return total


def _first_walk(plan: ChannelPlan, sample: Sample | None) -> Estimate:
    channel = plan.channel
    begin = max(channel.channel_id, first_wanted(plan))
    if sample is not None:
        return _of_sample(sample, begin)
    if channel.last_message_id is None:
        return Estimate(requests=1)
    if channel.message_count is None:
        return Estimate(messages=None, requests=1, is_exact=False)
    life = (channel.channel_id, channel.last_message_id)
    wanted = _as_dense(channel.message_count, life, (begin, channel.last_message_id))
    return Estimate.of_walk(wanted)


def _of_sample(sample: Sample, begin: int) -> Estimate:
    shown = sorted({*sample.newest, *sample.oldest})
    wanted = [one for one in shown if one >= begin]
    if len(sample.newest) < PAGE or len(wanted) < len(shown):
        return Estimate.of_walk(len(wanted), is_exact=True)
    first, last = max(sample.oldest, default=shown[0]), min(sample.newest)
    if last <= first:  # the two pages meet
        return Estimate.of_walk(len(wanted), is_exact=True)
    # between them it is taken to be as dense as both are on average
    between = sum(
        _as_dense(len(page), (min(page), max(page)), (first, last)) / 2
        for page in (sample.newest, sample.oldest or sample.newest)
    )
    return Estimate.of_walk(len(shown) + between)


def _newer(plan: ChannelPlan) -> Estimate:
    """Estimate what came after the archived interval, and what is read again of it."""
    count, (oldest, newest) = plan.checkpoint.message_count, interval_of(plan)
    last = plan.channel.last_message_id or newest
    messages = 0.0
    if plan.is_revisited:
        begin = max(plan.revisit_from or 0, oldest)
        messages += _as_dense(count, (oldest, newest), (begin, newest))
    if not plan.is_quiet:
        messages += max(1.0, _as_dense(count, (oldest, newest), (newest, last)))
    return Estimate.of_walk(messages)


def _older(plan: ChannelPlan, sample: Sample | None) -> Estimate:
    count, (oldest, newest) = plan.checkpoint.message_count, interval_of(plan)
    begin = max(plan.channel.channel_id, plan.wanted.floor)
    if sample is not None and sample.oldest:
        begin = max(begin, min(sample.oldest))
    walk = Estimate.of_walk(_as_dense(count, (oldest, newest), (begin, oldest)))
    # that there is nothing below is said by an empty page
    return walk + Estimate(requests=1)


def interval_of(plan: ChannelPlan) -> tuple[int, int]:
    """Return the ends of what is archived; twice 0 where nothing is."""
    newest = plan.checkpoint.newest_message_id or 0
    return plan.checkpoint.oldest_message_id or newest, newest


def _as_dense(count: int, known: tuple[int, int], asked: tuple[int, int]) -> float:
    """Return how many messages lie between two ids, as dense as between two others."""
    (known_from, known_to), (first, last) = known, asked
    if known_to <= known_from or last <= first:
        return 0.0
    return count * (last - first) / (known_to - known_from)


def first_wanted(plan: ChannelPlan) -> int:
    """Return the least id that a first walk through a channel asks for."""
    # a channel that was seen empty is read on from there, whatever --since says
    return 0 if plan.checkpoint.is_start_reached else plan.wanted.floor
