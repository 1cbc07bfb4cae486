"""People as typed rows: who they are, what they were called, joined and chose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest

from extractor.embedded import Embedded
from tests.dbt_warehouse import (
    Json,
    Landing,
    Row,
    Warehouse,
    built_warehouse,
    message,
    tell_together,
    user,
)

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)
TABLES = (
    "user_profiles",
    "users",
    "user_names",
    "members",
    "member_names",
    "reaction_users",
    "poll_voters",
    "event_users",
)
# what the id of a place is called in its rows
PLACES = {
    "members": "guild_id",
    "member_names": "guild_id",
    "reaction_users": "message_id",
    "poll_voters": "message_id",
    "event_users": "event_id",
}
IDS = count(1_000)


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


def member(user_id: int, **fields: Json) -> Json:
    """Return a member object."""
    return {"user": user(user_id), "roles": [], "nick": None, **fields}


def request(path: str, after: int | None, limit: int, **parameters: int) -> Json:
    """Return a request for a list, from after a user on."""
    cursor = {"after": after} if after is not None else {}
    return {"path": path, "limit": limit, **parameters, **cursor}


@dataclass(frozen=True)
class Place:
    """A guild, a channel in it, a message there, and an event: all of one id."""

    warehouse: Warehouse
    place_id: int

    @classmethod
    def new(cls, warehouse: Warehouse) -> Place:
        """Be where no other story looks."""
        return cls(warehouse, next(IDS))

    @property
    def landing(self) -> Landing:
        """Where the pages about it go."""
        return self.warehouse.landing

    def page(self, resource: str, body: Json, asked: Json) -> int:
        """Append a page about its people."""
        is_about_guild = resource in ("members", "event_users")
        return self.landing.page(
            resource,
            body,
            guild_id=self.place_id,
            channel_id=None if is_about_guild else self.place_id,
            request=asked,
        )

    def path(self, rest: str) -> str:
        """Return the path of what is asked about the guild."""
        return f"/guilds/{self.place_id}/{rest}"

    def members(self, *listed: int | Json, after: int | None = None) -> int:
        """Append one page of the guild's members, asked for after a user."""
        body = [one if isinstance(one, dict) else member(one) for one in listed]
        return self.page("members", body, request(self.path("members"), after, 1000))

    def reactions(
        self,
        emoji: str,
        *users: int,
        kind: int = 0,
        after: int | None = None,
        limit: int = 100,
    ) -> int:
        """Append one page of those who reacted to the message."""
        about = f"/channels/{self.place_id}/messages/{self.place_id}"
        path = f"{about}/reactions/{quote(emoji, safe='')}"
        asked = request(path, after, limit, type=kind)
        return self.page("reaction_users", list(map(user, users)), asked)

    def voters(self, answer_id: int, *users: int) -> int:
        """Append the page of those who voted for one answer of the poll."""
        path = f"/channels/{self.place_id}/polls/{self.place_id}/answers/{answer_id}"
        body = {"users": list(map(user, users))}
        return self.page("poll_voters", body, request(path, None, 100))

    def coming(self, *users: int, **fields: Json) -> int:
        """Append the page of those who answered to the event."""
        event: Json = {"guild_scheduled_event_id": str(self.place_id), **fields}
        body = [{"user_id": str(one), **event} for one in users]
        path = self.path(f"scheduled-events/{self.place_id}/users")
        return self.page("event_users", body, request(path, None, 100))

    def rows(self, table: str, columns: str) -> list[Row]:
        """Return columns of its rows in a table, in their order."""
        return self.warehouse.query(
            f"select {columns} from discord.{table}"
            f" where {PLACES[table]} = {self.place_id} order by {columns}"
        )

    def deletions(self, table: str, key: str) -> list[Row]:
        """Return each row's key and the page that told of its deletion."""
        return self.rows(table, f"{key}, deletion_page_id")


@pytest.mark.long
def test_builds_of_each_page_and_of_all_pages_give_the_same(
    warehouse: Warehouse,
) -> None:
    """Whoever was seen when, and in whatever order."""
    landing, place = warehouse.landing, Place.new(warehouse)
    late = BEGIN + timedelta(days=1)
    old, new = user(1, global_name="A", avatar="x"), user(1, global_name="B", bot=True)
    rounds: list[Callable[[], int]] = [
        lambda: landing.messages(
            message(BEGIN, author=old, mentions=[{"id": "2"}, user(3)]),
            message(BEGIN, number=1, author=user(2, banner="b", avatar="c")),
            fetched_at=late,
        ),
        lambda: place.members(member(1, nick="n", roles=["7", "8"]), 2, 3),
        lambda: landing.messages(message(late, author={"id": "2"}), fetched_at=BEGIN),
        lambda: place.reactions("👍", 1, 2, 3),
        lambda: place.members(1, member(3, nick="m"), {"user": None}),
        lambda: place.voters(1, 4, 5),
        lambda: landing.messages(message(late, number=2, author=new)),
        lambda: place.reactions("👍", 1, 3),
        lambda: place.members(member(1, nick="n"), 3),
        lambda: landing.messages(message(late, number=3, author=old)),
        lambda: place.voters(1, 5),
        lambda: place.coming(1, 2, response=1),
        lambda: place.coming(2, response=0),
        lambda: place.members(2, member(3, joined_at=late.isoformat())),
    ]
    for land in rounds:
        land()
        warehouse.must_build("--select", *TABLES)

    assert all(warehouse.contents(*TABLES).values())
    warehouse.assert_rebuilt_the_same(*TABLES)


