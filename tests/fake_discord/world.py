"""A world that can be changed: every verb a test needs to make something happen.

`Posting` has the verbs of messages, `Reactions` of reactions and votes, `Threads` of
threads, `Events` of scheduled events, `Moderation` of invites, webhooks, bans and the
audit log, and `World` the rest: people, accounts, channels, guilds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.fake_discord import shapes
from tests.fake_discord.messages import MessageLog
from tests.fake_discord.moderation import Moderation
from tests.fake_discord.posting import checked_instant
from tests.fake_discord.snowflake import iso
from tests.fake_discord.state import Account

Json = dict[str, Any]


class World(Moderation):
    """Guilds, people and messages, with the verbs that change them."""

    # --- guilds, people, accounts -----------------------------------------------------

    def add_user(self, username: str, **fields: object) -> int:
        """Make a user and return the id."""
        with self.lock:
            user_id = self.new_id(self.newest_at)
            self.users[user_id] = shapes.user(user_id, username, **fields)
            return user_id

    def add_guild(self, name: str, owner_id: int, *, everyone_may: int) -> int:
        """Found a guild with its owner as only member, and return its id."""
        with self.lock:
            guild_id = self.new_id(self.newest_at)
            self.guilds[guild_id] = shapes.guild(guild_id, name, owner_id)
            everyone = shapes.role(guild_id, "@everyone", everyone_may)
            self.roles[guild_id] = {guild_id: everyone}
            self.members[guild_id] = {}
            self.add_member(guild_id, owner_id)
            return guild_id

    def add_role(self, guild_id: int, name: str, permissions: int) -> int:
        """Make a role and return its id."""
        with self.lock:
            role_id = self.new_id(self.newest_at)
            self.roles[guild_id][role_id] = shapes.role(role_id, name, permissions)
            return role_id

    def add_member(self, guild_id: int, user_id: int, **fields: object) -> None:
        """Let a user join a guild."""
        with self.lock:
            user, joined_at = self.users[user_id], iso(self.newest_at)
            member = shapes.member(user, joined_at, **fields)
            self.members[guild_id][user_id] = member

    def add_account(
        self, name: str, kind: str, user_id: int, *, intents: Iterable[str] = ()
    ) -> str:
        """Give a user a token ("bot" or "user") and return it."""
        token = f"{kind}-{user_id}.opens.nothing"
        with self.lock:
            self.accounts[token] = Account(
                name, token, kind, user_id, frozenset(intents)
            )
        return token

    def set_intents(self, token: str, intents: Iterable[str]) -> None:
        """Switch an account's privileged intents to exactly these."""
        with self.lock:
            old = self.accounts[token]
            self.accounts[token] = Account(
                old.name, token, old.kind, old.user_id, frozenset(intents)
            )

    def revoke_token(self, token: str) -> None:
        """Make a token worthless; every later request with it answers 401."""
        with self.lock:
            del self.accounts[token]

    def update_user(self, user_id: int, **fields: object) -> None:
        """Change a profile, and with it the author of all that user's messages."""
        with self.lock:
            self.users[user_id].update(fields)
            for log in self.logs.values():
                log.encoded.clear()

    def update_member(self, guild_id: int, user_id: int, **fields: object) -> None:
        """Change a member: roles, nick, time-out."""
        with self.lock:
            self.members[guild_id][user_id].update(fields)

    def remove_member(self, guild_id: int, user_id: int) -> None:
        """Let a member leave; what they wrote stays."""
        with self.lock:
            del self.members[guild_id][user_id]

    def remove_guild(self, guild_id: int) -> None:
        """Delete a guild with all its channels."""
        with self.lock:
            for channel_id in self.channel_ids(guild_id):
                self._drop_channel(channel_id)
            for table in (self.guilds, self.roles, self.members):
                del table[guild_id]
            self.events.pop(guild_id, None)
            for kept in (self.invites, self.webhooks, self.bans, self.audit_log):
                kept.pop(guild_id, None)

    # --- channels ---------------------------------------------------------

    def add_channel(self, guild_id: int, kind: int, name: str, **fields: object) -> int:
        """Create a channel and return its id; `at` sets when it was made."""
        with self.lock:
            channel_id = self.new_id(checked_instant(fields.pop("at", self.newest_at)))
            form = shapes.channel(channel_id, guild_id, kind, name=name, **fields)
            self.channels[channel_id] = form
            if kind in shapes.HOLD_MESSAGES:
                self.logs[channel_id] = MessageLog()
            return channel_id

    def add_dm(self, user_ids: Iterable[int], name: str | None = None) -> int:
        """Begin a direct message, or a group's if it is named or more than two.

        The first of a group owns it. No guild holds it, only its recipients see it.
        """
        with self.lock:
            recipients = [self.users[user_id] for user_id in user_ids]
            is_pair = name is None and len(recipients) == 2
            kind = shapes.DM if is_pair else shapes.GROUP_DM
            channel_id = self.new_id(self.newest_at)
            form = shapes.private_channel(channel_id, kind, recipients)
            self.channels[channel_id] = form if is_pair else form | {"name": name}
            self.logs[channel_id] = MessageLog()
            return channel_id

    def set_overwrite(
        self, channel_id: int, target_id: int, *, allow: int = 0, deny: int = 0
    ) -> None:
        """Replace a role's or member's overwrite in a channel."""
        with self.lock:
            channel = self.channels[channel_id]
            is_role = target_id in self.roles[int(channel["guild_id"])]
            fresh = {
                "id": str(target_id),
                "type": 0 if is_role else 1,
                "allow": str(allow),
                "deny": str(deny),
            }
            kept = [
                o for o in channel["permission_overwrites"] if o["id"] != fresh["id"]
            ]
            channel["permission_overwrites"] = [*kept, fresh]

    def remove_channel(self, channel_id: int) -> None:
        """Delete a channel or thread; a channel takes its threads with it."""
        with self.lock:
            gone = str(channel_id)
            below = [c for c, v in self.channels.items() if v.get("parent_id") == gone]
            for child in below:
                if self.channels[child]["type"] in shapes.THREADS:
                    self._drop_channel(child)
                else:
                    self.channels[child]["parent_id"] = None
            self._drop_channel(channel_id)

    def _drop_channel(self, channel_id: int) -> None:
        gone = str(channel_id)
        self._forget_opener(channel_id)
        del self.channels[channel_id]
        for table in (self.logs, self.pins, self.thread_members):
            table.pop(channel_id, None)
        for guild_id, invites in self.invites.items():
            kept = {k: v for k, v in invites.items() if v["channel_id"] != gone}
            self.invites[guild_id] = kept
        for guild_id, webhooks in self.webhooks.items():
            left = {k: v for k, v in webhooks.items() if v["channel_id"] != gone}
            self.webhooks[guild_id] = left

    def resign_attachments(self, expiry: int) -> None:
        """Give every attachment a new signed URL, as each read of Discord may."""
        with self.lock:
            for log in self.logs.values():
                log.encoded.clear()
                for body in log.bodies.values():
                    for attachment in body.get("attachments", ()):
                        for key in ("url", "proxy_url"):
                            path = attachment[key].partition("?")[0]
                            attachment[key] = signed(path, expiry)


def signed(path: str, expiry: int) -> str:
    """Sign a CDN path with an expiry, an issue time and a made-up signature."""
    proof = f"{hash_of(path, expiry):016x}" * 4
    return f"{path}?ex={expiry:x}&is={expiry - 86_400:x}&hm={proof}&"


def hash_of(path: str, expiry: int) -> int:
    """Mix a path and a number into 64 bits, alike in every process."""
    mixed = expiry
    for byte in path.encode():
        mixed = (mixed * 1_099_511_628_211 ^ byte) & 0xFFFF_FFFF_FFFF_FFFF
    return mixed
