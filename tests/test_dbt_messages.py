"""What is made of messages and all that hangs from them, over any history of pages."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path

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
    tell_together,
    user,
)
from tests.fake_discord import FakeDiscord, generate_world

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)
END = datetime(2026, 11, 15, tzinfo=UTC)
TABLES = (
    "messages",
    "int_api_message_versions",
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


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


@dataclass(frozen=True)
class Post:
    """One message in a channel of its own, and the pages that show it, a day apart."""

    warehouse: Warehouse
    channel_id: int
    days: Iterator[int]

    @classmethod
    def new(cls, warehouse: Warehouse) -> Post:
        """Post a message where no other story looks."""
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


def a_version_lasts_until_the_next_one_begins(warehouse: Warehouse) -> Iterator[None]:
    """Three for A, B and A again; an edit has its time, a late embed its sighting."""
    post = Post.new(warehouse)
    edits = [day(0.5), day(1.5), day(2.5)]
    for content, edited_at in zip("ABA", [None, *edits[1:]], strict=True):
        edited = edited_at.isoformat() if edited_at else None
        post.shown(content=content, edited_timestamp=edited)
        yield
    post.shown(content="A", edited_timestamp=edited, embeds=[{"title": "late"}])
    yield

    assert post.versions() == [
        ("A", BEGIN, edits[1]),
        ("B", edits[1], edits[2]),
        ("A", edits[2], day(4)),
        ("A", day(4), None),
    ]


def what_nobody_wrote_is_no_version(warehouse: Warehouse) -> Iterator[None]:
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
    yield
    post.shown(**fields("b"))
    post.shown(**fields("a"), reactions=[reaction("x", 1)], pinned=True)
    post.shown(**fields("c"), author=user(1, username="renamed"), mentions=[user(2)])
    post.pinned(**fields("d"))
    yield
    nothing: Json = {"content": "", "attachments": [], "embeds": [], "components": []}
    post.shown(**nothing, has_message_content=False)
    post.pinned(**nothing, has_message_content=False)
    yield

    assert post.versions() == [("A", BEGIN, None)]


def versions_follow_each_other_whatever_the_clocks_say(
    warehouse: Warehouse,
) -> Iterator[None]:
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
        yield

    assert any(len(post.versions()) > 3 for post in posts)
    for post in posts:
        versions = post.versions()
        assert [end for _, _, end in versions if end is None] == [None]
        for (_, begin, end), (_, following, _) in pairwise(versions):
            assert begin <= end == following


# --- the real extractor ---------------------------------------------------------------


def only_what_was_changed_has_a_second_version(warehouse: Warehouse) -> Iterator[None]:
    """Read a whole guild again: signed anew, renamed, reacted to, and two edited."""
    world = generate_world(4, 300, END)
    with FakeDiscord(world) as fake:
        assert sync(fake, warehouse.environment).returncode == 0
        yield
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
        yield

    counted = warehouse.query(
        f"""select channel_id, message_id, count(*) from discord.message_versions
        where channel_id in ({", ".join(map(str, there))}) group by 1, 2"""
    )
    assert len(counted) == sum(map(len, there.values()))
    assert {(c, m) for c, m, number in counted if number != 1} == {edited, embedded}


# --- what later pages may not take away, and what they must ---------------------------


def a_text_outlives_every_page_that_may_not_show_it(
    warehouse: Warehouse,
) -> Iterator[None]:
    """With its files, embeds, components and poll; the page counts for all the rest."""
    post = Post.new(warehouse)
    poll = {"question": {"text": "q"}, "answers": [{"answer_id": 1}]}
    whole: Json = {"embeds": [{"title": "t"}], "components": [{"type": 1}]}
    first = post.shown(content="A", attachments=[file()], poll=poll, **whole)
    yield
    nothing: Json = {"content": "", "attachments": [], "embeds": [], "components": []}
    post.shown(**nothing, has_message_content=False)
    yield
    last = post.pinned(**nothing, pinned=True, has_message_content=False)
    yield

    columns = "content, embeds, components, poll, is_pinned, page_id, content_page_id"
    assert post.rows("messages", columns) == [
        ("A", whole["embeds"], whole["components"], poll, True, last, first)
    ]
    assert post.rows("attachments", "attachment_id, page_id") == [(FILE, first)]
    assert post.rows("polls", "question, page_id") == [("q", first)]
    assert post.rows("poll_answers", "answer_id, page_id") == [(1, first)]


def pins_take_no_reaction_away(warehouse: Warehouse) -> Iterator[None]:
    """None is in a list of pins: before, after and among pages of messages."""
    before, after, between = (Post.new(warehouse) for _ in range(3))
    reactions = [reaction("x", 2)]
    before.pinned()
    yield
    pages = [post.shown(reactions=reactions) for post in (before, after, between)]
    between.shown(reactions=[])
    after.pinned()
    yield
    after.pinned()
    between.pinned()
    yield

    found = [
        post.rows("reactions", "count, page_id") for post in (before, after, between)
    ]
    assert found == [[(2, pages[0])], [(2, pages[1])], []]


def what_a_message_lost_is_gone(warehouse: Warehouse) -> Iterator[None]:
    """Files, mentions, references, polls and reactions, one or all, in any build."""
    some, none = Post.new(warehouse), Post.new(warehouse)
    answers = [{"answer_id": 1}, {"answer_id": 2}]
    two: Json = {
        "attachments": [file(1), file(2)],
        "mentions": [user(1), user(2)],
        "mention_roles": ["3", "4"],
        "mention_channels": [{"id": "5"}, {"id": "6"}],
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
    yield
    full = {table: len(some.rows(table, key)) for table, key in keys.items()}
    one: Json = {name: value[:1] for name, value in two.items() if type(value) is list}
    some.shown(**{**two, **one, "poll": {"answers": answers[:1]}})
    none.shown()
    yield

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
    mentioned = [("channel", 5), ("role", 3), ("user", 1)]
    assert some.rows("mentions", "type, mentioned_id") == mentioned
    assert [none.rows(table, key) for table, key in keys.items()] == [[]] * len(keys)


# --- where things come from -----------------------------------------------------------


def a_file_says_where_in_its_message_it_stands(warehouse: Warehouse) -> Iterator[None]:
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
    yield

    assert post.rows("attachments", f"attachment_id - {FILE}, origin") == [
        (1, "message"),
        (2, "snapshot"),
        (3, "component"),
        (5, "snapshot_component"),
    ]


def a_reference_says_what_discord_told_of_its_target(
    warehouse: Warehouse,
) -> Iterator[None]:
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
        yield
        columns = "referenced_message_state, kind, referenced_message_id"
        found += post.rows("message_references", columns)

    assert found == [(state, "reply", 5) for state in ("absent", "shown", "deleted")]


def votes_are_unknown_without_results_and_none_where_these_name_none(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Results come and are counted: an answer that they leave out has no votes."""
    post = Post.new(warehouse)
    answers = [{"answer_id": 1, "poll_media": {"text": "yes"}}, {"answer_id": 2}]
    found = []
    votes = {"is_finalized": True, "answer_counts": [{"id": 1, "count": 3}]}
    for results in ({}, {"results": None}, {"results": votes}):
        post.shown(poll={"answers": answers, **results})
        yield
        polls = post.rows("polls", "has_results, is_finalized")
        found.append((polls, post.rows("poll_answers", "answer_id, vote_count")))

    unknown = ([(False, None)], [(1, None), (2, None)])
    assert found == [unknown, unknown, ([(True, True)], [(1, 3), (2, 0)])]


