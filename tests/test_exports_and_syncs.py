"""A folder of exports and a guild that is synced, by the real commands: one truth."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from extractor.embedded import Embedded
from tests.archive import command, environment_of, sync
from tests.dbt_warehouse import Json, Warehouse, built_warehouse
from tests.exporter import export, export_and_purge
from tests.fake_discord import FakeDiscord, generate_world
from tests.fake_discord.world import World
from tests.test_dbt_exports import truth

END = datetime(2026, 11, 15, tzinfo=UTC)
# a sync's own clock: another one each time
CLOCKS = {
    *("archived_at", "observed_at", "last_archived_at", "deleted_before", "valid_from"),
    *("valid_to", "first_seen_at", "last_seen_at", "data_as_of", "closed_at"),
    *("message_count_at_close", "last_synced_at", "listed_at"),
}
Step = Callable[[FakeDiscord, Warehouse, Path], None]


def write_exports(world: World, folder: Path) -> None:
    """Export each channel twice, by two versions; purge its older half."""
    for number, channel_id in enumerate(list(world.logs)):
        posts = sorted(world.messages(channel_id), key=lambda one: int(one["id"]))
        if not posts:
            continue
        middle = int(posts[len(posts) // 2]["id"])
        for version, shown in (((2, 27), posts[: len(posts) // 2]), ((2, 47), posts)):
            document = export(
                world, channel_id, shown, END - timedelta(hours=1), version
            )
            write(document, folder / f"{version[1]}" / f"{number}.json.gz")
        purged = export_and_purge(world, channel_id, middle, END - timedelta(days=1))
        write(purged, folder / "purged" / f"{number}.json.gz")


def write(document: Json, path: Path) -> None:
    """Write an export, packed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps(document).encode(), mtime=0))


def synced(fake: FakeDiscord, warehouse: Warehouse, _: Path) -> None:
    """Archive the guild."""
    result = sync(fake, warehouse.environment)
    assert result.returncode == 0, result.stderr


def imported(*parts: str) -> Step:
    """Import some of the exports, or all."""

    def step(fake: FakeDiscord, warehouse: Warehouse, folder: Path) -> None:
        environment = environment_of(fake, warehouse.environment)
        paths = [str(folder / part) for part in parts] or [str(folder)]
        result = command(environment, "import-dce", *paths)
        assert result.returncode == 0, result.stderr

    return step


def built(_: FakeDiscord, warehouse: Warehouse, __: Path) -> None:
    """Build all tables."""
    warehouse.must_build()


ORDERS: Sequence[Sequence[Step]] = (
    (imported(), synced, built),
    (imported("47"), built, synced, built, imported("27", "purged", "47"), built),
)


def test_exports_and_an_archive_of_one_guild_agree_in_any_order(
    postgres: Embedded, tmp_path: Path
) -> None:
    """Half of the guild's messages are in the exports only."""
    world = generate_world(3, "tiny", END)
    write_exports(world, tmp_path / "exports")
    truths = []
    with FakeDiscord(world) as fake:
        for steps in ORDERS:
            with built_warehouse(postgres, tmp_path) as warehouse:
                for step in steps:
                    step(fake, warehouse, tmp_path / "exports")
                truths.append(timeless(truth(warehouse)))
    sources = {row["source"] for row in truths[0]["discord.messages"]}
    assert sources == {"api", "dce"}
    assert truths[0]["marts.weekly_guild_activity"]
    assert truths[1] == truths[0]


def timeless(tables: dict[str, list[Json]]) -> dict[str, list[Json]]:
    """Leave out what tells when a sync has read something."""
    return {
        table: [{k: v for k, v in row.items() if k not in CLOCKS} for row in rows]
        for table, rows in tables.items()
    }
