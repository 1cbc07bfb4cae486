"""The endpoint table: path, fixed parameters, paging rule, landing table.

Source: https://discord.com/developers/docs/reference (API v10)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from extractor.client import Request


@dataclass(frozen=True)
class Endpoint:
    """One GET route of Discord's.

    ``table`` is the landing table of its pages (None: read, but not landed),
    ``items`` where the elements stand in a body, and ``next_cursor`` the parameters
    of the page that follows a body (None: there is none).
    """

    template: str
    table: str | None = None
    parameters: Mapping[str, str | int] = field(default_factory=dict)
    items: Callable[[Any], list[Any]] = lambda body: [body]
    next_cursor: Callable[[Any], dict[str, str | int] | None] = lambda _: None

    def request(
        self, ids: Mapping[str, int], cursor: Mapping[str, str | int] | None = None
    ) -> Request:
        """Return the request for these ids (``guild_id``, ``channel_id``, …).

        Rate limits depend on the channel's id or, without one, on the guild's.
        """
        return Request(
            template=self.template,
            major=ids.get("channel_id", ids.get("guild_id", 0)),
            path=self.template.format_map(ids),
            parameters={**self.parameters, **(cursor or {})},
        )


def _array(body: Any) -> list[Any]:
    # the official schema lets some lists be null
    return list(body or [])


def _threads(body: Any) -> list[Any]:
    return list((body or {}).get("threads") or [])


def _before_oldest_archived(body: Any) -> dict[str, str | int] | None:
    """Page archived lists by archive_timestamp, sent back to the letter."""
    threads = _threads(body)
    if not threads or not body.get("has_more"):
        return None
    stamps = [thread["thread_metadata"]["archive_timestamp"] for thread in threads]
    return {"before": min(stamps)}


def _before_least_id(body: Any) -> dict[str, str | int] | None:
    """Page the joined private list by thread id, unlike the other two."""
    threads = _threads(body)
    if not threads or not body.get("has_more"):
        return None
    return {"before": min(int(thread["id"]) for thread in threads)}


def _after_greatest_id(body: Any) -> dict[str, str | int] | None:
    guilds = _array(body)
    if len(guilds) < _GUILDS_LIMIT:
        return None
    return {"after": max(int(guild["id"]) for guild in guilds)}


_GUILDS_LIMIT = 200

ME = Endpoint("/users/@me")
APPLICATION = Endpoint("/applications/@me")
MY_GUILDS = Endpoint(
    "/users/@me/guilds",
    parameters={"limit": _GUILDS_LIMIT},
    items=_array,
    next_cursor=_after_greatest_id,
)
GUILD = Endpoint("/guilds/{guild_id}", "guilds", parameters={"with_counts": "true"})
ROLES = Endpoint("/guilds/{guild_id}/roles", "roles", items=_array)
CHANNELS = Endpoint("/guilds/{guild_id}/channels", "channels", items=_array)
OWN_MEMBER = Endpoint("/guilds/{guild_id}/members/{user_id}", "members")
ACTIVE_THREADS = Endpoint(
    "/guilds/{guild_id}/threads/active", "threads", items=_threads
)
ARCHIVED_PUBLIC_THREADS = Endpoint(
    "/channels/{channel_id}/threads/archived/public",
    "threads",
    parameters={"limit": 100},
    items=_threads,
    next_cursor=_before_oldest_archived,
)
ARCHIVED_PRIVATE_THREADS = Endpoint(
    "/channels/{channel_id}/threads/archived/private",
    "threads",
    parameters={"limit": 100},
    items=_threads,
    next_cursor=_before_oldest_archived,
)
JOINED_PRIVATE_THREADS = Endpoint(
    "/channels/{channel_id}/users/@me/threads/archived/private",
    "threads",
    parameters={"limit": 100},
    items=_threads,
    next_cursor=_before_least_id,
)
# Newest first whatever the cursor: walk.py takes the max and min of a page.
MESSAGES = Endpoint(
    "/channels/{channel_id}/messages",
    "messages",
    parameters={"limit": 100},
    items=_array,
)
MESSAGE = Endpoint("/channels/{channel_id}/messages/{message_id}", "messages")
