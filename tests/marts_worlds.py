"""Made-up communities by seeded chance, read in three runs: what marts must hold for.

Owns what happens in them and what each run meets; how it is landed is marts_archive's.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from tests.dbt_warehouse import snowflake
from tests.marts_archive import Archive
from tests.marts_oracle.history import (
    JOINED,
    REPLY,
    Channel,
    Message,
    Sync,
)

RUNS = 3
TEXT, FORUM, PUBLIC, PRIVATE = 0, 15, 11, 12
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEK = 7 * DAY
# the clocks of New York change on 2 November and on 9 March
LAST_WEEKS = (date(2025, 11, 17), date(2025, 3, 31))
CUSTOM_EMOJIS = {77: "wave", 78: "party"}
EMOJIS = ("77", "78", "👍", "👩‍👩‍👧", "❤️")
GAPS = (
    *(timedelta(0), timedelta(milliseconds=1), timedelta(seconds=20)),
    *(MINUTE, 3 * MINUTE, 9 * MINUTE, 3 * MINUTE, 17 * MINUTE),
    *(30 * MINUTE - timedelta(milliseconds=1), 30 * MINUTE, 31 * MINUTE),
    *(2 * HOUR, 23 * HOUR),
)
TEXTS = (
    *("hello", "", "thanks a lot", "I do not know how", "<:wave:77> hi <a:party:78>"),
    *("<:wave:77><:wave:77>", "Is it so? I wonder.", "really?!", "how does it work"),
    *("`a ? b : c`", "see https://example.org/?q=1", "> who?\nme", "¿Qué tal", "吗"),
    *("これは何ですか", "好不好\uff1f", "هل هذا جيد\u061f", "```\nwhy?\n```\nso it is"),
)
TAGS = {1: "Solved", 2: "GELÖST", 3: "unsolved", 4: "help"}


@dataclass
class Guild:
    """One guild as it is, whoever has read of it."""

    rng: random.Random
    guild_id: int
    people: list[int]
    bot_id: int
    webhook_id: int
    channels: list[Channel] = field(default_factory=list)
    posts: list[Message] = field(default_factory=list)
    joined: dict[int, datetime] = field(default_factory=dict)
    # the first run that meets a message, and that which meets a channel
    met_in: dict[int, int] = field(default_factory=dict)
    shown_in: dict[int, int] = field(default_factory=dict)
    number: int = 0

    def places(self, *kinds: int) -> list[Channel]:
        """Return the channels of some kinds."""
        return [one for one in self.channels if one.type in kinds]

    def said_in(self, channel_id: int, before: int) -> list[Message]:
        """Return what was said in a channel before an id."""
        return [
            one
            for one in self.posts
            if one.channel_id == channel_id and one.message_id < before
        ]

    def next_id(self, at: datetime) -> int:
        """Return an id for what happens at an instant."""
        self.number += 1
        return snowflake(at, self.number)

    # --- what happens -----------------------------------------------------------------

    def open_channels(self, first_id: int, texts: int) -> None:
        """Open the channels that there are from the beginning."""
        for number in range(texts):
            self.channels.append(Channel(first_id + number, self.guild_id, TEXT))
        forum = Channel(first_id + texts, self.guild_id, FORUM, available_tags=TAGS)
        self.channels.append(forum)

    def talk(self, at: datetime, people: list[int]) -> None:
        """Let people talk for a while, in some channel, thread or new post."""
        place = self.place(at, people)
        for _ in range(self.rng.choice([1, 2, 3, 5, 8])):
            self.say(place.channel_id, at, people)
            at += self.rng.choice(GAPS)

    def place(self, at: datetime, people: list[int]) -> Channel:
        """Return where a talk takes place, opened for it or there before."""
        chance = self.rng.random()
        message_id = self.next_id(at)
        if chance < 0.15:
            opener = self.rng.choice(people)
            (forum,) = self.places(FORUM)
            post = self.thread(message_id, forum.channel_id, at, opener)
            text = self.rng.choice(TEXTS)
            self.posts.append(
                Message(message_id, message_id, self.guild_id, opener, content=text)
            )
            return post
        text_channel = self.rng.choice(self.places(TEXT))
        if chance < 0.3:
            starters = [
                one
                for one in self.said_in(text_channel.channel_id, message_id)[-5:]
                if one.message_id not in {c.channel_id for c in self.channels}
            ]
            opener = self.rng.choice(people)
            if starters:
                starter_id = self.rng.choice(starters).message_id
                return self.thread(starter_id, text_channel.channel_id, at, opener)
            return self.thread(
                message_id, text_channel.channel_id, at, opener, kind=PRIVATE
            )
        old = [t for t in self.places(PUBLIC) if t.opened_at and t.opened_at < at]
        return self.rng.choice(old) if old and chance < 0.5 else text_channel

    def thread(
        self, thread_id: int, parent_id: int, at: datetime, opener: int, kind: int = 11
    ) -> Channel:
        """Open a thread; nobody but Discord says so."""
        opened = Channel(thread_id, self.guild_id, kind, parent_id, opener, at)
        opened.tags = tuple(tag for tag in TAGS if self.rng.random() < 0.1)
        opened.is_locked = self.rng.random() < 0.1
        opened.is_archived = self.rng.random() < 0.3
        self.channels.append(opened)
        return opened

    def say(self, channel_id: int, at: datetime, people: list[int]) -> Message:
        """Let somebody or something post."""
        rng = self.rng
        one = Message(self.next_id(at), channel_id, self.guild_id, rng.choice(people))
        one.content = rng.choice(TEXTS)
        before = self.said_in(channel_id, one.message_id)
        chance = rng.random()
        if chance < 0.3:
            one.type = REPLY
            one.reference_id = self.answered(before)
        elif chance < 0.36:
            one.is_automated = True
            one.author_id = rng.choice([self.bot_id, self.webhook_id])
        elif chance < 0.4:
            one.type = rng.choice([JOINED, 6, 8, 18, 21])
        elif chance < 0.44:
            one.type = rng.choice([20, 23])
        elif chance < 0.48:
            one.reference_id = self.answered(before)
        if rng.random() < 0.25:
            mentioned = rng.sample([*self.people, self.bot_id], 2)
            answered = [p for p in before if p.message_id == one.reference_id]
            one.mentions = (*mentioned, *(p.author_id for p in answered))
        if rng.random() < 0.3:
            kinds = rng.sample(EMOJIS, rng.choice([1, 1, 2, 3]))
            one.reactions = {key: rng.randrange(1, 5) for key in kinds}
        self.posts.append(one)
        return one

    def answered(self, before: list[Message]) -> int:
        """Return what is replied to: what was just said, said long ago, or unknown."""
        chance = self.rng.random()
        if not before or chance < 0.1:
            return 4711
        return self.rng.choice(before[-4:] if chance < 0.7 else before).message_id

    def huddle(self, at: datetime) -> None:
        """Let one person and three others reply to each other five times over."""
        hub, *others = self.people[:4]
        place = self.places(TEXT)[0].channel_id
        for from_id, to_id in [(a, b) for o in others for a, b in ((hub, o), (o, hub))]:
            asked = Message(self.next_id(at), place, self.guild_id, to_id)
            self.posts.append(asked)
            for _ in range(5):
                at += MINUTE
                one = Message(self.next_id(at), place, self.guild_id, from_id)
                one.type, one.reference_id = REPLY, asked.message_id
                one.mentions = (to_id,)
                self.posts.append(one)

    def crowd(self, at: datetime) -> None:
        """Let everybody write, and something be written in every channel."""
        for place in self.places(TEXT):
            for user_id in self.rng.sample(self.people, len(self.people) // 2):
                at += MINUTE
                self.say(place.channel_id, at, [user_id])


@dataclass
class World:
    """A community of two or three guilds, and the runs that read it."""

    seed: int
    archive: Archive
    rng: random.Random = field(init=False)
    guilds: list[Guild] = field(init=False)
    runs: list[datetime] = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        last = LAST_WEEKS[self.seed % len(LAST_WEEKS)]
        # some are looked at again when nobody has said anything for long
        first = last - (15 if self.has("a long silence") else 6) * WEEK
        weeks = [first + n * WEEK for n in range(7)]
        people = [1_000_000 + self.seed * 100 + n for n in range(14)]
        self.guilds = [
            self.guild(number, people) for number in range(self.rng.choice([2, 3]))
        ]
        for guild in self.guilds:
            for week in weeks:
                self.spend(guild, week)
        ends = (
            first + 18 * DAY,
            first + 31 * DAY,
            last + self.rng.randrange(1, 3) * DAY,
        )
        midnight = self.archive.history.midnight
        self.runs = [
            midnight(day) + self.rng.randrange(86_400) * timedelta(seconds=1)
            for day in ends
        ]
        for guild in self.guilds:
            self.plan(guild)

    def has(self, feature: str) -> bool:
        """Say whether a world is one of those with something rare."""
        features = (
            *("a huddle", "a crowd", "a long silence", "messages without a guild"),
            "a guild never read to its end",
        )
        return self.seed % (2 * len(features)) // 2 == features.index(feature)

    # --- what there is ----------------------------------------------------------------

    def guild(self, number: int, people: list[int]) -> Guild:
        """Return a guild in which nothing was said yet."""
        base = 2_000_000 + self.seed * 1_000 + number * 100
        is_crowded = self.has("a crowd") and number == 0
        size = len(people) if is_crowded else self.rng.randrange(5, 9)
        cast = sorted(self.rng.sample(people, size))
        guild = Guild(self.rng, base, cast, base + 90, base + 91)
        guild.number = (self.seed * 3 + number) * 10_000
        guild.open_channels(base + 1, 12 if is_crowded else self.rng.choice([2, 3]))
        self.archive.history.bots.add(guild.bot_id)
        self.archive.history.emoji_names.update(CUSTOM_EMOJIS)
        return guild

    def spend(self, guild: Guild, week: date) -> None:
        """Let a week pass in a guild: silent, by one person alone, or busy."""
        people = guild.people
        chance = self.rng.random()
        if chance < 0.12:
            return
        if chance < 0.24:
            people = [self.rng.choice(people)]
        for at in sorted(self.moment(week) for _ in range(self.rng.randrange(1, 7))):
            guild.talk(at, people)
        if guild is self.first and self.has("a huddle"):
            guild.huddle(self.moment(week))
        if guild is self.first and self.has("a crowd"):
            guild.crowd(self.moment(week))
        if self.has("messages without a guild") and guild is self.first:
            alone = guild.say(guild.guild_id + 80, self.moment(week), people)
            alone.guild_id = None

    @property
    def first(self) -> Guild | None:
        """Return the first guild."""
        return self.guilds[0] if hasattr(self, "guilds") else None

    def moment(self, week: date) -> datetime:
        """Return a moment of a week: at its edges, in its last night, or any."""
        midnight = self.archive.history.midnight
        chance = self.rng.random()
        if chance < 0.1:
            return midnight(week)
        if chance < 0.2:
            return midnight(week + WEEK) - timedelta(milliseconds=1)
        if chance < 0.4:
            # where clocks change, they do in this night
            return midnight(week + 6 * DAY) + self.rng.randrange(300) * MINUTE
        return midnight(week) + self.rng.randrange(7 * 86_400) * timedelta(seconds=1)

    # --- what is read, and when -------------------------------------------------------

    def plan(self, guild: Guild) -> None:
        """Say which run meets what: the next one, or a later."""
        begin = datetime.min.replace(tzinfo=UTC)
        for one in guild.posts:
            guild.met_in[one.message_id] = self.met_in(one.created_at)
        for place in guild.channels:
            guild.shown_in[place.channel_id] = self.met_in(place.opened_at or begin)
        for user_id in [*guild.people, guild.bot_id]:
            if self.rng.random() < 0.8:
                before = self.rng.randrange(-40, 60) * DAY
                guild.joined[user_id] = self.runs[0] - before - 7 * HOUR

    def met_in(self, at: datetime) -> int:
        """Return the run that meets what happens at an instant."""
        return sum(at >= run for run in self.runs) + (self.rng.random() < 0.08)

    def read(self, run: int) -> None:
        """Land what one run meets."""
        for guild in self.guilds:
            at = self.runs[run]
            self.read_channels(guild, run, at + MINUTE)
            self.read_members(guild, at + 2 * MINUTE)
            for number, place in enumerate(sorted({p.channel_id for p in guild.posts})):
                self.read_messages(guild, place, run, at + (3 + number) * MINUTE)
            self.read_reactors(guild, at + 5 * HOUR)
            is_never = self.has("a guild never read to its end") and guild is self.first
            self.archive.finish(
                Sync(
                    *(guild.guild_id, at, at + 6 * HOUR),
                    is_complete=not is_never and self.rng.random() < 0.85,
                    is_backfill_complete=self.rng.random() < (0.5, 0.8, 0.85)[run],
                )
            )

    def read_channels(self, guild: Guild, run: int, at: datetime) -> None:
        """Land the channels and threads as they are by now."""
        met = [one for one in guild.channels if guild.shown_in[one.channel_id] <= run]
        for one in met:
            if run and one.is_thread and self.rng.random() < 0.2:
                one.is_locked = self.rng.random() < 0.3
                one.is_archived = self.rng.random() < 0.5
                one.tags = tuple(tag for tag in TAGS if self.rng.random() < 0.2)
        # those that are not met later are not changed any more
        self.archive.list_channels(guild.guild_id, [replace(one) for one in met], at)

    def read_members(self, guild: Guild, at: datetime) -> None:
        """Land the list of members, from time to time; some left, some came again."""
        if self.rng.random() < 0.2:
            return
        for user_id in list(guild.joined):
            if self.rng.random() < 0.2:
                guild.joined.pop(user_id)
        for user_id in guild.people:
            if user_id not in guild.joined and self.rng.random() < 0.15:
                guild.joined[user_id] = at - self.rng.randrange(1, 400) * HOUR
        there = {user_id: on for user_id, on in guild.joined.items() if on < at}
        if there:
            self.archive.list_members(guild.guild_id, there, at)

    def read_messages(self, guild: Guild, place: int, run: int, at: datetime) -> None:
        """Land what is new in a channel, or all of it anew; some is gone by now."""
        there = [one for one in guild.posts if one.channel_id == place]
        new = [one for one in there if guild.met_in[one.message_id] == run]
        known = [one for one in there if one.sightings]
        for one in known:
            if self.rng.random() < 0.04:
                self.archive.miss(one, at)
        if run and self.rng.random() < 0.3:
            kept = [one for one in known if self.rng.random() < self.lasts(one)]
            for one in kept:
                self.change(one)
            self.archive.read(place, [*kept, *new], at)
        else:
            # what is met late is among what was met before: no page without a gap
            self.archive.read(place, new, at, is_whole=False)

    def lasts(self, one: Message) -> float:
        """Return how likely a message is still there."""
        return 0.1 if one.gone else 0.93

    def change(self, one: Message) -> None:
        """Change what a message says, or what was made of it."""
        if self.rng.random() < 0.1:
            one.content = self.rng.choice(TEXTS)
        if self.rng.random() < 0.2:
            one.reactions = {self.rng.choice(EMOJIS): self.rng.randrange(1, 9)}
        elif self.rng.random() < 0.05:
            one.reactions = {}

    def read_reactors(self, guild: Guild, at: datetime) -> None:
        """Land who reacted to some messages, anew for some."""
        for one in guild.posts:
            if one.sightings and one.reactions and self.rng.random() < 0.07:
                people = self.rng.sample(guild.people, self.rng.randrange(1, 4))
                key = self.rng.choice(sorted(one.reactions))
                self.archive.react(one, key, people, at)
