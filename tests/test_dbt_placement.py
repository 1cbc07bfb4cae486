"""Ready for a distributed Postgres: keys begin with what rows would be placed by.

Tried on the plain Postgres that everyone has; what Citus itself would refuse is what
these rules are drawn from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dbt.contracts.graph.nodes import ModelNode, SeedNode

from extractor.embedded import Embedded
from tests.dbt_warehouse import (
    ROOT,
    Warehouse,
    message,
    new_warehouse,
    reaction,
    user,
)

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)

PLACES = {"channel_id", "reference"}

# Three messages a channel and week, ranked across the channels of a guild.
FEW_MESSAGES = {"marts.weekly_highlights"}

# What Citus refuses on rows in shards, or pulls together on one node.
FORBIDDEN = {
    "a record from JSON": r"\bjsonb?_(to_record(set)?|populate_record(set)?)\b",
    "a recursive query": r"\bwith\s+recursive\b",
    "grouping sets": r"\b(grouping\s+sets|cube|rollup)\b\s*\(",
    "a foreign key": r"\bforeign[\s_]+key\b|\breferences\s+[\w.\"]+\s*\(",
    "a trigger": r"\bcreate\s+(or\s+replace\s+)?(constraint\s+)?trigger\b",
    "merge": r"\bmerge\s+into\b|incremental_strategy\s*=\s*.merge",
}

# Citus as far as place() knows it: what it asks is written down.
PRETENDED_CITUS = """
    insert into pg_extension
        (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    values (4000000000, 'citus', 10, 'public'::regnamespace, false, '13');
    create table pg_dist_partition (logicalrelid regclass, place text, colocated text);
    create function create_reference_table(regclass) returns void language sql
        as $$ insert into pg_dist_partition values ($1, 'reference') $$;
    create function create_distributed_table(
        regclass, column_name text, colocate_with text default 'default'
    ) returns void language sql
        as $$ insert into pg_dist_partition values ($1, $2, $3) $$;
    create function truncate_local_data_after_distributing_table(regclass) returns void
        language sql as ''
    """


def models(warehouse: Warehouse) -> list[ModelNode]:
    """Return the incremental models."""
    return [
        node
        for node in warehouse.parsed()[0].nodes.values()
        if isinstance(node, ModelNode) and node.config.materialized == "incremental"
    ]


def seeds(warehouse: Warehouse) -> list[SeedNode]:
    """Return the seeds."""
    nodes = warehouse.parsed()[0].nodes.values()
    return [node for node in nodes if isinstance(node, SeedNode)]


def tables(warehouse: Warehouse, place: str) -> dict[str, ModelNode]:
    """Return the models of one place, by the names of their tables."""
    return {
        f"{model.schema}.{model.name}": model
        for model in models(warehouse)
        if model.config.meta.get("place") == place
    }


def leading(model: ModelNode) -> str:
    """Return the first column of what a model's new rows replace."""
    key = model.config.unique_key
    return key if isinstance(key, str) else next(iter(key or [""]))


@pytest.fixture(scope="module")
def built(
    postgres: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """Give a warehouse of one message, built as far as rows are placed by channel."""
    folder = tmp_path_factory.mktemp("placement")
    with new_warehouse(postgres, folder) as warehouse:
        loved = message(BEGIN, reactions=[reaction("💚", 2)], mentions=[user(2)])
        warehouse.landing.messages(loved, has_message_content=True)
        warehouse.must_build("--select", "+config.meta.place:channel_id")
        yield warehouse


def test_every_table_says_where_its_rows_belong(built: Warehouse) -> None:
    """Placement is data: each incremental model has it, and so has each seed."""
    said = {model.name: model.config.meta.get("place") for model in models(built)}
    seeded = {seed.config.meta.get("place") for seed in seeds(built)}

    assert {name for name, place in said.items() if place not in PLACES} == set()
    assert set(said.values()) == PLACES
    assert seeded == {"reference"}


def test_every_table_is_placed_when_it_is_made(built: Warehouse) -> None:
    """The hook that places a table is that of each model and of each seed."""
    hooks = {
        node.name: [hook.sql for hook in node.config.post_hook]
        for node in [*models(built), *seeds(built)]
    }

    assert {name for name, sql in hooks.items() if "{{ place() }}" not in sql} == set()


def test_rows_of_every_table_can_be_told_apart(built: Warehouse) -> None:
    """Each has a primary key, in whose order tests compare its rows."""
    named = {f"{model.schema}.{model.name}" for model in models(built)}

    assert set(built.tables()) == named


def test_new_rows_replace_old_ones_within_one_place(built: Warehouse) -> None:
    """The unique_key of a model begins with the column its rows are placed by."""
    placed = tables(built, "channel_id").items()

    assert {name for name, model in placed if leading(model) != "channel_id"} == set()


def test_what_a_channel_holds_is_placed_by_it(built: Warehouse) -> None:
    """No table that grows with messages is copied to every node."""
    assert {
        name
        for name, model in tables(built, "reference").items()
        if "message_id" in model.columns
    } == FEW_MESSAGES


def test_unique_indexes_begin_with_the_place(built: Warehouse) -> None:
    """Uniqueness can be kept within one shard, and looked up in one."""
    rows = built.query(
        """select relnamespace::regnamespace || '.' || relname, indexrelid::regclass,
            pg_get_indexdef(indexrelid, 1, false)
        from pg_index join pg_class on pg_class.oid = indrelid
        where indisunique"""
    )

    placed = tables(built, "channel_id")
    found = [row for row in rows if row[0] in placed]
    assert {row[0] for row in found} == set(placed)
    assert [row for row in found if row[2] != "channel_id"] == []


def test_models_hold_nothing_that_shards_cannot_do(built: Warehouse) -> None:
    """Neither what is written, in any branch of it, nor what is sent to the server."""
    written = [*ROOT.glob("models/**/*.sql"), *ROOT.glob("macros/**/*.sql")]
    sent = [*(built.folder / "target" / "run").rglob("*.sql")]

    found = {
        f"{path.name}: {name}"
        for path in [*written, *sent]
        for name, pattern in FORBIDDEN.items()
        if re.search(pattern, without_comments(path), re.IGNORECASE)
    }

    assert {path.stem for path in sent} >= {
        model.name for model in tables(built, "channel_id").values()
    }
    assert found == set()


def without_comments(path: Path) -> str:
    """Return a file's SQL, without what is said about it."""
    return re.sub(r"\{#.*?#\}|--[^\n]*", "", path.read_text(), flags=re.DOTALL)


def test_placing_does_nothing_on_a_plain_postgres(built: Warehouse) -> None:
    """The hook has run after all these, and left ordinary tables with their rows."""
    names = [*tables(built, "channel_id"), "discord.message_types"]

    kinds = built.query(
        f"""select relkind, relpersistence, count(*) from pg_class
        where oid = any('{{{",".join(names)}}}'::regclass[]) group by 1, 2"""
    )

    assert kinds == [("r", "p", len(names))]
    assert built.query("select count(*) from discord.reactions") == [(1,)]
    assert built.query("select count(*) > 0 from discord.message_types") == [(True,)]


def test_placing_asks_citus_for_what_each_table_says(
    built: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the extension is, each table is placed once, however often it is built."""
    built.connection.execute(PRETENDED_CITUS)
    # the hook knows a place that no table has yet
    users = tables(built, "reference")["discord.users"]
    monkeypatch.setitem(users.config.meta, "place", "user_id")

    for _ in range(2):
        built.must_build("--select", "+reactions", "+users")

    assert built.query(
        """select logicalrelid::text, place, colocated from pg_dist_partition
        order by 1"""
    ) == [
        ("message_types", "reference", None),
        ("messages", "channel_id", "default"),
        ("reactions", "channel_id", "default"),
        ("staging.int_dce_messages", "channel_id", "default"),
        ("user_profiles", "reference", None),
        ("users", "user_id", "none"),
    ]
