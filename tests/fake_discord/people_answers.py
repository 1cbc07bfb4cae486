"""Answers that are lists of people: reactions, votes, bans, those who will come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from tests.fake_discord import calls
from tests.fake_discord import permissions as rights
from tests.fake_discord.calls import Call, refuse
from tests.fake_discord.channel_answers import readable_message
from tests.fake_discord.guild_answers import allowed, known_event

Json = dict[str, Any]


def reactions(call: Call) -> bytes:
    """Answer who reacted with an emoji: those of `type` 0 normal, or 1 burst."""
    limit, kind = call.limit(1, 100, 25), call.number("type", 0, 1, 0)
    after = call.snowflake("after")
    channel_id, message_id = readable_message(call)
    body = call.world.logs[channel_id].bodies[message_id]
    named = call.words["emoji"]
    emojis = [r["emoji"] for r in body.get("reactions", ())]
    emoji = next((e for e in emojis if _is_named(e, named)), None)
    if emoji is None:
        refuse(calls.UNKNOWN_EMOJI)
    found = call.world.reactor_ids(channel_id, message_id, emoji, kind)
    return orjson.dumps(_users(call, _page(found, limit, after=after)))


def voters(call: Call) -> bytes:
    """Answer who voted for an answer of a poll.

    No document says what a message without a poll, or without the answer, is met by.
    """
    limit, after = call.limit(1, 100, 25), call.snowflake("after")
    channel_id, message_id = readable_message(call)
    poll = call.world.logs[channel_id].bodies[message_id].get("poll")
    answer_id = call.path["answer_id"]
    if poll is None or answer_id not in [a["answer_id"] for a in poll["answers"]]:
        refuse(calls.UNKNOWN_MESSAGE)
    found = call.world.voter_ids(channel_id, message_id, answer_id)
    return orjson.dumps({"users": _users(call, _page(found, limit, after=after))})


def event_users(call: Call) -> bytes:
    """Answer who is interested in an event, with their membership if asked for."""
    limit = call.limit(1, 100, 100)
    cursors = {name: call.snowflake(name) for name in ("after", "before")}
    guild_id, event_id = known_event(call)
    members = call.world.members[guild_id] if call.flag("with_member") else {}
    ids = _page(call.world.event_user_ids(event_id), limit, **cursors)
    rows = [
        {
            "guild_scheduled_event_id": str(event_id),
            "guild_scheduled_event_exception_id": None,
            "user_id": str(user_id),
            "user": call.world.users[user_id],
            **({"member": members[user_id]} if user_id in members else {}),
            "response": 1,
        }
        for user_id in ids
    ]
    return orjson.dumps(rows)


def bans(call: Call) -> bytes:
    """Answer the bans of a guild, for those who may ban."""
    limit = call.limit(1, 1000, 1000)
    cursors = {name: call.snowflake(name) for name in ("after", "before")}
    found = call.world.bans.get(allowed(call, rights.BAN_MEMBERS), {})
    users = _users(call, _page(found, limit, **cursors))
    return orjson.dumps([{"user": u, "reason": found[int(u["id"])]} for u in users])


def _page(
    ids: Iterable[int],
    limit: int,
    *,
    after: int | None = None,
    before: int | None = None,
) -> list[int]:
    """Return one page, always ascending; `before` wins over `after`."""
    if before is not None:
        return sorted(i for i in ids if i < before)[-limit:]
    return sorted(i for i in ids if after is None or i > after)[:limit]


def _users(call: Call, ids: Iterable[int]) -> list[Json]:
    return [call.world.users[user_id] for user_id in ids]


def _is_named(emoji: Json, named: str) -> bool:
    """Tell whether a path names an emoji: `name:id` (any name), or the emoji itself."""
    if emoji["id"] is None:
        return bool(emoji["name"] == named)
    name, _, emoji_id = named.partition(":")
    return bool(name) and emoji_id == emoji["id"]
