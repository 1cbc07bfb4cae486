"""The verbs of scheduled events: announce, move, end, be interested."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.fake_discord import shapes
from tests.fake_discord.posting import PAUSE, checked_instant
from tests.fake_discord.snowflake import iso
from tests.fake_discord.threads import Threads

Json = dict[str, Any]

COMPLETED = 3
INTERESTED = "interested"
IN_STAGE, IN_VOICE, ELSEWHERE = 1, 2, 3


class Events(Threads):
    """A world in which something is going to happen."""

    def add_event(
        self,
        guild_id: int,
        name: str,
        *,
        creator_id: int,
        channel_id: int | None = None,
        **fields: Any,
    ) -> int:
        """Announce an event and return its id; without a channel it is elsewhere.

        It begins a day later and lasts two hours, unless Discord's own `fields` say
        otherwise.
        """
        with self.lock:
            at = checked_instant(fields.pop("at", self.newest_at + PAUSE))
            event_id = self.new_id(at)
            place: Json = {"entity_type": ELSEWHERE, "channel_id": None}
            place["entity_metadata"] = {"location": "The old pier"}
            if channel_id is not None:
                is_stage = self.channels[channel_id]["type"] == shapes.STAGE
                place = {"entity_type": IN_STAGE if is_stage else IN_VOICE}
                place |= {"channel_id": str(channel_id), "entity_metadata": None}
            event = shapes.scheduled_event(
                event_id,
                guild_id,
                name,
                self.users[creator_id],
                scheduled_start_time=iso(at + timedelta(days=1)),
                scheduled_end_time=iso(at + timedelta(days=1, hours=2)),
            )
            self.events.setdefault(guild_id, []).append({**event, **place, **fields})
            return event_id

    def event(self, event_id: int) -> Json:
        """Return an event, past ones too; KeyError when there never was one."""
        with self.lock:
            for events in self.events.values():
                for event in events:
                    if event["id"] == str(event_id):
                        return event
        raise KeyError(event_id)

    def update_event(self, event_id: int, **fields: object) -> None:
        """Change an event: its times, name, place, status."""
        with self.lock:
            self.event(event_id).update(fields)

    def end_event(self, event_id: int, *, status: int = COMPLETED) -> None:
        """End an event (4 cancels it): lists forget it, its own address does not."""
        self.update_event(event_id, status=status)

    def add_event_user(self, event_id: int, *user_ids: int) -> None:
        """Let users be interested in an event."""
        with self.lock:
            event = self.event(event_id)
            event["user_count"] += len(user_ids)
            self.raise_hands(event_id, INTERESTED, 1, user_ids)

    def event_user_ids(self, event_id: int) -> list[int]:
        """Return who is interested in an event, ascending."""
        with self.lock:
            event = self.event(event_id)
            people = self.people_of_guild(int(event["guild_id"]))
            counts = {1: event["user_count"]}
            return self.hands_up(event_id, INTERESTED, counts, people)[1]
