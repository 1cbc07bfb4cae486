"""What the digest tells of: conversations, chosen and ranked by SQL, and what was said.

Owns the questions put to the database, one file of SQL each in queries. Nothing
comes from channels other than those that the caller names as quotable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from scripts.report.data import Connection, Row, ask, questions
from scripts.report.inert import Markdown
from scripts.report.quotes import message_link

QUERIES = Path(__file__).parent / "queries"


@dataclass(frozen=True)
class Scope:
    """Of which guild, which time and which channels a digest may tell."""

    guild_id: int
    begins_at: datetime
    ends_at: datetime
    quotable_channel_ids: frozenset[int]

    def parameters(self, **more: object) -> dict[str, object]:
        """Return what every query is asked with."""
        return {
            "guild_id": self.guild_id,
            "begins_at": self.begins_at,
            "ends_at": self.ends_at,
            "quotable_channel_ids": sorted(self.quotable_channel_ids),
            **more,
        }


@dataclass(frozen=True)
class Post:
    """A message as it was archived. `author` is the row of a user."""

    guild_id: int
    channel_id: int
    message_id: int
    author: Row
    content: str
    edited_at: datetime | None
    reaction_count: int

    @property
    def author_id(self) -> int:
        """Return who wrote it."""
        return int(self.author["user_id"] or 0)

    @property
    def link(self) -> Markdown:
        """Return where Discord shows it."""
        return message_link(self.guild_id, self.channel_id, self.message_id)


@dataclass(frozen=True)
class Conversation:
    """A conversation, the row of its channel, and its messages in their order."""

    conversation_id: int
    channel: Row
    started_at: datetime
    participant_count: int
    message_count: int
    reaction_count: int
    posts: tuple[Post, ...]

    @property
    def link(self) -> Markdown:
        """Return where Discord shows its beginning."""
        guild_id, channel_id = self.channel["guild_id"], self.channel["channel_id"]
        return message_link(guild_id, channel_id, self.conversation_id)


@dataclass(frozen=True)
class Exchange:
    """A question and the first response to it."""

    question: Post
    answer: Post


@dataclass(frozen=True)
class Contributor:
    """One of those who wrote most, and what people reacted to most."""

    user: Row
    message_count: int
    posts: tuple[Post, ...]


@dataclass(frozen=True)
class Extras:
    """What is told on request only."""

    has_profiles: bool = False
    faq_channel_id: int | None = None


@dataclass(frozen=True)
class Material:
    """All that the digest of a guild is made from. None: nobody has asked for it."""

    conversations: Sequence[Conversation]
    contributors: Sequence[Contributor] | None = None
    faq_channel: Row | None = None
    exchanges: Sequence[Exchange] = ()


def material(connection: Connection, scope: Scope, extras: Extras) -> Material:
    """Read all at once, so that no transaction waits for a model."""
    place: Row | None = None
    pairs: list[Exchange] = []
    if extras.faq_channel_id:
        place = channel(connection, scope, extras.faq_channel_id)
        pairs = exchanges(connection, scope, extras.faq_channel_id)
    return Material(
        conversations=conversations(connection, scope),
        contributors=contributors(connection, scope) if extras.has_profiles else None,
        faq_channel=place,
        exchanges=pairs,
    )


def conversations(connection: Connection, scope: Scope) -> list[Conversation]:
    """Return the conversations of the time, the largest first, at most a few."""
    rows = _ask(connection, "conversations", scope.parameters())
    return [
        Conversation(
            conversation_id=row["conversation_id"],
            channel=row,
            started_at=row["started_at"],
            participant_count=row["participant_count"],
            message_count=row["message_count"],
            reaction_count=row["reaction_count"],
            posts=posts(connection, "conversation_posts", row),
        )
        for row in rows
    ]


def contributors(connection: Connection, scope: Scope) -> list[Contributor]:
    """Return who wrote most where it may be quoted, with their best received posts."""
    return [
        Contributor(
            user=row,
            message_count=row["message_count"],
            posts=posts(
                connection,
                "contributor_posts",
                scope.parameters(user_id=row["user_id"]),
            ),
        )
        for row in _ask(connection, "contributors", scope.parameters())
    ]


def channel(connection: Connection, scope: Scope, channel_id: int) -> Row | None:
    """Return the row of a channel, None if it is not one to quote in this guild."""
    rows = _ask(connection, "channel", scope.parameters(channel_id=channel_id))
    return rows[0] if rows else None


def exchanges(connection: Connection, scope: Scope, channel_id: int) -> list[Exchange]:
    """Return questions of a channel with their responses, the best received first."""
    rows = _ask(connection, "exchanges", scope.parameters(channel_id=channel_id))
    return [
        Exchange(_post(_part(row, "question_")), _post(_part(row, "answer_")))
        for row in rows
    ]


def posts(connection: Connection, query: str, parameters: Row) -> tuple[Post, ...]:
    """Return the messages that a query finds."""
    return tuple(map(_post, _ask(connection, query, parameters)))


def _ask(connection: Connection, query: str, parameters: Row) -> list[dict[str, Any]]:
    return ask(connection, questions(QUERIES)[query], parameters)


def _part(row: Row, prefix: str) -> Row:
    return {
        name.removeprefix(prefix): value
        for name, value in row.items()
        if name.startswith(prefix)
    }


def _post(row: Row) -> Post:
    return Post(
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        message_id=row["message_id"],
        author={name: row[name] for name in ("user_id", "global_name", "username")},
        content=row["content"] or "",
        edited_at=row["edited_at"],
        reaction_count=row["reaction_count"],
    )
