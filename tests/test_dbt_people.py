"""People as typed rows: who they are, what they were called, joined and chose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from extractor.embedded import Embedded
from tests.dbt_warehouse import (
    CHANNEL,
    GUILD,
    Json,
    Landing,
    Row,
    Warehouse,
    built_warehouse,
    message,
    user,
)

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)
MESSAGE = 300
EVENT = 400
TABLES = {
    "user_profiles": "user_id, profile_hash",
    "users": "user_id",
    "user_names": "user_id, name_hash",
    "members": "guild_id, user_id",
    "member_names": "guild_id, user_id, nick_hash",
    "reaction_users": "message_id, emoji_key, is_burst, user_id",
    "poll_voters": "message_id, answer_id, user_id",
    "event_users": "event_id, user_id",
}
PEOPLE = ["--select", *(f"+{table}" for table in TABLES)]


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


def member(user_id: int, **fields: Json) -> Json:
    """Return a member object."""
    return {"user": user(user_id), "roles": [], "nick": None, **fields}


def members(landing: Landing, *listed: int | Json, after: int | None = None) -> int:
    """Append one page of a guild's members, asked for after a user."""
    body = [one if isinstance(one, dict) else member(one) for one in listed]
    return landing.page("members", body, request=request("members", after, 1000))


def request(path: str, after: int | None, limit: int, **parameters: int) -> Json:
    """Return a request about the guild, or about what an absolute path names."""
    route = path if path.startswith("/") else f"/guilds/{GUILD}/{path}"
    cursor = {"after": after} if after is not None else {}
    return {"path": route, "limit": limit, **parameters, **cursor}


def reactions(
    landing: Landing,
    emoji: str,
    *users: int,
    kind: int = 0,
    after: int | None = None,
    limit: int = 100,
) -> int:
    """Append one page of those who reacted to the message."""
    place = f"/channels/{CHANNEL}/messages/{MESSAGE}/reactions/{quote(emoji, safe='')}"
    return landing.page(
        "reaction_users",
        list(map(user, users)),
        channel_id=CHANNEL,
        request=request(place, after, limit, type=kind),
    )


def voters(landing: Landing, answer_id: int, *users: int) -> int:
    """Append the page of those who voted for one answer of the poll."""
    place = f"/channels/{CHANNEL}/polls/{MESSAGE}/answers/{answer_id}"
    return landing.page(
        "poll_voters",
        {"users": list(map(user, users))},
        channel_id=CHANNEL,
        request=request(place, None, 100),
    )


def coming(landing: Landing, *users: int, **fields: Json) -> int:
    """Append the page of those who answered to the event."""
    place = f"scheduled-events/{EVENT}/users"
    return landing.page(
        "event_users",
        [
            {"guild_scheduled_event_id": str(EVENT), "user_id": str(one), **fields}
            for one in users
        ],
        request=request(place, None, 100),
    )


def seen_again(landing: Landing, page_id: int, resource: str) -> int:
    """Record that an answer equalled a page, as the extractor does; return its id."""
    row = landing.connection.execute(
        f"""insert into landing.fetches (run_id, account, resource, route_id, guild_id,
            channel_id, request, fetched_at, status, item_count, byte_count,
            same_as_page_id)
        select run_id, account, %s, route_id, guild_id, channel_id, request,
            fetched_at + interval '1 day', 200, item_count, 0, page_id
        from landing.{resource} where page_id = %s
        returning fetch_id""",
        [resource, page_id],
    ).fetchone()
    assert row is not None
    return int(row[0])


def deletions(warehouse: Warehouse, table: str, key: str) -> list[Row]:
    """Return each row's key and the page that told of its deletion."""
    return warehouse.query(
        f"select {key}, deletion_page_id from discord.{table} order by {key}"
    )


def contents(warehouse: Warehouse) -> dict[str, list[Row]]:
    """Return all rows of all tables about people."""
    return {
        table: warehouse.query(f"select * from discord.{table} order by {keys}")
        for table, keys in TABLES.items()
    }


