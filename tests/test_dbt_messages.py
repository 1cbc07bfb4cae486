"""What is made of messages and all that hangs from them, over any history of pages."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

import pytest

from extractor.embedded import Embedded
from tests.archive import readable_messages, sync
from tests.dbt_warehouse import (
    Json,
    Row,
    Warehouse,
    built_warehouse,
    message,
    reaction,
    snowflake,
    user,
)
from tests.fake_discord import FakeDiscord, generate_world

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)
END = datetime(2026, 11, 15, tzinfo=UTC)
TABLES = (
    "messages",
    "message_versions",
    "reactions",
    "attachments",
    "mentions",
    "message_references",
    "pins",
    "polls",
    "poll_answers",
)
CHANNELS = count(1_000)
FILE = 700


@pytest.fixture(scope="module")
def warehouse(
    postgres: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """Give one database to all tests: each has channels of its own."""
    with built_warehouse(postgres, tmp_path_factory.mktemp("dbt")) as made:
        yield made
        assert_rebuilt_the_same(made)


def build(warehouse: Warehouse, *arguments: str) -> None:
    """Build all that is made of messages."""
    warehouse.must_build("--select", *TABLES, *arguments)


def assert_rebuilt_the_same(warehouse: Warehouse) -> None:
    """Rebuild the tables and compare them with what builds had made of them before."""
    queries = [f"select t::text from discord.{t} as t order by 1" for t in TABLES]
    before = [warehouse.query(query) for query in queries]
    build(warehouse, "--full-refresh")
    assert [warehouse.query(query) for query in queries] == before


@dataclass(frozen=True)
class Post:
    """One message in a channel of its own, and the pages that show it, a day apart."""

    warehouse: Warehouse
    channel_id: int
    days: Iterator[int]

    @classmethod
    def new(cls, warehouse: Warehouse) -> Post:
        """Post a message where no other test looks."""
        return cls(warehouse, next(CHANNELS), count(1))

    def shown(
        self,
        *,
        at: datetime | None = None,
        has_message_content: bool | None = True,
        **fields: Json,
    ) -> int:
        """Append a page that shows it so; return its id."""
        return self.warehouse.landing.messages(
            message(BEGIN, **fields),
            channel_id=self.channel_id,
            has_message_content=has_message_content,
            fetched_at=at or day(next(self.days)),
        )

    def pinned(self, *, has_message_content: bool | None = None, **fields: Json) -> int:
        """Append a list of pins that shows it so, as always without reactions."""
        shown = message(BEGIN, **fields)
        pins = [{"pinned_at": BEGIN.isoformat(), "message": shown}]
        return self.warehouse.landing.page(
            "pins",
            {"items": pins, "has_more": False},
            channel_id=self.channel_id,
            has_message_content=has_message_content,
            fetched_at=day(next(self.days)),
        )

    def rows(self, table: str, columns: str) -> list[Row]:
        """Return columns of its rows in a table, in their order."""
        return self.warehouse.query(
            f"select {columns} from discord.{table}"
            f" where channel_id = {self.channel_id} order by 1, 2"
        )

    def versions(self) -> list[Row]:
        """Return what it said, from when, and until when, from the first on."""
        return self.warehouse.query(
            f"""select content, valid_from, valid_to from discord.message_versions
            where channel_id = {self.channel_id} order by page_id, ordinal"""
        )


def day(number: float) -> datetime:
    """Return an instant so many days after the message was posted."""
    return BEGIN + timedelta(days=number)


def file(number: int = 0, signature: str = "a", **fields: Json) -> Json:
    """Return an attachment object."""
    path = f"attachments/1/{FILE + number}/picture.png?ex={signature}&is=0&hm=0&"
    return {
        "id": str(FILE + number),
        "filename": "picture.png",
        "size": 3,
        "url": f"https://cdn.discordapp.com/{path}",
        "proxy_url": f"https://media.discordapp.net/{path}",
        **fields,
    }


# --- versions -------------------------------------------------------------------------


def test_a_version_lasts_until_the_next_one_begins(warehouse: Warehouse) -> None:
    """A, B and A again are three; an edit has its time, a late embed its sighting."""
    post = Post.new(warehouse)
    edits = [day(0.5), day(1.5), day(2.5)]
    for content, edited_at in zip("ABA", [None, *edits[1:]], strict=True):
        edited = edited_at.isoformat() if edited_at else None
        post.shown(content=content, edited_timestamp=edited)
        build(warehouse)
    post.shown(content="A", edited_timestamp=edited, embeds=[{"title": "late"}])
    build(warehouse)

    assert post.versions() == [
        ("A", BEGIN, edits[1]),
        ("B", edits[1], edits[2]),
        ("A", edits[2], day(4)),
        ("A", day(4), None),
    ]


def test_what_nobody_wrote_is_no_version(warehouse: Warehouse) -> None:
    """Addresses signed anew, proxies, previews, reactions, names, pins, no intent."""
    post = Post.new(warehouse)

    def media(signature: str) -> Json:
        address = (
            f"https://cdn.discordapp.com/x.png?ex={signature}&is=0&hm={signature}&"
        )
        return {
            "url": address,
            "proxy_url": f"https://media.discordapp.net/{signature}",
            "placeholder": signature,
            "placeholder_version": 1,
        }

    def fields(signature: str) -> dict[str, Json]:
        return {
            "content": "A",
            "attachments": [file(0, signature, placeholder=signature)],
            "embeds": [{"title": "t", "image": media(signature)}],
            "components": [{"type": 12, "items": [{"media": media(signature)}]}],
        }

    post.shown(**fields("a"))
    build(warehouse)
    post.shown(**fields("b"))
    post.shown(**fields("a"), reactions=[reaction("x", 1)], pinned=True)
    post.shown(**fields("c"), author=user(1, username="renamed"), mentions=[user(2)])
    post.pinned(**fields("d"))
    build(warehouse)
    nothing: Json = {"content": "", "attachments": [], "embeds": [], "components": []}
    post.shown(**nothing, has_message_content=False)
    post.pinned(**nothing, has_message_content=False)
    build(warehouse)

    assert post.versions() == [("A", BEGIN, None)]


def test_versions_follow_each_other_whatever_the_clocks_say(
    warehouse: Warehouse,
) -> None:
    """Edits from the future, clocks turned back: none ends before it begins."""
    rng = random.Random(11)
    posts = [Post.new(warehouse) for _ in range(12)]
    for _ in range(4):
        for post in rng.choices(posts, k=30):
            edited = rng.choice([None, day(rng.uniform(-1, 9)).isoformat()])
            post.shown(
                content=rng.choice("ABC"),
                edited_timestamp=edited,
                has_message_content=rng.random() < 0.9,
                at=day(rng.uniform(-1, 9)),
            )
        build(warehouse)

    assert any(len(post.versions()) > 3 for post in posts)
    for post in posts:
        versions = post.versions()
        assert [end for _, _, end in versions if end is None] == [None]
        for (_, begin, end), (_, following, _) in pairwise(versions):
            assert begin <= end == following


# --- the real extractor ---------------------------------------------------------------


def test_only_what_was_changed_has_a_second_version(warehouse: Warehouse) -> None:
    """A whole guild is read again: signed anew, renamed, reacted to, and two edited."""
    world = generate_world(4, 300, END)
    with FakeDiscord(world) as fake:
        assert sync(fake, warehouse.environment).returncode == 0
        build(warehouse)
        there = readable_messages(fake)
        posts = [
            (channel_id, int(one["id"]))
            for channel_id, listed in there.items()
            for one in listed
            if one["content"]
        ]
        edited, embedded = posts[3], posts[-3]
        world.resign_attachments(2_000_000_000)
        for author in {int(one["author"]["id"]) for one in there[posts[0][0]]}:
            if author in world.users:
                world.update_user(author, username="renamed", global_name="Renamed")
        world.add_reaction(*posts[5], "x")
        world.edit_message(*edited, content="edited", at=END)
        world.alter_message(*embedded, embeds=[{"title": "late"}])

        assert (
            sync(fake, warehouse.environment, "--revisit-days", "all").returncode == 0
        )
        build(warehouse)

    counted = warehouse.query(
        f"""select channel_id, message_id, count(*) from discord.message_versions
        where channel_id in ({", ".join(map(str, there))}) group by 1, 2"""
    )
    assert len(counted) == sum(map(len, there.values()))
    assert {(c, m) for c, m, number in counted if number != 1} == {edited, embedded}


# --- what later pages may not take away, and what they must ---------------------------


def test_a_text_outlives_every_page_that_may_not_show_it(warehouse: Warehouse) -> None:
    """With its files, embeds, components and poll; the page counts for all the rest."""
    post = Post.new(warehouse)
    poll = {"question": {"text": "q"}, "answers": [{"answer_id": 1}]}
    whole: Json = {"embeds": [{"title": "t"}], "components": [{"type": 1}]}
    first = post.shown(content="A", attachments=[file()], poll=poll, **whole)
    build(warehouse)
    nothing: Json = {"content": "", "attachments": [], "embeds": [], "components": []}
    post.shown(**nothing, has_message_content=False)
    build(warehouse)
    last = post.pinned(**nothing, pinned=True, has_message_content=False)
    build(warehouse)

    columns = "content, embeds, components, poll, is_pinned, page_id, content_page_id"
    assert post.rows("messages", columns) == [
        ("A", whole["embeds"], whole["components"], poll, True, last, first)
    ]
    assert post.rows("attachments", "attachment_id, page_id") == [(FILE, first)]
    assert post.rows("polls", "question, page_id") == [("q", first)]
    assert post.rows("poll_answers", "answer_id, page_id") == [(1, first)]


def test_pins_take_no_reaction_away(warehouse: Warehouse) -> None:
    """A list of pins shows none: before, after and among pages of messages."""
    before, after, between = (Post.new(warehouse) for _ in range(3))
    reactions = [reaction("x", 2)]
    before.pinned()
    build(warehouse)
    pages = [post.shown(reactions=reactions) for post in (before, after, between)]
    between.shown(reactions=[])
    after.pinned()
    build(warehouse)
    after.pinned()
    between.pinned()
    build(warehouse)

    found = [
        post.rows("reactions", "count, page_id") for post in (before, after, between)
    ]
    assert found == [[(2, pages[0])], [(2, pages[1])], []]


def test_what_a_message_lost_is_gone(warehouse: Warehouse) -> None:
    """Files, mentions, references, polls and reactions, one or all, in any build."""
    some, none = Post.new(warehouse), Post.new(warehouse)
    answers = [{"answer_id": 1}, {"answer_id": 2}]
    two: Json = {
        "attachments": [file(1), file(2)],
        "mentions": [user(1), user(2)],
        "mention_roles": ["1", "2"],
        "mention_channels": [{"id": "1"}, {"id": "2"}],
        "message_reference": {"message_id": "1", "channel_id": "1"},
        "poll": {"answers": answers},
        "reactions": [reaction("1", 1), reaction("2", 1)],
    }
    keys = {
        "attachments": f"attachment_id - {FILE}, 0",
        "mentions": "mentioned_id, type",
        "message_references": "referenced_message_id, 0",
        "polls": "question, 0",
        "poll_answers": "answer_id, 0",
        "reactions": "emoji_key::int, 0",
    }
    for post in (some, none):
        post.shown(**two)
    build(warehouse)
    full = {table: len(some.rows(table, key)) for table, key in keys.items()}
    one: Json = {name: value[:1] for name, value in two.items() if type(value) is list}
    some.shown(**{**two, **one, "poll": {"answers": answers[:1]}})
    none.shown()
    build(warehouse)

    left = {table: len(some.rows(table, key)) for table, key in keys.items()}
    assert full == {
        "attachments": 2,
        "mentions": 6,
        "message_references": 1,
        "polls": 1,
        "poll_answers": 2,
        "reactions": 2,
    }
    assert left == {table: (number + 1) // 2 for table, number in full.items()}
    assert [none.rows(table, key) for table, key in keys.items()] == [[]] * len(keys)


# --- where things come from -----------------------------------------------------------


def test_a_file_says_where_in_its_message_it_stands(warehouse: Warehouse) -> None:
    """Its own, forwarded, or shown by components; its own if it is both."""
    post = Post.new(warehouse)

    def shown(number: int) -> Json:
        media = {"type": 13, "file": {"url": "u", "attachment_id": str(FILE + number)}}
        return {"type": 17, "components": [media]}

    snapshot = {"attachments": [file(2)], "components": [shown(5)]}
    post.shown(
        attachments=[file(1)],
        components=[shown(1), shown(3)],
        message_snapshots=[{"message": snapshot}],
    )
    build(warehouse)

    assert post.rows("attachments", f"attachment_id - {FILE}, origin") == [
        (1, "message"),
        (2, "snapshot"),
        (3, "component"),
        (5, "snapshot_component"),
    ]


def test_a_reference_says_what_discord_told_of_its_target(warehouse: Warehouse) -> None:
    """Nothing, that it is deleted, or the message itself; by the latest page."""
    post = Post.new(warehouse)
    pointing: Json = {
        "type": 19,
        "message_reference": {"message_id": "5", "channel_id": "6"},
    }
    found = []
    for told in (
        {},
        {"referenced_message": message(BEGIN)},
        {"referenced_message": None},
    ):
        post.shown(**pointing, **told)
        build(warehouse)
        columns = "referenced_message_state, kind, referenced_message_id"
        found += post.rows("message_references", columns)

    assert found == [(state, "reply", 5) for state in ("absent", "shown", "deleted")]


def test_votes_are_unknown_without_results_and_none_where_these_name_none(
    warehouse: Warehouse,
) -> None:
    """Results come and are counted: an answer that they leave out has no votes."""
    post = Post.new(warehouse)
    answers = [{"answer_id": 1, "poll_media": {"text": "yes"}}, {"answer_id": 2}]
    found = []
    votes = {"is_finalized": True, "answer_counts": [{"id": 1, "count": 3}]}
    for results in ({}, {"results": None}, {"results": votes}):
        post.shown(poll={"answers": answers, **results})
        build(warehouse)
        polls = post.rows("polls", "has_results, is_finalized")
        found.append((polls, post.rows("poll_answers", "answer_id, vote_count")))

    unknown = ([(False, None)], [(1, None), (2, None)])
    assert found == [unknown, unknown, ([(True, True)], [(1, 3), (2, 0)])]


# --- cost -----------------------------------------------------------------------------


def test_one_new_page_reads_no_table_of_messages_as_a_whole(
    warehouse: Warehouse,
) -> None:
    """Neither what is landed, nor messages and versions."""
    channels = [next(CHANNELS) for _ in range(5)]
    with warehouse.connection.transaction():
        for number in range(250):
            page(warehouse, channels[number % 5], number)
    build(warehouse)
    page(warehouse, channels[0], 250)
    before = rows_read_in_sequence(warehouse)

    build(warehouse)

    assert rows_read_in_sequence(warehouse) == before


def page(warehouse: Warehouse, channel_id: int, number: int) -> None:
    """Append a page of messages with all that a message can have, and two pins."""
    posts = [
        message(
            BEGIN + timedelta(hours=number, seconds=second),
            attachments=[file(number * 50 + second)],
            mentions=[user(2)],
            reactions=[reaction("x", 1)],
            message_reference={"message_id": "1"},
            poll={"answers": [{"answer_id": 1}]},
        )
        for second in range(50)
    ]
    after = str(snowflake(BEGIN + timedelta(hours=number)) - 1)
    warehouse.landing.messages(
        *posts,
        channel_id=channel_id,
        is_history_readable=True,
        request={"path": "messages", "after": after},
    )
    pins = [{"pinned_at": BEGIN.isoformat(), "message": one} for one in posts[:20]]
    warehouse.landing.page(
        "pins", {"items": pins, "has_more": False}, channel_id=channel_id
    )


def rows_read_in_sequence(warehouse: Warehouse) -> dict[str, int]:
    """Return how many rows of each large table were read without an index so far.

    What hangs from messages is left out: here so small that reading it whole is right.
    """
    warehouse.query("select pg_stat_force_next_flush()")
    rows = warehouse.query("""
        select schemaname || '.' || relname, seq_tup_read from pg_stat_user_tables
        where (schemaname, relname) in (
            ('landing', 'messages'), ('landing', 'pins'),
            ('discord', 'messages'), ('discord', 'message_versions')
        )""")
    return dict(rows)
