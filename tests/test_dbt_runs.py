"""The views of runs, beside `discord-warehouse status`; the freshness of sources."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from extractor.embedded import Embedded
from extractor.status import Asked, read_status
from tests.archive import connected, sync
from tests.dbt_warehouse import Warehouse, built_warehouse
from tests.fake_discord import FakeDiscord, Fault, generate_world

END = datetime(2026, 11, 15, tzinfo=UTC)
Json = dict[str, Any]


@pytest.fixture
def fake() -> Iterator[FakeDiscord]:
    """Serve a guild of some 700 messages with threads and a forum."""
    with FakeDiscord(generate_world(3, 700, END)) as served:
        yield served


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database in which everything was built from an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


def rows(warehouse: Warehouse, query: str) -> list[Json]:
    """Return the rows of a query, by the names of its columns."""
    cursor = warehouse.connection.execute(query)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def instant(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None


def test_the_views_say_what_status_says(
    fake: FakeDiscord, warehouse: Warehouse
) -> None:
    """Without a build: runs, what failed in them, and how fresh each channel is."""
    database = dict(warehouse.environment)
    channel_id, *_ = fake.world.logs
    fake.fail_next(rf"/channels/{channel_id}/messages", Fault(200, b'[{"id": "x"}]'))
    fake.fail_next(r"/guilds/\d+/emojis", Fault.forbidden(50013))
    assert sync(fake, database).returncode == 3
    assert sync(fake, database, "--guild-id", "123456789012345678").returncode == 1
    warehouse.connection.execute(
        "update landing.checkpoints set"
        " last_synced_at = last_synced_at - interval '9 days',"
        " last_message_id = last_message_id_seen + 1"
        " where channel_id % 3 = 0"
    )
    with connected(database) as connection:
        status = read_status(connection, Asked())

    runs = rows(warehouse, "select * from audit.runs order by run_id desc")
    keys = {"messages": "message_count", "new": "new_message_count"}
    keys |= {"requests": "request_count", "state": "outcome", "error": "error"}
    assert [[one[key] for key in keys.values()] for one in runs] == [
        [one[key] for key in keys] for one in status["runs"]
    ]
    assert [instant(one["started_at"]) for one in runs] == [
        one["started_at"] for one in status["runs"]
    ]
    problems = rows(warehouse, "select * from audit.run_problems")
    assert {
        (str(one["run_id"]), one["kind"], one["what"], one["reason"])
        for one in problems
    } == {
        (run["run_id"], kind, what, reason)
        for run in status["runs"]
        for kind, key in (("failed", "failed"), ("refused", "unknown"))
        for what, reason in run[key].items()
    }
    (guild_id,) = fake.world.guild_ids
    named = {one["channel_id"]: one["guild_id"] for one in problems}
    assert named[channel_id] == guild_id
    assert {one["kind"] for one in problems} == {"failed", "refused"}

    view = rows(warehouse, "select * from audit.channel_freshness")
    told = [one for one in status["channels"] if one["state"] != "no messages"]
    facts = ["name", "is_stale", "fresh_as_of", "from", "to"]
    assert {
        str(one["channel_id"]): (
            one["name"],
            one["is_stale"],
            *(instant(one[at]) for at in ("fresh_as_of", "archived_from")),
            instant(one["archived_to"]),
        )
        for one in view
    } == {one["channel_id"]: tuple(one[key] for key in facts) for one in told}
    assert {one["is_stale"] for one in view} == {True, False, None}
    assert all((one["reason"] is None) == (one["is_stale"] is False) for one in view)


def freshness(warehouse: Warehouse) -> list[str]:
    """Return what `dbt source freshness` says of each source, asked without a name."""
    outcome = warehouse.invoke("source", "freshness")
    results = getattr(outcome.result, "results", None) or []
    return [str(one.status) for one in results[1:]]  # the first is the project's hook


def test_freshness_is_that_of_the_last_complete_sync(warehouse: Warehouse) -> None:
    """It warns after eight days, fails after sixteen; a run that failed is none."""
    now = datetime.now(UTC)
    assert freshness(warehouse) == ["error"]  # nothing was ever synced
    warehouse.landing.sync(now - timedelta(days=17))
    assert freshness(warehouse) == ["error"]
    warehouse.landing.sync(now - timedelta(days=9))
    assert freshness(warehouse) == ["warn"]
    warehouse.landing.sync(now)
    incomplete = (
        "update landing.guild_syncs set is_complete = false where started_at > %s"
    )
    warehouse.connection.execute(incomplete, [now - timedelta(days=1)])
    assert freshness(warehouse) == ["warn"]
    warehouse.landing.sync(now - timedelta(days=7))
    assert freshness(warehouse) == ["pass"]
