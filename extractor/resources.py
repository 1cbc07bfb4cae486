"""The endpoint table: path, fixed parameters, paging rule, landing table, rights.

Source: https://discord.com/developers/docs/reference (API v10)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any
from urllib.parse import quote

from extractor.bodies import storable_text
from extractor.client import Request
from extractor.permissions import Permission


class Intent(IntFlag):
    """An application's flags that stand for privileged intents, full or limited."""

    GUILD_MEMBERS = 1 << 14 | 1 << 15
    MESSAGE_CONTENT = 1 << 18 | 1 << 19


@dataclass(frozen=True)
class Endpoint:
    """One GET route of Discord's.

    ``name`` is what landing calls it, ``table`` the landing table of its pages (None:
    read, but not landed), ``items`` where the elements stand in a body, and
    ``next_cursor`` the parameters of the page that follows a body (None: there is
    none). ``permissions`` are guild permissions of which one is needed, ``intent`` the
    privileged intent that is; both can be known before asking. ``secrets`` removes
    what must never be landed.
    """

    name: str
    template: str
    table: str | None = None
    parameters: Mapping[str, str | int] = field(default_factory=dict)
    items: Callable[[Any], list[Any]] = lambda body: [body]
    next_cursor: Callable[[Any], dict[str, str | int] | None] = lambda _: None
    permissions: Permission | None = None
    intent: Intent | None = None
    is_for_bots_only: bool = False
    secrets: Callable[[Any], Any] | None = None

    def request(
        self,
        ids: Mapping[str, int | str],
        cursor: Mapping[str, str | int] | None = None,
    ) -> Request:
        """Return the request for these ids (``guild_id``, ``channel_id``, …).

        Rate limits depend on the channel's id or, without one, on the guild's.
        """
        return Request(
            template=self.template,
            major=int(ids.get("channel_id", ids.get("guild_id", 0))),
            path=self.template.format_map(ids),
            parameters={**self.parameters, **(cursor or {})},
        )


def emoji_in_path(emoji: Mapping[str, Any]) -> str:
    """Return an emoji as paths name it: itself, or name:id if it is a custom one.

    A deleted emoji has no name any more; Discord goes by the id then.
    """
    if emoji.get("id") is None:
        return _quoted(str(emoji.get("name")))
    return _quoted(f"{emoji.get('name') or '_'}:{emoji['id']}")


def _quoted(text: str) -> str:
    # a lone surrogate, too: that Discord refuses is an answer, and stops no other
    return quote(text, safe="", errors="surrogatepass")


def _array(body: Any) -> list[Any]:
    # the official schema lets some lists be null
    return body if isinstance(body, list) else []


def _under(key: str) -> Callable[[Any], list[Any]]:
    def items(body: Any) -> list[Any]:
        return _array(body.get(key)) if isinstance(body, dict) else []

    return items


_threads = _under("threads")
_pins = _under("items")


def _before_oldest_archived(body: Any) -> dict[str, str | int] | None:
    """Page archived lists by archive_timestamp, sent back to the letter.

    The last but one instant of a page: others may share the last, beyond its edge.
    """
    stamps = sorted(set(archive_timestamps(body)))
    if not stamps or not body.get("has_more"):
        return None
    return {"before": stamps[1] if len(stamps) > 1 else stamps[0]}


def is_one_instant(body: Any) -> bool:
    """Say whether a full page of archived threads has one archive_timestamp.

    There may be more of that instant, and no cursor that would show them.
    """
    has_more = isinstance(body, dict) and bool(body.get("has_more"))
    return has_more and len(set(archive_timestamps(body))) == 1


def archive_timestamps(body: Any) -> list[str]:
    """Return when each thread of a page was archived, as Discord spells it."""
    found = []
    for thread in _threads(body):
        metadata = thread.get("thread_metadata") if isinstance(thread, dict) else None
        stamp = (
            metadata.get("archive_timestamp") if isinstance(metadata, dict) else None
        )
        if isinstance(stamp, str) and stamp:
            found.append(storable_text(stamp))
    return found


def _before_least_id(body: Any) -> dict[str, str | int] | None:
    """Page the joined private list by thread id, unlike the other two."""
    threads = _threads(body)
    if not threads or not body.get("has_more"):
        return None
    return {"before": min(int(thread["id"]) for thread in threads)}


