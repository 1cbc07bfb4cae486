"""A run over accounts and guilds: sign in, look, plan, and read what is planned."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from extractor.access import GuildAccess, Login, States
from extractor.client import Client
from extractor.config import Account
from extractor.discover import (
    DIRECT_MESSAGES,
    Discovery,
    GuildView,
    Scope,
    look_at,
    look_at_direct_messages,
    unlisted,
)
from extractor.errors import AccountStoppedError, AddressStoppedError, DiscordError
from extractor.guild_run import GuildRun
from extractor.landing import Landing
from extractor.plan import ChannelPlan, plan_guild
from extractor.progress import Progress
from extractor.records import Checkpoint
from extractor.resources import OF_CHANNELS
from extractor.schedule import Schedule
from extractor.signin import Memberships, guild_of_channel, sign_in
from extractor.summary import Options, Summary

logger = logging.getLogger(__name__)

Accounts = Sequence[tuple[Account, Client]]

_IN_NO_GUILD = "it is in no guild yet: invite the bot (README, A real guild, step 2)"
_NOBODY_IS_IN_IT = (
    "no account is in it: is the id right? Invite the bot, or take the guild out of "
    "the configuration"
)


class Looked:
    """A guild after a look at it: what it holds, what is known, what is to be done."""

    def __init__(
        self,
        view: GuildView,
        known: Mapping[int, Checkpoint],
        plans: Sequence[ChannelPlan],
    ) -> None:
        self.view = view
        self.known = known
        self.plans = plans


class Sync:
    """One run over some accounts: holds what every step needs."""

    def __init__(self, landing: Landing, options: Options, progress: Progress) -> None:
        self._landing = landing
        self._options = options
        self._progress = progress
        self._clients: list[Client] = []
        self.summary = Summary()

    def run(self, accounts: Accounts) -> None:
        """Archive the accounts' guilds; what fails is named in the summary.

        Raises:
            ConfigError: an account lacks an intent.
            DatabaseError: pages cannot be landed.

        """
        started = time.monotonic()
        schedule = Schedule(self._options.workers)
        try:
            for looked in self.look(accounts):
                self._guild_run(looked, schedule).start()
            schedule.run(self._interrupt)
        finally:
            self._name_stopped(accounts)
            for _, client in accounts:
                self.summary.requests += client.counters.requests
                self.summary.waited_seconds += client.counters.waited_seconds
            self.summary.seconds = time.monotonic() - started

    def look(self, accounts: Accounts) -> list[Looked]:
        """Look at every guild wanted, and plan what to ask; nothing is read yet."""
        self._clients = [client for _, client in accounts]
        guilds = self._guilds(self._sign_in(accounts))
        found = []
        with ThreadPoolExecutor(self._options.workers, "list") as executor:
            try:
                for guild_id, logins in guilds.items():
                    looked = self._look_or_failure(guild_id, logins, executor)
                    if looked is not None:
                        found.append(looked)
            except BaseException:
                self._interrupt()  # or the threads would be waited for
                raise
        self._check_channels_found(found)
        return found

    # --- accounts ---------------------------------------------------------------------

    def _sign_in(self, accounts: Accounts) -> list[tuple[Account, Login]]:
        logins = []
        for account, client in accounts:
            client.on_ban = self._stop_address
            try:
                login = sign_in(
                    account,
                    client,
                    self._landing,
                    allow_missing_content=self._options.allow_missing_content,
                )
            except DiscordError as error:
                self._fail(f"account {account.name}", error)
            else:
                logins.append((account, login))
        return logins

    def _guilds(self, logins: list[tuple[Account, Login]]) -> dict[int, list[Login]]:
        memberships = Memberships(logins)
        asked_for = list(self._options.guild_ids)
        for channel_id in self._options.channel_ids if not asked_for else ():
            guild_id = self._guild_of_channel(logins, channel_id)
            if guild_id is not None:
                asked_for.append(guild_id)
        is_narrowed = self._options.guild_ids or self._options.channel_ids
        if is_narrowed and not asked_for:
            return {}
        real = [one for one in asked_for if one != DIRECT_MESSAGES]
        guilds = memberships.guilds(real) if real or not is_narrowed else {}
        if DIRECT_MESSAGES in asked_for:
            guilds[DIRECT_MESSAGES] = [login for _, login in logins]
        for name, error in memberships.failed.items():
            self._fail(f"account {name}", error)
        if logins and not guilds and not memberships.failed:
            self._fail(f"account {logins[0][1].name}", DiscordError(_IN_NO_GUILD))
        return guilds

    def _guild_of_channel(
        self, logins: list[tuple[Account, Login]], channel_id: int
    ) -> int | None:
        known = self._landing.guild_of(channel_id)
        if known is not None:
            return known
        try:
            return guild_of_channel((login for _, login in logins), channel_id)
        except DiscordError as error:
            self._fail(f"--channel-id {channel_id}", error)
            return None

    # --- guilds -----------------------------------------------------------------------

    def _look_or_failure(
        self, guild_id: int, logins: list[Login], executor: ThreadPoolExecutor
    ) -> Looked | None:
        if not logins:
            self._fail(f"guild {guild_id}", DiscordError(_NOBODY_IS_IN_IT))
            return None
        try:
            return self._look(guild_id, logins, executor)
        except AccountStoppedError:
            return None  # named once, with its account
        except DiscordError as error:
            self._fail(f"guild {guild_id}", error)
            return None

    def _look(
        self, guild_id: int, logins: list[Login], executor: ThreadPoolExecutor
    ) -> Looked:
        states = States(self._landing, guild_id)
        accesses = [GuildAccess(login, guild_id, states) for login in logins]
        known = self._landing.checkpoints(guild_id)
        wanted, scope = self._options.wanted, self._scope
        if guild_id == DIRECT_MESSAGES:
            view = look_at_direct_messages(accesses, self._options.channel_ids)
            return Looked(view, known, plan_guild(view, known, wanted, scope))
        discovery = Discovery(accesses, scope, executor)
        view = discovery.look()
        for name, error in discovery.refused.items():
            if not isinstance(error, AccountStoppedError):
                self._fail(f"guild {guild_id}, account {name}", error)
        if not scope.has_threads:  # and so nothing of channels is wanted
            return Looked(view, known, [])
        single = {one.channel_id: one for one in unlisted(view, known, scope)}
        for channel_id in self._options.channel_ids:
            if channel_id not in view.channels:
                single.setdefault(channel_id, Checkpoint(channel_id, guild_id))
        list(executor.map(lambda one: look_at(view, one), single.values()))
        return Looked(view, known, plan_guild(view, known, wanted, scope))

    @property
    def _scope(self) -> Scope:
        wanted = self._options.wanted
        return Scope(
            channel_ids=frozenset(self._options.channel_ids),
            has_threads=bool(wanted.resources & OF_CHANNELS),
            is_whole=wanted.revisit_days is None,
        )

    def _guild_run(self, looked: Looked, schedule: Schedule) -> GuildRun:
        return GuildRun(
            looked.view,
            looked.known,
            looked.plans,
            self._options.wanted,
            landing=self._landing,
            schedule=schedule,
            progress=self._progress,
            summary=self.summary,
            is_all=not self._options.channel_ids,
        )

    def _check_channels_found(self, found: Sequence[Looked]) -> None:
        """Name it as a failure if no guild had a channel that was asked for."""
        for channel_id in self._options.channel_ids:
            if found and not any(_shows(looked, channel_id) for looked in found):
                self._fail(
                    f"--channel-id {channel_id}",
                    DiscordError("no guild shows it: check the id and the permissions"),
                )

    # --- ends -------------------------------------------------------------------------

    def _interrupt(self) -> None:
        self._stop_all(AccountStoppedError("interrupted: run again to go on from here"))

    def _stop_address(self, error: AddressStoppedError) -> None:
        self._stop_all(error)

    def _stop_all(self, error: AccountStoppedError) -> None:
        for client in self._clients:
            client.stop(error)

    def _name_stopped(self, accounts: Accounts) -> None:
        for account, client in accounts:
            if client.stop_error is not None:
                self._fail(f"account {account.name}", client.stop_error)

    def _fail(self, what: str, error: Exception) -> None:
        if what in self.summary.failed:
            return
        self.summary.failed[what] = str(error)
        self._progress.failed(what, str(error))
        logger.info("failed: %s: %s", what, error)


def _shows(looked: Looked, channel_id: int) -> bool:
    channels = looked.view.channels
    return channel_id in channels or any(
        channel_id == plan.channel.channel_id for plan in looked.plans
    )
