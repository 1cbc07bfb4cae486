"""The endpoint table: which path is answered by what, for whom, under which limit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from tests.fake_discord import (
    account_answers,
    calls,
    channel_answers,
    guild_answers,
    moderation_answers,
    people_answers,
    search_answers,
)
from tests.fake_discord.calls import Call, to_snowflake


@dataclass(frozen=True)
class Route:
    """One endpoint; `rate` names its limit, None for routes that send no headers."""

    template: str
    answer: Callable[[Call], bytes]
    rate: str | None = "others"
    bots_only: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """The template as an expression with one group per placeholder."""
        return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", self.template) + r"\Z")


@dataclass(frozen=True)
class Match:
    """A route with the ids and words of a path; `major` is the id limits go by."""

    route: Route
    ids: dict[str, int]
    words: dict[str, str] = field(default_factory=dict)

    @property
    def major(self) -> int:
        """The channel or guild of the path, else 0."""
        return self.ids.get("channel_id", self.ids.get("guild_id", 0))


WORDS = frozenset({"emoji"})  # placeholders that are no ids
CHANNEL, GUILD = "/channels/{channel_id}", "/guilds/{guild_id}"
MESSAGE, EVENTS = f"{CHANNEL}/messages/{{message_id}}", f"{GUILD}/scheduled-events"

ROUTES = (
    Route(f"{CHANNEL}/messages", channel_answers.messages, rate="messages"),
    Route(CHANNEL, channel_answers.channel),
    Route(f"{CHANNEL}/messages/pins", channel_answers.pins),
    Route(MESSAGE, channel_answers.message, bots_only=True),
    Route(f"{MESSAGE}/reactions/{{emoji}}", people_answers.reactions),
    Route(
        f"{CHANNEL}/polls/{{message_id}}/answers/{{answer_id}}", people_answers.voters
    ),
    Route(f"{CHANNEL}/threads/search", search_answers.threads),
    Route(f"{CHANNEL}/threads/archived/public", channel_answers.archived_public),
    Route(f"{CHANNEL}/threads/archived/private", channel_answers.archived_private),
    Route(
        f"{CHANNEL}/users/@me/threads/archived/private", channel_answers.archived_joined
    ),
    Route("/users/@me", account_answers.me, rate=None),
    Route("/users/@me/guilds", account_answers.my_guilds),
    Route("/users/{user_id}", account_answers.user),
    Route("/applications/@me", account_answers.application, rate=None, bots_only=True),
    Route(GUILD, guild_answers.guild),
    Route(f"{GUILD}/channels", guild_answers.channels),
    Route(f"{GUILD}/roles", guild_answers.roles),
    Route(f"{GUILD}/threads/active", guild_answers.active_threads, bots_only=True),
    Route(f"{GUILD}/members", guild_answers.members, bots_only=True),
    Route(f"{GUILD}/members/{{user_id}}", guild_answers.member),
    Route(f"{GUILD}/emojis", guild_answers.emojis),
    Route(f"{GUILD}/stickers", guild_answers.stickers),
    Route(EVENTS, guild_answers.scheduled_events),
    Route(f"{EVENTS}/{{event_id}}", guild_answers.scheduled_event),
    Route(f"{EVENTS}/{{event_id}}/users", people_answers.event_users),
    Route(f"{GUILD}/invites", moderation_answers.invites),
    Route(f"{GUILD}/webhooks", moderation_answers.webhooks),
    Route(f"{GUILD}/bans", people_answers.bans),
    Route(f"{GUILD}/audit-logs", moderation_answers.audit_log),
)
_PATTERNS = tuple((route.pattern, route) for route in ROUTES)


def find_route(path: str) -> Match:
    """Return the route of a path below the API's base, or refuse with 404."""
    for pattern, route in _PATTERNS:
        found = pattern.match(path)
        if found:
            texts = found.groupdict().items()
            words = {k: unquote(v) for k, v in texts if k in WORDS}
            ids = {k: to_snowflake(k, v) for k, v in texts if k not in WORDS}
            return Match(route, ids, words)
    return calls.refuse(calls.NOT_FOUND)