def _max_id_below_oldest(body: Any) -> dict[str, str | int] | None:
    """Page a search by thread id: offsets would shift while threads are made."""
    threads = _threads(body)
    if not threads or not body.get("has_more"):
        return None
    return {"max_id": min(int(thread["id"]) for thread in threads)}


def _before_oldest_pin(body: Any) -> dict[str, str | int] | None:
    pins = _pins(body)
    if not pins or not body.get("has_more"):
        return None
    return {"before": min(pin["pinned_at"] for pin in pins)}


def _after_greatest_id(
    items: Callable[[Any], list[Any]] = _array,
    *,
    full_page: int = 1,
    id_of: Callable[[Any], Any] = lambda item: item["id"],
) -> Callable[[Any], dict[str, str | int] | None]:
    """Page upwards by id; a page with fewer than ``full_page`` items is the last."""

    def next_cursor(body: Any) -> dict[str, str | int] | None:
        found = items(body)
        if len(found) < full_page:
            return None
        return {"after": max(int(id_of(item)) for item in found)}

    return next_cursor


def _user_id(item: Any) -> Any:
    return item["user"]["id"]


def _without_tokens(webhook: Any) -> Any:
    if not isinstance(webhook, dict):
        return webhook
    return {key: webhook[key] for key in webhook if key not in ("token", "url")}


def _webhooks_without_tokens(body: Any) -> Any:
    return [_without_tokens(webhook) for webhook in _array(body)]


def _audit_log_without_tokens(body: Any) -> Any:
    webhooks = [_without_tokens(webhook) for webhook in _under("webhooks")(body)]
    return {**body, "webhooks": webhooks} if isinstance(body, dict) else body


_GUILD = "/guilds/{guild_id}"
_CHANNEL = "/channels/{channel_id}"
_HUNDRED: Mapping[str, str | int] = {"limit": 100}

# who we are, and where we may go: read, not landed
ME = Endpoint("me", "/users/@me")
APPLICATION = Endpoint("application", "/applications/@me")
MY_GUILDS = Endpoint(
    "my_guilds",
    "/users/@me/guilds",
    parameters={"limit": 200},
    items=_array,
    next_cursor=_after_greatest_id(full_page=200),
)

# what each run reads of a guild: all else depends on it
GUILD = Endpoint("guilds", _GUILD, "guilds", parameters={"with_counts": "true"})
ROLES = Endpoint("roles", f"{_GUILD}/roles", "roles", items=_array)
CHANNELS = Endpoint("channels", f"{_GUILD}/channels", "channels", items=_array)
OWN_MEMBER = Endpoint("own_member", f"{_GUILD}/members/{{user_id}}", "members")
CHANNEL = Endpoint("channel", _CHANNEL, "channels")
ACTIVE_THREADS = Endpoint(
    "active_threads",
    f"{_GUILD}/threads/active",
    "threads",
    items=_threads,
    is_for_bots_only=True,
)
ARCHIVED_PUBLIC_THREADS = Endpoint(
    "archived_public_threads",
    f"{_CHANNEL}/threads/archived/public",
    "threads",
    parameters=_HUNDRED,
    items=_threads,
    next_cursor=_before_oldest_archived,
)
ARCHIVED_PRIVATE_THREADS = Endpoint(
    "archived_private_threads",
    f"{_CHANNEL}/threads/archived/private",
    "threads",
    parameters=_HUNDRED,
    items=_threads,
    next_cursor=_before_oldest_archived,
)
JOINED_PRIVATE_THREADS = Endpoint(
    "joined_private_threads",
    f"{_CHANNEL}/users/@me/threads/archived/private",
    "threads",
    parameters=_HUNDRED,
    items=_threads,
    next_cursor=_before_least_id,
)
# How Discord's own clients list threads: the guild's active ones are for bots only.
ACTIVE_THREAD_SEARCH = Endpoint(
    "active_thread_search",
    f"{_CHANNEL}/threads/search",
    "threads",
    parameters={
        "archived": "false",
        "sort_by": "creation_time",
        "sort_order": "desc",
        "limit": 25,
    },
    items=_threads,
    next_cursor=_max_id_below_oldest,
)

