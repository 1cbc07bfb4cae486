"""Names in the dbt project that `make lint` has no check for."""

from __future__ import annotations

import re

import pytest
from dbt.contracts.graph.manifest import Manifest

from extractor.embedded import Embedded
from tests.dbt_warehouse import DATABASE, ROOT, parsed


@pytest.fixture(scope="module")
def manifest(postgres: Embedded) -> Manifest:
    """Give the parsed project."""
    environment = postgres.environment(DATABASE)
    return parsed(tuple(sorted(environment.items())))[0]


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