def what_a_profile_leaves_out_stays_known(warehouse: Warehouse) -> Iterator[None]:
    """Neither an id alone nor a profile without a banner wipes what was told."""
    whole = user(52, banner="b", avatar="a", primary_guild={"tag": "TAG"})
    first = warehouse.landing.messages(message(BEGIN, author=whole))
    partial = {"id": "52", "avatar": None, "banner": None}
    last = warehouse.landing.messages(message(BEGIN, number=1, mentions=[partial]))
    yield

    row = "username, banner, avatar, primary_guild_tag, page_id"
    users = f"select {row} from discord.users where user_id = 52"
    assert [("user52", "b", None, "TAG", last)] == warehouse.query(users)
    names = "select username, first_page_id, page_id from discord.user_names"
    known = warehouse.query(f"{names} where user_id = 52")
    assert known == [("user52", first, first)]


def a_name_too_long_for_an_index_stops_nothing(warehouse: Warehouse) -> Iterator[None]:
    """Names are kept as they are and told apart by their hash."""
    place = Place.new(warehouse)
    long = "".join(map(chr, range(0x4E00, 0x4E00 + 4000)))
    warehouse.landing.messages(message(BEGIN, author=user(53, username=long)))
    place.members(member(3, nick=long))
    yield

    name = "select username from discord.user_names where user_id = 53"
    assert [(long,)] == warehouse.query(name)
    assert [(long,)] == place.rows("member_names", "nick")


