"""One account in one guild: asks, lands what comes, remembers what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from extractor import resources
from extractor.client import Answer, Client, Request
from extractor.content import lacks_content
from extractor.errors import MALFORMED, RefusedError, UnavailableError
from extractor.landing import Landing
from extractor.permissions import EVERYTHING, Permission
from extractor.records import ResourceState, Target
from extractor.resources import Endpoint, Intent

# A list that Discord refused is asked for again after this long, not on every run.
ASK_AGAIN_AFTER = timedelta(days=7)

# What Discord's own pages call them.
INTENT_NAMES = {
    Intent.GUILD_MEMBERS: "Server Members",
    Intent.MESSAGE_CONTENT: "Message Content",
}
RIGHT_NAMES = {
    Permission.VIEW_AUDIT_LOG: "View Audit Log",
    Permission.MANAGE_GUILD: "Manage Server",
    Permission.MANAGE_WEBHOOKS: "Manage Webhooks",
    Permission.BAN_MEMBERS: "Ban Members",
}

# How many requests a list may lead to: before short channels, after long ones.
LIST_GUESS = 20.0

Cursor = Mapping[str, str | int] | None
Ids = Mapping[str, int | str]


@dataclass(frozen=True)
class Turn:
    """What a piece of work will ask next, and about how many requests remain to it."""

    client: Client
    request: Request
    remaining: float = 1.0


Turns = Generator[Turn, None, None]


@dataclass(frozen=True)
class Login:
    """One signed-in account: who it is, how it asks, what it may see."""

    name: str
    user_id: int
    username: str
    is_bot: bool
    client: Client
    landing: Landing
    intents: Intent

    @property
    def has_message_content(self) -> bool:
        """Whether messages come with their text; people always see it."""
        return not self.is_bot or bool(self.intents & Intent.MESSAGE_CONTENT)


class States:
    """What is known of the lists of one guild, by any account."""

    def __init__(self, landing: Landing, guild_id: int) -> None:
        self._landing = landing
        self._states = {
            (state.account, state.resource, state.route_id): state
            for state in landing.resource_states(guild_id)
        }

    def get(self, empty: ResourceState) -> ResourceState:
        """Return what is written down under these keys, else ``empty``."""
        return self._states.get(self._key(empty), empty)

    def save(self, state: ResourceState) -> None:
        """Write down what is new; the same again costs nothing."""
        if self._states.get(self._key(state)) != state:
            self._states[self._key(state)] = state
            self._landing.save_resource_state(state)

    @staticmethod
    def _key(state: ResourceState) -> tuple[str, str, int]:
        return state.account, state.resource, state.route_id


class GuildAccess:
    """An account in a guild (0: in its direct messages)."""

    def __init__(self, login: Login, guild_id: int, states: States) -> None:
        self.login = login
        self.guild_id = guild_id
        self.permissions = 0  # the guild's, before any channel's: known after a look
        self._states = states

    @property
    def landing(self) -> Landing:
        """Where answers go."""
        return self.login.landing

    def ask(
        self,
        endpoint: Endpoint,
        ids: Ids,
        cursor: Cursor = None,
        *,
        is_remembered: bool = True,
    ) -> Answer:
        """Ask for one page and land it.

        Raises:
            RefusedError: Discord answered 400, 403 or 404, now or some days ago; both
                are on record. Unless ``is_remembered``, only this page is refused.

        """
        if is_remembered:
            self._raise_if_unreadable(endpoint, ids)
        answer = self.fetch(endpoint, ids, cursor)
        if is_remembered:
            self._remember(endpoint, ids, answer)
        if answer.status != 200:
            raise RefusedError(f"{answer.request.path}: {refusal(answer)}")
        return answer

    def fetch(self, endpoint: Endpoint, ids: Ids, cursor: Cursor = None) -> Answer:
        """Ask for one page, and land it or put its refusal on record."""
        request = endpoint.request({"guild_id": self.guild_id, **ids}, cursor)
        answer = self.login.client.get(request)
        target = self._target(endpoint, ids, answer)
        if answer.status == 200:
            answer = _without_secrets(endpoint, answer)
            self.landing.append_snapshot(self.login.name, answer, target)
        else:
            self.landing.record_fetch(self.login.name, answer, target)
        return answer

    def turns(
        self,
        endpoint: Endpoint,
        ids: Ids,
        cursor: Cursor = None,
        *,
        on_answer: Callable[[Answer], None] = lambda _: None,
        is_remembered: bool = True,
    ) -> Turns:
        """Ask for and land all pages, one whenever it is this work's turn.

        ``cursor`` is what the first page is asked with, and the others too where they
        do not say otherwise.

        Raises:
            RefusedError: as ``ask`` does.
            UnavailableError: a page does not say how it goes on.

        """
        following: Cursor = {}
        while following is not None:
            yield self.turn(endpoint, ids)
            cursor = {**(cursor or {}), **following}
            answer = self.ask(endpoint, ids, cursor, is_remembered=is_remembered)
            on_answer(answer)
            following = next_cursor(endpoint, answer)

    def turn(self, endpoint: Endpoint, ids: Ids) -> Turn:
        """Return what to wait for before this is asked."""
        request = endpoint.request({"guild_id": self.guild_id, **ids})
        return Turn(self.login.client, request, LIST_GUESS)

    def known_to(self, endpoint: Endpoint, ids: Ids) -> str | None:
        """Return how far a list was read before, in the list's own terms."""
        return self._states.get(self._empty_state(endpoint, ids)).known_to

    def know(self, endpoint: Endpoint, ids: Ids, known_to: str | None) -> None:
        """Write down how far a list has been read."""
        state = self._states.get(self._empty_state(endpoint, ids))
        self._states.save(replace(state, known_to=known_to))

    def _raise_if_unreadable(self, endpoint: Endpoint, ids: Ids) -> None:
        state = self._states.get(self._empty_state(endpoint, ids))
        missing = self.missing_right(endpoint)
        if missing is not None:
            self._states.save(replace(state, unreadable_reason=missing, asked_at=None))
            raise RefusedError(missing)
        if state.unreadable_reason is None or state.asked_at is None:
            return
        if datetime.now(UTC) - state.asked_at < ASK_AGAIN_AFTER:
            raise RefusedError(state.unreadable_reason)

    def missing_right(self, endpoint: Endpoint) -> str | None:
        """Say which right is known to be missing, without asking."""
        if endpoint.is_for_bots_only and not self.login.is_bot:
            return "closed to user accounts"
        if endpoint.intent is not None and not self.login.intents & endpoint.intent:
            return (
                f"the {INTENT_NAMES[endpoint.intent]} intent is off (Developer Portal)"
            )
        needed = endpoint.permissions
        if needed is None or self.permissions == EVERYTHING:
            return None
        if self.permissions & needed:
            return None
        names = " or ".join(RIGHT_NAMES[one] for one in Permission if one & needed)
        return f"no {names} permission"

    def _remember(self, endpoint: Endpoint, ids: Ids, answer: Answer) -> None:
        """Write down that a list is refused, or that it is no more."""
        state = self._states.get(self._empty_state(endpoint, ids))
        if answer.status != 200:
            reason, asked_at = refusal(answer), answer.fetched_at
            state = replace(state, unreadable_reason=reason, asked_at=asked_at)
            self._states.save(state)
        elif state.unreadable_reason is not None:
            self._states.save(replace(state, unreadable_reason=None, asked_at=None))

    def _empty_state(self, endpoint: Endpoint, ids: Ids) -> ResourceState:
        return ResourceState(
            account=self.login.name,
            resource=endpoint.name,
            route_id=int(ids.get("channel_id", self.guild_id)),
            guild_id=self.guild_id,
        )

    def _target(self, endpoint: Endpoint, ids: Ids, answer: Answer) -> Target:
        assert endpoint.table is not None  # noqa: S101 - only landed ones come here
        channel_id = ids.get("channel_id")
        items = endpoint.items(answer.body) if answer.status == 200 else []
        return Target(
            endpoint.table,
            guild_id=self.guild_id,
            channel_id=None if channel_id is None else int(channel_id),
            item_count=len(items),
            has_message_content=(
                self._has_message_content(items) if endpoint is resources.PINS else None
            ),
        )

    def _has_message_content(self, pins: list[Any]) -> bool:
        pinned = [pin.get("message") for pin in pins if isinstance(pin, dict)]
        return self.login.has_message_content and not lacks_content(pinned)


def next_cursor(endpoint: Endpoint, answer: Answer) -> Cursor:
    """Return the parameters of the page after this one; None: it was the last.

    Raises:
        UnavailableError: the page is not what Discord says it is.

    """
    try:
        return endpoint.next_cursor(answer.body)
    except MALFORMED as error:
        raise UnavailableError(
            f"{answer.request.path}: the page does not say how it goes on"
        ) from error


def refusal(answer: Answer) -> str:
    """Say how Discord refused, with its own error code."""
    code = f", code {answer.error_code}" if answer.error_code else ""
    return f"Discord answered {answer.status}{code}"


def _without_secrets(endpoint: Endpoint, answer: Answer) -> Answer:
    if endpoint.secrets is None:
        return answer
    body = endpoint.secrets(answer.body)
    return replace(answer, body=body, content=json.dumps(body).encode())
