"""What exports tell of places and people: only what no page of the API shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from psycopg.types.json import Jsonb

from extractor.embedded import Embedded
from tests.dbt_warehouse import (
    Json,
    Row,
    Warehouse,
    built_warehouse,
    message,
    snowflake,
    tell_together,
    user,
)
from tests.exports import VERSIONS, document, mentioned, posted_at
from tests.exports import message as exported
from tests.exports import reaction as exported_reaction
from tests.exports import user as person

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)
TABLES = (
    "guilds",
    "channels",
    "channel_history",
    "channel_audiences",
    "roles",
    "role_history",
    "user_profiles",
    "users",
    "user_names",
    "reaction_users",
)
# between these tables, and gone with them
VIEWS = ("int_everyone_overwrites", "int_channel_standings")
RAW = ("raw_guilds", "raw_channels", "raw_roles", "raw_users", "raw_reaction_users")
LINEAGE = {"page_id", "first_page_id", "ordinal", "deletion_page_id"}
# each story is about ids of its own; an id is about as old as its story
IDS = count(snowflake(BEGIN), 1000)


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


def day(number: int) -> datetime:
    """Return a time on a day after all that is told happened."""
    return BEGIN + timedelta(days=number)


def role(role_id: int, name: str, **own: Json) -> Json:
    """Return a role as exports write it."""
    return {"id": str(role_id), "name": name, "color": "#0000FF", "position": 1, **own}


def rows(warehouse: Warehouse, table: str, columns: str, **where: int) -> list[Row]:
    """Return columns of some rows of a table, in their order."""
    condition = " and ".join(f"{column} = {value}" for column, value in where.items())
    return warehouse.query(
        f"select {columns} from discord.{table} where {condition} order by {columns}"
    )


def reacted(warehouse: Warehouse, place: int, *users: Json, on: datetime) -> int:
    """Land the whole list of those who reacted to the message with a thumb."""
    path = f"/channels/{place}/messages/{place}/reactions/{quote('👍', safe='')}"
    return warehouse.landing.page(
        "reaction_users",
        list(users),
        guild_id=place,
        channel_id=place,
        request={"path": path, "limit": 100, "type": 0},
        fetched_at=on,
    )


# --- one story each -------------------------------------------------------------------


def export_of(place: int, name: str, on: datetime | None, **own: Json) -> Json:
    """Return an export in which guild, channel, role and user of one id have a name.

    Without an instant it is of a version that does not tell one.
    """
    version = (2, 47) if on else (2, 39)
    author = person(place, name, version, **{"roles": [role(place, name)], **own})
    loved = exported_reaction("👍", 1, users=[(place, name)])
    return document(
        [exported(place, version=version, author=author, reactions=[loved])],
        version,
        guild_id=place,
        channel_id=place,
        exported_at=on or BEGIN,
        guild={"name": name},
        channel={"name": name},
    )


def pages_of(warehouse: Warehouse, place: int, name: str, on: datetime) -> None:
    """Land pages of the API on which all of these have another name."""
    about: Mapping[str, Any] = {"guild_id": place, "fetched_at": on}
    landing = warehouse.landing
    landing.page("guilds", {"id": str(place), "name": name}, **about)
    landing.page("channels", [{"id": str(place), "type": 0, "name": name}], **about)
    landing.page("roles", [{"id": str(place), "name": name}], **about)
    landing.page("members", [{"user": user(place, username=name)}], **about)
    reacted(warehouse, place, user(place, username=name), on=on)


def told(warehouse: Warehouse, place: int) -> dict[str, list[Row]]:
    """Return what each table says of them."""
    dates = "source, archived_at, observed_at"
    keys = {"guilds": "guild_id", "channels": "channel_id", "roles": "role_id"}
    named = {
        table: rows(warehouse, table, f"name, {dates}", **{key: place})
        for table, key in keys.items()
    }
    users = rows(warehouse, "users", f"username, {dates}", user_id=place)
    return {
        **named,
        "users": users,
        "reaction_users": rows(
            warehouse, "reaction_users", f"emoji_key, {dates}", message_id=place
        ),
    }


def everywhere(name: str, source: str, first: datetime, last: datetime) -> Json:
    """Return the same of all tables."""
    tables = ("guilds", "channels", "roles", "users", "reaction_users")
    return {
        table: [("👍" if table == "reaction_users" else name, source, first, last)]
        for table in tables
    }


def what_the_api_shows_no_export_touches(warehouse: Warehouse) -> Iterator[None]:
    """Neither one that was there before, nor one that comes later, or with it."""
    before, after, beside = next(IDS), next(IDS), next(IDS)
    warehouse.landing.export(export_of(before, "export", day(9)))
    pages_of(warehouse, after, "api", day(2))
    pages_of(warehouse, beside, "api", day(2))
    warehouse.landing.export(export_of(beside, "export", day(9)))
    yield
    first = told(warehouse, before)
    pages_of(warehouse, before, "api", day(2))
    warehouse.landing.export(export_of(after, "export", day(9)))
    yield

    assert everywhere("export", "dce", day(9), day(9)) == first
    for place in (before, after, beside):
        assert everywhere("api", "api", day(2), day(2)) == told(warehouse, place)


def the_newest_export_wins_whenever_it_comes(warehouse: Warehouse) -> Iterator[None]:
    """By the clock of the exporter, whatever the import's says."""
    place = next(IDS)
    warehouse.landing.export(export_of(place, "newest", day(5)))
    yield
    warehouse.landing.export(export_of(place, "older", day(3)))
    yield
    found = told(warehouse, place)
    warehouse.landing.export(export_of(place, "newer", day(6)))
    yield

    assert everywhere("newest", "dce", day(3), day(5)) == found
    assert everywhere("newer", "dce", day(3), day(6)) == told(warehouse, place)


