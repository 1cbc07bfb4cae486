"""Answers about one channel or thread: itself, its messages, pins, archived threads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tests.fake_discord import calls
from tests.fake_discord import permissions as rights
from tests.fake_discord.calls import Call, refuse
from tests.fake_discord.messages import from_json, to_json
from tests.fake_discord.redaction import redacted, sees_all
from tests.fake_discord.shapes import (
    ANNOUNCEMENT,
    HOLD_MESSAGES,
    HOLD_POSTS,
    PRIVATE,
    PRIVATE_THREAD,
    TEXT,
    THREADS,
)

Json = dict[str, Any]

LIST_TYPES = frozenset({TEXT, ANNOUNCEMENT}) | HOLD_POSTS
CURSORS = ("before", "after", "around")


def channel(call: Call) -> bytes:
    """Answer GET /channels/{channel_id}."""
    channel_id = visible_channel(call)
    return to_json(shown(call, channel_id))


def shown(call: Call, channel_id: int) -> Json:
    """Return a channel as this account sees it.

    Threads it joined say so; of a direct message it is told the others.
    """
    joined = call.world.thread_members.get(channel_id, {}).get(call.account.user_id)
    form = call.world.channels[channel_id]
    if form["type"] in PRIVATE:
        me = str(call.account.user_id)
        return form | {"recipients": [u for u in form["recipients"] if u["id"] != me]}
    return form if joined is None else form | {"member": joined}


def messages(call: Call) -> bytes:
    """Answer GET /channels/{channel_id}/messages: always newest first."""
    cursors = {name: call.query[name] for name in CURSORS if name in call.query}
    limit = call.limit(1, 100, 50)
    if len(cursors) > 1:
        message = "The before, after and around keys are mutually exclusive."
        raise calls.invalid_form("_cursor", "MUTUALLY_EXCLUSIVE", message)
    bounds = {name: calls.to_snowflake(name, text) for name, text in cursors.items()}
    channel_id = open_channel(call)
    if not call.world.can_read(call.account, channel_id):
        return b"[]"
    ids = call.world.logs[channel_id].page(limit, **bounds)
    return _joined(call, channel_id, ids)


def message(call: Call) -> bytes:
    """Answer GET /channels/{channel_id}/messages/{message_id}, for bots alone."""
    return _encoded(call, *readable_message(call))


def pins(call: Call) -> bytes:
    """Answer GET /channels/{channel_id}/messages/pins: newest pin first."""
    limit, before = call.limit(1, 50, 50), call.instant("before")
    channel_id = open_channel(call)
    pinned = call.world.pins.get(channel_id, {})
    if not call.world.can_read(call.account, channel_id):
        pinned = {}
    newest = sorted(pinned.items(), key=lambda item: (item[1], item[0]), reverse=True)
    if before is not None:
        newest = [p for p in newest if datetime.fromisoformat(p[1]) < before]
    items = [
        {"pinned_at": pinned_at, "message": _without_reactions(call, channel_id, m)}
        for m, pinned_at in newest[:limit]
    ]
    return to_json({"items": items, "has_more": len(newest) > limit})


def archived_public(call: Call) -> bytes:
    """Answer the public archive; it leaves out types foreign to the parent's."""
    parent_id = thread_parent(call)
    kind = 10 if call.world.channels[parent_id]["type"] == ANNOUNCEMENT else 11
    return _archive_by_time(call, _archived(call, parent_id, kind))


def archived_private(call: Call) -> bytes:
    """Answer the private archive, which needs MANAGE_THREADS too."""
    parent_id = thread_parent(call, frozenset({TEXT}))
    granted = call.world.permissions(call.account, parent_id)
    if not granted & rights.MANAGE_THREADS:
        refuse(calls.MISSING_PERMISSIONS)
    return _archive_by_time(call, _archived(call, parent_id, PRIVATE_THREAD))


def archived_joined(call: Call) -> bytes:
    """Answer the archived private threads the caller is in: paged by thread id."""
    limit, before = call.limit(2, 100, 50), call.snowflake("before")
    parent_id = thread_parent(call, frozenset({TEXT}))
    ids = [
        thread_id
        for thread_id in _archived(call, parent_id, PRIVATE_THREAD)
        if call.account.user_id in call.world.thread_members[thread_id]
        and (before is None or thread_id < before)
    ]
    ids.sort(reverse=True)
    return threads_answer(call, ids[:limit], has_more=len(ids) > limit)


