"""One guild in one run: its channels as pieces of work, and what came of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from extractor import resources
from extractor.access import GuildAccess, Turns
from extractor.channel_work import channel_turns
from extractor.discover import (
    GuildView,
    Scope,
    guild_answer,
    listing_of,
    look_at,
    unlisted,
)
from extractor.erasures import FORGOTTEN
from extractor.errors import (
    MALFORMED,
    AccountStoppedError,
    DiscordError,
    UnavailableError,
    malformed,
)
from extractor.landing import Landing
from extractor.lists import LIST_ENDPOINTS, read_lists
from extractor.plan import (
    ChannelPlan,
    Wanted,
    plan_channel,
    plan_listed,
    plan_unlisted,
)
from extractor.progress import Progress
from extractor.records import Checkpoint, GuildSync
from extractor.resources import OF_CHANNELS
from extractor.schedule import Schedule
from extractor.snapshots import Channel, ChannelType
from extractor.summary import Summary, counted
from extractor.walk import Walked

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """What all guilds of one run share."""

    wanted: Wanted
    landing: Landing
    schedule: Schedule
    progress: Progress
    summary: Summary


class GuildRun:
    """Reads what is planned for a guild.

    Channels are read while threads are still being listed; threads follow, and those
    that only messages name.
    """

    def __init__(
        self,
        view: GuildView,
        known: Mapping[int, Checkpoint],
        scope: Scope,
        run: Run,
    ) -> None:
        self._view = view
        self._known = known
        self._wanted = run.wanted
        self._scope = scope
        self._landing = run.landing
        self._schedule = run.schedule
        self._progress = run.progress
        self._summary = run.summary
        self._is_all = not scope.channel_ids  # or the guild cannot be complete
        self._lock = threading.Lock()
        self._pending = 1  # this one: until all work has been handed out
        self._final: dict[int, Checkpoint] = {}
        self._failed: set[int] = set()
        self._is_stopped = False
        self._refused_to: GuildAccess | None = None  # in mid-walk, against the plan
        self._are_threads_listed = False
        self._named: set[int] = set()  # threads that messages named before
        self._labels: dict[str, int] = {}  # the first channel of each name

    def start(self) -> None:
        """Hand out the work that is known by now."""
        self._progress.guild(self._view.guild_id, self._view.name)
        if self._wanted.resources & OF_CHANNELS:
            self._begin(plan_listed(self._view, self._known, self._wanted, self._scope))
            self._list_threads()
        lists = [one for one in LIST_ENDPOINTS if one in self._wanted.resources]
        if lists and self._is_all:
            accesses = [sight.access for sight in self._view.sights]
            self._add(read_lists(lists, accesses, self._note_list), "lists")
        self._one_done()

    def _begin(self, plans: Sequence[ChannelPlan]) -> None:
        """Save what each channel is, and hand out the work of reading it."""
        plans = [one for one in plans if not self._is_forgotten(one)]
        self._landing.save_checkpoints(
            [
                plan.checkpoint
                for plan in plans
                if plan.checkpoint != self._known.get(plan.channel.channel_id)
            ]
        )
        to_read = [plan for plan in plans if plan.needs_work]
        self._progress.guild_grows(self._view.guild_id, len(to_read))
        for plan in plans:
            self._final[plan.channel.channel_id] = plan.checkpoint
            if plan.needs_work:
                self._add_channel(plan)
            else:
                self._pass_over(plan)

    def _is_forgotten(self, plan: ChannelPlan) -> bool:
        """Tell whether a channel is to be archived no more, and name it as skipped."""
        channel = plan.channel
        parent_id = channel.parent_id if channel.is_thread else None
        if not self._landing.erasures.is_channel(channel.channel_id, parent_id):
            return False
        self._pass_over(replace(plan, access=None, unreadable_reason=FORGOTTEN))
        return True

    # --- threads ------------------------------------------------------------------

    def _list_threads(self) -> None:
        with self._lock:
            self._pending += 1  # until threads are listed
        listing_of(
            self._view,
            self._scope,
            add=lambda work, ended: self._add(work, "threads", ended=ended),
            on_end=self._threads_listed,
        ).start()

    def _threads_listed(self) -> None:
        """Plan the threads, and what no list shows."""
        view, known = self._view, self._known
        for reason in view.unknown:
            self._note_unknown(f"{view.name}: threads may be missing", reason)
        for reason in view.failed:
            self._fail(f"{view.name}: threads may be missing", reason)
        listed = plan_listed(view, known, self._wanted, self._scope)
        to_look_at = unlisted(view, known, self._scope)
        self._begin(
            [
                *(one for one in listed if one.channel.channel_id not in self._final),
                *plan_unlisted(view, known, self._wanted, self._scope, to_look_at),
            ]
        )
        # only now: a thread that a list showed must not be forgotten when later lists
        # are cut short for knowing it
        for mark in view.marks:
            mark.write_down()
        for checkpoint in to_look_at:
            self._look_at(checkpoint)
        with self._lock:
            self._are_threads_listed = True
            named = list(self._named)
        for thread_id in named:
            self._look_for(thread_id)
        self._one_done()

    def _note_named(self, thread_ids: Collection[int]) -> None:
        """Look at threads that messages are the first to name, once lists are read."""
        with self._lock:
            fresh = set(thread_ids) - self._named
            self._named |= fresh
            if not self._are_threads_listed:
                return
        for thread_id in fresh:
            self._look_for(thread_id)

    def _look_for(self, thread_id: int) -> None:
        """Look at a thread that a message named, unless a list shows it."""
        if self._landing.erasures.is_channel(thread_id):
            return
        with self._lock:
            is_known = (
                thread_id in self._final
                or thread_id in self._view.channels
                or thread_id in self._known
            )
            if not is_known:
                # holds its place until it was looked at
                self._final[thread_id] = Checkpoint(thread_id, self._view.guild_id)
        if not is_known:
            self._look_at(self._final[thread_id])

    def _look_at(self, checkpoint: Checkpoint) -> None:
        channel_id = checkpoint.channel_id
        self._add(self._found(checkpoint), f"channel {channel_id}", channel_id)

    def _found(self, checkpoint: Checkpoint) -> Turns:
        """Look at one channel or thread and, where it may be read, read it."""
        channel_id = checkpoint.channel_id
        access = self._view.sights[0].access
        yield access.turn(resources.CHANNEL, {"channel_id": channel_id})
        channel = look_at(self._view, checkpoint)
        if channel is None:
            self._note_unseen(self._view.looked_at.get(channel_id, checkpoint))
            return
        known = self._known.get(channel_id)
        plan = plan_channel(self._view, channel, known, self._wanted)
        if self._is_forgotten(plan):
            self._final.pop(channel_id, None)
            return
        self._landing.save_checkpoints([plan.checkpoint])
        if not channel.holds_messages:
            self._final.pop(channel_id, None)
            return
        self._final[channel_id] = plan.checkpoint
        if plan.needs_work:
            self._progress.guild_grows(self._view.guild_id, 1)
            yield from channel_turns(plan, self)
        else:
            self._pass_over(plan)

    def _note_unseen(self, checkpoint: Checkpoint) -> None:
        channel_id = checkpoint.channel_id
        reason = checkpoint.unreadable_reason or "it is in another guild"
        self._final.pop(channel_id, None)
        if channel_id not in self._view.looked_at:
            self._fail(f"channel {channel_id}", reason)
            return
        self._landing.save_checkpoints([checkpoint])
        if checkpoint.is_deleted:
            self._delete_threads_of(checkpoint)
        else:
            self._final[channel_id] = checkpoint
            self._summary.add_channel("unreadable", reason)
        name = checkpoint.name or str(channel_id)
        self._progress.skipped(name, reason, self._view.guild_id)
        if channel_id in self._scope.channel_ids:
            self._fail(f"--channel-id {channel_id}", f"{reason}: is the id right?")

    def _delete_threads_of(self, channel: Checkpoint) -> None:
        """Note that Discord deletes threads with their parent."""
        threads = [
            replace(one, is_deleted=True, unreadable_reason="deleted with its channel")
            for one in self._known.values()
            if one.parent_id == channel.channel_id and one.type in ChannelType.THREADS
        ]
        self._landing.save_checkpoints(threads)
        for thread in threads:
            self._final.pop(thread.channel_id, None)

    # --- channels -----------------------------------------------------------------

    def _pass_over(self, plan: ChannelPlan) -> None:
        """Note what costs no request: unreadable, or nothing new."""
        kind = "unreadable" if plan.access is None else "quiet"
        self._summary.add_channel(kind, plan.unreadable_reason)
        if plan.unreadable_reason:
            label, guild_id = self._label(plan.channel), self._view.guild_id
            self._progress.skipped(label, plan.unreadable_reason, guild_id)

    def _add_channel(self, plan: ChannelPlan) -> None:
        name = f"#{plan.channel.name} ({plan.channel.channel_id})"
        self._add(channel_turns(plan, self), name, plan.channel.channel_id)

    def _label(self, channel: Channel) -> str:
        """Return the name of a channel, with its id where another one has that name."""
        with self._lock:
            first = self._labels.setdefault(channel.name, channel.channel_id)
        if first == channel.channel_id:
            return channel.name
        return f"{channel.name} ({channel.channel_id})"

    def _add(
        self,
        turns: Turns,
        what: str,
        channel_id: int | None = None,
        *,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        def done(error: Exception | None) -> None:
            self._sort(error, what, channel_id)
            ended()
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
            channel = self._view.channels.get(channel_id)
            label = channel and self._label(channel)
            self._progress.channel_failed(self._view.guild_id, label or what)
        if isinstance(error, AccountStoppedError):
            self._is_stopped = True  # named once, with its account
        elif isinstance(error, DiscordError):
            self._fail(what, str(error))
        elif isinstance(error, MALFORMED):
            self._fail(what, malformed(error))
        else:
            raise error

    def page_landed(
        self, plan: ChannelPlan, walked: Walked, messages: int, new: int
    ) -> None:
        """Count a page; threads that it is the first to name are looked at."""
        self._summary.add_page(messages, new)
        label, guild_id = self._label(plan.channel), self._view.guild_id
        self._progress.page(guild_id, label, messages, walked.remaining)
        if self._is_all:
            self._note_named(walked.thread_ids)

    def channel_walked(self, plan: ChannelPlan, walked: Walked) -> None:
        """Note how a walk ended."""
        self._final[plan.channel.channel_id] = walked.checkpoint
        if walked.is_refused:
            self._refused_to = plan.access

    def channel_done(self, plan: ChannelPlan, walked: Walked) -> None:
        """Count a channel, and say what it brought."""
        reason = walked.checkpoint.unreadable_reason
        self._summary.add_channel("unreadable" if reason else "read", reason)
        messages = counted(walked.messages, "message")
        outcome = reason or f"{messages}, {walked.new:,} new"
        label, guild_id = self._label(plan.channel), self._view.guild_id
        self._progress.channel_done(guild_id, label, outcome)
        logger.info("channel %d: %s", plan.channel.channel_id, outcome)

    def channel_quiet(self) -> None:
        """Count a channel whose landed messages name nobody to ask for."""
        self._summary.add_channel("quiet")
        self._progress.channel_quiet(self._view.guild_id)

    def refused(self, plan: ChannelPlan, what: str, reason: str) -> None:
        """Note what Discord does not give of a channel."""
        name = f"{self._view.name}: #{self._label(plan.channel)}"
        self._note_unknown(f"{name}: {what}", reason)

    # --- the end ----------------------------------------------------------------------

    def _one_done(self) -> None:
        with self._lock:
            self._pending -= 1
            is_over = self._pending == 0
        # with one account stopped, others may have read their part
        if is_over and not (self._is_stopped and self._are_all_stopped()):
            self._finish()

    def _are_all_stopped(self) -> bool:
        clients = (sight.access.login.client for sight in self._view.sights)
        return all(client.stop_error is not None for client in clients)

    def _finish(self) -> None:
        if self._refused_to is not None and not self._is_in(self._refused_to):
            return
        self._summary.add_guild()
        if self._is_all and "messages" in self._wanted.resources:
            self._landing.record_guild_sync(self._outcome())

    def _is_in(self, access: GuildAccess) -> bool:
        """Tell a bot that was kicked out, all of whose channels refuse, by asking."""
        try:
            guild_answer(access)
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
            is_complete=failed == 0
            and bool(readable)
            and are_threads_known
            and not self._is_stopped,
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
        self._progress.unknown(what, reason, self._view.guild_id)
        logger.info("unknown: %s: %s", what, reason)

    def _fail(self, what: str, reason: str) -> None:
        self._summary.failed[what] = reason
        self._progress.failed(what, reason, self._view.guild_id)
        logger.info("failed: %s: %s", what, reason)
