"""What landing writes down beside pages, one class per row of a table."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any


class Record:
    """A row whose fields are named like its columns."""

    @classmethod
    def names(cls) -> list[str]:
        """Return the columns, in order."""
        return [field.name for field in fields(cls)]  # type: ignore[arg-type]

    def columns(self) -> dict[str, Any]:
        """Return the row as parameters of a statement."""
        return {name: getattr(self, name) for name in self.names()}


@dataclass(frozen=True)
class Checkpoint(Record):
    """Where a channel stands: a row of landing.checkpoints.

    ``type`` is None for a thread that a message named and nobody has looked at yet.
    """

    channel_id: int
    guild_id: int
    account: str | None = None
    parent_id: int | None = None
    type: int | None = None
    name: str | None = None
    is_archived: bool = False
    last_message_id: int | None = None
    last_pin_timestamp: str | None = None
    is_deleted: bool = False
    oldest_message_id: int | None = None
    newest_message_id: int | None = None
    is_start_reached: bool = False
    backfill_complete: bool = False
    message_count: int = 0
    last_message_id_seen: int | None = None
    last_pin_timestamp_seen: str | None = None
    last_synced_at: datetime | None = None
    looked_at: datetime | None = None
    unreadable_reason: str | None = None


@dataclass(frozen=True)
class ResourceState(Record):
    """What an account knows of a list: a row of landing.resource_states."""

    account: str
    resource: str
    route_id: int
    guild_id: int
    unreadable_reason: str | None = None
    asked_at: datetime | None = None
    known_to: str | None = None


@dataclass(frozen=True)
class GuildSync(Record):
    """How far a run came in a guild: a row of landing.guild_syncs."""

    guild_id: int
    started_at: datetime
    readable_channel_count: int
    unreadable_channel_count: int
    failed_channel_count: int
    is_complete: bool
    is_backfill_complete: bool


@dataclass(frozen=True)
class Target:
    """Which page table an answer goes to, and whose it is."""

    table: str
    guild_id: int
    channel_id: int | None = None
    item_count: int = 1
    is_history_readable: bool | None = None
    has_message_content: bool | None = None
