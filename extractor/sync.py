"""The loop that asks: accounts, their guilds, and the channels of each, in threads."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from typing import Any

from extractor import resources
from extractor.client import Client, Request
from extractor.config import Account
from extractor.discover import (
    AccountAccess,
    GuildView,
    guild_answer,
    look_at_guild,
    refusal,
)
from extractor.errors import (
    ConfigError,
    DiscordError,
    RefusedError,
    UnavailableError,
)
from extractor.landing import Checkpoint, GuildSync, Landing
from extractor.plan import ChannelPlan, plan_guild
from extractor.progress import Progress
from extractor.walk import Walk, Walked

logger = logging.getLogger(__name__)

# Discord's application flags that stand for the MESSAGE_CONTENT intent
_MESSAGE_CONTENT = 1 << 18 | 1 << 19


@dataclass(frozen=True)
class Options:
    """What the command line asked for."""

    guild_ids: tuple[int, ...] = ()
    channel_ids: tuple[int, ...] = ()
    floor: int = 0
    workers: int = 4
    allow_missing_content: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the form stored in landing.runs; ids as strings, as Discord's."""
        return {
            "guild_ids": [str(one) for one in self.guild_ids],
            "channel_ids": [str(one) for one in self.channel_ids],
            "floor": str(self.floor),
            "workers": self.workers,
            "allow_missing_content": self.allow_missing_content,
        }


