"""Answers about accounts and users: who the token is, where it may go."""

from __future__ import annotations

from typing import Any

import orjson

from tests.fake_discord import calls
from tests.fake_discord.calls import Call, refuse

Json = dict[str, Any]

INTENT_FLAGS = {
    "presence": 1 << 13,
    "guild_members": 1 << 15,
    "message_content": 1 << 19,
}


def me(call: Call) -> bytes:
    """Answer GET /users/@me."""
    private = {"mfa_enabled": True, "locale": "en-US", "premium_type": 0}
    private |= {"email": None, "verified": True}
    return orjson.dumps(call.world.users[call.account.user_id] | private)


def my_guilds(call: Call) -> bytes:
    """Answer GET /users/@me/guilds: ascending by id, whichever the cursor."""
    limit = call.limit(1, 200, 200)
    before, after = call.snowflake("before"), call.snowflake("after")
    world, me_id = call.world, call.account.user_id
    ids = [g for g in world.guild_ids if me_id in world.members[g]]
    ids = [g for g in ids if after is None or g > after]
    if before is not None:
        ids = [g for g in ids if g < before][-limit:]
    return orjson.dumps([_my_guild(call, guild_id) for guild_id in ids[:limit]])


def _my_guild(call: Call, guild_id: int) -> Json:
    guild = call.world.guilds[guild_id]
    kept = {key: guild[key] for key in ("id", "name", "icon", "banner", "features")}
    counts: Json = {}
    if call.flag("with_counts"):
        count = len(call.world.members[guild_id])
        counts["approximate_member_count"] = count
        counts["approximate_presence_count"] = (count + 2) // 3
    return {
        **kept,
        "owner": guild["owner_id"] == str(call.account.user_id),
        "permissions": str(call.world.guild_permissions(call.account, guild_id)),
        **counts,
    }


def user(call: Call) -> bytes:
    """Answer GET /users/{user_id}."""
    found = call.world.users.get(call.path["user_id"])
    if found is None:
        refuse(calls.UNKNOWN_USER)
    return orjson.dumps(found)


def application(call: Call) -> bytes:
    """Answer GET /applications/@me, whose flags tell the privileged intents."""
    bot = call.world.users[call.account.user_id]
    flags = sum(INTENT_FLAGS[intent] for intent in call.account.intents)
    members = call.world.members
    homes = [g for g in call.world.guild_ids if call.account.user_id in members[g]]
    owner_id = call.world.guilds[homes[0]]["owner_id"] if homes else bot["id"]
    return orjson.dumps(
        {
            "id": bot["id"],
            "name": bot["username"],
            "icon": None,
            "description": "",
            "type": None,
            "bot": bot,
            "bot_public": False,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": flags,
            "flags_new": str(flags),
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": call.world.users[int(owner_id)],
            "approximate_guild_count": len(homes),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": None,
            "eligible_oauth2_scopes": ["bot"],
        }
    )