# Newest first whatever the cursor: walk.py takes the max and min of a page.
MESSAGES = Endpoint(
    "messages", f"{_CHANNEL}/messages", "messages", parameters=_HUNDRED, items=_array
)
MESSAGE = Endpoint(
    "message",
    f"{_CHANNEL}/messages/{{message_id}}",
    "messages",
    is_for_bots_only=True,
)
PINS = Endpoint(
    "pins",
    f"{_CHANNEL}/messages/pins",
    "pins",
    parameters={"limit": 50},
    items=_pins,
    next_cursor=_before_oldest_pin,
)
REACTION_USERS = Endpoint(
    "reaction_users",
    f"{_CHANNEL}/messages/{{message_id}}/reactions/{{emoji}}",
    "reaction_users",
    parameters=_HUNDRED,
    items=_array,
    next_cursor=_after_greatest_id(full_page=100),
)
POLL_VOTERS = Endpoint(
    "poll_voters",
    f"{_CHANNEL}/polls/{{message_id}}/answers/{{answer_id}}",
    "poll_voters",
    parameters=_HUNDRED,
    items=_under("users"),
    next_cursor=_after_greatest_id(_under("users"), full_page=100),
)

# lists of a guild, one call or a few each
MEMBERS = Endpoint(
    "members",
    f"{_GUILD}/members",
    "members",
    parameters={"limit": 1000},
    items=_array,
    next_cursor=_after_greatest_id(id_of=_user_id),
    intent=Intent.GUILD_MEMBERS,
    is_for_bots_only=True,
)
EMOJIS = Endpoint("emojis", f"{_GUILD}/emojis", "emojis", items=_array)
STICKERS = Endpoint("stickers", f"{_GUILD}/stickers", "stickers", items=_array)
SCHEDULED_EVENTS = Endpoint(
    "scheduled_events",
    f"{_GUILD}/scheduled-events",
    "scheduled_events",
    parameters={"with_user_count": "true"},
    items=_array,
)
# the list leaves out events that are over: their last word is asked for singly
SCHEDULED_EVENT = Endpoint(
    "scheduled_event",
    f"{_GUILD}/scheduled-events/{{event_id}}",
    "scheduled_events",
    parameters={"with_user_count": "true"},
)
EVENT_USERS = Endpoint(
    "event_users",
    f"{_GUILD}/scheduled-events/{{event_id}}/users",
    "event_users",
    parameters={**_HUNDRED, "with_member": "true"},
    items=_array,
    next_cursor=_after_greatest_id(full_page=100, id_of=lambda item: item["user_id"]),
)
INVITES = Endpoint(
    "invites",
    f"{_GUILD}/invites",
    "invites",
    items=_array,
    permissions=Permission.MANAGE_GUILD | Permission.VIEW_AUDIT_LOG,
)
WEBHOOKS = Endpoint(
    "webhooks",
    f"{_GUILD}/webhooks",
    "webhooks",
    items=_array,
    permissions=Permission.MANAGE_WEBHOOKS,
    secrets=_webhooks_without_tokens,
)
BANS = Endpoint(
    "bans",
    f"{_GUILD}/bans",
    "bans",
    parameters={"limit": 1000},
    items=_array,
    next_cursor=_after_greatest_id(id_of=_user_id),
    permissions=Permission.BAN_MEMBERS,
)
AUDIT_LOG = Endpoint(
    "audit_log",
    f"{_GUILD}/audit-logs",
    "audit_log",
    parameters=_HUNDRED,
    items=_under("audit_log_entries"),
    next_cursor=_after_greatest_id(_under("audit_log_entries")),
    permissions=Permission.VIEW_AUDIT_LOG,
    secrets=_audit_log_without_tokens,
)

# What --only and --skip choose from. The guild itself, its roles, its channels and its
# threads are always read: what may be asked for depends on them.
DEFAULT = ("messages", "pins", "members", "emojis", "stickers", "scheduled_events")
ON_REQUEST = (
    *("reaction_users", "poll_voters", "event_users"),
    *("invites", "webhooks", "bans", "audit_log"),
)
OF_CHANNELS = frozenset({"messages", "pins", "reaction_users", "poll_voters"})