def whoever_a_sweep_must_have_shown_has_left_until_seen_again(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Each page covers from the one asked for to its last; an empty one all beyond."""
    place = Place.new(warehouse)
    place.members(1, 2, 3)
    place.members(4, 9, after=3)
    yield
    without_2 = place.members(1, 3)
    yield
    found = place.deletions("members", "user_id")
    end = place.members(after=4)
    again = place.members(2)
    yield

    assert found == [(1, None), (2, without_2), (3, None), (4, None), (9, None)]
    assert place.deletions("members", "user_id") == [
        *((1, again), (2, None), (3, None), (4, None)),
        (9, end),
    ]


def of_what_is_no_page_of_the_list_nothing_follows(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Nobody has left because they are not on it."""
    bodies: dict[str, tuple[Json, str]] = {
        "one's own member": (member(1), "members/1"),
        "another list": ([], "members/search"),
        "an object for the list": ({}, "members"),
        "no id": ([{"user": {}}], "members"),
    }
    places = {case: Place.new(warehouse) for case in bodies}
    for case, (body, path) in bodies.items():
        asked = {"path": places[case].path(path)}
        places[case].members(1, 2)
        places[case].page("members", body, asked)
        warehouse.landing.refusal(
            "members", 403, 50001, guild_id=places[case].place_id, request=asked
        )
    yield

    found = {
        case: place.deletions("members", "user_id") for case, place in places.items()
    }
    assert found == {case: [(1, None), (2, None)] for case in bodies}


def the_end_of_a_list_seen_again_tells_that_nobody_is_beyond(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Discord sends an end as it was, and it is not stored a second time."""
    place = Place.new(warehouse)
    end = place.members(after=2)
    place.members(1, 2, 3)
    yield
    again = warehouse.landing.seen_again("members", end)
    yield

    found = place.deletions("members", "user_id")
    assert found == [(1, None), (2, None), (3, again)]


def a_reaction_that_was_taken_back_is_deleted(warehouse: Warehouse) -> Iterator[None]:
    """By message, emoji and kind: each is a list of its own."""
    place = Place.new(warehouse)
    place.reactions("👍", 1, 2)
    place.reactions("👍", 1, 2, kind=1)
    place.reactions("wave:77", 2)
    without = place.reactions("👍", 1)
    place.reactions("👍", 5, after=2, kind=1)
    gone = place.reactions("renamed:77")
    yield

    assert place.deletions("reaction_users", "emoji_key, is_burst, user_id") == [
        ("77", False, 2, gone),
        *(("👍", False, 1, None), ("👍", False, 2, without)),
        *(("👍", True, 1, None), ("👍", True, 2, None), ("👍", True, 5, None)),
    ]


def a_full_page_is_not_the_end_of_a_list(warehouse: Warehouse) -> Iterator[None]:
    """Whoever comes after its last may stand on the next one."""
    place = Place.new(warehouse)
    place.reactions("a", 1, 2, 3, 4)
    full = place.reactions("a", 1, 3, limit=2)
    yield
    found = place.deletions("reaction_users", "user_id")
    short = place.reactions("a", 1, limit=2)
    yield

    assert found == [(1, None), (2, full), (3, None), (4, None)]
    assert place.deletions("reaction_users", "user_id") == [
        *((1, None), (2, full), (3, short), (4, short)),
    ]


def votes_and_answers_can_be_taken_back(warehouse: Warehouse) -> Iterator[None]:
    """Whoever voted for one answer tells nothing of another."""
    place = Place.new(warehouse)
    place.voters(1, 5, 6)
    place.voters(2, 7)
    vote = place.voters(1, 6)
    place.coming(5, 6, response=1)
    answer = place.coming(6, response=0)
    yield

    found = place.deletions("poll_voters", "answer_id, user_id")
    assert found == [(1, 5, vote), (1, 6, None), (2, 7, None)]
    found = place.deletions("event_users", "response, user_id")
    assert found == [(0, 6, None), (1, 5, answer)]


def what_tells_of_nobody_known_is_counted(warehouse: Warehouse) -> Iterator[None]:
    """Neither a missing id nor a request about nothing stops a build."""
    place = Place.new(warehouse)
    page = place.members(1, {"user": {"id": "x"}})
    place.page("members", [5, None], {"path": "elsewhere"})
    place.page("reaction_users", [user(1), {"id": None}], {})
    place.page("poll_voters", {"users": [user(1)]}, {})
    place.page("event_users", [{"user_id": "x"}, {"user_id": "5"}], {})
    last = place.page("event_users", [], {})
    yield

    found = warehouse.query(
        f"""select page_id, resource, ordinal, path from audit.untyped_elements
        where page_id between {page} and {last} order by 1, 2, 3, 4"""
    )
    assert found == [
        *((page, "members", 2, ""), (page, "users", 2, "user")),
        (page + 1, "members", 1, ""),
        (page + 2, "reaction_users", 1, "request"),
        *((page + 2, "reaction_users", 2, "request"), (page + 2, "users", 2, "")),
        (page + 3, "poll_voters", 1, "request"),
        *((page + 4, "event_users", 1, ""), (page + 4, "event_users", 1, "request")),
        (page + 4, "event_users", 2, "request"),
    ]
    assert place.rows("members", "user_id") == [(1,)]


def raw_json_is_at_hand(warehouse: Warehouse) -> Iterator[None]:
    """Each row leads to the element of the page that it was read from."""
    place = Place.new(warehouse)
    place.members(1, member(2, nick="n"))
    place.reactions("👍", 3)
    place.voters(1, 54)
    place.coming(5)
    yield

    of_the_guild = f"guild_id = {place.place_id} and user_id = 2"
    of_the_message = f"message_id = {place.place_id}"
    for table, key, condition, value in (
        ("users", "username", "user_id = 54", "user54"),
        ("members", "nick", of_the_guild, "n"),
        ("reaction_users", "username", of_the_message, "user3"),
        ("poll_voters", "username", of_the_message, "user54"),
        ("event_users", "user_id", f"event_id = {place.place_id}", "5"),
    ):
        raw = f"select raw ->> '{key}' from discord.raw_{table} where {condition}"
        assert warehouse.query(raw) == [(value,)], table


# --- all of them together -------------------------------------------------------------


STORIES = (
    what_a_profile_leaves_out_stays_known,
    a_name_too_long_for_an_index_stops_nothing,
    whoever_a_sweep_must_have_shown_has_left_until_seen_again,
    of_what_is_no_page_of_the_list_nothing_follows,
    the_end_of_a_list_seen_again_tells_that_nobody_is_beyond,
    a_reaction_that_was_taken_back_is_deleted,
    a_full_page_is_not_the_end_of_a_list,
    votes_and_answers_can_be_taken_back,
    what_tells_of_nobody_known_is_counted,
    raw_json_is_at_hand,
)


def test_people_are_who_their_pages_tell(warehouse: Warehouse) -> None:
    """As each story above has it; and a rebuild tells the same of all of them."""
    tables = [*TABLES, "untyped_elements"]

    tell_together(warehouse, STORIES, *tables)

    warehouse.assert_rebuilt_the_same(*tables)
