"""The browsable documentation, made by the command that `make docs` runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecoder
from typing import Any

import pytest
from dbt.contracts.graph.nodes import ModelNode

from extractor.embedded import Embedded
from tests.dbt_warehouse import (
    ROOT,
    Warehouse,
    dbt_arguments,
    failure,
    invoke,
    new_warehouse,
)

Json = Any


@dataclass(frozen=True)
class Page:
    """What the one file of the documentation holds."""

    manifest: Json
    warehouse: Warehouse

    def described(self, kind: str) -> dict[str, str]:
        """Return what is said about models, seeds or sources, by their names."""
        nodes = [*self.manifest["nodes"].values(), *self.manifest["sources"].values()]
        return {
            node["name"]: node["description"]
            for node in nodes
            if node["resource_type"] == kind
        }


def generate(warehouse: Warehouse) -> None:
    """Run `dbt docs generate --static` in this process, on the parsed project."""
    command = dbt_arguments(warehouse.folder, "docs", "generate", "--static")
    command.append("--write-json")
    outcome = invoke(warehouse.environment, command, warehouse.parsed()[0])
    assert outcome.success, failure(outcome)


@pytest.fixture(scope="module")
def page(
    postgres: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """Make the documentation on an empty database, and open it."""
    folder = tmp_path_factory.mktemp("docs")
    with new_warehouse(postgres, folder) as warehouse:
        generate(warehouse)
        text = (folder / "target" / "static_index.html").read_text()
        manifest, _ = JSONDecoder().raw_decode(text, text.index('{"metadata"'))
        yield Page(manifest, warehouse)


def test_the_documentation_is_one_file_that_tells_of_every_table(page: Page) -> None:
    """Each model is in it, and says what one of its rows is."""
    manifest, _ = page.warehouse.parsed()
    models = {n.name for n in manifest.nodes.values() if isinstance(n, ModelNode)}

    said = page.described("model")

    assert set(said) == models
    assert {
        n for n, text in said.items() if not text.startswith("One row per")
    } == set()


def test_the_documentation_tells_of_seeds_sources_and_the_report(page: Page) -> None:
    """What stands around the models is described as well."""
    seeds = {path.stem for path in ROOT.glob("seeds/*.csv")}
    sources = page.described("source")
    reports = {e["name"]: e["description"] for e in page.manifest["exposures"].values()}

    assert set(page.described("seed")) == seeds
    assert {"messages", "fetches"} <= set(sources)
    assert set(reports) == {"weekly_report"}
    texts = [*page.described("seed").values(), *sources.values(), *reports.values()]
    assert all(texts)


def test_the_front_page_names_only_tables_there_are(page: Page) -> None:
    """It is ours, not dbt's, and nothing that it points to has left."""
    docs = page.manifest["docs"]
    text = docs["doc.discord_warehouse.__overview__"]["block_contents"]
    nodes = [*page.manifest["nodes"].values(), *page.manifest["sources"].values()]
    known = {f"{node['schema']}.{node['name']}" for node in nodes}

    named = set(
        re.findall(r"\b(?:landing|discord|marts|community|audit)\.[a-z_]+", text)
    )

    assert "archived_at" in text
    assert len(named) > 2
    assert named <= known
