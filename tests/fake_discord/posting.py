"""The verbs of messages: post, reply, edit, delete, pin.

They keep what Discord keeps by itself: ids from the clock of the event, counts of
threads, a `last_message_id` that is never wound back, threads that wake when spoken in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fake_discord import shapes
from tests.fake_discord.snowflake import EPOCH, iso, moment, snowflake
from tests.fake_discord.state import State

Json = dict[str, Any]

PAUSE = timedelta(seconds=1)


class Posting(State):
    """A world in which messages can be written and changed."""

    newest_at: datetime = EPOCH
    _increment: int = 0

    def new_id(self, at: datetime) -> int:
        """Return a fresh id of an instant; ids of one instant rise as they are made."""
        with self.lock:
            self._increment = (self._increment + 1) & 0xFFF
            return snowflake(at, self._increment)

    def post_message(
        self,
        channel_id: int,
        *,
        author_id: int | None = None,
        content: str = "",
        at: datetime | None = None,
        **fields: Any,
    ) -> int:
        """Post a message and return its id; `fields` are Discord's own.

        Without `at` it comes after the newest message of the world. A webhook's
        message brings its own `author`.
        """
        with self.lock:
            message_id = self.new_id(checked_instant(at or self.newest_at + PAUSE))
            body = self._written(author_id, {"content": content, **fields})
            self._keep(channel_id, message_id, body)
            return message_id

    def reply(self, channel_id: int, target_id: int, **fields: Any) -> int:
        """Post a reply (type 19) to a message of the same channel."""
        reference = self.reference(channel_id, target_id)
        return self.post_message(
            channel_id, **{"type": 19, "message_reference": reference, **fields}
        )

    def edit_message(
        self,
        channel_id: int,
        message_id: int,
        *,
        at: datetime | None = None,
        **fields: object,
    ) -> None:
        """Edit as the author does: the fields change and the edit is dated."""
        moved = at or max(self.newest_at, moment(message_id)) + PAUSE
        stamp = {"edited_timestamp": iso(moved)}
        self.alter_message(channel_id, message_id, **fields, **stamp)

    def alter_message(self, channel_id: int, message_id: int, **fields: object) -> None:
        """Change fields without dating an edit, as late embeds and pins do."""
        with self.lock:
            self.logs[channel_id].bodies[message_id].update(fields)
            self._forget(channel_id, message_id)

    def delete_message(self, channel_id: int, message_id: int) -> None:
        """Delete a message; replies to it then refer to null."""
        with self.lock:
            self._forget(channel_id, message_id)
            self.logs[channel_id].remove(message_id)
            self.hands.pop(message_id, None)
            self.pins.get(channel_id, {}).pop(message_id, None)
            channel = self.channels[channel_id]
            if channel["type"] in shapes.THREADS and message_id != channel_id:
                count = max(channel["message_count"] - 1, 0)
                channel["message_count"] = count
                self._forget_opener(channel_id)

    def bulk_delete(self, channel_id: int, message_ids: Iterable[int]) -> None:
        """Delete many messages of one channel at once."""
        with self.lock:
            for message_id in list(message_ids):
                self.delete_message(channel_id, message_id)

    def pin_message(
        self, channel_id: int, message_id: int, *, at: datetime | None = None
    ) -> None:
        """Pin a message, without the system message that Discord adds."""
        with self.lock:
            pinned_at = iso(at or self.newest_at + PAUSE)
            self.pins.setdefault(channel_id, {})[message_id] = pinned_at
            self.channels[channel_id]["last_pin_timestamp"] = pinned_at
            self.alter_message(channel_id, message_id, pinned=True)

    def _written(self, author_id: int | None, fields: Json) -> Json:
        if author_id is not None:
            fields["author"] = self.users[author_id]
        return fields

    def _keep(self, channel_id: int, message_id: int, body: Json) -> None:
        channel = self.channels[channel_id]
        at = moment(message_id)
        if channel["type"] in shapes.THREADS:
            self._count_in_thread(channel_id, body, at)
        self.logs[channel_id].add(message_id, body)
        self.newest_at = max(self.newest_at, at)
        last = int(channel.get("last_message_id") or 0)
        channel["last_message_id"] = str(max(last, message_id))

    def _count_in_thread(self, thread_id: int, body: Json, at: datetime) -> None:
        thread = self.channels[thread_id]
        body["position"] = thread["total_message_sent"]
        thread["message_count"] += 1
        thread["total_message_sent"] += 1
        if thread["thread_metadata"]["archived"]:
            self.unarchive_thread(thread_id, at=at)
        self._forget_opener(thread_id)

    def reference(self, channel_id: int, message_id: int | None = None) -> Json:
        """Return what a message says when it points at a channel or a message."""
        found: Json = {"type": 0, "channel_id": str(channel_id)}
        if "guild_id" in self.channels[channel_id]:
            found["guild_id"] = self.channels[channel_id]["guild_id"]
        return found if message_id is None else found | {"message_id": str(message_id)}

    def _forget(self, channel_id: int, message_id: int) -> None:
        """Drop bytes that may show a message: its own, its replies', its thread's."""
        self.logs[channel_id].encoded.clear()
        if message_id in self.logs:
            self.logs[message_id].encoded.clear()

    def _forget_opener(self, thread_id: int) -> None:
        """Drop the bytes of the message that a thread hangs from: they show it."""
        parent_id = int(self.channels[thread_id].get("parent_id") or 0)
        if parent_id in self.logs:
            self.logs[parent_id].encoded.pop(thread_id, None)

    def unarchive_thread(self, thread_id: int, *, at: datetime | None = None) -> None:
        """Wake an archived thread, as any message in it does."""
        self._set_archive(thread_id, at or self.newest_at + PAUSE, {"archived": False})

    def _set_archive(self, thread_id: int, at: datetime, changed: Json) -> None:
        with self.lock:
            metadata = self.channels[thread_id]["thread_metadata"]
            metadata.update(changed, archive_timestamp=iso(at))
            self._forget_opener(thread_id)


def checked_instant(at: object) -> datetime:
    """Return an instant in UTC, or say what is wrong with it."""
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise TypeError(f"{at!r} is no instant: pass a datetime with a time zone")
    return at.astimezone(UTC)
