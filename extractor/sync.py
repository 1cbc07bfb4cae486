"""The loop that asks: accounts, their guilds, and the channels of each, in threads."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from extractor import resources
from extractor.client import Client
from extractor.config import Account
from extractor.discover import AccountAccess, GuildView, look_at_guild
from extractor.errors import ConfigError, DiscordError, UnavailableError
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
        self.summary = Summary()

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
        me = client.get(resources.ME.request({})).body
        is_bot = account.type == "bot"
        has_content = not is_bot or self._has_message_content(client)
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

    def _has_message_content(self, client: Client) -> bool:
        application = client.get(resources.APPLICATION.request({})).body
        flags = int(application.get("flags_new") or application.get("flags") or 0)
        return bool(flags & _MESSAGE_CONTENT)

    def _guild_ids(self, account: Account, client: Client) -> Sequence[int]:
        if self._options.guild_ids:
            return self._options.guild_ids
        return account.guilds or list(_guilds_of(client))

    def _guild_or_failure(self, access: AccountAccess, guild_id: int) -> None:
        try:
            self._guild(access, guild_id)
        except DiscordError as error:
            if access.client.is_stopped:
                raise
            self._fail(f"guild {guild_id}", error)

    def _guild(self, access: AccountAccess, guild_id: int) -> None:
        started_at = datetime.now(UTC)
        view = look_at_guild(access, guild_id)
        known = self._landing.checkpoints(guild_id)
        plans = plan_guild(
            view,
            known,
            floor=self._options.floor,
            channel_ids=self._options.channel_ids,
        )
        self._check_channels_found(view, plans)
        self._progress.guild(view.name, sum(plan.needs_requests for plan in plans))
        for plan in plans:
            if not plan.needs_requests:
                self._pass_over(plan, known.get(plan.channel.channel_id))
        results = self._walk_all(
            access, [plan for plan in plans if plan.needs_requests]
        )
        self.summary.guilds += 1
        if not self._options.channel_ids:
            self._landing.record_guild_sync(_outcome(view, started_at, plans, results))

    def _check_channels_found(
        self, view: GuildView, plans: Sequence[ChannelPlan]
    ) -> None:
        if self._options.channel_ids and not plans:
            raise DiscordError(
                f"none of the channels asked for is among the {len(view.channels)} "
                f"of {view.name!r}: check --channel-id and the account's permissions"
            )

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
        with self._progress.channel(plan.channel.name) as on_page:
            return Walk(access, plan, on_page).run()

    def _collect(self, plan: ChannelPlan, future: Future[Walked]) -> Walked | None:
        try:
            walked = future.result()
        except UnavailableError as error:
            self._fail(f"#{plan.channel.name} ({plan.channel.channel_id})", error)
            self.summary.channels["failed"] += 1
            return None
        self.summary.messages += walked.messages
        self.summary.pages += walked.pages
        reason = walked.checkpoint.unreadable_reason
        self.summary.channels["unreadable" if reason else "read"] += 1
        self._progress.channel_done(plan.channel.name, walked.messages, reason)
        return walked

    def _fail(self, what: str, error: Exception) -> None:
        self.summary.failed[what] = str(error)
        self._progress.failed(what, str(error))


def _guilds_of(client: Client) -> Iterator[int]:
    cursor: dict[str, str | int] | None = None
    while True:
        body = client.get(resources.MY_GUILDS.request({}, cursor)).body
        yield from (int(guild["id"]) for guild in body)
        cursor = resources.MY_GUILDS.next_cursor(body)
        if cursor is None:
            return


def _outcome(
    view: GuildView,
    started_at: datetime,
    plans: Sequence[ChannelPlan],
    results: dict[int, Walked | None],
) -> GuildSync:
    """Return what this run may claim about the guild as a whole."""
    final = [_final_checkpoint(plan, results) for plan in plans]
    failed = sum(walked is None for walked in results.values())
    readable = [one for one in final if one.unreadable_reason is None]
    return GuildSync(
        guild_id=view.guild_id,
        started_at=started_at,
        readable_channel_count=len(readable),
        unreadable_channel_count=len(final) - len(readable),
        failed_channel_count=failed,
        is_complete=failed == 0,
        is_backfill_complete=all(one.backfill_complete for one in readable),
    )


def _final_checkpoint(
    plan: ChannelPlan, results: dict[int, Walked | None]
) -> Checkpoint:
    walked = results.get(plan.channel.channel_id)
    if walked is not None:
        return walked.checkpoint
    is_failed = plan.channel.channel_id in results
    return replace(
        plan.checkpoint,
        backfill_complete=plan.checkpoint.backfill_complete and not is_failed,
    )
