"""One guild in one run: its channels as pieces of work, and what came of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence

from extractor import resources
from extractor.access import Turns
from extractor.channel_work import channel_turns
from extractor.discover import GuildView, guild_answer, look_at
from extractor.errors import (
    AccountStoppedError,
    DiscordError,
    UnavailableError,
)
from extractor.landing import Landing
from extractor.lists import LISTS, read_lists
from extractor.plan import ChannelPlan, Wanted, plan_channel
from extractor.progress import Progress
from extractor.records import Checkpoint, GuildSync
from extractor.schedule import Schedule
from extractor.summary import Summary
from extractor.walk import Walked

logger = logging.getLogger(__name__)


class GuildRun:
    """Reads what is planned for a guild; threads found on the way are read too."""

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        view: GuildView,
        known: Mapping[int, Checkpoint],
        plans: Sequence[ChannelPlan],
        wanted: Wanted,
        *,
        landing: Landing,
        schedule: Schedule,
        progress: Progress,
        summary: Summary,
        is_all: bool,
    ) -> None:
        self._view = view
        self._known = known
        self._plans = plans
        self._wanted = wanted
        self._landing = landing
        self._schedule = schedule
        self._progress = progress
        self._summary = summary
        self._is_all = is_all  # not some channels only: the guild can be complete
        self._lock = threading.Lock()
        self._pending = 1  # this one: until all work has been handed out
        self._final = {plan.channel.channel_id: plan.checkpoint for plan in plans}
        self._failed: set[int] = set()
        self._is_stopped = False
        self._is_refused = False
        self._looked_for: set[int] = set()

    def start(self) -> None:
        """Write down what is known by now, and hand out the work."""
        self._write_down()
        to_read = [plan for plan in self._plans if plan.needs_work]
        self._progress.guild(self._view.guild_id, self._view.name, len(to_read))
        for reason in self._view.unknown:
            self._note_unknown(f"{self._view.name}: threads may be missing", reason)
        for reason in self._view.failed:
            self._fail(f"{self._view.name}: threads may be missing", reason)
        for plan in self._plans:
            if plan.needs_work:
                self._add_channel(plan)
            else:
                self._pass_over(plan)
        lists = [one for one in LISTS if one in self._wanted.resources]
        if lists and self._is_all:
            accesses = [sight.access for sight in self._view.sights]
            self._add(read_lists(lists, accesses, self._note_list), "lists")
        self._one_done()

    def _write_down(self) -> None:
        """Save what each channel is, then how far lists are known: in that order.

        A thread that a list showed must not be forgotten when the list is cut short.
        """
        moved = {
            plan.channel.channel_id: plan.checkpoint
            for plan in self._plans
            if plan.checkpoint != self._known.get(plan.channel.channel_id)
        }
        self._landing.save_checkpoints(list({**self._view.looked_at, **moved}.values()))
        for mark in self._view.marks:
            mark.write_down()

    def _pass_over(self, plan: ChannelPlan) -> None:
        """Note what costs no request: unreadable, or nothing new."""
        self._summary.add_channel("unreadable" if plan.access is None else "quiet")
        if plan.unreadable_reason:
            self._progress.skipped(plan.channel.name, plan.unreadable_reason)

    # --- channels -------------------------------------------------------------------

    def _add_channel(self, plan: ChannelPlan) -> None:
        name = f"#{plan.channel.name} ({plan.channel.channel_id})"
        self._add(channel_turns(plan, self), name, plan.channel.channel_id)

    def _add(self, turns: Turns, what: str, channel_id: int | None = None) -> None:
        def done(error: Exception | None) -> None:
            self._sort(error, what, channel_id)
            self._one_done()

        with self._lock:
            self._pending += 1
        self._schedule.add(turns, done)

    def _sort(self, error: Exception | None, what: str, channel_id: int | None) -> None:
        """Decide what an error means: for this piece of work, or for all of them.

        Raises:
            Exception: one that ends the run.

        """
        if error is None:
            return
        if channel_id is not None:
            self._failed.add(channel_id)
            self._summary.add_channel("failed")
        if isinstance(error, AccountStoppedError):
            self._is_stopped = True  # named once, with its account
        elif isinstance(error, DiscordError):
            self._fail(what, str(error))
        else:
            raise error

    def page_landed(
        self, plan: ChannelPlan, walked: Walked, messages: int, new: int
    ) -> None:
        """Count a page; threads that it is the first to name are looked at."""
        self._summary.add_page(messages, new)
        self._progress.page(
            self._view.guild_id, plan.channel.name, messages, walked.remaining
        )
        for thread_id in walked.thread_ids:
            self._look_for(thread_id)

    def channel_walked(self, plan: ChannelPlan, walked: Walked) -> None:
        """Note how a walk ended."""
        self._final[plan.channel.channel_id] = walked.checkpoint
        self._is_refused |= walked.is_refused

    def channel_done(self, plan: ChannelPlan, walked: Walked) -> None:
        """Count a channel, and say what it brought."""
        reason = walked.checkpoint.unreadable_reason
        self._summary.add_channel("unreadable" if reason else "read")
        outcome = reason or f"{walked.messages} messages, {walked.new} new"
        self._progress.channel_done(self._view.guild_id, plan.channel.name, outcome)
        logger.info("channel %d: %s", plan.channel.channel_id, outcome)

    def refused(self, plan: ChannelPlan, what: str, reason: str) -> None:
        """Note what Discord does not give of a channel."""
        self._note_unknown(f"#{plan.channel.name}: {what}", reason)

    # --- threads that only messages name ----------------------------------------------

    def _look_for(self, thread_id: int) -> None:
        with self._lock:
            is_known = (
                thread_id in self._looked_for
                or thread_id in self._view.channels
                or thread_id in self._known
            )
            self._looked_for.add(thread_id)
        if not is_known and self._is_all:
            self._add(self._found(thread_id), f"thread {thread_id}", thread_id)

    def _found(self, thread_id: int) -> Turns:
        """Look at a thread and, where it may be read, read it."""
        checkpoint = Checkpoint(thread_id, self._view.guild_id)
        access = self._view.sights[0].access
        yield access.turn(resources.CHANNEL, {"channel_id": thread_id})
        channel = look_at(self._view, checkpoint)
        if channel is None:
            self._landing.save_checkpoints([self._view.looked_at[thread_id]])
            return
        plan = plan_channel(self._view, channel, None, self._wanted)
        self._landing.save_checkpoints([plan.checkpoint])
        self._final[thread_id] = plan.checkpoint
        if plan.needs_work:
            yield from channel_turns(plan, self)
        else:
            self._pass_over(plan)

    # --- the end ----------------------------------------------------------------------

    def _one_done(self) -> None:
        with self._lock:
            self._pending -= 1
            is_over = self._pending == 0
        if is_over and not self._is_stopped:
            self._finish()

    def _finish(self) -> None:
        if self._is_refused and not self._is_still_in():
            return
        self._summary.add_guild()
        if self._is_all and "messages" in self._wanted.resources:
            self._landing.record_guild_sync(self._outcome())

    def _is_still_in(self) -> bool:
        """Tell a bot that was kicked out, all of whose channels refuse, by asking."""
        try:
            guild_answer(self._view.sights[0].access)
        except DiscordError as error:
            self._fail(f"guild {self._view.guild_id}", str(error))
            return False
        return True

    def _outcome(self) -> GuildSync:
        """Return what this run may claim about the channels of the guild."""
        final = list(self._final.values())
        readable = [one for one in final if one.unreadable_reason is None]
        failed = len(self._failed)
        are_threads_known = self._view.are_threads_known
        return GuildSync(
            guild_id=self._view.guild_id,
            started_at=self._view.seen_at,
            readable_channel_count=len(readable),
            unreadable_channel_count=len(final) - len(readable),
            failed_channel_count=failed,
            is_complete=failed == 0 and bool(readable) and are_threads_known,
            is_backfill_complete=bool(readable)
            and all(one.backfill_complete for one in readable),
        )

    def _note_list(self, name: str, error: DiscordError) -> None:
        what = f"{self._view.name}: {name.replace('_', ' ')}"
        if isinstance(error, UnavailableError):
            self._fail(what, str(error))
        else:
            self._note_unknown(what, str(error))

    def _note_unknown(self, what: str, reason: str) -> None:
        self._summary.unknown[what] = reason
        self._progress.skipped(what, reason)
        logger.info("unknown: %s: %s", what, reason)

    def _fail(self, what: str, reason: str) -> None:
        self._summary.failed[what] = reason
        self._progress.failed(what, reason)
        logger.info("failed: %s: %s", what, reason)
