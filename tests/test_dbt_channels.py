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
    tell_together,
)

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)
VIEW = int(Permission.VIEW_CHANNEL)
READ = int(Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY)
TABLES = ["channels", "channel_history", "role_history", "channel_audiences"]
VIEWS = ["int_everyone_overwrites", "int_channel_standings"]  # on these tables
SELECTED = ["--select", *TABLES]
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


def land_roles(
    landing: Landing, on: datetime, everyone: int, *others: int, guild_id: int = GUILD
) -> int:
    """Land the list of roles, by their permissions: @everyone's and others'."""
    roles = [
        {"id": str(guild_id + n), "name": f"role {n}", "permissions": str(permissions)}
        for n, permissions in enumerate([everyone, *others])
    ]
    return landing.page("roles", roles, guild_id=guild_id, fetched_at=on)


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


def audiences(warehouse: Warehouse, channel_id: int) -> list[tuple[object, ...]]:
    """Return who could read a channel, and from when on, in order."""
    return warehouse.query(
        f"""select audience, valid_from from discord.channel_audiences
        where channel_id = {channel_id} order by valid_from"""
    )


def present_audiences(warehouse: Warehouse, *guild_ids: int) -> dict[int, str]:
    """Return who may read each channel of some guilds now."""
    guilds = ", ".join(map(str, guild_ids))
    query = "select channel_id, audience from discord.channels where guild_id in"
    return dict(warehouse.query(f"{query} ({guilds})"))


def standing(warehouse: Warehouse, guild_id: int) -> dict[int, tuple[object, ...]]:
    """Return what deletion has been told of each channel of a guild."""
    rows = warehouse.query(
        f"""select channel_id, is_deleted, deleted_after, deleted_before,
            deletion_page_id from discord.channels where guild_id = {guild_id}"""
    )
    return {int(row[0]): row[1:] for row in rows}


ALIVE = (False, None, None, None)


# --- stories, told side by side: where they yield, everything is built ----------------