def an_export_without_a_clock_is_the_oldest(warehouse: Warehouse) -> Iterator[None]:
    """Yet of what no other one tells, it does; it is no older than what it shows."""
    place = next(IDS)
    avatar = f"https://cdn.discordapp.com/guilds/{place}/users/{place}/avatars/g.png"
    with_clock = export_of(place, "new", day(3), avatarUrl=avatar)
    del with_clock["channel"]["topic"]
    warehouse.landing.export(with_clock)
    yield
    warehouse.landing.export(
        {
            **export_of(place, "old", None, discriminator="0420"),
            "channel": {"id": str(place), "type": "GuildNews", "topic": "talk"},
        }
    )
    yield

    row = "name, topic, type_name, archived_at, observed_at"
    assert [("new", "talk", "text", posted_at(place), day(3))] == (
        rows(warehouse, "channels", row, channel_id=place)
    )
    row = "username, discriminator, avatar, archived_at, observed_at"
    assert [("new", "0", "a1", posted_at(place), day(3))] == (
        rows(warehouse, "users", row, user_id=place)
    )


def what_no_export_tells_is_null(warehouse: Warehouse) -> Iterator[None]:
    """Not false, not empty, not zero."""
    place = next(IDS)
    warehouse.landing.export(export_of(place, "x", day(1)))
    yield

    found = rows(warehouse, "guilds", "features, owner_id", guild_id=place)
    assert found == [(None, None)]
    row = "audience, is_deleted, is_thread, is_hidden, position, is_nsfw"
    found = rows(warehouse, "channels", row, channel_id=place)
    assert found == [("unknown", False, False, False, None, None)]
    row = "primary_color, position, flags, is_premium_subscriber, permissions"
    assert rows(warehouse, "roles", row, role_id=place) == [(255, 1, None, None, None)]
    row = "is_bot, is_system, public_flags, global_name"
    found = rows(warehouse, "users", row, user_id=place)
    assert found == [(False, None, None, None)]
    row = "username, global_name, source"
    assert rows(warehouse, "user_names", row, user_id=place) == [("x", None, "dce")]


def a_channel_leads_to_its_parents(warehouse: Warehouse) -> Iterator[None]:
    """From a thread to its channel, and on to its category: each is one of its own."""
    guild, category, channel, thread, direct = (next(IDS) for _ in range(5))
    about: Mapping[str, Any] = {"guild_id": guild, "exported_at": day(1)}
    heads: list[tuple[int, Json]] = [
        (
            thread,
            {"type": "GuildPublicThread", "name": "t", "categoryId": str(channel)},
        ),
        (channel, {"name": "c", "categoryId": str(category), "category": "Talk"}),
    ]
    for channel_id, head in heads:
        one = {"category": "c", **head}
        warehouse.landing.export(
            document([], channel_id=channel_id, channel=one, **about)
        )
        yield
    nowhere = {"categoryId": None, "category": None, "type": "DirectTextChat"}
    warehouse.landing.export(
        document([], guild_id=0, channel_id=direct, channel={"name": "Mira", **nowhere})
    )
    yield

    row = "name, type_name, is_thread, parent_id, guild_id"
    found = [
        rows(warehouse, "channels", row, channel_id=one)
        for one in (category, channel, thread, direct)
    ]
    assert found == [
        [("Talk", "category", False, None, guild)],
        [("c", "text", False, category, guild)],
        [("t", "public_thread", True, channel, guild)],
        [(None, "dm", False, None, 0)],
    ]
    assert rows(warehouse, "guilds", "name", guild_id=0) == []


