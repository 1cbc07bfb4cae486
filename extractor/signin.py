"""Who the accounts are, and which guilds each of them is in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from extractor import resources
from extractor.access import Login, refusal
from extractor.bodies import storable_text
from extractor.client import Client, Request
from extractor.config import Account
from extractor.errors import (
    MALFORMED,
    ConfigError,
    DiscordError,
    RefusedError,
    sensible_answers,
)
from extractor.landing import Landing
from extractor.resources import Intent


def sign_in(
    account: Account, client: Client, landing: Landing, *, allow_missing_content: bool
) -> Login:
    """Find out who a token belongs to and which intents it has.

    Raises:
        ConfigError: messages would come without their text.
        DiscordError: Discord does not let it in.

    """
    me = object_of(client, resources.ME.request({}))
    is_bot = account.type == "bot"
    login = Login(
        name=account.name,
        user_id=int(me["id"]),
        username=storable_text(str(me.get("username"))),
        is_bot=is_bot,
        client=client,
        landing=landing,
        intents=_intents(client) if is_bot else Intent(0),
    )
    if not login.has_message_content and not allow_missing_content:
        raise ConfigError(
            f"account {account.name!r} ({login.username}) lacks the Message "
            "Content intent, and Discord would send messages without text: switch "
            "it on in the Developer Portal (Bot, Privileged Gateway Intents), or "
            "pass --allow-missing-content"
        )
    return login


def object_of(client: Client, request: Request) -> dict[str, Any]:
    """Return what is asked before anything is landed.

    Raises:
        RefusedError: Discord does not answer with an object that has an id.

    """
    answer = client.get(request)
    if (
        answer.status != 200
        or not isinstance(answer.body, dict)
        or "id" not in answer.body
    ):
        raise RefusedError(
            f"{request.path}: {refusal(answer)}: is DISCORD_API_BASE_URL right, and is "
            "no proxy in the way?"
        )
    return answer.body


def _intents(client: Client) -> Intent:
    application = object_of(client, resources.APPLICATION.request({}))
    # the longer form may have bits that the number cannot show
    flags = int(application.get("flags_new") or application.get("flags") or 0)
    return Intent(flags & (Intent.GUILD_MEMBERS | Intent.MESSAGE_CONTENT))


class Memberships:
    """Which guilds accounts are in: as configured, else as Discord says, asked once."""

    def __init__(self, logins: Sequence[tuple[Account, Login]]) -> None:
        self._logins = logins
        self._listed: dict[str, frozenset[int]] = {}
        self.failed: dict[str, DiscordError] = {}

    def guilds(self, asked_for: Iterable[int]) -> dict[int, list[Login]]:
        """Return the guilds to archive, each with the accounts in it, in order.

        Without ``asked_for`` these are all that the configuration names; an account
        for which it names none brings all that it is in. What was asked for and
        nobody is in has an empty list; ``failed`` says which account Discord does not
        tell its guilds.
        """
        wanted = dict.fromkeys(asked_for)
        found: dict[int, list[Login]] = {guild_id: [] for guild_id in wanted}
        for account, login in self._logins:
            configured = frozenset(account.guilds or ())
            own: Sequence[int]
            if not wanted:
                own = account.guilds or sorted(self._guilds_of(login))
            elif configured >= wanted.keys():
                own = tuple(wanted)
            else:
                reachable = configured | self._guilds_of(login)
                own = [guild_id for guild_id in wanted if guild_id in reachable]
            for guild_id in own:
                found.setdefault(guild_id, []).append(login)
        return found

    def _guilds_of(self, login: Login) -> frozenset[int]:
        if login.name not in self._listed:
            try:
                with sensible_answers():
                    self._listed[login.name] = frozenset(_my_guilds(login.client))
            except DiscordError as error:
                self.failed[login.name] = error
                self._listed[login.name] = frozenset()
        return self._listed[login.name]


def _my_guilds(client: Client) -> Iterator[int]:
    cursor: dict[str, str | int] | None = {}
    while cursor is not None:
        answer = client.get(resources.MY_GUILDS.request({}, cursor))
        if answer.status != 200 or not isinstance(answer.body, list):
            raise RefusedError(f"{answer.request.path}: {refusal(answer)}")
        yield from (int(guild["id"]) for guild in answer.body)
        cursor = resources.MY_GUILDS.next_cursor(answer.body)


def guild_of_channel(logins: Iterable[Login], channel_id: int) -> int:
    """Return the guild of a channel that some account can see, 0 if it has none.

    Raises:
        DiscordError: no account can see it.

    """
    for login in logins:
        ids = {"channel_id": channel_id}
        answer = login.client.get(resources.CHANNEL.request(ids))
        if answer.status == 200 and isinstance(answer.body, dict):
            with suppress(*MALFORMED):
                return int(answer.body.get("guild_id") or 0)
    raise DiscordError("no account can see it: check the id and the permissions")
