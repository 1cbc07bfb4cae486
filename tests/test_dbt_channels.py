"""Channels, what they were, whether they are gone, and who could read them when."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from extractor.embedded import Embedded
from extractor.permissions import (
    Permission,
    Reader,
    channel_permissions,
    unreadable_reason,
)
from extractor.snapshots import Channel, ChannelType
from tests.dbt_warehouse import (
    GUILD,
    Json,
    Landing,
    Warehouse,
    built_warehouse,
)

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)
VIEW = int(Permission.VIEW_CHANNEL)
READ = int(Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY)
SELECTED = ["--select", "+channels"]
UNKNOWN_CHANNEL = (404, 10003)
MISSING_ACCESS = (403, 50001)


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


def day(number: int) -> datetime:
    """Return the instant at which everything of one day is fetched."""
    return BEGIN + timedelta(days=number)


def channel(channel_id: int, **fields: Json) -> Json:
    """Return a channel that denies nothing to anybody."""
    shape = {"id": str(channel_id), "type": 0, "name": f"channel {channel_id}"}
    return {**shape, "permission_overwrites": [], **fields}


def thread(channel_id: int, parent_id: int, **fields: Json) -> Json:
    """Return a public thread."""
    return {
        "id": str(channel_id),
        "type": 11,
        "name": f"thread {channel_id}",
        "parent_id": str(parent_id),
        "thread_metadata": {"archived": False, "locked": False},
        **fields,
    }


def overwrite(target: int, *, allow: int = 0, deny: int = 0) -> Json:
    """Return a permission overwrite."""
    kinds = {"id": str(target), "type": 0}
    return {**kinds, "allow": str(allow), "deny": str(deny)}


def land_roles(landing: Landing, on: datetime, everyone: int, **others: int) -> int:
    """Land the list of roles, @everyone and others by name."""
    roles = [{"id": str(GUILD), "permissions": str(everyone)}]
    for number, (name, permissions) in enumerate(others.items(), 1):
        role = {"id": str(GUILD + number), "name": name}
        roles.append({**role, "permissions": str(permissions)})
    return landing.page("roles", roles, fetched_at=on)


def refuse(
    landing: Landing, channel_id: int, answer: tuple[int, int], on: datetime
) -> int:
    """Record that Discord did not show one channel."""
    return landing.refusal(
        "channels",
        *answer,
        request={"path": f"/channels/{channel_id}"},
        channel_id=channel_id,
        fetched_at=on,
    )


TABLES = ["channels", "channel_history", "role_history", "channel_audiences"]


def contents(warehouse: Warehouse) -> dict[str, list[str]]:
    """Return every row of the tables of channels, as text."""
    keys = warehouse.tables()
    query = "select t::text from discord.{} as t order by {}"
    return {
        table: [
            row[0]
            for row in warehouse.query(query.format(table, keys[f"discord.{table}"]))
        ]
        for table in TABLES
    }


def audiences(warehouse: Warehouse, channel_id: int) -> list[tuple[object, ...]]:
    """Return who could read a channel, and from when on, in order."""
    return warehouse.query(
        f"""select audience, valid_from from discord.channel_audiences
        where channel_id = {channel_id} order by valid_from"""
    )


def present_audiences(warehouse: Warehouse) -> dict[int, str]:
    """Return who may read each channel now."""
    return dict(warehouse.query("select channel_id, audience from discord.channels"))


def standing(warehouse: Warehouse) -> dict[int, tuple[object, ...]]:
    """Return what deletion has been told of each channel."""
    rows = warehouse.query(
        """select channel_id, is_deleted, deleted_after, deleted_before,
            deletion_page_id from discord.channels order by 1"""
    )
    return {int(row[0]): row[1:] for row in rows}


ALIVE = (False, None, None, None)


def test_a_channel_is_deleted_when_discord_says_so_and_its_threads_with_it(
    warehouse: Warehouse,
) -> None:
    """Not when a list leaves it out; and only until it is seen again."""
    landing = warehouse.landing
    category = channel(1, type=4)
    everything = [category, channel(2, parent_id="1"), channel(3, parent_id="1")]
    landing.page("channels", everything, fetched_at=day(0))
    threads = {"threads": [thread(4, 2), thread(5, 3)]}
    landing.page("threads", threads, fetched_at=day(1))
    landing.page("channels", [channel(9)], fetched_at=day(2))
    warehouse.must_build(*SELECTED)
    assert set(standing(warehouse).values()) == {ALIVE}

    told = refuse(landing, 2, UNKNOWN_CHANNEL, day(3))
    refuse(landing, 2, UNKNOWN_CHANNEL, day(4))
    refuse(landing, 1, UNKNOWN_CHANNEL, day(4))
    refuse(landing, 3, MISSING_ACCESS, day(4))
    warehouse.must_build(*SELECTED)
    found = standing(warehouse)
    assert found[2] == (True, day(0), day(3), told)
    assert found[4] == (True, day(1), day(3), told)
    assert found[1] == (True, day(0), day(4), told + 2)
    assert {found[3], found[5], found[9]} == {ALIVE}

    landing.page("channels", [channel(2)], fetched_at=day(5))
    warehouse.must_build(*SELECTED)
    assert standing(warehouse)[2] == ALIVE
    assert standing(warehouse)[4] == (True, day(1), day(3), told)
    incremental = contents(warehouse)
    warehouse.must_build(*SELECTED, "--full-refresh")
    assert incremental == contents(warehouse)


def test_a_channel_seen_again_unchanged_is_neither_hidden_nor_deleted(
    warehouse: Warehouse,
) -> None:
    """An answer equal to the last page brings no page, and still shows the channel."""
    landing = warehouse.landing
    request = {"path": "/channels/2"}
    page = landing.page("channels", channel(2), channel_id=2, request=request)
    refuse(landing, 2, UNKNOWN_CHANNEL, day(1))
    warehouse.must_build(*SELECTED)
    assert standing(warehouse)[2][0] is True

    seen = landing.refusal("channels", 200, 0, request=request, channel_id=2)
    warehouse.connection.execute(
        f"update landing.fetches set same_as_page_id = {page} where fetch_id = {seen}"
    )
    warehouse.must_build(*SELECTED)

    assert standing(warehouse)[2] == ALIVE


def test_a_direct_message_is_known_by_its_type_and_who_takes_part(
    warehouse: Warehouse,
) -> None:
    """It has no name, and nobody else may read it."""
    shape = {"id": "7", "type": 1, "recipients": [{"id": "5"}, {"id": "6"}]}
    warehouse.landing.page("channels", shape, guild_id=0, channel_id=7)

    warehouse.must_build(*SELECTED)

    rows = """select guild_id, type_name, name, recipient_ids, audience
        from discord.channels"""
    assert warehouse.query(rows) == [(0, "dm", None, [5, 6], "unknown")]


def test_a_state_begins_only_where_something_that_matters_changed(
    warehouse: Warehouse,
) -> None:
    """Whether builds met each page alone or all at once."""
    landing = warehouse.landing
    states: list[Json] = [
        {"topic": "a", "last_message_id": "1"},
        {"topic": "a", "last_message_id": "2"},
        {"topic": "b", "last_message_id": "3"},
        {"topic": "b", "last_message_id": "3", "bitrate": 1},
        {"topic": "b", "permission_overwrites": [overwrite(5), overwrite(4)]},
        {"topic": "b", "permission_overwrites": [overwrite(4), overwrite(5)]},
        {"topic": "a", "permission_overwrites": [overwrite(4)]},
    ]
    for number, fields in enumerate(states):
        landing.page("channels", [channel(2, **fields)], fetched_at=day(number))
        warehouse.must_build(*SELECTED)

    history = warehouse.query(
        "select topic, jsonb_array_length(permission_overwrites), valid_from, valid_to"
        " from discord.channel_history order by valid_from"
    )
    incremental = contents(warehouse)
    warehouse.must_build(*SELECTED, "--full-refresh")

    assert history == [
        ("a", 0, day(0), day(2)),
        ("b", 0, day(2), day(4)),
        ("b", 2, day(4), day(6)),
        ("a", 1, day(6), None),
    ]
    assert incremental == contents(warehouse)


def test_a_channel_made_private_was_public_before(warehouse: Warehouse) -> None:
    """By an overwrite, by a role or by being hidden; its threads follow."""
    landing = warehouse.landing
    secret = channel(2, permission_overwrites=[overwrite(GUILD, deny=VIEW)])
    land_roles(landing, day(0), READ)
    landing.page("channels", [channel(2), channel(3)], fetched_at=day(0))
    threads = [thread(4, 2), thread(5, 3), thread(6, 3, type=12)]
    landing.page("threads", {"threads": threads}, fetched_at=day(0))
    warehouse.must_build(*SELECTED)
    landing.page("channels", [secret, channel(3)], fetched_at=day(1))
    warehouse.must_build(*SELECTED)
    land_roles(landing, day(2), VIEW)
    warehouse.must_build(*SELECTED)
    restricted = present_audiences(warehouse)
    land_roles(landing, day(3), READ)
    refuse(landing, 3, MISSING_ACCESS, day(4))
    warehouse.must_build(*SELECTED)

    by_overwrite = [("public", day(0)), ("restricted", day(1))]
    by_role = [("public", day(0)), ("restricted", day(2))]
    by_refusal = [("public", day(3)), ("private", day(4))]
    assert audiences(warehouse, 2) == audiences(warehouse, 4) == by_overwrite
    assert audiences(warehouse, 3) == audiences(warehouse, 5)
    assert audiences(warehouse, 3) == by_role + by_refusal
    assert audiences(warehouse, 6) == [("private", day(0))]
    assert set(restricted.values()) == {"restricted", "private"}
    assert restricted[3] == restricted[5] == "restricted"
    present = present_audiences(warehouse)
    assert (present[2], present[3], present[5]) == ("restricted", "private", "private")
    incremental = contents(warehouse)
    warehouse.must_build(*SELECTED, "--full-refresh")
    assert incremental == contents(warehouse)


def random_bits(rng: random.Random) -> int:
    """Return some permissions, often those that decide, sometimes many."""
    deciding = [3, 10, 16, 20]
    bits = sum(1 << bit for bit in deciding[1:] if rng.random() < 0.7)
    bits |= 8 if rng.random() < 0.1 else 0
    return bits | (rng.getrandbits(70) & ~0x110408 if rng.random() < 0.3 else 0)


def random_overwrites(rng: random.Random) -> list[Json]:
    """Return overwrites for @everyone (or not), for roles and for members."""
    targets = [GUILD] if rng.random() < 0.7 else []
    targets += [target for target in (101, 102, 999) if rng.random() < 0.4]
    rng.shuffle(targets)
    return [
        overwrite(one, allow=random_bits(rng) & rng.getrandbits(70), deny=denied)
        for one in targets
        for denied in [random_bits(rng) & rng.getrandbits(70)]
    ]


def test_public_is_what_a_member_without_any_role_may_read(
    warehouse: Warehouse,
) -> None:
    """As the extractor computes it, whatever the permissions."""
    rng = random.Random(11)
    expected = {}
    for guild_id in range(500, 540):
        everyone, other = random_bits(rng), random_bits(rng)
        roles = {guild_id: everyone, guild_id * 1000: other}
        listed = [{"id": str(i), "permissions": str(p)} for i, p in roles.items()]
        warehouse.landing.page("roles", listed, guild_id=guild_id)
        reader = Reader(
            1, guild_id, is_owner=False, role_ids=frozenset(), role_permissions=roles
        )
        channels = []
        for number in range(30):
            overwrites = random_overwrites(rng)
            for one in overwrites:
                one["id"] = str(guild_id) if one["id"] == str(GUILD) else one["id"]
            kind = rng.choice([0, 2, 4, 5, 13, 15, 16, 99])
            body = channel(
                guild_id * 100 + number, type=kind, permission_overwrites=overwrites
            )
            channels.append(body)
            bits = channel_permissions(reader, overwrites)
            is_public = unreadable_reason(Channel.of(body), bits) is None
            expected[int(body["id"])] = "public" if is_public else "restricted"
        warehouse.landing.page("channels", channels, guild_id=guild_id)

    warehouse.must_build(*SELECTED)

    found = present_audiences(warehouse)
    assert found == expected
    assert set(found.values()) == {"public", "restricted"}


def land_something(landing: Landing, rng: random.Random, number: int) -> None:
    """Append what a sync may bring of a few channels, roles and threads."""
    # the clock stands still now and then, and is once behind
    on = day(number // 2 - (number == 5))
    kind = rng.randrange(6)
    if kind == 0:
        others = {f"role {n}": random_bits(rng) for n in range(rng.randrange(3))}
        land_roles(landing, on, random_bits(rng), **others)
    elif kind == 1:
        shown = [n for n in range(1, 6) if rng.random() < 0.7]
        made = [
            channel(
                n,
                type=rng.choice([0, 0, 0, 2, ChannelType.CATEGORY]),
                parent_id=rng.choice([None, "1", "2"]),
                permission_overwrites=random_overwrites(rng),
            )
            for n in shown
        ]
        landing.page("channels", made, fetched_at=on)
    elif kind == 2:
        threads = [
            thread(n, rng.randrange(1, 4), type=rng.choice([11, 11, 12]))
            for n in range(10, 18)
            if rng.random() < 0.6
        ]
        landing.page("threads", {"threads": threads}, fetched_at=on)
    else:
        answer = rng.choice([UNKNOWN_CHANNEL, MISSING_ACCESS, (200, 0)])
        asked = refuse(landing, rng.randrange(1, 20), answer, on)
        landing.connection.execute(
            f"""update landing.fetches set same_as_page_id = 1
            where fetch_id = {asked} and status = 200"""
        )


LONG = pytest.mark.long


@pytest.mark.parametrize(
    "seed", [1, pytest.param(2, marks=LONG), pytest.param(3, marks=LONG)]
)
def test_any_history_of_builds_ends_like_a_rebuild(
    warehouse: Warehouse, seed: int
) -> None:
    """And a build that brings nothing new writes nothing."""
    rng = random.Random(seed)
    for number in range(40):
        land_something(warehouse.landing, rng, number)
        if number % 10 == 0:
            warehouse.must_build(*SELECTED)
    warehouse.must_build(*SELECTED)
    incremental = contents(warehouse)
    written = "select string_agg(xmin::text, ' ' order by ctid) from discord.{}"
    before = [warehouse.query(written.format(table)) for table in incremental]

    warehouse.must_build(*SELECTED)
    after = [warehouse.query(written.format(table)) for table in incremental]
    warehouse.must_build(*SELECTED, "--full-refresh")

    assert before == after
    assert incremental == contents(warehouse)
    assert all(incremental.values())
    overlaps = """
        select from discord.channel_audiences as a
        inner join discord.channel_audiences as b
            on a.channel_id = b.channel_id and a.valid_from < b.valid_from
        where a.valid_to is null or a.valid_to > b.valid_from"""
    assert warehouse.query(overlaps) == []
    one_open = """
        select channel_id from discord.channel_audiences where valid_to is null
        except all select channel_id from discord.channels"""
    assert warehouse.query(one_open) == []