def threads_answer(call: Call, ids: Iterable[int], *, has_more: bool) -> bytes:
    """Answer with a list of threads."""
    return to_json(threads_listed(call, ids, has_more=has_more))


def threads_listed(call: Call, ids: Iterable[int], *, has_more: bool) -> Json:
    """Shape a list of threads with the caller's own memberships beside them."""
    threads = [shown(call, thread_id) for thread_id in ids]
    members = [t["member"] for t in threads if "member" in t]
    return {"threads": threads, "members": members, "has_more": has_more}


def visible_channel(call: Call) -> int:
    """Return the channel of the path if the caller may know of it, or refuse."""
    channel_id = call.path["channel_id"]
    if channel_id not in call.world.channels:
        refuse(calls.UNKNOWN_CHANNEL)
    if not call.world.can_view(call.account, channel_id):
        refuse(calls.MISSING_ACCESS)
    return channel_id


def open_channel(call: Call) -> int:
    """Return the channel of the path if its messages may be asked for, or refuse."""
    channel_id = visible_channel(call)
    if call.world.channels[channel_id]["type"] not in HOLD_MESSAGES:
        refuse(calls.WRONG_CHANNEL_TYPE)
    if not call.world.can_open(call.account, channel_id):
        refuse(calls.MISSING_ACCESS)
    return channel_id


def readable_message(call: Call) -> tuple[int, int]:
    """Return channel and message of the path if they may be read, or refuse."""
    channel_id, message_id = open_channel(call), call.path["message_id"]
    if not call.world.can_read(call.account, channel_id):
        refuse(calls.MISSING_PERMISSIONS)
    if message_id not in call.world.logs[channel_id].bodies:
        refuse(calls.UNKNOWN_MESSAGE)
    return channel_id, message_id


def thread_parent(call: Call, kinds: frozenset[int] = LIST_TYPES) -> int:
    """Return the channel of the path if its threads may be listed, or refuse."""
    channel_id = visible_channel(call)
    if call.world.channels[channel_id]["type"] not in kinds:
        refuse(calls.WRONG_CHANNEL_TYPE)
    granted = call.world.permissions(call.account, channel_id)
    if not granted & rights.READ_MESSAGE_HISTORY:
        refuse(calls.MISSING_PERMISSIONS)
    return channel_id


def _archived(call: Call, parent_id: int, kind: int) -> list[int]:
    parent = str(parent_id)
    return [
        thread_id
        for thread_id, form in call.world.channels.items()
        if form.get("parent_id") == parent
        and form["type"] in THREADS
        and form["type"] == kind
        and form["thread_metadata"]["archived"]
    ]


def _archive_by_time(call: Call, ids: list[int]) -> bytes:
    limit, before = call.limit(2, 100, 50), call.instant("before")
    dated = [(_archived_at(call, i), i) for i in ids]
    older = sorted((d for d in dated if before is None or d[0] < before), reverse=True)
    page = [thread_id for _, thread_id in older[:limit]]
    return threads_answer(call, page, has_more=len(older) > limit)


def _archived_at(call: Call, thread_id: int) -> datetime:
    metadata = call.world.channels[thread_id]["thread_metadata"]
    return datetime.fromisoformat(metadata["archive_timestamp"])


def _joined(call: Call, channel_id: int, ids: list[int]) -> bytes:
    if _sees_all(call, channel_id):
        world = call.world
        return b"[%b]" % b",".join([world.encoded(channel_id, i) for i in ids])
    return b"[%b]" % b",".join([_encoded(call, channel_id, i) for i in ids])


def _sees_all(call: Call, channel_id: int) -> bool:
    """Tell whether nothing is withheld; what is written to a bot itself never is."""
    is_private = call.world.channels[channel_id]["type"] in PRIVATE
    return is_private or sees_all(call.account)


def _encoded(call: Call, channel_id: int, message_id: int) -> bytes:
    if _sees_all(call, channel_id):
        return call.world.encoded(channel_id, message_id)
    whole = call.world.message(channel_id, message_id)
    return to_json(redacted(whole, call.account))


def _without_reactions(call: Call, channel_id: int, message_id: int) -> Json:
    found: Json = from_json(_encoded(call, channel_id, message_id))
    found.pop("reactions", None)
    return found
