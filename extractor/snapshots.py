"""The few fields of Discord's objects that decide what to ask for next.

Everything else in a body is landed as it came and read by dbt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

Snapshot = Mapping[str, Any]


class ChannelType:
    """Discord's channel types, and the groups that behave alike.

    Source: https://discord.com/developers/docs/resources/channel#channel-object-channel-types
    Unknown numbers are asked for messages like any other: a new type that holds
    none answers with an error that is recorded.
    """

    TEXT = 0
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    PRIVATE_THREAD = 12
    STAGE = 13
    DIRECTORY = 14
    FORUM = 15
    MEDIA = 16

    VOICES: ClassVar = frozenset({VOICE, STAGE})
    THREADS: ClassVar = frozenset({10, 11, PRIVATE_THREAD})
    WITHOUT_MESSAGES: ClassVar = frozenset({CATEGORY, DIRECTORY, FORUM, MEDIA})
    WITH_THREADS: ClassVar = frozenset({TEXT, ANNOUNCEMENT, FORUM, MEDIA})


@dataclass(frozen=True)
class Channel:
    """A channel or thread as a list of Discord's showed it."""

    channel_id: int
    type: int
    name: str
    parent_id: int | None
    last_message_id: int | None
    overwrites: tuple[Mapping[str, Any], ...]
    is_joined: bool = False

    @classmethod
    def of(cls, body: Snapshot, *, is_joined: bool = False) -> Channel:
        """Read one from Discord's channel object."""
        return cls(
            channel_id=int(body["id"]),
            type=int(body["type"]),
            name=body.get("name") or body["id"],
            parent_id=_id(body.get("parent_id")),
            last_message_id=_id(body.get("last_message_id")),
            overwrites=tuple(body.get("permission_overwrites") or ()),
            is_joined=is_joined or body.get("member") is not None,
        )

    @property
    def is_thread(self) -> bool:
        """Whether it hangs under another channel and inherits its permissions."""
        return self.type in ChannelType.THREADS

    @property
    def holds_messages(self) -> bool:
        """Whether Discord keeps messages in it: categories and forums hold none."""
        return self.type not in ChannelType.WITHOUT_MESSAGES


def _id(value: str | None) -> int | None:
    return None if value is None else int(value)
