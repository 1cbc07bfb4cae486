"""Builds that are to be killed, forked from the tests' own process: dbt is warm there.

What dbt compiles it compiles once in a process, and that takes longer than the rest.
"""

from __future__ import annotations

import multiprocessing
import warnings

from tests.chaos.victims import Victim, speak_into
from tests.dbt_warehouse import Warehouse, failure

context = multiprocessing.get_context("fork")


def build_of(warehouse: Warehouse) -> Victim:
    """Let a build begin."""
    victim = Victim(
        context.Process(target=_build, args=(warehouse,)),
        warehouse.folder / "build.log",
    )
    with warnings.catch_warnings():
        # the threads of the fake have nothing in common with a build
        warnings.simplefilter("ignore", DeprecationWarning)
        victim.process.start()
    return victim


def _build(warehouse: Warehouse) -> None:
    speak_into(warehouse.folder / "build.log")
    outcome = warehouse.build()
    print(failure(outcome), flush=True)  # noqa: T201 - into the log
    raise SystemExit(0 if outcome.success else 1)
