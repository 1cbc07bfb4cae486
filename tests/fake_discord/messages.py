"""The messages of one channel: sorted ids, sparse bodies, and their encoded bytes.

A body holds only what differs from `DEFAULTS`, so that large worlds fit in memory; the
bytes are made on first use and forgotten when anything in them changes.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right, insort
from typing import Any

import orjson

Json = dict[str, Any]

DEFAULTS: Json = {
    "type": 0,
    "content": "",
    "mentions": [],
    "mention_roles": [],
    "attachments": [],
    "embeds": [],
    "edited_timestamp": None,
    "flags": 0,
    "components": [],
    "pinned": False,
    "mention_everyone": False,
    "tts": False,
}


class MessageLog:
    """What one channel or thread holds."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.bodies: dict[int, Json] = {}
        self.encoded: dict[int, bytes] = {}

    def add(self, message_id: int, body: Json) -> None:
        """Keep a message; late arrivals with small ids are put in their place."""
        if self.ids and message_id < self.ids[-1]:
            insort(self.ids, message_id)
        else:
            self.ids.append(message_id)
        self.bodies[message_id] = body

    def remove(self, message_id: int) -> None:
        """Forget a message; raise KeyError when it is not there."""
        del self.bodies[message_id]
        self.encoded.pop(message_id, None)
        del self.ids[bisect_left(self.ids, message_id)]

    def page(self, limit: int, **cursor: int) -> list[int]:
        """Return the ids of one page, newest first, as Discord always lists them.

        `before` takes the newest ids below it, `after` the oldest above it, `around`
        both sides of it; with none of them, the newest page.
        """
        start, stop = self._span(limit, **cursor)
        return self.ids[max(start, 0) : stop][::-1]

    def _span(self, limit: int, **cursor: int) -> tuple[int, int]:
        if "before" in cursor:
            stop = bisect_left(self.ids, cursor["before"])
            return stop - limit, stop
        if "after" in cursor:
            start = bisect_right(self.ids, cursor["after"])
            return start, start + limit
        if "around" in cursor:
            start = max(bisect_left(self.ids, cursor["around"]) - limit // 2, 0)
            return start, start + limit
        return len(self.ids) - limit, len(self.ids)


def to_json(value: object) -> bytes:
    """Encode, lone surrogates too: they leave as escapes, which orjson refuses."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode()


def from_json(text: bytes) -> Any:
    """Decode what `to_json` wrote."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
