"""What the workers of one run of the tests make once, for all of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


class Shared:
    """A folder of the run's own, which pytest clears away some runs later."""

    folder: Path

    def begin(self, factory: pytest.TempPathFactory) -> None:
        """Find the folder: a worker's own folder is in it, if there are workers."""
        own = factory.getbasetemp()
        self.folder = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def once(self, name: str, make: Callable[[Path], None]) -> Path:
        """Return the file of a name, which whoever asks first has to make.

        The others wait meanwhile. Should the first fail or be killed, the next tries.
        """
        made = self.folder / name
        with FileLock(f"{made}.lock"):
            if not made.exists():
                unfinished = made.with_name(f"{name}.new")
                make(unfinished)
                unfinished.rename(made)
        return made


shared = Shared()
