"""The lists of a guild as typed rows: latest states, and what is gone from them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from extractor.embedded import Embedded
from tests.dbt_warehouse import Json, Warehouse, new_warehouse


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing."""
    with new_warehouse(postgres, tmp_path) as made:
        yield made


def role(role_id: int, **fields: Json) -> Json:
    """Return a role object."""
    return {"id": str(role_id), "name": f"role {role_id}", "permissions": "0", **fields}


def deletions(warehouse: Warehouse, table: str, key: str) -> dict[int, int | None]:
    """Return the page that told of each row's deletion, by key."""
    rows = warehouse.query(f"select {key}, deletion_page_id from discord.{table}")
    return dict(rows)


def test_a_role_that_left_the_list_is_deleted_until_it_is_back(
    warehouse: Warehouse,
) -> None:
    """Whether builds met each page alone or all at once."""
    landing = warehouse.landing
    landing.page("roles", [role(1), role(2), role(3)])
    warehouse.must_build("--select", "+roles")
    without = landing.page("roles", [role(1), role(3)])
    landing.page("roles", [role(1)])
    warehouse.must_build("--select", "+roles")
    told = deletions(warehouse, "roles", "role_id")
    landing.page("roles", [role(1), role(2), {"name": "no id"}])
    warehouse.must_build("--select", "+roles")
    after = deletions(warehouse, "roles", "role_id")
    rows = warehouse.query("select * from discord.roles order by role_id")

    warehouse.must_build("--select", "+roles", "--full-refresh")

    assert told == {1: None, 2: without, 3: without + 1}
    assert after == {1: None, 2: None, 3: without + 1}
    assert rows == warehouse.query("select * from discord.roles order by role_id")
