"""What `discord-warehouse check` finds: tokens, intents, rights, readable channels.

Nothing is landed and no database is needed: what is asked is what each sync asks first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from extractor import resources
from extractor.access import RIGHT_NAMES, GuildAccess, Login
from extractor.config import Account
from extractor.discover import GuildView, Sight
from extractor.lists import LIST_ENDPOINTS
from extractor.permissions import Permission
from extractor.resources import Intent
from extractor.snapshots import Channel, ChannelType
from extractor.summary import Options
from extractor.survey import reader_of_list, survey
from extractor.sync import Accounts, Sync, Views
from extractor.terminal import plain_table, printable, table_console

_TYPES: Mapping[int, str] = {
    ChannelType.TEXT: "text",
    ChannelType.VOICE: "voice",
    ChannelType.ANNOUNCEMENT: "announcement",
    10: "announcement_thread",
    11: "public_thread",
    ChannelType.PRIVATE_THREAD: "private_thread",
    ChannelType.STAGE: "stage_voice",
    ChannelType.FORUM: "forum",
    ChannelType.MEDIA: "media",
}
_HEADINGS = frozenset({ChannelType.CATEGORY, ChannelType.DIRECTORY})
_MANAGE_THREADS = "Manage Threads"
_HIDDEN = ("View Channel",)


@dataclass(frozen=True)
class AccountCheck:
    """One account: who it is and what it may see; ``error``: why nobody knows."""

    name: str
    type: str
    user_id: int | None = None
    username: str | None = None
    has_message_content: bool | None = None
    has_member_list: bool | None = None
    guild_ids: tuple[int, ...] = ()
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON; ids as strings, as Discord's."""
        return {
            "name": self.name,
            "type": self.type,
            "user_id": None if self.user_id is None else str(self.user_id),
            "username": self.username,
            "has_message_content": self.has_message_content,
            "has_member_list": self.has_member_list,
            "guild_ids": [str(one) for one in self.guild_ids],
            "error": self.error,
        }


@dataclass(frozen=True)
class ChannelCheck:
    """One channel or thread: ``account`` reads it (None: none can).

    ``missing`` names the permissions that are missing to read it or, where it can be
    read, to see all of its private threads.
    """

    channel_id: int
    name: str
    type: int
    parent_id: int | None
    account: str | None
    missing: tuple[str, ...]

    @property
    def is_readable(self) -> bool:
        """Whether some account can read it."""
        return self.account is not None

    @property
    def is_thread(self) -> bool:
        """Whether it hangs under another channel."""
        return self.type in ChannelType.THREADS

    @property
    def type_name(self) -> str:
        """What Discord calls its type; the number of one that is new."""
        return _TYPES.get(self.type, str(self.type))

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON; ids as strings, as Discord's."""
        return {
            "channel_id": str(self.channel_id),
            "name": self.name,
            "type": self.type,
            "type_name": self.type_name,
            "parent_id": None if self.parent_id is None else str(self.parent_id),
            "is_readable": self.is_readable,
            "account": self.account,
            "missing": list(self.missing),
        }


@dataclass(frozen=True)
class GuildCheck:
    """One guild: its channels, and by right and by list the accounts that have it.

    ``lists`` names for each list of the guild the account that may read it, if any.
    """

    guild_id: int
    name: str
    rights: Mapping[str, Sequence[str]]
    lists: Mapping[str, str | None]
    channels: Sequence[ChannelCheck]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON; ids as strings, as Discord's."""
        return {
            "guild_id": str(self.guild_id),
            "name": self.name,
            "rights": {right: list(held) for right, held in self.rights.items()},
            "lists": dict(self.lists),
            "channels": [channel.as_json() for channel in self.channels],
        }