def a_channel_is_deleted_when_discord_says_so_and_its_threads_with_it(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Not when a list leaves it out; and only until it is seen again."""
    landing, guild = warehouse.landing, 1_000
    category = channel(1, type=4)
    everything = [category, channel(2, parent_id="1"), channel(3, parent_id="1")]
    landing.page("channels", everything, guild_id=guild, fetched_at=day(0))
    threads = {"threads": [thread(4, 2), thread(5, 3)]}
    landing.page("threads", threads, guild_id=guild, fetched_at=day(1))
    landing.page("channels", [channel(9)], guild_id=guild, fetched_at=day(2))
    yield
    assert set(standing(warehouse, guild).values()) == {ALIVE}

    told = refuse(landing, 2, UNKNOWN_CHANNEL, day(3))
    refuse(landing, 2, UNKNOWN_CHANNEL, day(4))
    of_category = refuse(landing, 1, UNKNOWN_CHANNEL, day(4))
    refuse(landing, 3, MISSING_ACCESS, day(4))
    yield
    found = standing(warehouse, guild)
    assert found[2] == (True, day(0), day(3), told)
    assert found[4] == (True, day(1), day(3), told)
    assert found[1] == (True, day(0), day(4), of_category)
    assert {found[3], found[5], found[9]} == {ALIVE}

    landing.page("channels", [channel(2)], guild_id=guild, fetched_at=day(5))
    yield
    assert standing(warehouse, guild)[2] == ALIVE
    assert standing(warehouse, guild)[4] == (True, day(1), day(3), told)


def a_channel_seen_again_unchanged_is_neither_hidden_nor_deleted(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Such an answer brings no page, and still shows the channel."""
    landing, guild = warehouse.landing, 2_000
    page = landing.page(
        "channels",
        channel(22),
        guild_id=guild,
        channel_id=22,
        request={"path": "/channels/22"},
    )
    refuse(landing, 22, UNKNOWN_CHANNEL, day(1))
    yield
    assert standing(warehouse, guild)[22][0] is True

    landing.seen_again("channels", page)
    yield
    assert standing(warehouse, guild)[22] == ALIVE


def a_direct_message_is_known_by_its_type_and_who_takes_part(
    warehouse: Warehouse,
) -> Iterator[None]:
    """There is no name to it, and nobody else may read it."""
    shape = {"id": "37", "type": 1, "recipients": [{"id": "5"}, {"id": "6"}]}
    warehouse.landing.page("channels", shape, guild_id=0, channel_id=37)
    yield

    rows = """select guild_id, type_name, name, recipient_ids, audience
        from discord.channels where channel_id = 37"""
    assert warehouse.query(rows) == [(0, "dm", None, [5, 6], "unknown")]


def a_state_begins_only_where_something_that_matters_changed(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Whether builds met each page alone or all at once."""
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
        shown = [channel(42, **fields)]
        warehouse.landing.page(
            "channels", shown, guild_id=4_000, fetched_at=day(number)
        )
        yield

    history = warehouse.query(
        "select topic, jsonb_array_length(permission_overwrites), valid_from, valid_to"
        " from discord.channel_history where channel_id = 42 order by valid_from"
    )
    assert history == [
        ("a", 0, day(0), day(2)),
        ("b", 0, day(2), day(4)),
        ("b", 2, day(4), day(6)),
        ("a", 1, day(6), None),
    ]


def a_channel_made_private_was_public_before(warehouse: Warehouse) -> Iterator[None]:
    """By an overwrite, by a role or by being hidden; its threads follow."""
    landing, guild = warehouse.landing, 5_000
    secret = channel(52, permission_overwrites=[overwrite(guild, deny=VIEW)])
    shown = [channel(52), channel(53)]
    threads = {"threads": [thread(54, 52), thread(55, 53), thread(56, 53, type=12)]}
    land_roles(landing, day(0), READ, guild_id=guild)
    landing.page("channels", shown, guild_id=guild, fetched_at=day(0))
    landing.page("threads", threads, guild_id=guild, fetched_at=day(0))
    yield
    shown = [secret, channel(53)]
    landing.page("channels", shown, guild_id=guild, fetched_at=day(1))
    yield
    land_roles(landing, day(2), VIEW, guild_id=guild)
    yield
    restricted = present_audiences(warehouse, guild)
    land_roles(landing, day(3), READ, guild_id=guild)
    refuse(landing, 53, MISSING_ACCESS, day(4))
    yield

    by_overwrite = [("public", day(0)), ("restricted", day(1))]
    by_role = [("public", day(0)), ("restricted", day(2))]
    by_refusal = [("public", day(3)), ("private", day(4))]
    assert audiences(warehouse, 52) == audiences(warehouse, 54) == by_overwrite
    assert audiences(warehouse, 53) == audiences(warehouse, 55)
    assert audiences(warehouse, 53) == by_role + by_refusal
    assert audiences(warehouse, 56) == [("private", day(0))]
    assert set(restricted.values()) == {"restricted", "private"}
    assert restricted[53] == restricted[55] == "restricted"
    present = present_audiences(warehouse, guild)
    assert (present[52], present[53]) == ("restricted", "private")
    assert present[55] == "private"


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


def public_is_what_a_member_without_any_role_may_read(
    warehouse: Warehouse,
) -> Iterator[None]:
    """As the extractor computes it, whatever the permissions."""
    rng = random.Random(11)
    expected = {}
    guilds = range(500, 540)
    for guild_id in guilds:
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

    yield

    found = present_audiences(warehouse, *guilds)
    assert found == expected
    assert set(found.values()) == {"public", "restricted"}


STORIES = (
    a_channel_is_deleted_when_discord_says_so_and_its_threads_with_it,
    a_channel_seen_again_unchanged_is_neither_hidden_nor_deleted,
    a_direct_message_is_known_by_its_type_and_who_takes_part,
    a_state_begins_only_where_something_that_matters_changed,
    a_channel_made_private_was_public_before,
    public_is_what_a_member_without_any_role_may_read,
)


def test_channels_tell_who_could_read_them_and_whether_they_are_gone(
    warehouse: Warehouse,
) -> None:
    """As each story above has it; and a rebuild tells the same of all of them."""
    tell_together(warehouse, STORIES, *TABLES)

    warehouse.assert_rebuilt_the_same(*TABLES, views=VIEWS)


# --- any history ----------------------------------------------------------------------


def land_something(landing: Landing, rng: random.Random, number: int) -> None:
    """Append what a sync may bring of a few channels, roles and threads."""
    # the clock stands still now and then, and is once behind
    on = day(number // 2 - (number == 5))
    kind = rng.randrange(6)
    if kind == 0:
        others = [random_bits(rng) for _ in range(rng.randrange(3))]
        land_roles(landing, on, random_bits(rng), *others)
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


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
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
    written = "select string_agg(xmin::text, ' ' order by ctid) from discord.{}"
    before = [warehouse.query(written.format(table)) for table in TABLES]

    warehouse.must_build(*SELECTED)
    after = [warehouse.query(written.format(table)) for table in TABLES]

    assert before == after
    assert all(warehouse.contents(*TABLES).values())
    warehouse.assert_rebuilt_the_same(*TABLES, views=VIEWS)
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
