"""Answers for those who run a guild: invites, webhooks, the audit log."""

from __future__ import annotations

from typing import Any

import orjson

from tests.fake_discord import permissions as rights
from tests.fake_discord.calls import Call
from tests.fake_discord.guild_answers import allowed
from tests.fake_discord.moderation import KEPT_FOR
from tests.fake_discord.shapes import THREADS
from tests.fake_discord.snowflake import moment

Json = dict[str, Any]

FOR_MANAGERS = ("uses", "max_uses", "max_age", "temporary", "created_at")
SHOWN_OF_GUILD = (
    "id",
    "name",
    "splash",
    "banner",
    "description",
    "icon",
    "features",
    "verification_level",
    "vanity_url_code",
    "nsfw_level",
    "nsfw",
    "premium_subscription_count",
)


def invites(call: Call) -> bytes:
    """Answer a guild's invites; how they are used is for managers alone."""
    guild_id = allowed(call, rights.MANAGE_GUILD | rights.VIEW_AUDIT_LOG)
    granted = call.world.guild_permissions(call.account, guild_id)
    hidden = () if granted & rights.MANAGE_GUILD else FOR_MANAGERS
    found = call.world.invites.get(guild_id, {}).values()
    return orjson.dumps([_invite(call, guild_id, i, hidden) for i in found])


def webhooks(call: Call) -> bytes:
    """Answer a guild's webhooks, the secrets of incoming ones included."""
    guild_id = allowed(call, rights.MANAGE_WEBHOOKS)
    return orjson.dumps(list(call.world.webhooks.get(guild_id, {}).values()))


def audit_log(call: Call) -> bytes:
    """Answer the audit log with its side tables: `after` ascends, all else descends."""
    limit = call.limit(1, 100, 50)
    before, after = call.snowflake("before"), call.snowflake("after")
    guild_id = allowed(call, rights.VIEW_AUDIT_LOG)
    found = _kept_entries(call, guild_id)
    if before is not None:
        page = [i for i in found if i < before][-limit:][::-1]
    elif after is not None:
        page = [i for i in found if i > after][:limit]
    else:
        page = found[-limit:][::-1]
    log = call.world.audit_log.get(guild_id, {})
    return orjson.dumps(_with_side_tables(call, guild_id, [log[i] for i in page]))


def _invite(call: Call, guild_id: int, invite: Json, hidden: tuple[str, ...]) -> Json:
    guild = call.world.guilds[guild_id]
    channel = call.world.channels[int(invite["channel_id"])]
    left_out = {"channel_id", *hidden}
    return {
        **{key: value for key, value in invite.items() if key not in left_out},
        "guild": {key: guild[key] for key in SHOWN_OF_GUILD},
        "guild_id": str(guild_id),
        "channel": {key: channel[key] for key in ("id", "type", "name")},
    }


def _kept_entries(call: Call, guild_id: int) -> list[int]:
    world = call.world
    wanted = {
        "user_id": call.snowflake("user_id"),
        "target_id": call.snowflake("target_id"),
        "action_type": call.snowflake("action_type"),
    }
    asked = {key: str(value) for key, value in wanted.items() if value is not None}
    return sorted(
        entry_id
        for entry_id, entry in world.audit_log.get(guild_id, {}).items()
        if moment(entry_id) > world.newest_at - KEPT_FOR
        and all(str(entry[key]) == value for key, value in asked.items())
    )


def _with_side_tables(call: Call, guild_id: int, entries: list[Json]) -> Json:
    """Add what the entries name: people, webhooks, events and threads still there."""
    world = call.world
    named = [e[key] for e in entries for key in ("user_id", "target_id")]
    ids = sorted({int(name) for name in named if name and name.isdigit()})
    hooks, channels = world.webhooks.get(guild_id, {}), world.channels
    targets = {str(i) for i in ids}
    return {
        "audit_log_entries": entries,
        "users": [world.users[i] for i in ids if i in world.users],
        "webhooks": [hooks[i] for i in ids if i in hooks],
        "guild_scheduled_events": [
            e for e in world.events.get(guild_id, []) if e["id"] in targets
        ],
        "threads": [
            channels[i] for i in ids if i in channels and channels[i]["type"] in THREADS
        ],
        "integrations": [],
        "application_commands": [],
        "auto_moderation_rules": [],
    }