@dataclass
class Summary:
    """What a run did; adds up over guilds and accounts."""

    guilds: int = 0
    messages: int = 0
    pages: int = 0
    requests: int = 0
    waited_seconds: float = 0.0
    channels: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0: all done; 3: done but for what failed; 1: nothing done."""
        if not self.failed:
            return 0
        return 3 if self.guilds else 1

    def as_json(self) -> dict[str, Any]:
        """Return the form stored in landing.runs."""
        return {
            "guilds": self.guilds,
            "messages": self.messages,
            "pages": self.pages,
            "requests": self.requests,
            "waited_seconds": round(self.waited_seconds, 1),
            "channels": dict(self.channels),
            "failed": self.failed,
        }


class Sync:
    """One run over some accounts: holds what every step needs."""

    def __init__(self, landing: Landing, options: Options, progress: Progress) -> None:
        self._landing = landing
        self._options = options
        self._progress = progress
        self._lock = threading.Lock()
        self.summary = Summary()
        self.has_found_channels = False

    def run(self, account: Account, client: Client) -> None:
        """Archive an account's guilds; what fails is named in the summary.

        Raises:
            ConfigError: the account lacks an intent.
            DatabaseError: pages cannot be landed.

        """
        try:
            access = self._sign_in(account, client)
            for guild_id in self._guild_ids(account, client):
                self._guild_or_failure(access, guild_id)
        except DiscordError as error:
            self._fail(f"account {account.name}", error)
        finally:
            self.summary.requests += client.counters.requests
            self.summary.waited_seconds += client.counters.waited_seconds

    def _sign_in(self, account: Account, client: Client) -> AccountAccess:
        me = _object(client, resources.ME.request({}))
        is_bot = account.type == "bot"
        has_content = not is_bot or _has_message_content(client)
        if not has_content and not self._options.allow_missing_content:
            raise ConfigError(
                f"account {account.name!r} ({me['username']}) lacks the Message "
                "Content intent, and Discord would send messages without text: switch "
                "it on in the Developer Portal (Bot, Privileged Gateway Intents), or "
                "pass --allow-missing-content"
            )
        return AccountAccess(
            name=account.name,
            user_id=int(me["id"]),
            is_bot=is_bot,
            client=client,
            landing=self._landing,
            has_message_content=has_content,
        )

    def _guild_ids(self, account: Account, client: Client) -> Sequence[int]:
        asked_for = self._options.guild_ids or account.guilds
        guild_ids = asked_for or tuple(_guilds_of(client))
        if not guild_ids:
            raise DiscordError(
                "it is in no guild yet: invite the bot (README, A real guild, step 2)"
            )
        return guild_ids

    def _guild_or_failure(self, access: AccountAccess, guild_id: int) -> None:
        try:
            self._guild(access, guild_id)
        except DiscordError as error:
            if access.client.is_stopped:
                raise
            self._fail(f"guild {guild_id}", error)

    def _guild(self, access: AccountAccess, guild_id: int) -> None:
        view = look_at_guild(access, guild_id)
        known = self._landing.checkpoints(guild_id)
        channel_ids = self._options.channel_ids
        plans = plan_guild(
            view, known, floor=self._options.floor, channel_ids=channel_ids
        )
        self.has_found_channels |= bool(plans)
        for refused in view.refused:
            self._fail(f"{view.name}: threads may be missing", RefusedError(refused))
        to_read = [plan for plan in plans if plan.needs_requests]
        self._progress.guild(view.name, len(to_read))
        for plan in plans:
            if not plan.needs_requests:
                self._pass_over(plan, known.get(plan.channel.channel_id))
        results = self._walk_all(access, to_read)
        if any(walked and walked.is_refused for walked in results.values()):
            # one channel refused is a permission; a guild refused is a bot kicked out
            guild_answer(access, guild_id)
        self.summary.guilds += 1
        if not channel_ids:
            are_threads_known = access.is_bot and not view.refused
            outcome = _outcome(view, plans, results)
            self._landing.record_guild_sync(
                replace(outcome, is_complete=outcome.is_complete and are_threads_known)
            )

    def check_channels_found(self) -> None:
        """Name it as a failure if no guild had any of the channels asked for."""
        if self._options.channel_ids and not self.has_found_channels:
            asked_for = ", ".join(map(str, self._options.channel_ids))
            self._fail(
                f"--channel-id {asked_for}",
                DiscordError("no guild shows it: check the id and the permissions"),
            )
            self.summary.guilds = 0

    def _pass_over(self, plan: ChannelPlan, known: Checkpoint | None) -> None:
        """Note what costs no request: unreadable, or nothing new."""
        kind = "unreadable" if plan.unreadable_reason else "quiet"
        self.summary.channels[kind] += 1
        if plan.unreadable_reason:
            self._progress.skipped(plan.channel.name, plan.unreadable_reason)
        if plan.checkpoint != (known or Checkpoint(0, 0)):
            self._landing.save_checkpoint(plan.checkpoint)

    def _walk_all(
        self, access: AccountAccess, plans: Sequence[ChannelPlan]
    ) -> dict[int, Walked | None]:
        """Walk channels in parallel; None stands for one that failed."""
        results: dict[int, Walked | None] = {}
        with ThreadPoolExecutor(self._options.workers, "channel") as pool:
            futures = {pool.submit(self._walk, access, plan): plan for plan in plans}
            try:
                for future in as_completed(futures):
                    plan = futures[future]
                    results[plan.channel.channel_id] = self._collect(plan, future)
            except BaseException:
                access.client.stop("interrupted: run again to go on from here")
                pool.shutdown(cancel_futures=True)
                raise
        return results

    def _walk(self, access: AccountAccess, plan: ChannelPlan) -> Walked:
        with self._progress.channel(plan.channel.name) as advance:

            def on_page(messages: int) -> None:
                advance(messages)
                with self._lock:
                    self.summary.messages += messages
                    self.summary.pages += 1

            return Walk(access, plan, on_page).run()

    def _collect(self, plan: ChannelPlan, future: Future[Walked]) -> Walked | None:
        try:
            walked = future.result()
        except UnavailableError as error:
            self._fail(f"#{plan.channel.name} ({plan.channel.channel_id})", error)
            self.summary.channels["failed"] += 1
            return None
        reason = walked.checkpoint.unreadable_reason
        self.summary.channels["unreadable" if reason else "read"] += 1
        self._progress.channel_done(plan.channel.name, walked.messages, reason)
        outcome = reason or f"{walked.messages} messages"
        logger.info("channel %d: %s", plan.channel.channel_id, outcome)
        return walked

    def _fail(self, what: str, error: Exception) -> None:
        self.summary.failed[what] = str(error)
        self._progress.failed(what, str(error))
        logger.info("failed: %s: %s", what, error)


def _object(client: Client, request: Request) -> dict[str, Any]:
    """Return what is asked before anything is landed.

    Raises:
        RefusedError: Discord does not answer with an object.

    """
    answer = client.get(request)
    if answer.status != 200 or not isinstance(answer.body, dict):
        raise RefusedError(
            f"{request.path}: {refusal(answer)}: is DISCORD_API_BASE_URL right, and is "
            "no proxy in the way?"
        )
    return answer.body


def _has_message_content(client: Client) -> bool:
    application = _object(client, resources.APPLICATION.request({}))
    flags = int(application.get("flags_new") or application.get("flags") or 0)
    return bool(flags & _MESSAGE_CONTENT)


def _guilds_of(client: Client) -> Iterator[int]:
    cursor: dict[str, str | int] | None = None
    while True:
        answer = client.get(resources.MY_GUILDS.request({}, cursor))
        if answer.status != 200:
            raise RefusedError(f"{answer.request.path}: {refusal(answer)}")
        yield from (int(guild["id"]) for guild in answer.body)
        cursor = resources.MY_GUILDS.next_cursor(answer.body)
        if cursor is None:
            return


def _outcome(
    view: GuildView,
    plans: Sequence[ChannelPlan],
    results: dict[int, Walked | None],
) -> GuildSync:
    """Return what this run may claim about the channels of the guild."""
    before = {one.channel.channel_id: one.checkpoint for one in plans}
    after = {one: walked.checkpoint for one, walked in results.items() if walked}
    final = {**before, **after}.values()
    failed = sum(walked is None for walked in results.values())
    readable = [one for one in final if one.unreadable_reason is None]
    return GuildSync(
        guild_id=view.guild_id,
        started_at=view.seen_at,
        readable_channel_count=len(readable),
        unreadable_channel_count=len(final) - len(readable),
        failed_channel_count=failed,
        is_complete=failed == 0 and bool(readable),
        is_backfill_complete=bool(readable)
        and all(one.backfill_complete for one in readable),
    )
