"""The verbs of those who run a guild: invites, webhooks, bans, the audit log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.fake_discord.events import Events
from tests.fake_discord.posting import PAUSE, checked_instant
from tests.fake_discord.snowflake import iso

Json = dict[str, Any]

INCOMING, FOLLOWER = 1, 2
KEPT_FOR = timedelta(days=45)


class Moderation(Events):
    """A world in which guilds are looked after."""

    def add_invite(
        self,
        channel_id: int,
        *,
        inviter_id: int | None = None,
        code: str | None = None,
        **fields: Any,
    ) -> str:
        """Make an invite to a channel and return its code; for good, unless `max_age`.

        Its guild and channel are shown as they are when somebody asks.
        """
        with self.lock:
            at = checked_instant(fields.pop("at", self.newest_at + PAUSE))
            code = code or f"{self.new_id(at):x}"
            age = fields.get("max_age", 0)
            invite: Json = {"type": 0, "code": code, "channel_id": str(channel_id)}
            if inviter_id is not None:
                invite["inviter"] = self.users[inviter_id]
            invite |= {
                "max_age": age,
                "created_at": iso(at),
                "expires_at": iso(at + timedelta(seconds=age)) if age else None,
                "uses": 0,
                "max_uses": 0,
                "temporary": False,
                **fields,
            }
            self.invites.setdefault(self._guild_of(channel_id), {})[code] = invite
            return code

    def remove_invite(self, code: str) -> None:
        """Let an invite run out; KeyError when there is none."""
        with self.lock:
            next(i for i in self.invites.values() if code in i).pop(code)

    def add_webhook(
        self,
        channel_id: int,
        name: str,
        *,
        webhook_id: int | None = None,
        kind: int = INCOMING,
        **fields: object,
    ) -> int:
        """Make a webhook and return its id; incoming ones have a secret token.

        `kind` is 1 incoming, 2 follower of a channel elsewhere, 3 of an application.
        `webhook_id` takes the id of one that has already written.
        """
        with self.lock:
            found = webhook_id or self.new_id(self.newest_at)
            guild_id = self._guild_of(channel_id)
            webhook: Json = {
                "id": str(found),
                "type": kind,
                "guild_id": str(guild_id),
                "channel_id": str(channel_id),
                "name": name,
                "avatar": None,
                "application_id": None,
                **_secrets(found, kind),
                **fields,
            }
            self.webhooks.setdefault(guild_id, {})[found] = webhook
            return found

    def remove_webhook(self, webhook_id: int) -> None:
        """Delete a webhook; what it wrote stays."""
        with self.lock:
            next(w for w in self.webhooks.values() if webhook_id in w).pop(webhook_id)

    def add_ban(self, guild_id: int, user_id: int, reason: str | None = None) -> None:
        """Ban a user, who thereby leaves the guild."""
        with self.lock:
            self.bans.setdefault(guild_id, {})[user_id] = reason
            self.members[guild_id].pop(user_id, None)

    def remove_ban(self, guild_id: int, user_id: int) -> None:
        """Lift a ban."""
        with self.lock:
            del self.bans[guild_id][user_id]

    def add_audit_entry(
        self,
        guild_id: int,
        action_type: int,
        *,
        user_id: int | None = None,
        target_id: int | str | None = None,
        **fields: Any,
    ) -> int:
        """Write into the audit log and return the entry's id.

        `fields` are Discord's `changes`, `options` (all words) and `reason`. Entries
        vanish 45 days before the newest moment of the world.
        """
        with self.lock:
            at = checked_instant(fields.pop("at", self.newest_at + PAUSE))
            entry_id = self.new_id(at)
            entry: Json = {
                "id": str(entry_id),
                "action_type": action_type,
                "user_id": None if user_id is None else str(user_id),
                "target_id": None if target_id is None else str(target_id),
                **fields,
            }
            self.audit_log.setdefault(guild_id, {})[entry_id] = entry
            self.newest_at = max(self.newest_at, at)
            return entry_id

    def _guild_of(self, channel_id: int) -> int:
        return int(self.channels[channel_id]["guild_id"])


def _secrets(webhook_id: int, kind: int) -> Json:
    """Return what only incoming webhooks have: whoever knows it can write."""
    if kind != INCOMING:
        return {}
    token = f"webhook-{webhook_id}.opens.nothing"
    url = f"https://discord.com/api/webhooks/{webhook_id}/{token}"
    return {"token": token, "url": url}