def lists_that_are_later_prove_deletions(warehouse: Warehouse) -> Iterator[None]:
    """By the clocks: imports have no place in the order of pages."""
    place = next(IDS)
    old = warehouse.landing.page("roles", [], guild_id=place, fetched_at=day(2))
    reacted(warehouse, place, on=day(2))
    yield
    warehouse.landing.export(export_of(place, "x", day(1)))
    yield
    row = "is_deleted, deleted_after, deleted_before"
    gone = [
        rows(warehouse, "roles", row, role_id=place),
        rows(warehouse, "reaction_users", row, message_id=place),
    ]
    by = rows(warehouse, "roles", "deletion_page_id", role_id=place)
    warehouse.landing.export(export_of(place, "x", day(3)))
    yield
    back = [
        rows(warehouse, "roles", row, role_id=place),
        rows(warehouse, "reaction_users", row, message_id=place),
    ]
    warehouse.landing.page("roles", [], guild_id=place, fetched_at=day(4))
    reacted(warehouse, place, on=day(4))
    yield

    assert gone == [[(True, day(1), day(2))]] * 2
    assert by == [(old,)]
    assert back == [[(False, None, None)]] * 2
    again = [(True, day(3), day(4))]
    assert rows(warehouse, "roles", row, role_id=place) == again
    assert rows(warehouse, "reaction_users", row, message_id=place) == again


