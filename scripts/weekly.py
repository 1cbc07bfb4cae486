"""The weekly run: extract, build, report, one run at a time, made for cron.

Owns the lock, the second try of a failed step, the log of the run and the exit code:
0 done, 3 done but single channels failed (or the archive is stale), 1 stopped at a step
that failed twice. Whatever is not right stands in the last line, with the log's path.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click
from filelock import FileLock, Timeout

from extractor.config import database_environment, load
from extractor.embedded import EmbeddedError, checkout_server
from extractor.errors import WarehouseError
from extractor.options import log_folder_option
from extractor.run_logs import RunLog, dbt_environment, kept_log
from scripts import steps
from scripts.steps import ROOT, Outcome, Step

CRON_LOG_BYTES = 1_000_000


class WeeklyError(Exception):
    """The run cannot go on; the last line says where, why and what to look at."""

    exit_code = 1


@dataclass(frozen=True)
class Run:
    """One weekly run: where it holds its lock and leaves its log, how it tries again.

    ``environment`` is asked for once the run has begun, and is that of all steps.
    """

    folder: Path
    logs: Path
    environment: Callable[[], Mapping[str, str]]
    pause: float = 60
    show: Callable[[str], object] = print
    follow: bool = False
    sleep: Callable[[float], object] = time.sleep

    def all(self, chain: Sequence[Step]) -> int:
        """Run the steps under the lock and return the exit code of the whole."""
        with self._locked(), kept_log(self.logs, "weekly") as log:
            self.show(f"log: {log.path or 'none'}")
            environment = self._prepared(log)
            outcomes = [self._step(step, environment, log) for step in chain]
            exit_code = max(map(_exit_code, outcomes), default=0)
            if exit_code:
                self._say_what_is_left(outcomes, log)
            log.exit_code = exit_code
        return exit_code

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / "weekly.lock", timeout=0)
            lock.acquire()
        except Timeout as error:
            raise WeeklyError(
                f"Another weekly run is at work ({error.lock_file} is held): "
                "let it end, then try again."
            ) from error
        except OSError as error:
            raise WeeklyError(
                f"Cannot hold the lock {error.filename}: {error.strerror}. Make the "
                "checkout's folder logs writable."
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _prepared(self, log: RunLog) -> Mapping[str, str]:
        try:
            return self.environment()
        except (WarehouseError, EmbeddedError) as error:
            raise WeeklyError(f"{error}{_see(log)}") from error

    def _step(self, step: Step, environment: Mapping[str, str], log: RunLog) -> Outcome:
        """Run a step, a second time if it failed and there is hope."""
        outcome = self._try(step, environment, log)
        if not outcome.is_accepted and not outcome.is_hopeless:
            self._tell(f"{step.name}: trying again in {self.pause:g} s", log)
            self.sleep(self.pause)
            outcome = self._try(step, environment, log)
        if not outcome.is_accepted:
            said = "\n".join(f"  {line}" for line in outcome.tail)
            raise WeeklyError(
                f"The last that {step.name} said:\n{said}\nPut it right, then run make "
                "weekly again: it goes on where it stopped.\n"
                f"The step {step.name} failed with exit code {outcome.exit_code}: "
                f"{outcome.reason}{_see(log)}"
            )
        return outcome

    def _say_what_is_left(self, outcomes: Sequence[Outcome], log: RunLog) -> None:
        left = [
            f"{outcome.step.name} ended with exit code {outcome.exit_code}: "
            f"{outcome.result.strip()}"
            for outcome in outcomes
            if outcome.exit_code
        ]
        self._tell(f"Done, but {'; '.join(left)}{_see(log)}", log)

    def _try(self, step: Step, environment: Mapping[str, str], log: RunLog) -> Outcome:
        def listen(line: str) -> None:
            log.note(line)
            if self.follow:
                self.show(line)

        self._tell(f"{step.name}: {' '.join(step.command)}", log)
        outcome = steps.run(step, environment, listen=listen)
        result = "done" if outcome.exit_code == 0 else f"exit code {outcome.exit_code}"
        self._tell(f"{step.name}: {result} after {outcome.seconds:.1f} s", log)
        if outcome.is_accepted and outcome.tail and not self.follow:
            self.show(f"  {outcome.result.strip()}")
        return outcome

    def _tell(self, line: str, log: RunLog) -> None:
        log.note(line)
        self.show(line)


def trim(cron_log: Path) -> None:
    """Empty what cron appends to, once it is long: logs of runs have all of it."""
    with suppress(OSError):
        if cron_log.stat().st_size > CRON_LOG_BYTES:
            os.truncate(cron_log, 0)


def _exit_code(outcome: Outcome) -> int:
    return 3 if outcome.step.is_advisory and outcome.exit_code else outcome.exit_code


def _see(log: RunLog) -> str:
    return f" (the log: {log.path})" if log.path else ""


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
@log_folder_option
def main(days: int, pause: float, config: Path, log_folder: Path) -> None:
    """Archive what is new, build the tables and write the report."""
    logs = log_folder.absolute()
    os.chdir(ROOT)  # cron starts in the home folder
    trim(ROOT / "logs" / "cron.log")
    signal.signal(signal.SIGTERM, _end)
    chain = (
        steps.extract("--config", str(config)),
        steps.build(),
        steps.freshness(),
        steps.report("--days", str(days)),
    )

    def environment() -> dict[str, str]:
        database = database_environment(load(config), checkout_server())
        own = {"DISCORD_WAREHOUSE_LOG_FOLDER": str(logs), **dbt_environment(logs)}
        return {**os.environ, **database, **own}

    run = Run(ROOT / "logs", logs, environment, pause, follow=sys.stdout.isatty())
    try:
        exit_code = run.all(chain)
    except WeeklyError as error:
        raise click.ClickException(str(error)) from error
    sys.exit(exit_code)


def _end(number: int, _frame: object) -> NoReturn:
    """End like an ordinary exit, so that the step at work is ended too."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
