"""Names in the dbt project that `make lint` has no check for."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import Any

import pytest
from dbt.clients.yaml_helper import load_yaml_text
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode

from extractor.embedded import Embedded
from extractor.permissions import Permission
from tests.dbt_warehouse import DATABASE, ROOT, parsed


@pytest.fixture(scope="module")
def manifest(postgres: Embedded) -> Manifest:
    """Give the parsed project."""
    environment = postgres.environment(DATABASE)
    return parsed(tuple(sorted(environment.items())))[0]


@pytest.fixture(scope="module")
def described() -> list[tuple[str, Any]]:
    """Give what YAML says of each model, and in which file: dbt keeps one of two."""
    entries = []
    for path in sorted((ROOT / "models").rglob("*.yml")):
        content = load_yaml_text(path.read_text()) or {}
        entries += [(path.name, entry) for entry in content.get("models", [])]
    return entries


def test_no_column_is_described_twice(described: list[tuple[str, Any]]) -> None:
    """Whoever corrects one of two descriptions would leave the other as it was."""
    twice = {
        f"{file}: {entry['name']}.{column}"
        for file, entry in described
        for column, times in Counter(c["name"] for c in entry["columns"]).items()
        if times > 1
    }

    assert twice == set()


def test_each_description_is_of_a_model_there_is(
    manifest: Manifest, described: list[tuple[str, Any]]
) -> None:
    """A model that leaves takes its YAML along; no other one is without."""
    models = {n.name for n in manifest.nodes.values() if isinstance(n, ModelNode)}

    assert sorted(entry["name"] for _, entry in described) == sorted(models)


def test_unit_tests_are_named_for_their_model_and_a_behaviour(
    manifest: Manifest,
) -> None:
    """A failure says what is broken: `messages__a_late_edit_wins`."""
    misnamed = {
        test.name
        for test in manifest.unit_tests.values()
        if not re.fullmatch(rf"{test.model}__[a-z0-9]+(_[a-z0-9]+)+", test.name)
    }

    assert len(manifest.unit_tests) > 20
    assert misnamed == set()


def test_tests_across_models_are_named_for_what_holds() -> None:
    """A name in tests/dbt tells dbt's runner from pytest's, and is an assertion."""
    names = [path.name for path in (ROOT / "tests" / "dbt").glob("*.sql")]

    assert names
    assert [name for name in names if not name.startswith("assert_")] == []


# what a build reads and where it keeps it; safe_* are what typed() is made of; and what
# only views say (solved_tag_ids)
NO_RULES_OF_ROWS = {
    *("advance_build_state", "analyze_anew", "is_new_page", "is_settled_page"),
    "index_substrings",
    *("place", "raw_element", "read_up_to", "ref", "source"),
    *("safe_bigint", "safe_integer", "solved_tag_ids"),
}


def test_every_macro_that_writes_rows_is_part_of_the_fingerprint(
    manifest: Manifest,
) -> None:
    """Else rows of two meanings would stand in one table, and no build would say so."""
    rendered = (ROOT / "macros" / "builds" / "rendered_rules.sql").read_text()
    used = {
        macro.removeprefix("macro.discord_warehouse.")
        for node in manifest.nodes.values()
        if isinstance(node, ModelNode)
        for macro in node.depends_on.macros
        if macro.startswith("macro.discord_warehouse.")
    }

    assert {name for name in used if name not in re.findall(r"\w+", rendered)} == (
        NO_RULES_OF_ROWS
    )


def test_a_permission_has_one_bit_everywhere() -> None:
    """In the seed that people read, in the models' rule, and in the extractor."""
    with (ROOT / "seeds" / "permissions.csv").open() as file:
        seed = {row["name"]: int(row["bit"]) for row in csv.DictReader(file)}
    macro = (ROOT / "macros" / "permissions" / "has_permission.sql").read_text()
    rule = {name: int(bit) for name, bit in re.findall(r"'(\w+)': (\d+)", macro)}
    extractor = {
        one.name.lower(): one.bit_length() - 1 for one in Permission if one.name
    }

    assert len(rule) == 4
    assert rule.items() <= seed.items()
    assert extractor.items() <= seed.items()
