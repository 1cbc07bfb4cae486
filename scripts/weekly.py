"""The weekly run: extract, build, report, one run at a time, made for cron.

Owns the lock, the second try of a failed step, the log of each run and the exit code:
0 done, 3 done but single channels failed, 1 stopped at a step that failed twice.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click
from filelock import FileLock, Timeout

from extractor.config import database_environment, load
from extractor.embedded import EmbeddedError, checkout_server
from extractor.errors import WarehouseError
from scripts import steps
from scripts.steps import ROOT, Outcome, Step

LOGS_KEPT = 60


class WeeklyError(Exception):
    """The run cannot go on; the message says where, why and what to look at."""


@dataclass(frozen=True)
class Run:
    """One weekly run: where it notes what, and how it tries again."""

    folder: Path
    environment: Mapping[str, str]
    pause: float = 60
    show: Callable[[str], object] = print
    follow: bool = False
    sleep: Callable[[float], object] = time.sleep

    def all(self, chain: Sequence[Step], started_at: datetime) -> int:
        """Run the steps under the lock and return the exit code of the whole."""
        with self._locked(), self._log(started_at) as note:
            outcomes = [self._step(step, note) for step in chain]
        return max((outcome.exit_code for outcome in outcomes), default=0)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / "weekly.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise WeeklyError(
                f"Another weekly run is at work ({lock.lock_file} is held): "
                "let it end, then try again."
            ) from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _log(self, started_at: datetime) -> Iterator[Callable[[str], None]]:
        """Open the log of this run, forget the oldest, and give the way to note."""
        folder = self.folder / "weekly"
        folder.mkdir(exist_ok=True)
        path = folder / f"{started_at:%Y-%m-%dT%H%M%SZ}.log"
        with path.open("a", encoding="utf-8", buffering=1) as log:
            for old in sorted(folder.glob("*.log"))[:-LOGS_KEPT]:
                old.unlink()
            self.show(f"log: {path}")
            yield lambda line: print(line, file=log)

    def _step(self, step: Step, note: Callable[[str], None]) -> Outcome:
        """Run a step, a second time if it failed and there is hope."""
        outcome = self._try(step, note)
        if not outcome.is_accepted and not outcome.is_hopeless:
            self._tell(f"{step.name}: trying again in {self.pause:g} s", note)
            self.sleep(self.pause)
            outcome = self._try(step, note)
        if not outcome.is_accepted:
            said = "\n".join(f"  {line}" for line in outcome.tail)
            raise WeeklyError(
                f"The step {step.name} failed with exit code {outcome.exit_code}. "
                f"The last it said:\n{said}\nAll of it is in the log above; put it "
                "right, then run make weekly again: it goes on where it stopped."
            )
        return outcome

    def _try(self, step: Step, note: Callable[[str], None]) -> Outcome:
        def listen(line: str) -> None:
            note(line)
            if self.follow:
                self.show(line)

        self._tell(f"{step.name}: {' '.join(step.command)}", note)
        outcome = steps.run(step, self.environment, listen=listen)
        result = "done" if outcome.exit_code == 0 else f"exit code {outcome.exit_code}"
        self._tell(f"{step.name}: {result} after {outcome.seconds:.1f} s", note)
        if outcome.is_accepted and outcome.tail and not self.follow:
            self.show(f"  {outcome.tail[-1]}")
        return outcome

    def _tell(self, line: str, note: Callable[[str], None]) -> None:
        note(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}")
        self.show(line)


@click.command()
@click.option(
    "--days",
    type=click.IntRange(1),
    default=7,
    show_default=True,
    envvar="DAYS",
    show_envvar=True,
    help="Let the report tell about so many days.",
)
@click.option(
    "--pause",
    type=click.FloatRange(0),
    default=60,
    show_default=True,
    envvar="WEEKLY_PAUSE",
    show_envvar=True,
    help="Wait so many seconds before a failed step is tried again.",
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("config.json"),
    show_default=True,
    envvar="DISCORD_WAREHOUSE_CONFIG",
    show_envvar=True,
    help="Read accounts and the database from this file.",
)
def main(days: int, pause: float, config: Path) -> None:
    """Archive what is new, build the tables and write the report."""
    os.chdir(ROOT)  # cron starts in the home folder
    signal.signal(signal.SIGTERM, _end)
    chain = (
        steps.extract("--config", str(config)),
        steps.build(),
        steps.report("--days", str(days)),
    )
    try:
        database = database_environment(load(config), checkout_server())
        environment = {**os.environ, **database}
        run = Run(Path("logs"), environment, pause, follow=sys.stdout.isatty())
        exit_code = run.all(chain, datetime.now(UTC))
    except (WeeklyError, WarehouseError, EmbeddedError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(
            f"Cannot write the log {error.filename}: {error.strerror}. Make the "
            "checkout's folder logs writable."
        ) from error
    sys.exit(exit_code)


def _end(number: int, _frame: object) -> NoReturn:
    """End like an ordinary exit, so that the step at work is ended too."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