@dataclass(frozen=True)
class Report:
    """What a check found; ``failed`` and ``unknown`` as in a run's summary."""

    accounts: Sequence[AccountCheck]
    guilds: Sequence[GuildCheck]
    unknown: Mapping[str, str]
    failed: Mapping[str, str]
    allow_missing_content: bool

    @property
    def problems(self) -> list[str]:
        """What would end a sync before it began."""
        if self.allow_missing_content:
            return []
        return [
            f"account {one.name} ({one.username}) lacks the Message Content intent: "
            "switch it on in the Developer Portal (Bot, Privileged Gateway Intents), "
            "or pass --allow-missing-content"
            for one in self.accounts
            if one.has_message_content is False
        ]

    @property
    def notes(self) -> list[str]:
        """What a sync would go on without."""
        contentless = [
            f"account {one.name}: messages come without text (no Message Content "
            "intent)"
            for one in self.accounts
            if one.has_message_content is False and self.allow_missing_content
        ]
        memberless = [
            f"{guild.name}: the member list stays unknown: no bot in it has the Server "
            "Members intent (Developer Portal, Bot)"
            for guild in self.guilds
            if guild.lists["members"] is None
        ]
        unknown = [f"unknown: {what}: {why}" for what, why in self.unknown.items()]
        return [*contentless, *memberless, *unknown]

    @property
    def exit_code(self) -> int:
        """0: a sync has all it needs; 1: something failed; 2: an intent is missing."""
        if self.problems:
            return 2
        return 1 if self.failed else 0

    def as_json(self) -> dict[str, Any]:
        """Return all of it as one JSON document."""
        return {
            "exit_code": self.exit_code,
            "accounts": [one.as_json() for one in self.accounts],
            "guilds": [one.as_json() for one in self.guilds],
            "problems": self.problems,
            "notes": self.notes,
            "failed": dict(self.failed),
        }


# --- finding out ------------------------------------------------------------------


def check(run: Sync, accounts: Accounts, options: Options) -> Report:
    """Look at all accounts and their guilds; the run must not insist on intents."""
    with run.accounted(accounts):
        logins = run.sign_in(accounts)
        views = survey(run, logins, options)
    by_name = {login.name: login for _, login in logins}
    return Report(
        accounts=[
            _account(account, by_name.get(account.name), views, run)
            for account, _ in accounts
        ],
        guilds=[_guild(view) for view, _ in views],
        unknown=run.summary.unknown,
        failed=run.summary.failed,
        allow_missing_content=options.allow_missing_content,
    )


def _account(
    account: Account,
    login: Login | None,
    views: Views,
    run: Sync,
) -> AccountCheck:
    error = run.summary.failed.get(f"account {account.name}")
    if login is None:
        return AccountCheck(account.name, account.type, error=error)
    return AccountCheck(
        name=login.name,
        type=account.type,
        user_id=login.user_id,
        username=login.username,
        has_message_content=login.has_message_content,
        has_member_list=bool(login.intents & Intent.GUILD_MEMBERS),
        guild_ids=tuple(
            view.guild_id
            for view, _ in views
            if any(sight.access.login is login for sight in view.sights)
        ),
        error=error,
    )


def _guild(view: GuildView) -> GuildCheck:
    accesses = [sight.access for sight in view.sights]
    return GuildCheck(
        guild_id=view.guild_id,
        name=view.name,
        rights={
            name: [one.login.name for one in accesses if one.permissions & right]
            for right, name in RIGHT_NAMES.items()
        },
        lists={
            name: _name_of(reader_of_list(accesses, endpoint))
            for name, endpoint in LIST_ENDPOINTS.items()
        },
        channels=[
            _channel(view, channel)
            for _, channel in sorted(view.channels.items())
            if channel.type not in _HEADINGS
        ],
    )


def _channel(view: GuildView, channel: Channel) -> ChannelCheck:
    access, _ = view.reader_of(channel)
    return ChannelCheck(
        channel_id=channel.channel_id,
        name=channel.name,
        type=channel.type,
        parent_id=channel.parent_id,
        account=_name_of(access),
        missing=_missing(view, channel, is_readable=access is not None),
    )


def _missing(
    view: GuildView, channel: Channel, *, is_readable: bool
) -> tuple[str, ...]:
    """Name what is missing to read a channel, or to see all of its private threads."""
    if is_readable:
        is_closed = channel.type == ChannelType.TEXT and not any(
            _lacking(sight, channel) == ()
            and sight.bits[channel.channel_id] & Permission.MANAGE_THREADS
            for sight in view.sights
        )
        return (_MANAGE_THREADS,) if is_closed else ()
    lacking = [_lacking(sight, channel) for sight in view.sights]
    # who sees the channel knows best what is missing
    return min(lacking, key=lambda names: (names == _HIDDEN, len(names)), default=())


