"""A run over accounts and guilds: sign in, look, plan, and read what is planned."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from extractor.access import GuildAccess, Login, States
from extractor.client import Client
from extractor.config import Account
from extractor.discover import (
    DIRECT_MESSAGES,
    Discovery,
    GuildView,
    Scope,
    look_at_direct_messages,
)
from extractor.erasures import FORGOTTEN
from extractor.errors import (
    AccountStoppedError,
    AddressStoppedError,
    DiscordError,
    sensible_answers,
)
from extractor.guild_run import GuildRun, Run
from extractor.landing import Landing
from extractor.progress import Progress
from extractor.records import Checkpoint
from extractor.resources import OF_CHANNELS
from extractor.schedule import Schedule
from extractor.signin import Memberships, guild_of_channel, sign_in
from extractor.summary import Options, Summary

logger = logging.getLogger(__name__)

Accounts = Sequence[tuple[Account, Client]]
Logins = list[tuple[Account, Login]]
Views = list[tuple[GuildView, dict[int, Checkpoint]]]

_IN_NO_GUILD = "it is in no guild yet: invite the bot (README, A real guild, step 2)"
_NOBODY_IS_IN_IT = (
    "no account is in it: is the id right? Invite the bot, or take the guild out of "
    "the configuration"
)


class Sync:
    """One run over some accounts: holds what every step needs."""

    def __init__(self, landing: Landing, options: Options, progress: Progress) -> None:
        self._landing = landing
        self._options = options
        self._progress = progress
        self._clients: list[Client] = []
        self._is_interrupted = False
        self._channel_ids: dict[int, list[int]] = {}  # asked for, by guild
        self.summary = Summary()

    def run(self, accounts: Accounts) -> None:
        """Archive the accounts' guilds; what fails is named in the summary.

        Raises:
            ConfigError: an account lacks an intent.
            DatabaseError: pages cannot be landed.

        """
        schedule = Schedule(self._options.workers)
        run = self._run(schedule)
        with self.accounted(accounts):
            for view, known in self.views(self.sign_in(accounts)):
                GuildRun(view, known, self.scope_of(view), run).start()
            schedule.run(self.interrupt)

    @contextmanager
    def accounted(self, accounts: Accounts) -> Iterator[None]:
        """Put into the summary what a block asked, and which accounts it stopped."""
        started = time.monotonic()
        try:
            yield
        finally:
            self._name_stopped(accounts)
            for _, client in accounts:
                self.summary.requests += client.counters.requests
                self.summary.waited_seconds += client.counters.waited_seconds
            self.summary.seconds = time.monotonic() - started

    def views(self, logins: Logins) -> Views:
        """Look at every guild wanted, threads aside, and at what is known of it."""
        guilds = self._guilds(logins)
        self._note_left(guilds, [account for account, _ in logins])
        found = (
            self._look_or_failure(guild_id, logins)
            for guild_id, logins in guilds.items()
        )
        return [looked for looked in found if looked is not None]

    def scope_of(self, view: GuildView) -> Scope:
        """Return what of a guild is wanted."""
        return Scope(
            channel_ids=frozenset(self._channel_ids.get(view.guild_id, ())),
            is_whole=self._options.wanted.revisit_days is None,
        )

    def _run(self, schedule: Schedule) -> Run:
        options = self._options
        return Run(
            wanted=options.wanted,
            landing=self._landing,
            schedule=schedule,
            progress=self._progress,
            summary=self.summary,
        )

    # --- accounts ---------------------------------------------------------------------

    def sign_in(self, accounts: Accounts) -> Logins:
        """Find out who the accounts are; who is not let in is named in the summary.

        Raises:
            ConfigError: an account lacks an intent.

        """
        self._clients = [client for _, client in accounts]
        logins = []
        for account, client in accounts:
            client.on_ban = self._stop_address
            try:
                with sensible_answers():
                    login = sign_in(
                        account,
                        client,
                        self._landing,
                        allow_missing_content=self._options.allow_missing_content
                        or not self._options.wanted.resources & OF_CHANNELS,
                    )
            except DiscordError as error:
                self._fail(f"account {account.name}", error)
            else:
                logins.append((account, login))
        # texts are worth more than the order of the file
        return sorted(logins, key=lambda one: not one[1].has_message_content)

    def _guilds(self, logins: Logins) -> dict[int, list[Login]]:
        memberships = Memberships(logins)
        asked_for: Collection[int] = self._options.guild_ids
        if self._options.channel_ids:
            asked_for = self._guilds_of_channels(logins)
            if not asked_for:
                return {}
        real = [one for one in asked_for if one != DIRECT_MESSAGES]
        guilds = memberships.guilds(real) if real or not asked_for else {}
        if DIRECT_MESSAGES in asked_for:
            guilds[DIRECT_MESSAGES] = [login for _, login in logins]
        for name, error in memberships.failed.items():
            self._fail(f"account {name}", error)
        if logins and not guilds and not memberships.failed:
            self._fail(f"account {logins[0][1].name}", DiscordError(_IN_NO_GUILD))
        return guilds

    def _guilds_of_channels(self, logins: Logins) -> Collection[int]:
        """Return the guilds that the channels asked for are in."""
        wanted = self._options.guild_ids
        for channel_id in self._options.channel_ids:
            if self._landing.erasures.is_channel(channel_id):
                self._fail(f"--channel-id {channel_id}", DiscordError(FORGOTTEN))
                continue
            guild_id = self._guild_of_channel(logins, channel_id)
            if guild_id is None:
                continue
            if wanted and guild_id not in wanted:
                elsewhere = DiscordError(
                    f"it is in guild {guild_id}, not in --guild-id"
                )
                self._fail(f"--channel-id {channel_id}", elsewhere)
                continue
            self._channel_ids.setdefault(guild_id, []).append(channel_id)
        return self._channel_ids

    def _note_left(self, guilds: Collection[int], accounts: Sequence[Account]) -> None:
        """Name archived guilds that no account is in any more; theirs stays as it is.

        Only a run over all that the accounts are in can tell.
        """
        options = self._options
        is_narrowed = options.guild_ids or options.channel_ids
        if is_narrowed or self.summary.failed or any(one.guilds for one in accounts):
            return
        for guild_id, name in self._landing.guilds().items():
            if guild_id not in guilds:
                what = f"{name} ({guild_id})"
                self.summary.unknown[what] = "no account is in this guild any more"

    def _guild_of_channel(self, logins: Logins, channel_id: int) -> int | None:
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
        self, guild_id: int, logins: list[Login]
    ) -> tuple[GuildView, dict[int, Checkpoint]] | None:
        if not logins:
            self._fail(f"guild {guild_id}", DiscordError(_NOBODY_IS_IN_IT))
            return None
        try:
            with sensible_answers():
                view = self._look(guild_id, logins)
        except AccountStoppedError:
            return None  # named once, with its account
        except DiscordError as error:
            self._fail(f"guild {guild_id}", error)
            return None
        return view, self._landing.checkpoints(guild_id)

    def _look(self, guild_id: int, logins: list[Login]) -> GuildView:
        states = States(self._landing, guild_id)
        accesses = [GuildAccess(login, guild_id, states) for login in logins]
        if guild_id == DIRECT_MESSAGES:
            channel_ids = self._channel_ids[DIRECT_MESSAGES]
            return look_at_direct_messages(accesses, channel_ids)
        discovery = Discovery(accesses)
        view = discovery.look()
        for name, error in discovery.refused.items():
            if not isinstance(error, AccountStoppedError):
                self._fail(f"guild {guild_id}, account {name}", error)
        return view

    # --- ends -------------------------------------------------------------------------

    def interrupt(self) -> None:
        """Let no account ask any more."""
        self._is_interrupted = True
        self._stop_all(AccountStoppedError("interrupted: run again to go on from here"))

    def _stop_address(self, error: AddressStoppedError) -> None:
        self._stop_all(error)

    def _stop_all(self, error: AccountStoppedError) -> None:
        for client in self._clients:
            client.stop(error)

    def _name_stopped(self, accounts: Accounts) -> None:
        for account, client in accounts:
            if client.stop_error is not None and not self._is_interrupted:
                self._fail(f"account {account.name}", client.stop_error)

    def _fail(self, what: str, error: Exception) -> None:
        if what in self.summary.failed:
            return
        self.summary.failed[what] = str(error)
        self._progress.failed(what, str(error))
        logger.info("failed: %s: %s", what, error)