def exports_fill_what_the_api_never_told_of_somebody(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Whoever was but an id gets a name; names that Discord tells are its own."""
    place = next(IDS)
    warehouse.landing.messages(message(BEGIN, mentions=[{"id": str(place)}]))
    warehouse.landing.export(export_of(place, "told", day(1)))
    yield
    row = "username, global_name, source"
    filled = rows(warehouse, "users", row, user_id=place)
    named = rows(warehouse, "user_names", row, user_id=place)
    whole = user(place, username="told", global_name="Told", discriminator="0")
    warehouse.landing.messages(message(BEGIN, number=1, author=whole))
    warehouse.landing.export(export_of(place, "other", day(2)))
    yield

    assert filled == [("told", None, "api")]
    assert named == [("told", None, "dce")]
    assert rows(warehouse, "users", row, user_id=place) == [("told", "Told", "api")]
    assert (rows(warehouse, "user_names", row, user_id=place)) == [
        ("other", None, "dce"),
        ("told", "Told", "api"),
    ]


def webhooks_are_nobody(warehouse: Warehouse) -> Iterator[None]:
    """To the exporter they are bots; but those have digits."""
    place, webhook, bot = next(IDS), next(IDS), next(IDS)
    authors = [
        person(webhook, "hook", isBot=True),
        person(bot, "bot", isBot=True, discriminator="0815"),
    ]
    messages = [exported(place + n, author=one) for n, one in enumerate(authors)]
    warehouse.landing.export(document(messages, guild_id=place, channel_id=place))
    yield

    assert rows(warehouse, "users", "username", user_id=webhook) == []
    found = rows(warehouse, "users", "is_bot, discriminator", user_id=bot)
    assert found == [(True, "0815")]


def a_file_that_is_still_read_goes_on(warehouse: Warehouse) -> Iterator[None]:
    """Of one clock, what comes later in the file is the later."""
    place = next(IDS)
    file_id = warehouse.landing.export(export_of(place, "first", day(1)))
    yield
    author = person(place, "first", roles=[role(place, "second", color=None)])
    warehouse.landing.connection.execute(
        """insert into landing.dce_messages (page_id, route_id, run_id, account,
            guild_id, channel_id, request, fetched_at, item_count, body, file_id,
            first_ordinal)
        select landing.next_page_id(), channel_id, 1, 'DiscordChatExporter', guild_id,
            channel_id, '{}', now(), 1, %s, page_id, 2
        from landing.dce_files where page_id = %s""",
        [Jsonb([exported(place + 1, author=author)]), file_id],
    )
    yield

    found = rows(warehouse, "roles", "name, primary_color, ordinal", role_id=place)
    assert found == [("second", 0, 1)]


def raw_json_is_at_hand(warehouse: Warehouse) -> Iterator[None]:
    """Each row leads to what it was read from; a mere parent has nothing of its own."""
    place, parent = next(IDS), next(IDS)
    whole = export_of(place, "x", day(1))
    whole["channel"]["categoryId"] = str(parent)
    warehouse.landing.export(whole)
    yield

    for table, key in (
        ("guilds", {"guild_id": place}),
        ("channels", {"channel_id": place}),
        ("roles", {"role_id": place}),
        ("reaction_users", {"message_id": place}),
    ):
        found = rows(warehouse, f"raw_{table}", "raw ->> 'name'", **key)
        assert found == [("x",)], table
    name = rows(warehouse, "raw_users", "raw ->> 'username'", user_id=place)
    assert name == [("x",)]
    assert rows(warehouse, "raw_channels", "raw", channel_id=parent) == [(None,)]


def every_version_can_be_read(warehouse: Warehouse) -> Iterator[None]:
    """From the first with JSON to the newest; strange values stop nothing."""
    places = {version: next(IDS) for version in VERSIONS}
    for version, place in places.items():
        messages = [
            exported(
                place,
                version=version,
                author=person(place, "x", version),
                reactions=[exported_reaction("a", 1, version, users=[(place, "x")])],
                mentions=[mentioned(place + 1, "y", version)],
            ),
            {"id": "1", "author": {"id": "x", "roles": [5, {"id": "y"}]}},
            {
                "id": "2",
                "author": "text",
                "mentions": {},
                "reactions": [5, {"users": 1}],
            },
        ]
        warehouse.landing.export(
            document(messages, version, guild_id=place, channel_id=place)
        )
    strange = next(IDS)
    head: Json = {"type": "Hologram", "name": None, "categoryId": {}, "topic": None}
    warehouse.landing.export(
        document(
            [], guild_id=strange, channel_id=strange, channel=head, guild={"name": 5}
        )
    )
    yield

    for version, place in places.items():
        found = rows(warehouse, "channels", "name, parent_id", channel_id=place)
        assert found == [("general", 300 if version >= (2, 27) else None)], version
        name = rows(warehouse, "guilds", "name", guild_id=place)
        assert name == [("Sundial",)], version
        both = [
            *rows(warehouse, "users", "username, discriminator", user_id=place),
            *rows(warehouse, "users", "username, discriminator", user_id=place + 1),
        ]
        assert both == [("x", "0"), ("y", "0007")], version
    found = rows(warehouse, "channels", "type, name, parent_id", channel_id=strange)
    assert found == [(None, None, None)]


# --- all of them together -------------------------------------------------------------


STORIES = (
    what_the_api_shows_no_export_touches,
    the_newest_export_wins_whenever_it_comes,
    an_export_without_a_clock_is_the_oldest,
    what_no_export_tells_is_null,
    a_channel_leads_to_its_parents,
    lists_that_are_later_prove_deletions,
    exports_fill_what_the_api_never_told_of_somebody,
    webhooks_are_nobody,
    a_file_that_is_still_read_goes_on,
    raw_json_is_at_hand,
    every_version_can_be_read,
)


def test_exports_tell_of_places_and_people(warehouse: Warehouse) -> None:
    """As each story above has it; and a rebuild tells the same of all of them."""
    tell_together(warehouse, STORIES, *TABLES)

    assert all(warehouse.contents(*TABLES).values())
    warehouse.assert_rebuilt_the_same(*TABLES, views=VIEWS)


# --- any order ------------------------------------------------------------------------


def without_lineage(warehouse: Warehouse) -> dict[str, list[Row]]:
    """Return all rows of the tables, but for which pages they were read from."""
    found = {}
    for table in TABLES:
        columns = [
            name
            for (name,) in warehouse.query(
                f"""select attname from pg_attribute
                where attrelid = 'discord.{table}'::regclass and attnum > 0"""
            )
            if name not in LINEAGE
        ]
        found[table] = sorted(
            warehouse.query(f"select {', '.join(columns)} from discord.{table}"),
            key=str,
        )
    return found


def test_any_order_of_imports_and_pages_tells_the_same(
    postgres: Embedded, tmp_path: Path
) -> None:
    """With a build after each, or one for all."""
    place, only = next(IDS), next(IDS)
    newer = export_of(only, "newer", day(4))
    tied = {**newer, "guild": {**newer["guild"], "name": "tied"}}
    steps: list[Callable[[Warehouse], object]] = [
        lambda w: [
            w.landing.export(one) for one in (newer, export_of(place, "x", day(1)))
        ],
        lambda w: [
            w.landing.export(one) for one in (tied, export_of(only, "old", None))
        ],
        lambda w: pages_of(w, place, "api", day(2)),
    ]
    orders = [[[step] for step in steps], [steps[::-1]]]
    told_by_order = []
    for order in orders:
        with built_warehouse(postgres, tmp_path) as warehouse:
            for before_a_build in order:
                for step in before_a_build:
                    step(warehouse)
                warehouse.must_build("--select", *TABLES)
            told_by_order.append(without_lineage(warehouse))

    assert all(told_by_order[0].values())
    assert told_by_order == told_by_order[:1] * len(orders)
