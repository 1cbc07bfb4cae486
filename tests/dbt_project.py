"""The parsed project as dbt keeps it between its runs, for whatever server."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pprint import pformat

from dbt.artifacts.resources.base import FileHash
from dbt.config.runtime import load_profile
from dbt.contracts.graph.manifest import Manifest
from dbt.flags import set_from_args
from dbt.parser.manifest import extended_mashumaro_encoder, extended_mashumuro_decoder
from dbt_common.context import set_invocation_context

from tests.archive import REPOSITORY


def loaded(cache: bytes, environment: Mapping[str, str]) -> tuple[Manifest, bytes]:
    """Return what dbt's cache holds, and the cache, as they would be for a database.

    A project tells in each of its nodes in which database that is, and dbt takes a
    cache for outdated that was made for another server.
    """
    project: Manifest = Manifest.from_msgpack(cache, decoder=extended_mashumuro_decoder)
    database = environment["PGDATABASE"]
    for node in (*project.nodes.values(), *project.sources.values()):
        if node.relation_name:
            there = node.relation_name.removeprefix(f'"{node.database}"')
            node.relation_name = f'"{database}"{there}'
        node.database = database
    project.state_check.profile_hash = profile_hash(environment)
    project.build_flat_graph()  # type: ignore[no-untyped-call]
    return project, project.to_msgpack(extended_mashumaro_encoder)


def profile_hash(environment: Mapping[str, str]) -> FileHash:
    """Return how dbt sums up the connection that variables lead to."""
    # what a command of dbt's sets before it reads profiles.yml
    set_invocation_context(environment)
    here = str(REPOSITORY)
    set_from_args(Namespace(project_dir=here, profiles_dir=here), None)
    connection = load_profile(here, {}).credentials.connection_info()
    return FileHash.from_contents(pformat(sorted(connection)))
