"""What the workers of one run of the tests make once, for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock


@dataclass
class Shared:
    """A folder of the run's own, which pytest clears away some runs later."""

    folder: Path = Path()

    def begin(self, config: pytest.Config, own: Path) -> None:
        """Take a process's own folder, in a worker the one that all of them are in."""
        self.folder = own.parent if hasattr(config, "workerinput") else own

    def once(self, name: str, make: Callable[[Path], None]) -> Path:
        """Return the file of a name, which whoever asks first has to make.

        The others wait meanwhile. Should the first fail or be killed, the next tries.
        """
        made = self.folder / name
        with FileLock(f"{made}.lock"):
            if not made.exists():
                unfinished = made.with_name(f"{name}.new")
                unfinished.unlink(missing_ok=True)
                make(unfinished)
                unfinished.rename(made)
        return made


shared = Shared()
