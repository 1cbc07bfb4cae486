"""The search for threads: the way of people's own clients to list them."""

from __future__ import annotations

from datetime import datetime

from tests.fake_discord.calls import Call
from tests.fake_discord.channel_answers import thread_parent, threads_listed
from tests.fake_discord.messages import to_json
from tests.fake_discord.shapes import THREADS

ORDERS = ("last_message_time", "creation_time", "archive_time", "relevance")


def threads(call: Call) -> bytes:
    """Answer the threads of a channel, both active and archived unless one is asked.

    `min_id` and `max_id` are bounds outside of which lie all the ids found.
    """
    limit, offset = call.limit(1, 25, 25), call.number("offset", 0, 9975, 0)
    order = call.choice("sort_by", ORDERS)
    newest_first = call.choice("sort_order", ("desc", "asc")) == "desc"
    lowest, highest = call.snowflake("min_id"), call.snowflake("max_id")
    found = [
        thread_id
        for thread_id in _wanted(call, thread_parent(call))
        if (lowest is None or thread_id > lowest)
        and (highest is None or thread_id < highest)
    ]
    found.sort(key=lambda i: (_rank(call, i, order), i), reverse=newest_first)
    page = found[offset : offset + limit]
    has_more = offset + len(page) < len(found)
    body = threads_listed(call, page, has_more=has_more)
    return to_json(body | {"total_results": len(found)})


def _wanted(call: Call, parent_id: int) -> list[int]:
    asked = call.flag("archived") if "archived" in call.query else None
    return [
        channel_id
        for channel_id, form in call.world.channels.items()
        if form["type"] in THREADS
        and form["parent_id"] == str(parent_id)
        and (asked is None or form["thread_metadata"]["archived"] == asked)
        and call.world.can_view(call.account, channel_id)
    ]


def _rank(call: Call, thread_id: int, order: str) -> float:
    form = call.world.channels[thread_id]
    if order == "last_message_time":
        return int(form["last_message_id"] or thread_id)
    if order == "archive_time":
        stamp = form["thread_metadata"]["archive_timestamp"]
        return datetime.fromisoformat(stamp).timestamp()
    return thread_id  # nothing is searched for, so nothing is more relevant
