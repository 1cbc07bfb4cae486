"""Answers about one guild: itself, its channels, roles, members and the rest."""

from __future__ import annotations

from typing import Any

import orjson

from tests.fake_discord import calls
from tests.fake_discord import permissions as rights
from tests.fake_discord.calls import Call, refuse
from tests.fake_discord.channel_answers import threads_answer
from tests.fake_discord.shapes import THREADS

Json = dict[str, Any]

SCHEDULED_OR_ACTIVE = frozenset({1, 2})


def guild(call: Call) -> bytes:
    """Answer GET /guilds/{guild_id}; counts come with `with_counts` alone."""
    guild_id = entered(call)
    world = call.world
    whole = world.guilds[guild_id] | {
        "roles": list(world.roles[guild_id].values()),
        "emojis": _signed_by_uploader(call, world.emojis.get(guild_id, [])),
        "stickers": _signed_by_uploader(call, world.stickers.get(guild_id, [])),
    }
    if call.flag("with_counts"):
        count = len(world.members[guild_id])
        whole |= {
            "approximate_member_count": count,
            "approximate_presence_count": (count + 2) // 3,
        }
    return orjson.dumps(whole)


def channels(call: Call) -> bytes:
    """Answer GET /guilds/{guild_id}/channels: to bots only what they can view.

    People's own clients still get all of them, and hide some themselves.
    """
    guild_id = entered(call)
    forms, gets_all = call.world.channels, call.account.kind == "user"
    return orjson.dumps(
        [
            forms[channel_id]
            for channel_id in call.world.channel_ids(guild_id)
            if forms[channel_id]["type"] not in THREADS
            and (gets_all or call.world.can_view(call.account, channel_id))
        ]
    )


def active_threads(call: Call) -> bytes:
    """Answer GET /guilds/{guild_id}/threads/active: newest thread first."""
    guild_id = entered(call)
    forms = call.world.channels
    ids = [
        channel_id
        for channel_id in call.world.channel_ids(guild_id)
        if forms[channel_id]["type"] in THREADS
        and not forms[channel_id]["thread_metadata"]["archived"]
        and call.world.can_view(call.account, channel_id)
    ]
    return threads_answer(call, sorted(ids, reverse=True), has_more=False)


def roles(call: Call) -> bytes:
    """Answer GET /guilds/{guild_id}/roles."""
    return orjson.dumps(list(call.world.roles[entered(call)].values()))


def emojis(call: Call) -> bytes:
    """Answer GET /guilds/{guild_id}/emojis."""
    found = call.world.emojis.get(entered(call), [])
    return orjson.dumps(_signed_by_uploader(call, found))


def stickers(call: Call) -> bytes:
    """Answer GET /guilds/{guild_id}/stickers."""
    found = call.world.stickers.get(entered(call), [])
    return orjson.dumps(_signed_by_uploader(call, found))


def scheduled_events(call: Call) -> bytes:
    """Answer the events to come and under way, in channels the caller can view."""
    guild_id = entered(call)
    events = [
        event
        for event in call.world.events.get(guild_id, [])
        if event["status"] in SCHEDULED_OR_ACTIVE and _sees_event(call, event)
    ]
    if not call.flag("with_user_count"):
        events = [_without(event, "user_count") for event in events]
    return orjson.dumps(events)


def members(call: Call) -> bytes:
    """Answer the member list, for bots with the privileged intent; by default one."""
    limit, after = call.limit(1, 1000, 1), call.snowflake("after") or 0
    guild_id = entered(call)
    if "guild_members" not in call.account.intents:
        refuse(calls.MISSING_ACCESS)
    found = call.world.members[guild_id]
    ids = sorted(user_id for user_id in found if user_id > after)
    return orjson.dumps([found[user_id] for user_id in ids[:limit]])


def member(call: Call) -> bytes:
    """Answer GET /guilds/{guild_id}/members/{user_id}: no intent needed."""
    guild_id, user_id = entered(call), call.path["user_id"]
    if user_id not in call.world.users:
        refuse(calls.UNKNOWN_USER)
    if user_id not in call.world.members[guild_id]:
        refuse(calls.UNKNOWN_MEMBER)
    return orjson.dumps(call.world.members[guild_id][user_id])


def scheduled_event(call: Call) -> bytes:
    """Answer one event by its id, be it over or not."""
    _, event_id = known_event(call)
    event = call.world.event(event_id)
    counted = call.flag("with_user_count")
    return orjson.dumps(event if counted else _without(event, "user_count"))


def known_event(call: Call) -> tuple[int, int]:
    """Return guild and event of the path if the caller may see both, or refuse."""
    guild_id, event_id = entered(call), call.path["event_id"]
    events = call.world.events.get(guild_id, [])
    event = next((e for e in events if e["id"] == str(event_id)), None)
    if event is None:
        refuse(calls.UNKNOWN_EVENT)
    if not _sees_event(call, event):
        refuse(calls.MISSING_ACCESS)
    return guild_id, event_id


def allowed(call: Call, permissions: int) -> int:
    """Return the guild of the path if one of some permissions is held, or refuse."""
    guild_id = entered(call)
    if not call.world.guild_permissions(call.account, guild_id) & permissions:
        refuse(calls.MISSING_PERMISSIONS)
    return guild_id


def entered(call: Call) -> int:
    """Return the guild of the path if the caller is in it, or refuse."""
    guild_id = call.path["guild_id"]
    if guild_id not in call.world.guilds:
        refuse(calls.UNKNOWN_GUILD)
    if call.account.user_id not in call.world.members[guild_id]:
        refuse(calls.MISSING_ACCESS)
    return guild_id


def _signed_by_uploader(call: Call, items: list[Json]) -> list[Json]:
    granted = call.world.guild_permissions(call.account, call.path["guild_id"])
    if granted & (rights.CREATE_EXPRESSIONS | rights.MANAGE_EXPRESSIONS):
        return items
    return [_without(item, "user") for item in items]


def _without(item: Json, key: str) -> Json:
    return {k: v for k, v in item.items() if k != key}


def _sees_event(call: Call, event: Json) -> bool:
    channel_id = event["channel_id"]
    if channel_id is None or int(channel_id) not in call.world.channels:
        return True
    return call.world.can_view(call.account, int(channel_id))
