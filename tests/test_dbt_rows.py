"""What pages become, where only a real build on real pages can show it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dbt.contracts.graph.nodes import ModelNode

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
# the weekly tables and every table that they are made from
WEEKLY = [
    *("--select", "messages", "reactions", "guild_syncs", "guild_coverage"),
    "weekly.activity",
]


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


def test_no_element_and_no_text_stops_a_build(warehouse: Warehouse) -> None:
    """What has no usable key, or is unknown, is counted; no text is code to anybody."""
    posts = [message(BEGIN, number=n, content=t) for n, t in enumerate(HOSTILE, 1)]
    warehouse.landing.messages(*posts)
    good = message(BEGIN, edited_timestamp="yesterday", flags="many", type=999, mood=1)
    good["mentions"] = [{"id": "nobody"}, user(7)]
    good["mention_roles"] = ["7", "everybody"]
    good["mention_channels"] = [{"name": "general"}]
    good["poll"] = {"answers": [{"poll_media": {"text": "yes"}}]}
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

    stored = warehouse.query("select content from discord.messages order by message_id")
    assert stored == [(text,) for text in ["hello", *HOSTILE]]
    reactions = "select emoji_key, count from discord.reactions order by 1"
    assert warehouse.query(reactions) == [("a", 2), ("b", None)]
    untyped = f"""
        select resource, ordinal, path from audit.untyped_elements
        where page_id = {page} order by 1, 2, 3"""
    assert [
        ("mentions", 1, "mention_channels/1"),
        ("mentions", 1, "mention_roles/2"),
        *(("messages", n, "") for n in (2, 4, 5, 6)),  # 3 is null: nothing
        ("poll_answers", 1, "poll/answers/1"),
        ("reactions", 1, "reactions/1"),
        ("reactions", 1, "reactions/4"),
        ("users", 1, "mentions/1"),
        ("users", 2, "author"),
    ] == warehouse.query(untyped)
    rest = f"select resource from audit.untyped_elements where page_id != {page}"
    assert warehouse.query(rest) == [("channels",)]
    unknown = "select entity, property, value, element_count from audit.unknowns"
    assert warehouse.query(f"{unknown} order by property") == [
        ("messages", "mood", None, 1),
        ("messages", "type", 999, 1),
    ]


def test_every_table_explains_itself_in_psql(warehouse: Warehouse) -> None:
    """What the documentation says of a table and its columns, its comments say."""
    manifest, _ = warehouse.parsed()
    comments = """
        select format('%I.%I', namespace.nspname, class.relname),
            obj_description(class.oid, 'pg_class'),
            jsonb_object_agg(attname, col_description(class.oid, attnum))
        from pg_class as class
        inner join pg_namespace as namespace on class.relnamespace = namespace.oid
        inner join pg_attribute on attrelid = class.oid and attnum > 0
        where nspname in ('discord', 'marts', 'community', 'audit')
            and relkind in ('r', 'v')
        group by class.oid, nspname, relname"""
    found = {name: (said, columns) for name, said, columns in warehouse.query(comments)}

    described = {
        f"{node.schema}.{node.name}": (
            node.description,
            {column.name: column.description for column in node.columns.values()},
        )
        for node in manifest.nodes.values()
        if isinstance(node, ModelNode) and node.schema != "staging"
    }
    assert len(described) > 30
    assert {name: found[name] for name in described} == described


def test_lost_reactions_are_gone(warehouse: Warehouse) -> None:
    """A message seen again without its reactions has none, here and in the marts."""
    warehouse.landing.messages(message(BEGIN, reactions=[reaction("a", 3)]))
    warehouse.must_build(*WEEKLY)
    warehouse.landing.messages(message(BEGIN))
    warehouse.must_build(*WEEKLY)

    assert warehouse.query("select * from discord.reactions") == []
    total = "select sum(reaction_count)::int from marts.weekly_guild_activity"
    assert warehouse.query(total) == [(0,)]


def test_a_user_who_turns_out_to_be_a_bot_leaves_the_people(
    warehouse: Warehouse,
) -> None:
    """A week in which no person is left loses its last row."""
    warehouse.landing.messages(message(BEGIN))
    warehouse.must_build(*WEEKLY)
    warehouse.landing.messages(message(BEGIN, author=user(1, bot=True)))
    warehouse.must_build(*WEEKLY)

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

    warehouse.must_build(*WEEKLY)

    day = "select activity_date::text from marts.daily_user_channel_activity"
    assert warehouse.query(day) == [("2025-01-06",)]
    weeks = (
        "select week_start::text, is_final from marts.weekly_guild_activity order by 1"
    )
    assert warehouse.query(weeks) == [("2025-01-06", True), ("2025-01-13", False)]


def test_what_depends_on_a_mart_survives_a_build(warehouse: Warehouse) -> None:
    """A view that somebody built on the weekly numbers is not dropped."""
    warehouse.landing.messages(message(BEGIN))
    warehouse.must_build(*WEEKLY)
    warehouse.connection.execute(
        "create view public.mine as select * from marts.weekly_guild_activity"
    )
    warehouse.landing.messages(message(BEGIN, number=1))

    warehouse.must_build(*WEEKLY)

    mine = f"select message_count from public.mine where guild_id = {GUILD}"
    assert warehouse.query(mine) == [(2,)]
