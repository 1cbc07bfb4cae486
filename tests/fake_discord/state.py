"""What a world holds, and every question that can be asked of it.

`State` keeps Discord's own JSON in dictionaries by id. Users are shared objects:
messages point at them, so every author is shown with the current profile. All access
goes through one lock, for the server answers from many threads.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.fake_discord import permissions as rights
from tests.fake_discord.messages import DEFAULTS, MessageLog, from_json, to_json
from tests.fake_discord.shapes import (
    CATEGORY,
    HOLD_MESSAGES,
    PRIVATE,
    PRIVATE_THREAD,
    THREADS,
)
from tests.fake_discord.snowflake import iso, moment

Json = dict[str, Any]

ALL_INTENTS = frozenset({"message_content", "guild_members", "presence"})
HAS_THREAD = 1 << 5
POINTS_AT_A_MESSAGE = frozenset({19, 21, 23})


@dataclass(frozen=True)
class Account:
    """One token and whom it speaks for."""

    name: str
    token: str
    kind: str  # "bot" or "user"
    user_id: int
    intents: frozenset[str] = ALL_INTENTS


class State:
    """The tables of a world and the views on them."""

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        self.clock = clock or (lambda: datetime.now(UTC))
        self.lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        self.users: dict[int, Json] = {}
        self.guilds: dict[int, Json] = {}
        self.roles: dict[int, dict[int, Json]] = {}
        self.members: dict[int, dict[int, Json]] = {}
        self.emojis: dict[int, list[Json]] = {}
        self.stickers: dict[int, list[Json]] = {}
        self.events: dict[int, list[Json]] = {}
        self.invites: dict[int, dict[str, Json]] = {}
        self.webhooks: dict[int, dict[int, Json]] = {}
        self.bans: dict[int, dict[int, str | None]] = {}
        self.audit_log: dict[int, dict[int, Json]] = {}
        self.channels: dict[int, Json] = {}
        self.thread_members: dict[int, dict[int, Json]] = {}
        self.pins: dict[int, dict[int, str]] = {}
        self.logs: dict[int, MessageLog] = {}
        # who chose what: message or event, topic (an emoji, a poll), choice, users
        self.hands: defaultdict[int, dict[str, dict[int, list[int]]]]
        self.hands = defaultdict(dict)
        self.unloaded: set[int] = set()  # replies whose target Discord did not load

    @property
    def guild_ids(self) -> list[int]:
        """The guilds, in order of age."""
        with self.lock:
            return sorted(self.guilds)

    def channel_ids(self, guild_id: int) -> list[int]:
        """Return channels and threads of a guild, hidden ones included."""
        with self.lock:
            guild = str(guild_id)
            forms = self.channels.items()
            return [c for c, form in forms if form.get("guild_id") == guild]

    def messages(self, channel_id: int) -> list[Json]:
        """Return a channel's messages by ascending id, as Discord would send them."""
        with self.lock:
            log = self.logs[channel_id]
            return [from_json(self.encoded(channel_id, i)) for i in log.ids]

    def message(self, channel_id: int, message_id: int) -> Json:
        """Return one message as Discord would send it; KeyError when deleted."""
        with self.lock:
            found: Json = from_json(self.encoded(channel_id, message_id))
            return found

    def message_count(self, guild_id: int) -> int:
        """Return how many messages a guild holds."""
        with self.lock:
            return sum(
                len(self.logs[c].ids)
                for c in self.channel_ids(guild_id)
                if c in self.logs
            )

    def encoded(self, channel_id: int, message_id: int) -> bytes:
        """Return a message's JSON bytes, made once until something in it changes."""
        log = self.logs[channel_id]
        found = log.encoded.get(message_id)
        if found is None:
            whole = self._whole_message(channel_id, message_id)
            found = log.encoded[message_id] = to_json(whole)
        return found

    def _whole_message(self, channel_id: int, message_id: int) -> Json:
        message = self._plain_message(channel_id, message_id)
        if message["type"] in POINTS_AT_A_MESSAGE and message_id not in self.unloaded:
            message["referenced_message"] = self._referenced(message)
        if message["flags"] & HAS_THREAD and message_id in self.channels:
            message["thread"] = self.channels[message_id]
        return message

    def _plain_message(self, channel_id: int, message_id: int) -> Json:
        return {
            "id": str(message_id),
            "channel_id": str(channel_id),
            "timestamp": iso(moment(message_id)),
            **DEFAULTS,
            **self.logs[channel_id].bodies[message_id],
        }

    def _referenced(self, message: Json) -> Json | None:
        reference = message["message_reference"]
        channel_id, target = int(reference["channel_id"]), int(reference["message_id"])
        log = self.logs.get(channel_id)
        if log is None or target not in log.bodies:
            return None
        found = self._plain_message(channel_id, target)
        found.pop("reactions", None)
        return found

    def recipient_ids(self, channel_id: int) -> list[int]:
        """Return who is in a direct or group message; nobody in other channels."""
        with self.lock:
            recipients = self.channels[channel_id].get("recipients", ())
            return [int(user["id"]) for user in recipients]

    # --- who may see what ---------------------------------------------------------

    def account(self, token: str) -> Account:
        """Return the account of a token; KeyError when nobody has it."""
        with self.lock:
            return self.accounts[token]

    def guild_permissions(self, account: Account, guild_id: int) -> int:
        """Return the account's permissions before overwrites; 0 for a stranger."""
        with self.lock:
            member = self.members[guild_id].get(account.user_id)
            if member is None:
                return 0
            guild, roles = self.guilds[guild_id], self.roles[guild_id]
            base = rights.guild_permissions(guild, roles, member)
            if base != rights.EVERYTHING and rights.is_timed_out(member, self.clock()):
                return base & rights.LEFT_IN_TIMEOUT
            return base

    def permissions(self, account: Account, channel_id: int) -> int:
        """Return the account's permissions in a channel, or in a thread's parent."""
        with self.lock:
            channel = self.channels[channel_id]
            if channel["type"] in THREADS:
                return self.permissions(account, int(channel["parent_id"]))
            if channel["type"] in PRIVATE:
                is_in = account.user_id in self.recipient_ids(channel_id)
                return rights.IN_PRIVATE if is_in else 0
            guild_id = int(channel["guild_id"])
            member = self.members[guild_id].get(account.user_id)
            if member is None:
                return 0
            base = self.guild_permissions(account, guild_id)
            found = rights.channel_permissions(base, member, guild_id, channel)
            timed_out = rights.is_timed_out(member, self.clock())
            if found != rights.EVERYTHING and timed_out:
                return found & rights.LEFT_IN_TIMEOUT
            return found

    def can_view(self, account: Account, channel_id: int) -> bool:
        """Tell whether the account knows that a channel or thread exists."""
        with self.lock:
            channel = self.channels[channel_id]
            granted = self.permissions(account, channel_id)
            if channel["type"] == CATEGORY and not granted:
                return any(
                    self.can_view(account, child)
                    for child, other in self.channels.items()
                    if other.get("parent_id") == channel["id"]
                )
            if channel["type"] == PRIVATE_THREAD and granted:
                joined = account.user_id in self.thread_members[channel_id]
                return joined or bool(granted & rights.MANAGE_THREADS)
            return bool(granted & rights.VIEW_CHANNEL)

    def can_open(self, account: Account, channel_id: int) -> bool:
        """Tell whether messages may be asked for: voice also wants CONNECT."""
        if not self.can_view(account, channel_id):
            return False
        if self.channels[channel_id]["type"] not in rights.VOICE_TYPES:
            return True
        return bool(self.permissions(account, channel_id) & rights.CONNECT)

    def can_read(self, account: Account, channel_id: int) -> bool:
        """Tell whether asking for messages brings any: history must be readable."""
        granted = self.permissions(account, channel_id)
        opened = self.can_open(account, channel_id)
        return opened and bool(granted & rights.READ_MESSAGE_HISTORY)

    def readable_channel_ids(self, guild_id: int, token: str) -> set[int]:
        """Return channels and threads whose history a token's account can read."""
        with self.lock:
            account = self.accounts[token]
            return {
                channel_id
                for channel_id in self.channel_ids(guild_id)
                if self.channels[channel_id]["type"] in HOLD_MESSAGES
                and self.can_read(account, channel_id)
            }
