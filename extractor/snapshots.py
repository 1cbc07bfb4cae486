"""The few fields of Discord's objects that decide what to ask for next.

Everything else in a body is landed as it came and read by dbt.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from extractor.bodies import storable_text
from extractor.snowflake import LARGEST

Snapshot = Mapping[str, Any]

LARGEST_TYPE = (1 << 31) - 1  # what an integer column holds


class ChannelType:
    """Discord's channel types, and the groups that behave alike.

    Source: https://discord.com/developers/docs/resources/channel#channel-object-channel-types
    Unknown numbers are asked for messages like any other: a new type that holds
    none answers with an error that is recorded.
    """

    TEXT = 0
    DM = 1
    VOICE = 2
    GROUP_DM = 3
    CATEGORY = 4
    ANNOUNCEMENT = 5
    PRIVATE_THREAD = 12
    STAGE = 13
    DIRECTORY = 14
    FORUM = 15
    MEDIA = 16

    VOICES: ClassVar = frozenset({VOICE, STAGE})
    DIRECT: ClassVar = frozenset({DM, GROUP_DM})
    THREADS: ClassVar = frozenset({10, 11, PRIVATE_THREAD})
    WITHOUT_MESSAGES: ClassVar = frozenset({CATEGORY, DIRECTORY, FORUM, MEDIA})
    WITH_THREADS: ClassVar = frozenset({TEXT, ANNOUNCEMENT, FORUM, MEDIA})


@dataclass(frozen=True)
class Channel:
    """A channel or thread as Discord showed it, or as an earlier run wrote it down.

    ``message_count`` is Discord's own rough count, for threads only.
    """

    channel_id: int
    type: int
    name: str
    parent_id: int | None = None
    guild_id: int | None = None
    last_message_id: int | None = None
    last_pin_timestamp: str | None = None
    message_count: int | None = None
    overwrites: tuple[Mapping[str, Any], ...] = ()
    is_archived: bool = False
    is_joined: bool = False

    @classmethod
    def of(cls, body: Snapshot, *, is_joined: bool = False) -> Channel:
        """Read one from Discord's channel object.

        Raises:
            ValueError: it has no id or no type that could be asked for.

        """
        try:
            metadata = body.get("thread_metadata")
            count = body.get("total_message_sent")
            return cls(
                channel_id=_bounded(int(body["id"]), LARGEST),
                type=_bounded(int(body["type"]), LARGEST_TYPE),
                name=storable_text(str(body.get("name") or body["id"])),
                parent_id=_id(body.get("parent_id")),
                guild_id=_id(body.get("guild_id")),
                last_message_id=_id(body.get("last_message_id")),
                last_pin_timestamp=_text(body.get("last_pin_timestamp")),
                message_count=count if isinstance(count, int) else None,
                overwrites=tuple(body.get("permission_overwrites") or ()),
                is_archived=isinstance(metadata, dict)
                and bool(metadata.get("archived")),
                is_joined=is_joined or body.get("member") is not None,
            )
        except (AttributeError, KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"not a channel: {error}") from error

    @property
    def is_thread(self) -> bool:
        """Whether it hangs under another channel and inherits its permissions."""
        return self.type in ChannelType.THREADS

    @property
    def holds_messages(self) -> bool:
        """Whether Discord keeps messages in it: categories and forums hold none."""
        return self.type not in ChannelType.WITHOUT_MESSAGES


def channels_of(listed: Any, joined: Container[Any] = ()) -> dict[int, Channel]:
    """Read a list of channel objects by id; what is none is landed and left alone."""
    found: dict[int, Channel] = {}
    for body in listed if isinstance(listed, list) else ():
        try:
            channel = Channel.of(body, is_joined=str(body.get("id")) in joined)
        except (ValueError, AttributeError):
            continue
        found[channel.channel_id] = channel
    return found


def _text(value: object) -> str | None:
    return storable_text(value) if isinstance(value, str) else None


def _id(value: str | None) -> int | None:
    return None if value is None else _bounded(int(value), LARGEST)


def _bounded(number: int, largest: int) -> int:
    if not 0 <= number <= largest:
        raise ValueError(f"{number} is no number of Discord's")
    return number
