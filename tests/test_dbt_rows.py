"""What pages become, where only a real build on real pages can show it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from extractor.embedded import Embedded
from tests.dbt_warehouse import (
    CHANNEL,
    GUILD,
    Warehouse,
    built_warehouse,
    message,
    reaction,
    user,
)

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)
HOSTILE = [
    "'; drop table discord.messages; --",
    "{{ 1 / 0 }} {% raw %} %s %(x)s \\N \\.",
    "\ufffd\u202e\u0001 👩‍👩‍👧 日本語テキスト",
    '"$$ do $$" /* */',
    "x" * 4000,
]


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


def test_every_text_arrives_as_it_is(warehouse: Warehouse) -> None:
    """No text is code to anybody on the way."""
    posts = [message(BEGIN, number=n, content=t) for n, t in enumerate(HOSTILE)]
    warehouse.landing.messages(*posts)

    warehouse.must_build()

    stored = warehouse.query("select content from discord.messages order by message_id")
    assert [(text,) for text in HOSTILE] == stored


def test_what_cannot_be_typed_is_counted_and_stops_nothing(
    warehouse: Warehouse,
) -> None:
    """Elements without a usable key stand in audit.untyped_elements, all others in."""
    good = message(BEGIN, edited_timestamp="yesterday", flags="many")
    good["mentions"] = [{"id": "nobody"}, user(7)]
    good["reactions"] = [
        {"emoji": None, "count": 1},
        reaction("a", 2),
        reaction("b", -5),
        reaction("".join(map(chr, range(0x4E00, 0x4E00 + 4000))), 3),
    ]
    bad = {**message(BEGIN), "id": "abc", "author": {"username": "nobody"}}
    body = [good, bad, None, 5, [], "text"]
    page = warehouse.landing.page("messages", body, channel_id=CHANNEL)
    warehouse.landing.page("channels", {"id": "99999999999999999999"})
    warehouse.landing.page("threads", {"threads": None})
    warehouse.landing.page("guilds", [])

    warehouse.must_build()

    assert warehouse.query("select count(*) from discord.messages") == [(1,)]
    reactions = "select emoji_key, count from discord.reactions order by 1"
    assert warehouse.query(reactions) == [("a", 2), ("b", None)]
    untyped = f"""
        select resource, ordinal, path from audit.untyped_elements
        where page_id = {page} order by 1, 2, 3"""
    assert [
        *(("messages", n, "") for n in (2, 4, 5, 6)),  # 3 is null: nothing
        ("reactions", 1, "reactions/1"),
        ("reactions", 1, "reactions/4"),
        ("users", 1, "mentions/1"),
        ("users", 2, "author"),
    ] == warehouse.query(untyped)
    rest = f"select resource from audit.untyped_elements where page_id != {page}"
    assert warehouse.query(rest) == [("channels",)]


def test_content_outlives_a_page_without_the_intent(warehouse: Warehouse) -> None:
    """A stored text is not lost to a later page that may not show it."""
    landing = warehouse.landing
    landing.messages(message(BEGIN, content="kept", embeds=[{"title": "t"}]))
    warehouse.must_build()
    blind = message(BEGIN, content="", embeds=[], pinned=True)
    last = landing.messages(blind, has_message_content=False)
    warehouse.must_build()

    row = "select content, jsonb_array_length(embeds), is_pinned, page_id"
    assert [("kept", 1, True, last)] == warehouse.query(f"{row} from discord.messages")


def test_lost_reactions_are_gone(warehouse: Warehouse) -> None:
    """A message seen again without its reactions has none, here and in the marts."""
    warehouse.landing.messages(message(BEGIN, reactions=[reaction("a", 3)]))
    warehouse.must_build()
    warehouse.landing.messages(message(BEGIN))
    warehouse.must_build()

    assert warehouse.query("select * from discord.reactions") == []
    total = "select sum(reaction_count)::int from marts.weekly_guild_activity"
    assert warehouse.query(total) == [(0,)]


def test_a_user_who_turns_out_to_be_a_bot_leaves_the_people(
    warehouse: Warehouse,
) -> None:
    """A week in which no person is left loses its last row."""
    warehouse.landing.messages(message(BEGIN))
    warehouse.must_build()
    warehouse.landing.messages(message(BEGIN, author=user(1, bot=True)))
    warehouse.must_build()

    assert warehouse.query("select * from marts.weekly_user_activity") == []
    assert warehouse.query("select * from marts.weekly_guild_activity") == []
    bots = "select bot_message_count from marts.weekly_channel_activity"
    assert warehouse.query(bots) == [(1,)]


def test_the_time_zone_of_the_session_does_not_matter(warehouse: Warehouse) -> None:
    """Days are cut in the reporting time zone, whatever the server's default is."""
    warehouse.connection.execute(
        f"alter database {warehouse.environment['PGDATABASE']} "
        "set timezone = 'Pacific/Kiritimati'"
    )
    warehouse.landing.messages(message(BEGIN.replace(hour=23)))
    warehouse.landing.sync(BEGIN.replace(day=13, hour=0))

    warehouse.must_build()

    day = "select activity_date::text from marts.daily_user_channel_activity"
    assert warehouse.query(day) == [("2025-01-06",)]
    weeks = (
        "select week_start::text, is_final from marts.weekly_guild_activity order by 1"
    )
    assert warehouse.query(weeks) == [("2025-01-06", True), ("2025-01-13", False)]


def test_what_depends_on_a_mart_survives_a_build(warehouse: Warehouse) -> None:
    """A view that somebody built on the weekly numbers is not dropped."""
    warehouse.landing.messages(message(BEGIN))
    warehouse.must_build()
    warehouse.connection.execute(
        "create view public.mine as select * from marts.weekly_guild_activity"
    )
    warehouse.landing.messages(message(BEGIN, number=1))

    warehouse.must_build()

    mine = f"select message_count from public.mine where guild_id = {GUILD}"
    assert warehouse.query(mine) == [(2,)]
