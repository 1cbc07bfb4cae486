"""Who talks with whom, about what, and how it is received, over any order of pages."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from extractor.embedded import Embedded
from tests.dbt_warehouse import (
    Json,
    Row,
    Warehouse,
    built_warehouse,
    message,
    reaction,
    snowflake,
    tell_together,
    user,
)

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)  # a Monday
LATER = BEGIN + timedelta(days=7)
SILENCE = timedelta(minutes=30)
MARTS = (
    "activity_heatmap",
    "weekly_highlights",
    "weekly_emoji_use",
    "weekly_interactions",
    "weekly_conversations",
)
TABLES = (
    "messages",
    "message_references",
    "reactions",
    "reaction_users",
    "channel_history",
    "daily_user_channel_activity",
    *MARTS,
)
NUMBERS = count(1_000)
Place = tuple[int, int]


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


@dataclass(frozen=True)
class Home:
    """A channel in a guild of its own, where no other story looks."""

    warehouse: Warehouse
    number: int

    @classmethod
    def new(cls, warehouse: Warehouse) -> Home:
        """Found a guild."""
        return cls(warehouse, next(NUMBERS))

    def shown(self, *messages: Json, channel_id: int | None = None) -> None:
        """Append a page of messages."""
        self.warehouse.landing.messages(
            *messages,
            channel_id=channel_id or self.number,
            guild_id=self.number,
            has_message_content=True,
        )

    def gone(self, message_id: int) -> None:
        """Record that Discord does not know a message any more."""
        path = f"/channels/{self.number}/messages/{message_id}"
        place: Json = {"guild_id": self.number, "channel_id": self.number}
        self.warehouse.landing.refusal(
            "messages", 404, 10008, request={"path": path}, **place
        )

    def reacted(self, posted: datetime, *users: int) -> None:
        """Append the whole list of who reacted to a message with an x."""
        path = f"/channels/{self.number}/messages/{snowflake(posted)}/reactions/x"
        self.warehouse.landing.page(
            "reaction_users",
            [user(user_id) for user_id in users],
            guild_id=self.number,
            channel_id=self.number,
            request={"path": path, "type": 0, "limit": 100},
        )

    def known_as(self, channel_type: int) -> None:
        """Append a page that says what kind of channel it is."""
        shown = {"id": str(self.number), "type": channel_type, "name": "c"}
        self.warehouse.landing.page(
            "channels", shown, guild_id=self.number, channel_id=self.number
        )

    def rows(self, mart: str, columns: str) -> list[Row]:
        """Return the day of the month and columns of the guild's rows in a mart."""
        rows = self.warehouse.query(
            f"select extract(day from week_start)::int, {columns} from marts.{mart}"
            f" where guild_id = {self.number}"
        )
        return sorted(rows)

    def ties(self) -> list[Row]:
        """Return all pairs of people, with their replies, mentions and reactions."""
        people = "from_user_id, to_user_id"
        counts = "reply_count, mention_count, reaction_count"
        return self.rows("weekly_interactions", f"{people}, {counts}")

    def conversations(self) -> list[Row]:
        """Return of each conversation when it began and how many messages it has."""
        return self.rows("weekly_conversations", "started_at, message_count")


def reply(posted: datetime, to: datetime, *, author: int, **fields: Json) -> Json:
    """Return a reply to what was posted at another instant."""
    return message(
        posted,
        author=user(author),
        type=19,
        message_reference={"type": 0, "message_id": str(snowflake(to))},
        **fields,
    )


# --- who turns to whom ----------------------------------------------------------------


