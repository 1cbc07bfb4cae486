"""A guild in which things happen, by seeded chance, and all that was ever in it."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from random import Random
from typing import Any

from tests.chaos.happenings import HAPPENINGS
from tests.community import MANAGE_THREADS, MODERATE, Community
from tests.fake_discord.shapes import HOLD_MESSAGES, HOLD_POSTS, TEXT, THREADS

Json = dict[str, Any]
Key = tuple[Any, ...]

CATEGORY, VOICE, FORUM = 4, 2, 15
PEOPLE = 12
# between two messages: an increment reads five minutes below the newest once more
PAUSE = timedelta(minutes=2)


class Session(Community):
    """A guild with its people, a bot that reads it, and what has happened in it.

    `ever` holds the keys of all that there ever was, by the name of its table.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(rights=MODERATE | MANAGE_THREADS)
        self.rng = Random(seed)
        self._number = 0
        self.bot = self.user_of(self.token)
        self.ever: defaultdict[str, set[Key]] = defaultdict(set)
        self.emojis = self.world.emojis.setdefault(self.guild, [])
        self.stickers = self.world.stickers.setdefault(self.guild, [])
        for number in range(PEOPLE):
            self.join(f"person {number}")
        self.channel("quay", 130)
        self.channel("help", 25)
        self.channel("Workbench", 4, kind=VOICE)
        self.world.add_channel(self.guild, CATEGORY, "Harbour")
        self.world.add_channel(self.guild, FORUM, "questions")
        self.go_on(60)

    def go_on(self, steps: int) -> None:
        """Let so many things happen."""
        verbs, weights = zip(*HAPPENINGS, strict=True)
        for _ in range(steps):
            (verb,) = self.rng.choices(verbs, weights)
            with self.world.lock:
                verb(self)
                self._remember()

    def number(self) -> int:
        """Return a number that nothing else in this guild has in its name."""
        self._number += 1
        return self._number

    # --- who and what there is --------------------------------------------------------

    def join(self, name: str) -> int:
        """Let somebody new join, and return the id."""
        user_id = self.world.add_user(name, global_name=name.title())
        self.world.add_member(self.guild, user_id)
        return user_id

    def people(self) -> list[int]:
        """Return the members who are no bots."""
        members = self.world.members[self.guild]
        return [one for one, form in members.items() if not form["user"].get("bot")]

    def somebody(self) -> int:
        """Return some member."""
        return self.rng.choice(self.people())

    def channels(self, kinds: frozenset[int]) -> list[int]:
        """Return the channels and threads of some kinds."""
        forms = self.world.channels.items()
        return [one for one, form in forms if form["type"] in kinds]

    def rooms(self) -> list[int]:
        """Return the channels and threads that messages can be posted in."""
        return [one for one in self.channels(HOLD_MESSAGES) if one in self.world.logs]

    def parents(self) -> list[int]:
        """Return the channels that threads can be opened in."""
        return self.channels(frozenset({TEXT}) | HOLD_POSTS)

    def threads(self) -> list[int]:
        """Return the threads."""
        return self.channels(THREADS)

    def some_message(self) -> tuple[int, int] | None:
        """Return channel and id of some message, rather a late one."""
        filled = [one for one in self.rooms() if self.world.logs[one].ids]
        if not filled:
            return None
        channel_id = self.rng.choice(filled)
        ids = self.world.logs[channel_id].ids
        return channel_id, ids[-1 - min(int(self.rng.expovariate(0.1)), len(ids) - 1)]

    def message_count(self) -> int:
        """Return how many messages there are."""
        return sum(len(log.ids) for log in self.world.logs.values())

    def readable(self) -> dict[int, list[int]]:
        """Return the ids of all messages that the bot may read, by channel."""
        with self.world.lock:
            channels = self.world.readable_channel_ids(self.guild, self.token)
            logs = self.world.logs
            return {one: list(logs[one].ids) for one in channels if one in logs}

    def post(self, channel_id: int, content: str, **fields: Any) -> int:
        """Post as some member, some time after all else."""
        at = self.world.newest_at + PAUSE
        return self.world.post_message(
            channel_id, author_id=self.somebody(), content=content, at=at, **fields
        )

    def _remember(self) -> None:
        world, guild = self.world, self.guild
        members = world.members[guild]
        self.ever["messages"] |= {
            (channel_id, message_id)
            for channel_id, log in world.logs.items()
            for message_id in log.ids
        }
        self.ever["channels"] |= {(one,) for one in world.channels}
        self.ever["roles"] |= {(one,) for one in world.roles[guild]}
        self.ever["members"] |= {(guild, one) for one in members}
        self.ever["member_names"] |= {(one, members[one]["nick"]) for one in members}
        self.ever["user_names"] |= {
            (one, form["username"], form["global_name"])
            for one, form in world.users.items()
        }
        self.ever["scheduled_events"] |= {
            (int(one["id"]),) for one in world.events.get(guild, ())
        }
        self.ever["audit_log_entries"] |= {
            (one,) for one in world.audit_log.get(guild, ())
        }
        self.ever["emojis"] |= {(int(one["id"]),) for one in self.emojis}
        self.ever["stickers"] |= {(int(one["id"]),) for one in self.stickers}
        self.ever["bans"] |= {(guild, one) for one in world.bans.get(guild, ())}
        self.ever["invites"] |= {(one,) for one in world.invites.get(guild, ())}
        self.ever["webhooks"] |= {(one,) for one in world.webhooks.get(guild, ())}
        self.ever["pins"] |= {
            (channel_id, message_id)
            for channel_id, pins in world.pins.items()
            for message_id in pins
        }