@pytest.mark.long
def test_builds_of_each_page_and_of_all_pages_give_the_same(
    warehouse: Warehouse,
) -> None:
    """Whoever was seen when, and in whatever order."""
    landing = warehouse.landing
    late = BEGIN + timedelta(days=1)
    old, new = user(1, global_name="A", avatar="x"), user(1, global_name="B", bot=True)
    rounds: list[Callable[[], int]] = [
        lambda: landing.messages(
            message(BEGIN, author=old, mentions=[{"id": "2"}, user(3)]),
            message(BEGIN, number=1, author=user(2, banner="b", avatar="c")),
            fetched_at=late,
        ),
        lambda: members(landing, member(1, nick="n", roles=["7", "8"]), 2, 3),
        lambda: landing.messages(message(late, author={"id": "2"}), fetched_at=BEGIN),
        lambda: reactions(landing, "👍", 1, 2, 3),
        lambda: members(landing, 1, member(3, nick="m"), {"user": None}),
        lambda: voters(landing, 1, 4, 5),
        lambda: landing.messages(message(late, number=2, author=new)),
        lambda: reactions(landing, "👍", 1, 3),
        lambda: members(landing, member(1, nick="n"), 3),
        lambda: landing.messages(message(late, number=3, author=old)),
        lambda: voters(landing, 1, 5),
        lambda: coming(landing, 1, 2, response=1),
        lambda: coming(landing, 2, response=0),
        lambda: members(landing, 2, member(3, joined_at=late.isoformat())),
    ]
    for land in rounds:
        land()
        warehouse.must_build(*PEOPLE)
    stored = contents(warehouse)

    warehouse.must_build(*PEOPLE, "--full-refresh")

    assert all(stored.values())
    assert stored == contents(warehouse)


def test_what_a_profile_leaves_out_stays_known(warehouse: Warehouse) -> None:
    """An id alone, or a profile without a banner, wipes nothing that was told."""
    whole = user(2, banner="b", avatar="a", primary_guild={"tag": "TAG"})
    first = warehouse.landing.messages(message(BEGIN, author=whole))
    partial = {"id": "2", "avatar": None, "banner": None}
    last = warehouse.landing.messages(message(BEGIN, number=1, mentions=[partial]))

    warehouse.must_build(*PEOPLE)

    row = "username, banner, avatar, primary_guild_tag, page_id"
    users = f"select {row} from discord.users where user_id = 2"
    assert [("user2", "b", None, "TAG", last)] == warehouse.query(users)
    names = "select username, first_page_id, page_id from discord.user_names"
    assert [("user2", first, first)] == warehouse.query(f"{names} where user_id = 2")


def test_a_name_too_long_for_an_index_stops_nothing(warehouse: Warehouse) -> None:
    """Names are kept as they are and told apart by their hash."""
    long = "".join(map(chr, range(0x4E00, 0x4E00 + 4000)))
    warehouse.landing.messages(message(BEGIN, author=user(2, username=long)))
    members(warehouse.landing, member(3, nick=long))

    warehouse.must_build(*PEOPLE)

    name = "select username from discord.user_names where user_id = 2"
    assert [(long,)] == warehouse.query(name)
    assert [(long,)] == warehouse.query("select nick from discord.member_names")


def test_whoever_a_sweep_must_have_shown_has_left_until_seen_again(
    warehouse: Warehouse,
) -> None:
    """A page covers from the one asked for to its last; an empty one all beyond."""
    landing = warehouse.landing
    members(landing, 1, 2, 3)
    members(landing, 4, 9, after=3)
    warehouse.must_build(*PEOPLE)
    without_2 = members(landing, 1, 3)
    warehouse.must_build(*PEOPLE)
    told = deletions(warehouse, "members", "user_id")
    end = members(landing, after=4)
    members(landing, 2)
    warehouse.must_build(*PEOPLE)

    assert told == [(1, None), (2, without_2), (3, None), (4, None), (9, None)]
    assert deletions(warehouse, "members", "user_id") == [
        *((1, end + 1), (2, None), (3, None), (4, None)),
        (9, end),
    ]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        pytest.param(member(1), f"/guilds/{GUILD}/members/1", id="one's own member"),
        pytest.param([], f"/guilds/{GUILD}/members/search", id="another list"),
        pytest.param({}, f"/guilds/{GUILD}/members", id="an object for the list"),
        pytest.param([{"user": {}}], f"/guilds/{GUILD}/members", id="no id"),
    ],
)
def test_of_what_is_no_page_of_the_list_nothing_follows(
    warehouse: Warehouse, body: Json, path: str
) -> None:
    """Nobody has left because they are not on it."""
    members(warehouse.landing, 1, 2)
    warehouse.landing.page("members", body, request={"path": path})
    warehouse.landing.refusal("members", 403, 50001, request={"path": path})

    warehouse.must_build(*PEOPLE)

    assert deletions(warehouse, "members", "user_id") == [(1, None), (2, None)]


def test_the_end_of_a_list_seen_again_tells_that_nobody_is_beyond(
    warehouse: Warehouse,
) -> None:
    """Discord sends an end as it was, and it is not stored a second time."""
    landing = warehouse.landing
    end = members(landing, after=2)
    members(landing, 1, 2, 3)
    warehouse.must_build(*PEOPLE)
    again = seen_again(landing, end, "members")
    warehouse.must_build(*PEOPLE)

    told = deletions(warehouse, "members", "user_id")
    assert told == [(1, None), (2, None), (3, again)]