def a_reply_counts_as_one_when_what_it_answers_is_archived(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Until then it mentions somebody; it counts in its own week, not in the other."""
    home = Home.new(warehouse)
    home.shown(reply(LATER, BEGIN, author=2, mentions=[user(1)]))
    yield
    before = home.ties()
    home.shown(message(BEGIN))
    yield

    assert before == [(13, 2, 1, 0, 1, 0)]
    assert home.ties() == [(13, 2, 1, 1, 0, 0)]


def who_is_answered_may_turn_out_to_be_a_bot(warehouse: Warehouse) -> Iterator[None]:
    """Then nobody was answered, whichever week it was in."""
    home = Home.new(warehouse)
    home.shown(message(BEGIN), reply(LATER, BEGIN, author=2))
    yield
    before = home.ties()
    home.shown(message(BEGIN, author=user(1, bot=True)))
    yield

    assert before == [(13, 2, 1, 1, 0, 0)]
    assert home.ties() == []


def reactors_are_listed_without_a_page_of_messages(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Who reacts, and who takes it back, changes the week of an old message."""
    home = Home.new(warehouse)
    home.shown(message(BEGIN), message(LATER, author=user(2)))
    yield
    found = []
    for users in ((2, 3), (3,), ()):
        home.reacted(BEGIN, *users)
        yield
        found.append(home.ties())

    assert found == [
        [(6, 2, 1, 0, 0, 1), (6, 3, 1, 0, 0, 1)],
        [(6, 3, 1, 0, 0, 1)],
        [],
    ]


def reactors_may_be_known_before_their_message(warehouse: Warehouse) -> Iterator[None]:
    """They count as soon as it is archived."""
    home = Home.new(warehouse)
    home.reacted(BEGIN, 2)
    yield
    home.shown(message(BEGIN))
    yield

    assert home.ties() == [(6, 2, 1, 0, 0, 1)]


# --- what stands out ------------------------------------------------------------------


def a_late_reply_decides_between_old_messages(warehouse: Warehouse) -> Iterator[None]:
    """In the week of what it answers, and no more if its author turns out a bot."""
    home = Home.new(warehouse)
    second = BEGIN + timedelta(hours=1)
    liked: Json = {"reactions": [reaction("a", 2)]}
    home.shown(message(BEGIN, **liked), message(second, author=user(2), **liked))
    yield
    found = [home.rows("weekly_highlights", "rank, author_id, reply_count")]
    for answered_by in (user(3), user(3, bot=True)):
        home.shown({**reply(LATER, second, author=3), "author": answered_by})
        yield
        found.append(home.rows("weekly_highlights", "rank, author_id, reply_count"))

    as_posted = [(6, 1, 1, 0), (6, 2, 2, 0)]
    assert found == [as_posted, [(6, 1, 2, 1), (6, 2, 1, 0)], as_posted]


def what_is_deleted_makes_room(warehouse: Warehouse) -> Iterator[None]:
    """For the second best of its author; who posted it stays a poster."""
    home = Home.new(warehouse)
    second = BEGIN + timedelta(hours=1)
    best = message(BEGIN, reactions=[reaction("a", 9)])
    home.shown(best, message(second, reactions=[reaction("a", 3)]))
    yield
    home.gone(int(best["id"]))
    yield
    left = home.rows("weekly_highlights", "message_id, reactions_per_poster")
    home.gone(snowflake(second))
    yield

    assert left == [(6, snowflake(second), 3)]
    assert home.rows("weekly_highlights", "message_id") == []


def lost_reactions_are_gone(warehouse: Warehouse) -> Iterator[None]:
    """From highlights and from the use of emojis, whose week may become empty."""
    home = Home.new(warehouse)
    home.shown(message(BEGIN, reactions=[reaction("a", 9)]))
    yield
    before = home.rows("weekly_emoji_use", "emoji_key, reaction_count")
    home.shown(message(BEGIN))
    yield

    assert before == [(6, "a", 9)]
    assert home.rows("weekly_emoji_use", "emoji_key") == []
    assert home.rows("weekly_highlights", "message_id") == []


def an_edited_text_has_the_emojis_it_has_now(warehouse: Warehouse) -> Iterator[None]:
    """By the id of a custom emoji, in texts as in reactions."""
    home = Home.new(warehouse)
    wave = reaction("wave", 2, id="77")
    columns = "emoji_key, emoji_id, emoji_name, reaction_count, message_count"
    home.shown(message(BEGIN, content="<:wave:77> <:wave:78>", reactions=[wave]))
    yield
    before = home.rows("weekly_emoji_use", columns)
    home.shown(message(BEGIN, content="<a:hi:78>", reactions=[wave]))
    yield

    assert before == [(6, "77", 77, "wave", 2, 1), (6, "78", 78, "wave", 0, 1)]
    assert home.rows("weekly_emoji_use", columns) == [
        (6, "77", 77, "wave", 2, 0),
        (6, "78", 78, "hi", 0, 1),
    ]


# --- when people talk -----------------------------------------------------------------


def an_hour_in_which_nobody_is_left_is_not_on_the_heatmap(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Late messages fill hours; who turns out to be a bot empties them."""
    home = Home.new(warehouse)
    columns = "weekday, hour, message_count, unique_posters"
    home.shown(message(BEGIN))
    yield
    home.shown(message(BEGIN, number=1), message(BEGIN - timedelta(hours=1)))
    yield
    before = home.rows("activity_heatmap", columns)
    for number, posted in ((0, BEGIN), (1, BEGIN), (0, BEGIN - timedelta(hours=1))):
        home.shown(message(posted, number=number, author=user(1, bot=True)))
    yield

    assert before == [(6, 1, 11, 1, 1), (6, 1, 12, 2, 1)]
    assert home.rows("activity_heatmap", columns) == []


# --- conversations --------------------------------------------------------------------


def a_late_message_joins_two_conversations(warehouse: Warehouse) -> Iterator[None]:
    """And its deletion parts them again."""
    home = Home.new(warehouse)
    between = BEGIN + timedelta(minutes=20)
    end = BEGIN + timedelta(minutes=40)
    home.shown(message(BEGIN), message(end))
    yield
    found = [home.conversations()]
    home.shown(message(between))
    yield
    found.append(home.conversations())
    home.gone(snowflake(between))
    yield
    found.append(home.conversations())

    parted = [(6, BEGIN, 1), (6, end, 1)]
    assert found == [parted, [(6, BEGIN, 3)], parted]


def a_channel_turns_out_to_be_a_thread(warehouse: Warehouse) -> Iterator[None]:
    """Then what was said in it is one conversation a week, however old it is."""
    home = Home.new(warehouse)
    hours = [BEGIN + timedelta(hours=number) for number in range(3)]
    home.shown(*(message(hour) for hour in hours), message(LATER))
    yield
    found = [home.conversations()]
    for channel_type in (11, 11, 0):
        home.known_as(channel_type)
        yield
        found.append(home.conversations())

    apart = [*((6, hour, 1) for hour in hours), (13, LATER, 1)]
    together = [(6, BEGIN, 3), (13, LATER, 1)]
    assert found == [apart, together, together, apart]


def conversations_are_as_they_are_defined(warehouse: Warehouse) -> Iterator[None]:
    """As a loop finds them that follows each channel, message by message."""
    home = Home.new(warehouse)
    rng = random.Random(5)
    expected: dict[Place, list[int]] = {}
    pages = []
    for number in range(60):
        channel_id = home.number * 1_000 + number
        posts = talk(rng, 40, bots=number % 2 / 10)
        expected |= followed(channel_id, posts)
        some = {int(post["id"]) for post in rng.sample(posts, 20)}
        pages.append((channel_id, [p for p in posts if int(p["id"]) in some]))
        pages.append((channel_id, [p for p in posts if int(p["id"]) not in some]))
    rng.shuffle(pages)
    for place, (channel_id, posts) in enumerate(pages):
        home.shown(*posts, channel_id=channel_id)
        if place in (50, 90):
            yield
    yield

    found = warehouse.query(
        f"""select channel_id, conversation_id, message_count, last_message_id
        from marts.weekly_conversations where guild_id = {home.number}"""
    )
    assert {(place, first): (size, last) for place, first, size, last in found} == {
        key: (len(ids), ids[-1]) for key, ids in expected.items()
    }
    assert len(found) > 500


def talk(rng: random.Random, length: int, *, bots: float) -> list[Json]:
    """Return messages of one channel with silences, about half of them replies."""
    posts: list[Json] = []
    now = BEGIN - timedelta(hours=20)
    times: list[datetime] = []
    for _ in range(length):
        now += rng.choice([SILENCE, SILENCE, timedelta(hours=1), timedelta(minutes=1)])
        author = rng.randrange(1, 5)
        target = rng.choice(times[-6:]) if times and rng.random() < 0.6 else None
        post = reply(now, target, author=author) if target else message(now)
        if rng.random() < bots:
            post["author"] = user(9, bot=True)
        posts.append(post)
        times.append(now)
    return posts


def followed(channel_id: int, posts: list[Json]) -> dict[Place, list[int]]:
    """Return the ids of each conversation's messages, by its channel and first id."""
    found: dict[Place, list[int]] = defaultdict(list)
    ids: list[int] = []
    last = datetime.min.replace(tzinfo=UTC)
    for post in posts:
        if post["author"].get("bot"):
            continue
        posted = datetime.fromisoformat(post["timestamp"])
        answered = int(post.get("message_reference", {}).get("message_id", 0))
        is_new_week = last.isocalendar()[:2] != posted.isocalendar()[:2]
        if is_new_week or (posted - last >= SILENCE and answered not in ids):
            ids = found[(channel_id, int(post["id"]))]
        ids.append(int(post["id"]))
        last = posted
    return found


# --- all of them together -------------------------------------------------------------


STORIES = (
    a_reply_counts_as_one_when_what_it_answers_is_archived,
    who_is_answered_may_turn_out_to_be_a_bot,
    reactors_are_listed_without_a_page_of_messages,
    reactors_may_be_known_before_their_message,
    a_late_reply_decides_between_old_messages,
    what_is_deleted_makes_room,
    lost_reactions_are_gone,
    an_edited_text_has_the_emojis_it_has_now,
    an_hour_in_which_nobody_is_left_is_not_on_the_heatmap,
    a_late_message_joins_two_conversations,
    a_channel_turns_out_to_be_a_thread,
    conversations_are_as_they_are_defined,
)


def test_talk_is_what_the_pages_tell(warehouse: Warehouse) -> None:
    """As each story above has it; and a rebuild tells the same of all of them."""
    tell_together(warehouse, STORIES, *TABLES)

    warehouse.assert_rebuilt_the_same(*MARTS)
