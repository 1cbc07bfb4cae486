"""Processes that are to be killed: the real command, forked from a warm interpreter.

What is imported here is imported once, by the server that forks them.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from extractor.cli import main
from tests.archive import REPOSITORY, environment_of
from tests.fake_discord import FakeDiscord

PATIENCE = 100.0  # seconds until it must have ended
NAME = "victim"  # of its sessions, where the program gives them no other

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Victim:
    """A process at work, and the file of what it says."""

    process: BaseProcess
    log: Path

    def is_alive(self) -> bool:
        return self.process.is_alive()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.process.pid and self.process.is_alive():
            os.kill(self.process.pid, number)

    def join(self) -> int | None:
        """Wait for its end, and return its exit code."""
        self.process.join(PATIENCE)
        assert not self.is_alive(), f"{self.process.name} does not end"
        return self.process.exitcode

    @property
    def was_killed(self) -> bool:
        return self.process.exitcode == -signal.SIGKILL

    def wait(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let it work for so long, or until something holds or it has ended."""
        deadline = time.monotonic() + seconds
        while self.is_alive() and time.monotonic() < deadline and not until():
            time.sleep(0.001)


def sync_of(
    fake: FakeDiscord, database: Mapping[str, str], folder: Path, *arguments: str
) -> Victim:
    """Let a sync begin."""
    environment = {**environment_of(fake, database), "PGAPPNAME": NAME}
    log = folder / "sync.log"
    process = context.Process(target=_sync, args=(environment, log, arguments))
    process.start()
    return Victim(process, log)


def _sync(environment: Mapping[str, str], log: Path, arguments: Sequence[str]) -> None:
    """Become a process as it would be started by hand, and archive what is new."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(REPOSITORY)
    speak_into(log)
    main(["sync", *arguments], prog_name="discord-warehouse")


def speak_into(log: Path) -> None:
    """Let all that this process says go into a file."""
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    os.dup2(said, 2)