def test_a_reaction_that_was_taken_back_is_deleted(warehouse: Warehouse) -> None:
    """By message, emoji and kind: each is a list of its own."""
    landing = warehouse.landing
    reactions(landing, "👍", 1, 2)
    reactions(landing, "👍", 1, 2, kind=1)
    reactions(landing, "wave:77", 2)
    without = reactions(landing, "👍", 1)
    reactions(landing, "👍", 5, after=2, kind=1)
    gone = reactions(landing, "renamed:77")

    warehouse.must_build(*PEOPLE)

    keys = "emoji_key, is_burst, user_id"
    assert deletions(warehouse, "reaction_users", keys) == [
        ("77", False, 2, gone),
        *(("👍", False, 1, None), ("👍", False, 2, without)),
        *(("👍", True, 1, None), ("👍", True, 2, None), ("👍", True, 5, None)),
    ]


def test_a_full_page_is_not_the_end_of_a_list(warehouse: Warehouse) -> None:
    """Whoever comes after its last may stand on the next one."""
    landing = warehouse.landing
    reactions(landing, "a", 1, 2, 3, 4)
    full = reactions(landing, "a", 1, 3, limit=2)
    warehouse.must_build(*PEOPLE)
    told = deletions(warehouse, "reaction_users", "user_id")
    short = reactions(landing, "a", 1, limit=2)
    warehouse.must_build(*PEOPLE)

    assert told == [(1, None), (2, full), (3, None), (4, None)]
    assert deletions(warehouse, "reaction_users", "user_id") == [
        *((1, None), (2, full), (3, short), (4, short)),
    ]


def test_votes_and_answers_can_be_taken_back(warehouse: Warehouse) -> None:
    """A voter of one answer tells nothing of another."""
    landing = warehouse.landing
    voters(landing, 1, 5, 6)
    voters(landing, 2, 7)
    vote = voters(landing, 1, 6)
    coming(landing, 5, 6, response=1)
    answer = coming(landing, 6, response=0)

    warehouse.must_build(*PEOPLE)

    keys = "answer_id, user_id"
    told = deletions(warehouse, "poll_voters", keys)
    assert told == [(1, 5, vote), (1, 6, None), (2, 7, None)]
    keys = "response, user_id"
    assert deletions(warehouse, "event_users", keys) == [(0, 6, None), (1, 5, answer)]


def test_what_tells_of_nobody_known_is_counted(warehouse: Warehouse) -> None:
    """Neither a missing id nor a request about nothing stops a build."""
    landing = warehouse.landing
    page = members(landing, 1, {"user": {"id": "x"}})
    landing.page("members", [5, None], request={"path": "elsewhere"})
    landing.page("reaction_users", [user(1), {"id": None}], channel_id=CHANNEL)
    landing.page("poll_voters", {"users": [user(1)]}, channel_id=CHANNEL)
    landing.page("event_users", [{"user_id": "x"}, {"user_id": "5"}])
    landing.page("event_users", [])

    warehouse.must_build("--select", "+untyped_elements")

    counted = "select page_id, resource, ordinal, path from audit.untyped_elements"
    assert [
        *((page, "members", 2, ""), (page, "users", 2, "user")),
        (page + 1, "members", 1, ""),
        (page + 2, "reaction_users", 1, "request"),
        *((page + 2, "reaction_users", 2, "request"), (page + 2, "users", 2, "")),
        (page + 3, "poll_voters", 1, "request"),
        *((page + 4, "event_users", 1, ""), (page + 4, "event_users", 1, "request")),
        (page + 4, "event_users", 2, "request"),
    ] == warehouse.query(f"{counted} order by 1, 2, 3, 4")
    rows = "select count(*) from discord.members"
    warehouse.must_build(*PEOPLE)
    assert warehouse.query(rows) == [(1,)]


def test_raw_json_is_at_hand(warehouse: Warehouse) -> None:
    """Each row leads to the element of the page that it was read from."""
    landing = warehouse.landing
    members(landing, 1, member(2, nick="n"))
    reactions(landing, "👍", 3)
    voters(landing, 1, 4)
    coming(landing, 5)

    warehouse.must_build(*PEOPLE, *(f"raw_{table}" for table in RAW))

    for table, found in RAW.items():
        key, value = found
        raw = f"select raw ->> '{key}' from discord.raw_{table}"
        rows = warehouse.query(f"{raw} order by 1 desc nulls last")
        assert rows[0] == (value,)


RAW = {
    "users": ("username", "user4"),
    "members": ("nick", "n"),
    "reaction_users": ("username", "user3"),
    "poll_voters": ("username", "user4"),
    "event_users": ("user_id", "5"),
}