def what_is_no_poll_has_no_answers(warehouse: Warehouse) -> Iterator[None]:
    """Nor keeps those of the poll that was there before."""
    post = Post.new(warehouse)
    poll = {"answers": [{"answer_id": 1}]}
    post.shown(poll=poll)
    yield
    post.shown(poll=[poll])
    yield

    assert post.rows("polls", "question, page_id") == []
    assert post.rows("poll_answers", "answer_id, page_id") == []


def the_raw_message_is_as_its_latest_page_shows_it(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Be that a page of messages, or a list of pins."""
    listed, pinned = Post.new(warehouse), Post.new(warehouse)
    for post in (listed, pinned):
        post.shown(content="first")
    listed.pinned(content="pinned")
    listed.shown(content="last")
    pinned.pinned(content="pinned")
    yield

    found = [
        post.rows("raw_messages", "raw ->> 'content', 0") for post in (listed, pinned)
    ]
    assert found == [[("last", 0)], [("pinned", 0)]]


# --- all of them together -------------------------------------------------------------


STORIES = (
    a_version_lasts_until_the_next_one_begins,
    what_nobody_wrote_is_no_version,
    versions_follow_each_other_whatever_the_clocks_say,
    only_what_was_changed_has_a_second_version,
    a_text_outlives_every_page_that_may_not_show_it,
    pins_take_no_reaction_away,
    what_a_message_lost_is_gone,
    a_file_says_where_in_its_message_it_stands,
    a_reference_says_what_discord_told_of_its_target,
    votes_are_unknown_without_results_and_none_where_these_name_none,
    what_is_no_poll_has_no_answers,
    the_raw_message_is_as_its_latest_page_shows_it,
)


def test_messages_are_what_their_pages_tell(warehouse: Warehouse) -> None:
    """As each story above has it; and a rebuild tells the same of all of them."""
    tell_together(warehouse, STORIES, *TABLES)

    warehouse.assert_rebuilt_the_same(*TABLES)
