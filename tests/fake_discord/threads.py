"""The verbs of threads: open from a message, alone, or as a post; join, archive."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.fake_discord import shapes
from tests.fake_discord.messages import MessageLog
from tests.fake_discord.posting import PAUSE, checked_instant
from tests.fake_discord.reactions import Reactions
from tests.fake_discord.snowflake import iso
from tests.fake_discord.state import HAS_THREAD

Json = dict[str, Any]


class Threads(Reactions):
    """A world in which threads can be opened and closed."""

    def create_thread(
        self,
        parent_id: int,
        name: str,
        *,
        owner_id: int,
        message_id: int | None = None,
        **fields: Any,
    ) -> int:
        """Open a thread and return its id.

        From a message (`message_id`) it takes that message's id and begins with a
        starter; otherwise the parent announces it, unless `private=True`. In a forum
        or media channel it is a post whose first message is `content`.
        """
        with self.lock:
            at = checked_instant(fields.pop("at", self.newest_at + PAUSE))
            content = fields.pop("content", "")
            kind = self._thread_kind(parent_id, private=fields.pop("private", False))
            thread_id = message_id or self.new_id(at)
            self._place_thread(thread_id, parent_id, kind, at, owner_id)
            self.channels[thread_id].update(name=name, **fields)
            if self.channels[parent_id]["type"] in shapes.HOLD_POSTS:
                self._open_post(thread_id, owner_id, content)
            elif message_id is not None:
                self._open_from_message(parent_id, message_id, owner_id, at)
            elif kind != shapes.PRIVATE_THREAD:
                self._announce(parent_id, thread_id, owner_id, at)
            return thread_id

    def _thread_kind(self, parent_id: int, *, private: bool) -> int:
        if private:
            return shapes.PRIVATE_THREAD
        if self.channels[parent_id]["type"] == shapes.ANNOUNCEMENT:
            return shapes.ANNOUNCEMENT_THREAD
        return shapes.PUBLIC_THREAD

    def _place_thread(
        self, thread_id: int, parent_id: int, kind: int, at: datetime, owner_id: int
    ) -> None:
        metadata = {
            "archived": False,
            "archive_timestamp": iso(at),
            "auto_archive_duration": 4320,
            "locked": False,
            "create_timestamp": iso(at),
            **({"invitable": True} if kind == shapes.PRIVATE_THREAD else {}),
        }
        self.channels[thread_id] = shapes.thread(
            thread_id,
            self.channels[parent_id],
            kind,
            owner_id=str(owner_id),
            thread_metadata=metadata,
        )
        self.logs[thread_id] = MessageLog()
        self.thread_members[thread_id] = {}
        self.join_thread(thread_id, owner_id, at=at)

    def _open_post(self, thread_id: int, owner_id: int, content: str) -> None:
        parent_id = int(self.channels[thread_id]["parent_id"])
        self._keep(thread_id, thread_id, self._written(owner_id, {"content": content}))
        self.channels[thread_id].update(message_count=0, total_message_sent=0)
        self.channels[parent_id]["last_message_id"] = str(thread_id)

    def _open_from_message(
        self, parent_id: int, message_id: int, owner_id: int, at: datetime
    ) -> None:
        log = self.logs[parent_id]
        body = log.bodies[message_id]
        body["flags"] = body.get("flags", 0) | HAS_THREAD
        log.encoded.clear()
        reference = self.reference(parent_id, message_id)
        starter: Json = {"type": 21, "message_reference": reference}
        self.post_message(message_id, author_id=owner_id, at=at, **starter)
        self.channels[message_id].update(message_count=0, total_message_sent=0)

    def _announce(
        self, parent_id: int, thread_id: int, owner_id: int, at: datetime
    ) -> None:
        thread = self.channels[thread_id]
        reference = self.reference(thread_id)
        self.post_message(
            parent_id,
            author_id=owner_id,
            content=thread["name"],
            at=at,
            type=18,
            message_reference=reference,
        )

    def join_thread(
        self, thread_id: int, user_id: int, *, at: datetime | None = None
    ) -> None:
        """Make a user a member of a thread."""
        with self.lock:
            joined = {
                "id": str(thread_id),
                "user_id": str(user_id),
                "join_timestamp": iso(at or self.newest_at),
                "flags": 1,
            }
            self.thread_members[thread_id][user_id] = joined
            count = len(self.thread_members[thread_id])
            self.update_channel(thread_id, member_count=min(count, 50))

    def archive_thread(
        self, thread_id: int, *, at: datetime | None = None, locked: bool = False
    ) -> None:
        """Archive a thread at an instant (default: just after the newest message)."""
        changed = {"archived": True, "locked": locked}
        self._set_archive(thread_id, at or self.newest_at + PAUSE, changed)

    def update_channel(self, channel_id: int, **fields: object) -> None:
        """Change a channel or thread: name, topic, nsfw, type."""
        with self.lock:
            self.channels[channel_id].update(fields)
            self._forget_opener(channel_id)
