"""What an export says before its messages: whose it is, and of when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from extractor.dce_reader import BrokenOffError, Document
from extractor.dce_versions import Version, oldest_of_head
from extractor.errors import ExportError
from extractor.snowflake import DISCORD_EPOCH, LARGEST

_ID = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_WHAT_TO_DO = "export the channel as JSON (--format Json)"


@dataclass(frozen=True)
class Head:
    """A guild and a channel, as an export shows them; guild 0 is direct messages."""

    guild_id: int
    channel_id: int
    guild_name: str
    channel_name: str
    exported_at: datetime | None
    version: Version
    texts: Mapping[str, str]  # each root key read by then, in JSON

    @property
    def label(self) -> str:
        """What a person calls it."""
        return f"{self.channel_name} [{self.channel_id}] of {self.guild_name}"


def head_of(document: Document) -> Head:
    """Read a document as far as it says whose it is, most often up to its messages.

    Raises:
        ExportError: it is not an export.

    """
    keys = {"guild", "channel"}
    try:
        for key in document.keys():  # noqa: SIM118 - it is no mapping
            if key == "messages" and keys <= document.values.keys():
                break
    except BrokenOffError as error:
        if not document.has_messages or not keys <= document.values.keys():
            raise _refusal(f"its head cannot be read: {error}") from error
    if not document.has_messages:
        raise _refusal("it has no array of messages")
    return _head(document)


def id_of(value: Any) -> int | None:
    """Return the id of an object, if it is one that Discord could give, or 0."""
    text = value.get("id") if isinstance(value, dict) else None
    if not isinstance(text, str) or not _ID.fullmatch(text):
        return None
    return int(text) if int(text) <= LARGEST else None


def declared_count(values: dict[str, Any]) -> int | None:
    """Return how many messages a document says it has."""
    text = values.get("messageCount")
    is_count = isinstance(text, str) and _ID.fullmatch(text) is not None
    return int(str(text)) if is_count and int(str(text)) <= LARGEST else None


def _head(document: Document) -> Head:
    values = document.values
    guild, channel = values.get("guild"), values.get("channel")
    guild_id, channel_id = id_of(guild), id_of(channel)
    if guild_id is None:
        raise _refusal("its guild has no id")
    if not channel_id:
        raise _refusal("its channel has no id")
    return Head(
        guild_id,
        channel_id,
        _name(guild),
        _name(channel),
        _instant(values.get("exportedAt")),
        oldest_of_head(values),
        dict(document.head),
    )


def _name(value: Any) -> str:
    name = value.get("name")
    return name if isinstance(name, str) and name else "?"


def _instant(text: Any) -> datetime | None:
    """Return an instant of the exporter's clock, if it is a possible one."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    is_possible = moment.tzinfo is not None and moment >= DISCORD_EPOCH
    return moment if is_possible else None


def _refusal(why: str) -> ExportError:
    return ExportError(
        f"refused, not an export of DiscordChatExporter: {why}; {_WHAT_TO_DO}"
    )
