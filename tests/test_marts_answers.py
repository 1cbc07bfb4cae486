"""Who answers whom: over any history of pages, and as far as words tell a question."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from extractor.embedded import Embedded
from tests.dbt_warehouse import (
    GUILD,
    ROOT,
    Json,
    Row,
    Warehouse,
    built_warehouse,
    message,
    snowflake,
    user,
)

MONDAY = datetime(2025, 1, 13, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROOMS = (200, 201)
FORUM = 205
TABLES = ("message_responses", "weekly_response_counts", "thread_activity")
VIEWS = ("unanswered_questions", "weekly_responses", "weekly_threads")
BUILT = [f"+{name}" for name in (*TABLES, *VIEWS)]
UNKNOWN_MESSAGE = 10008


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


def build(warehouse: Warehouse) -> None:
    """Build the answers and all that they are made from."""
    warehouse.must_build("--select", *BUILT)


def minute(number: float) -> datetime:
    """Return an instant so many minutes after a Monday began."""
    return MONDAY + number * MINUTE


def reply(posted: datetime, answered: datetime, **fields: Json) -> Json:
    """Return a reply to what was posted at an instant."""
    reference = {"type": 0, "message_id": str(snowflake(answered))}
    return message(posted, type=19, message_reference=reference, **fields)


def thread(channel_id: int, parent_id: int, **fields: Json) -> Json:
    """Return a thread or a post."""
    return {
        "id": str(channel_id),
        "type": 11,
        "owner_id": "1",
        "parent_id": str(parent_id),
        "thread_metadata": {"archived": False, "locked": False},
        **fields,
    }


def responses(warehouse: Warehouse) -> list[Row]:
    """Return when each root was posted, its kind, and what came of it, in minutes."""
    return warehouse.query(
        f"""select extract(epoch from created_at - '{MONDAY}')::int / 60, kind,
            response_user_id, response_kind, response_seconds / 60,
            inferred_user_id, inferred_seconds / 60
        from marts.message_responses order by created_at, message_id"""
    )


def test_what_a_late_page_brings_changes_the_week_it_belongs_to(
    warehouse: Warehouse,
) -> None:
    """A reply that is archived first, a thread known last, a word before midnight."""
    landing, root = warehouse.landing, snowflake(minute(-60))
    landing.messages(
        reply(minute(9_000), minute(-60), author=user(2)), channel_id=ROOMS[0]
    )
    landing.messages(message(minute(5)), channel_id=ROOMS[0])
    landing.messages(message(minute(20_000), author=user(3)), channel_id=root)
    build(warehouse)
    opener = (5, "opener", None, None, None, None, None)
    in_a_thread = (20_000, "opener", None, None, None, None, None)
    assert responses(warehouse) == [opener, in_a_thread]

    landing.messages(message(minute(-60)), channel_id=ROOMS[0])
    build(warehouse)
    answered = (-60, "opener", 2, "reply", 9_060, None, None)
    assert responses(warehouse) == [answered, opener, in_a_thread]

    landing.page("threads", {"threads": [thread(root, ROOMS[0])]})
    landing.messages(message(minute(-10)), channel_id=ROOMS[0])
    build(warehouse)
    begun = (-60, "thread_starter", 2, "reply", 9_060, None, None)
    still = (-10, "opener", None, None, None, None, None)
    assert responses(warehouse) == [begun, still]

    landing.messages(message(minute(7_000), author=user(4)), channel_id=root)
    mention = message(minute(1_000), author=user(5), mentions=[user(1)])
    landing.messages(mention, channel_id=ROOMS[0])
    build(warehouse)
    assert responses(warehouse) == [
        (-60, "thread_starter", 4, "thread", 7_060, 5, 1_060),
        (-10, "opener", None, None, None, 5, 1_010),
        (1_000, "opener", None, None, None, None, None),
    ]

    landing.messages(message(minute(7_000), author=user(4, bot=True)), channel_id=root)
    landing.messages(
        message(minute(-60), author=user(1, bot=True)), channel_id=ROOMS[0]
    )
    build(warehouse)
    assert responses(warehouse) == [
        (*still[:5], 5, 1_010),
        (1_000, "opener", *still[2:]),
    ]
    warehouse.assert_rebuilt_the_same(*TABLES, views=VIEWS)


@pytest.mark.parametrize("seed", [5, pytest.param(6, marks=pytest.mark.long)])
def test_any_order_of_pages_gives_the_rows_of_a_rebuild(
    warehouse: Warehouse, seed: int
) -> None:
    """Around midnight of a Monday, where each message can change two weeks."""
    rng = random.Random(seed)
    pool = Pool(rng)
    for _ in range(5):
        for _ in range(20):
            pool.land(warehouse)
        warehouse.landing.sync(minute(rng.uniform(0, 20_000)))
        build(warehouse)

    kinds = "select kind, count(*), count(response_message_id) from marts.{} group by 1"
    found = warehouse.query(kinds.format("message_responses"))
    assert {kind for kind, *_ in found} == {"post", "thread_starter", "opener"}
    assert all(answered for *_, answered in found), found
    warehouse.assert_rebuilt_the_same(*TABLES, views=VIEWS)


class Pool:
    """Messages and threads that pages show, in any order, as they are or changed."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        times = sorted({self.instant() for _ in range(120)})
        rooms = dict(zip(times[::9], rng.choices(ROOMS, k=len(times)), strict=False))
        self.posts = [snowflake(at) for at in times[4::18]]
        self.threads = {snowflake(at): room for at, room in rooms.items()}
        places = [*ROOMS * 8, *self.threads, *self.posts]
        self.places = {at: rng.choice(places) for at in times}
        self.places |= rooms
        self.places |= {at: snowflake(at) for at in times[4::18]}
        self.answered = {}
        for number, at in enumerate(times):
            there = [t for t in times[:number] if self.places[t] == self.places[at]]
            if there and rng.random() < 0.5:
                self.answered[at] = rng.choice(there[-5:])

    def instant(self) -> datetime:
        """Return when something is posted: mostly about midnight."""
        spread = self.rng.choice([40, 40, 1_500, 12_000])
        return minute(self.rng.randrange(-spread, spread))

    def land(self, warehouse: Warehouse) -> None:
        """Append a page of messages of one channel, or of threads, or a deletion."""
        at = self.rng.choice(list(self.places))
        match self.rng.randrange(8):
            case 0:
                warehouse.landing.page("threads", {"threads": self.known()})
            case 1:
                path = f"/channels/{self.places[at]}/messages/{snowflake(at)}"
                warehouse.landing.refusal(
                    "messages",
                    404,
                    UNKNOWN_MESSAGE,
                    request={"path": path},
                    channel_id=self.places[at],
                )
            case _:
                there = [t for t, c in self.places.items() if c == self.places[at]]
                shown = self.rng.sample(there, k=min(len(there), 4))
                warehouse.landing.messages(
                    *map(self.said, shown), channel_id=self.places[at]
                )

    def said(self, at: datetime) -> Json:
        """Return a message, by somebody who may turn out to be a bot."""
        author = user(1 + at.minute % 4, bot=self.rng.random() < 0.1)
        mentions = [user(1 + (at.minute + 1) % 4)] if at.minute % 3 == 0 else []
        fields = {
            "author": author,
            "mentions": mentions,
            "content": self.rng.choice(["how", "so"]),
        }
        if at in self.answered:
            return reply(at, self.answered[at], **fields)
        return message(at, **fields)

    def known(self) -> list[Json]:
        """Return some threads, now and then below another channel or as none."""
        found = {**self.threads, **dict.fromkeys(self.posts, FORUM)}
        return [
            thread(
                thread_id,
                self.rng.choice([parent_id] * 6 + [*ROOMS]),
                type=self.rng.choice([11] * 9 + [0]),
            )
            for thread_id, parent_id in found.items()
            if self.rng.random() < 0.4
        ]


def test_each_question_word_begins_a_question(warehouse: Warehouse) -> None:
    """As it stands in the list, at the beginning of a sentence, and cried out."""
    with (ROOT / "seeds" / "question_words.csv").open() as file:
        words = sorted({row["word"] for row in csv.DictReader(file)})
    begun = [
        text
        for word in words
        # a capital I is an i in English, and another letter in Turkish
        for text in (word, word.capitalize(), word.replace("\u0131", "i").upper())
    ]
    texts = [f"{text} …" for text in begun if text.lower() in words]
    asked = [
        message(minute(60 * n), author=user(1), content=text)
        for n, text in enumerate(texts)
    ]
    warehouse.landing.messages(*asked, channel_id=ROOMS[0])

    warehouse.must_build("--select", "+message_responses")

    missed = """
        select content from marts.message_responses
        inner join discord.messages using (channel_id, message_id)
        where not is_question"""
    assert warehouse.query(missed) == []
    count = f"select count(*) from marts.message_responses where guild_id = {GUILD}"
    assert warehouse.query(count) == [(len(texts),)]
    assert len(texts) > 2 * len(words)