def _lacking(sight: Sight, channel: Channel) -> tuple[str, ...]:
    """Name the permissions that an account lacks to read a channel."""
    ruler = channel.parent_id if channel.is_thread else channel.channel_id
    bits = 0 if ruler is None else sight.bits.get(ruler, 0)
    if not bits & Permission.VIEW_CHANNEL:
        return _HIDDEN
    seen = sight.channels.get(channel.channel_id, channel)
    needed = {
        "Read Message History": bits & Permission.READ_MESSAGE_HISTORY,
        "Connect": channel.type not in ChannelType.VOICES or bits & Permission.CONNECT,
        _MANAGE_THREADS: channel.type != ChannelType.PRIVATE_THREAD
        or seen.is_joined
        or bits & Permission.MANAGE_THREADS,
    }
    return tuple(name for name, is_given in needed.items() if not is_given)


def _name_of(access: GuildAccess | None) -> str | None:
    return None if access is None else access.login.name


# --- in print ---------------------------------------------------------------------


def print_report(report: Report, *, as_json: bool) -> None:
    """Print what was found on standard output: as tables, or as one JSON document."""
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
        return
    console = table_console()
    console.print(_accounts_table(report.accounts))
    for guild in report.guilds:
        console.print(Text(f"\n{printable(guild.name)} ({guild.guild_id})"))
        console.print(_channels_table(guild.channels))
        console.print(_rights_table(guild))
    for line in _last_lines(report):
        console.print(printable(line), markup=False, highlight=False, soft_wrap=True)


def _accounts_table(accounts: Iterable[AccountCheck]) -> Table:
    table = plain_table(
        "account", "type", "signed in as", "Message Content", "Server Members"
    )
    table.add_column("guilds", justify="right")
    for one in accounts:
        who = "" if one.user_id is None else f"{one.username} ({one.user_id})"
        _add(
            table,
            one.name,
            one.type,
            who or f"failed: {one.error}",
            _switch(one.has_message_content),
            _switch(one.has_member_list),
            str(len(one.guild_ids)),
        )
    return table


def _switch(is_on: bool | None) -> str:  # noqa: FBT001 - it is what is printed
    return "" if is_on is None else "yes" if is_on else "no"


def _channels_table(channels: Sequence[ChannelCheck]) -> Table:
    """Return a row per channel, and per thread that cannot be read."""
    table = plain_table("channel", "id", "type", "readable by", "missing permissions")
    table.columns[1].no_wrap = True
    table.add_column("threads", justify="right")
    for channel in channels:
        if channel.is_thread and channel.is_readable:
            continue  # counted with its parent
        threads = sum(
            one.is_thread and one.is_readable and one.parent_id == channel.channel_id
            for one in channels
        )
        _add(
            table,
            f"#{channel.name}",
            str(channel.channel_id),
            channel.type_name,
            channel.account or "nobody",
            _missing_in_words(channel),
            str(threads or ""),
        )
    return table


def _missing_in_words(channel: ChannelCheck) -> str:
    names = ", ".join(channel.missing)
    if channel.is_readable and names:
        return f"{names} (some private threads)"
    return names


def _rights_table(guild: GuildCheck) -> Table:
    table = plain_table("permission", "held by", "opens (for --only)")
    for right, name in RIGHT_NAMES.items():
        opened = [
            one.name
            for one in LIST_ENDPOINTS.values()
            if one.permissions is not None and one.permissions & right
        ]
        held = ", ".join(guild.rights[name])
        _add(table, name, held or "nobody", ", ".join(opened))
    _add(table, "none needed", "", ", ".join(_open_to_all()))
    return table


def _open_to_all() -> list[str]:
    """Return what is read on request only, but needs no right of its own."""
    return [
        name
        for name in resources.ON_REQUEST
        if name not in LIST_ENDPOINTS or LIST_ENDPOINTS[name].permissions is None
    ]


def _add(table: Table, *cells: str) -> None:
    table.add_row(*(Text(printable(cell)) for cell in cells))


def _last_lines(report: Report) -> Iterator[str]:
    if report.guilds:
        yield "channels that no account may view are not listed: Discord hides them"
    for note in report.notes:
        yield f"note: {note}"
    yield "all that a sync needs is there" if report.exit_code == 0 else "not ready"
