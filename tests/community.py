"""A small guild made by hand, for tests that count every request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fake_discord import World

VIEW, HISTORY, CONNECT = 1 << 10, 1 << 16, 1 << 20
MANAGE_THREADS = 1 << 34
READ = VIEW | HISTORY | CONNECT
MODERATE = 1 << 2 | 1 << 5 | 1 << 7 | 1 << 29  # bans, guild, audit log, webhooks
START = datetime(2026, 1, 5, tzinfo=UTC)
INTENTS = ("message_content", "guild_members")


class Community:
    """A guild with its owner, who writes, and one bot, who reads."""

    def __init__(
        self, *, rights: int = 0, intents: Iterable[str] = INTENTS, everyone: int = READ
    ) -> None:
        self.world = World()
        self.world.newest_at = START
        self.owner = self.world.add_user("owner")
        self.guild = self.world.add_guild("Guild", self.owner, everyone_may=everyone)
        self.token = self.add_bot("bot", rights=rights, intents=intents)

    def add_bot(
        self, name: str, *, rights: int = 0, intents: Iterable[str] = INTENTS
    ) -> str:
        """Let another bot join, with a role of its own; return its token."""
        world = self.world
        user_id = world.add_user(name, bot=True)
        role_id = world.add_role(self.guild, name, rights)
        world.add_member(self.guild, user_id, roles=[str(role_id)])
        return world.add_account(name, "bot", user_id, intents=intents)

    def add_person(self, name: str) -> str:
        """Let a person join whose own token is used; return it."""
        user_id = self.world.add_user(name)
        self.world.add_member(self.guild, user_id)
        return self.world.add_account(name, "user", user_id)

    def user_of(self, token: str) -> int:
        """Return whom a token speaks for."""
        return self.world.account(token).user_id

    def channel(self, name: str, messages: int = 3, *, kind: int = 0) -> int:
        """Make a channel with so many messages, a minute apart."""
        channel_id = self.world.add_channel(self.guild, kind, name)
        self.write(channel_id, messages)
        return channel_id

    def write(
        self, channel_id: int, messages: int = 1, *, at: datetime | None = None
    ) -> list[int]:
        """Write messages, a minute apart, from ``at`` or after all there are."""
        first = at or self.world.newest_at + timedelta(minutes=1)
        return [
            self.world.post_message(
                channel_id,
                author_id=self.owner,
                content=f"message {number}",
                at=first + timedelta(minutes=number),
            )
            for number in range(messages)
        ]

    def thread(
        self, parent_id: int, name: str, *, is_archived: bool = True, **fields: Any
    ) -> int:
        """Open a thread with one message in it."""
        thread_id = self.world.create_thread(
            parent_id, name, owner_id=self.owner, **fields
        )
        self.write(thread_id)
        if is_archived:
            self.world.archive_thread(thread_id)
        return thread_id
