"""dbt as it is, but for what it works out anew in each build and is always the same.

A process that builds once has no use for this. The tests build hundreds of times in a
process, and most of what a small build takes is such work.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import CodeType, ModuleType
from typing import Any

import pytest
from dbt.compilation import Linker
from dbt.plugins.manager import PluginManager
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.clients.jinja import MacroFuzzEnvironment
from jinja2 import Environment
from sqlparse.sql import Statement

find_plugins: Callable[[], dict[str, ModuleType]] = PluginManager.get_prefixed_modules
compiled: dict[tuple[type[Environment], str], CodeType] = {}
# what takes SQL apart, without grouping the parts
filters: Callable[[], Any] = import_module("sqlparse.engine").FilterStack
# what instants are parsed with: made some times for each query's rows, never changed
constants = cache(import_module("parsedatetime").Constants)


def hasten(patch: pytest.MonkeyPatch) -> None:
    """Let dbt in this process remember, until the patch is undone."""
    patch.setattr("parsedatetime.Constants", constants)
    patch.setattr("sqlparse.parse", statements)
    patch.setattr(MacroFuzzEnvironment, "compile", compile_once)
    patch.setattr(PluginManager, "get_prefixed_modules", plugins)
    patch.setattr(Linker, "get_graph_summary", no_summary)
    patch.setattr(BehaviorFlagRendered, "_default_source", staticmethod(no_source))


def compile_once(environment: Environment, source: str) -> CodeType:
    """Compile a template, unless one with the same text was compiled before.

    dbt makes an environment for each template, of one of two types.
    """
    key = (type(environment), source)
    if key not in compiled:
        compiled[key] = Environment.compile(environment, source)
    return compiled[key]


def statements(sql: str) -> tuple[Statement, ...]:
    """Return statements as mere tokens: dbt looks for the first WITH in them."""
    return tuple(filters().run(sql))


@cache
def plugins() -> dict[str, ModuleType]:
    """Return the plugins of dbt that are installed; finding them lists every folder."""
    return find_plugins()


def no_summary(*_: object) -> dict[int, Any]:
    """Return nothing: it would describe each node in a file for dbt's developers."""
    return {}


def no_source() -> str:
    """Return anything: it would find out which module of dbt's has a setting."""
    return "dbt"
