"""Pages of made-up communities, landed and noted at once in the oracle's history.

Owns what a page of each kind tells; who says what, and when it is read, is others'.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from tests.dbt_warehouse import Json, Landing, message, user
from tests.marts_oracle.history import (
    REPLY,
    Channel,
    History,
    Member,
    Message,
    Sighting,
    Sync,
    created_at,
)

FULL = 1000


@dataclass
class Archive:
    """A landing, and what it tells."""

    landing: Landing
    history: History
    # the messages of each channel, by their ids
    seen: dict[int, dict[int, Message]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    # --- messages ---------------------------------------------------------------------

    def read(
        self,
        channel_id: int,
        posts: Iterable[Message],
        at: datetime,
        *,
        is_whole: bool = True,
    ) -> None:
        """Land a page of a channel: all that there is up to its last, or only some.

        Of the whole, what was known and is not shown any more is deleted.
        """
        shown = {post.message_id: post for post in posts}
        if not shown:
            return
        page_id = self.landing.messages(
            *(self.message(post) for post in shown.values()),
            channel_id=channel_id,
            guild_id=next(iter(shown.values())).guild_id,
            request={"path": f"/channels/{channel_id}/messages", "after": 0},
            has_message_content=True,
            is_history_readable=is_whole,
            fetched_at=at,
            responded_at=at,
        )
        sighting = Sighting(page_id, at)
        last = max(shown) if is_whole else 0
        for message_id, known in self.seen[channel_id].items():
            if message_id < last and message_id not in shown and not known.gone:
                known.gone = sighting
        for post in shown.values():
            post.sightings.append(sighting)
            post.gone = None
            self.history.messages[channel_id, post.message_id] = post
            self.seen[channel_id][post.message_id] = post

    def miss(self, post: Message, at: datetime) -> None:
        """Ask for one message that is there no more."""
        page_id = self.landing.refusal(
            *("messages", 404, 10008),
            request={"path": f"/channels/{post.channel_id}/messages/{post.message_id}"},
            guild_id=post.guild_id,
            channel_id=post.channel_id,
            fetched_at=at,
        )
        post.gone = post.gone or Sighting(page_id, at)

    def message(self, post: Message) -> Json:
        """Return a message as Discord shows it."""
        fields: Json = {
            "id": str(post.message_id),
            "type": post.type,
            "content": post.content,
            "mentions": [self.profile(user_id) for user_id in post.mentions],
        }
        if post.is_automated and post.author_id not in self.history.bots:
            fields["webhook_id"] = str(post.author_id)
        if post.reference_id is not None:
            # of what is not a reply, it is a forward's
            fields["message_reference"] = {
                "type": 0 if post.type == REPLY else 1,
                "message_id": str(post.reference_id),
                "channel_id": str(post.channel_id),
            }
        if post.reactions:
            fields["reactions"] = [
                {"emoji": self.emoji(key), "count": count}
                for key, count in post.reactions.items()
            ]
        author = self.profile(post.author_id)
        return message(post.created_at, author=author, **fields)

    def profile(self, user_id: int) -> Json:
        """Return a user."""
        is_bot = user_id in self.history.bots
        return user(user_id, bot=True) if is_bot else user(user_id)

    def emoji(self, key: str) -> Json:
        """Return an emoji by its key."""
        if key.isascii() and key.isdigit():
            return {"id": key, "name": self.history.emoji_names[int(key)]}
        return {"id": None, "name": key}

    def react(
        self, post: Message, key: str, people: Iterable[int], at: datetime
    ) -> None:
        """Land who reacted to a message with an emoji."""
        reacted = set(people)
        emoji = self.emoji(key)
        asked = f"{emoji['name']}:{key}" if emoji["id"] else key
        path = f"/channels/{post.channel_id}/messages/{post.message_id}/reactions"
        self.landing.page(
            "reaction_users",
            [self.profile(user_id) for user_id in sorted(reacted)],
            guild_id=post.guild_id,
            channel_id=post.channel_id,
            request={"path": f"{path}/{quote(asked, safe='')}", "limit": 100},
            fetched_at=at,
        )
        self.history.reactors[post.channel_id, post.message_id, key] = reacted

    # --- channels, members, runs ------------------------------------------------------

    def list_channels(
        self, guild_id: int, channels: Iterable[Channel], at: datetime
    ) -> None:
        """Land a guild's channels and threads as they are."""
        listed = list(channels)
        bodies: dict[bool, list[Json]] = {False: [], True: []}
        for one in listed:
            bodies[one.is_thread].append(channel_body(one))
            self.history.channels[one.channel_id] = one
        page: Json = {"guild_id": guild_id, "fetched_at": at}
        if bodies[False]:
            request = {"path": f"/guilds/{guild_id}/channels"}
            self.landing.page("channels", bodies[False], request=request, **page)
        if bodies[True]:
            active = {"threads": bodies[True], "has_more": False}
            request = {"path": f"/guilds/{guild_id}/threads/active"}
            self.landing.page("threads", active, request=request, **page)

    def list_members(
        self, guild_id: int, joined: Mapping[int, datetime], at: datetime
    ) -> None:
        """Land a guild's list of members to its end; who is not on it has left."""
        path = f"/guilds/{guild_id}/members"
        body = [
            {"user": self.profile(user_id), "joined_at": joined[user_id].isoformat()}
            for user_id in sorted(joined)
        ]
        page: Json = {"guild_id": guild_id, "fetched_at": at}
        self.landing.page(
            "members", body, request={"path": path, "limit": FULL}, **page
        )
        end = {"path": path, "limit": FULL, "after": max(joined)}
        self.landing.page("members", [], request=end, **page)
        self.history.listed_at.setdefault(guild_id, at)
        for (place, user_id), member in self.history.members.items():
            if place == guild_id and user_id not in joined:
                member.missed_at = member.missed_at or at
        for user_id, joined_at in joined.items():
            self.history.members[guild_id, user_id] = Member(joined_at, at)

    def finish(self, sync: Sync) -> None:
        """Record that a run came to a guild's end."""
        self.landing.connection.execute(
            """insert into landing.guild_syncs (run_id, guild_id, started_at,
                finished_at, readable_channel_count, unreadable_channel_count,
                failed_channel_count, is_complete, is_backfill_complete)
            values (1, %s, %s, %s, 1, 0, 0, %s, %s)""",
            [
                *(sync.guild_id, sync.started_at, sync.finished_at),
                *(sync.is_complete, sync.is_backfill_complete),
            ],
        )
        self.history.syncs.append(sync)


def channel_body(one: Channel) -> Json:
    """Return a channel as Discord shows it."""
    body: Json = {
        "id": str(one.channel_id),
        "type": one.type,
        "name": f"channel{one.channel_id}",
        "parent_id": str(one.parent_id) if one.parent_id else None,
    }
    if one.available_tags:
        body["available_tags"] = [
            {"id": str(tag_id), "name": name}
            for tag_id, name in one.available_tags.items()
        ]
    if one.is_thread:
        opened_at = one.opened_at or created_at(one.channel_id)
        body["owner_id"] = str(one.owner_id)
        body["applied_tags"] = [str(tag_id) for tag_id in one.tags]
        body["thread_metadata"] = {
            "archived": one.is_archived,
            "locked": one.is_locked,
            "auto_archive_duration": 1440,
            "archive_timestamp": opened_at.isoformat(),
            "create_timestamp": opened_at.isoformat(),
        }
    return body
