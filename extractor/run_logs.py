"""A log of each run: written, told apart, found again, and few enough to be kept.

Every program has a folder of its own in the folder of logs (sync, import-dce, forget,
dbt, weekly); a log's name begins with its run's start. One rule bounds them all. What
cannot be written is warned of once, and ends no run.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from logging.handlers import RotatingFileHandler
from pathlib import Path

import click
import psutil

from extractor import __version__
from extractor.progress import PrintableFormatter

FOLDER = Path(__file__).resolve().parent.parent / "logs"

# What is kept of each program; what is beyond any of these is removed, oldest first.
KEPT = 60  # runs: those of a year, where they are weekly
KEPT_DAYS = 400
KEPT_BYTES = 200_000_000
# A log that grows longer goes on in a new file; of its files the last two are kept.
FILE_BYTES = 10_000_000

_STARTED = "%Y-%m-%dT%H%M%SZ"
_NAME = re.compile(r"(\d{4}-\d\d-\d\dT\d{6}Z)(?:-(?:run-(\d+)|(\d+)))?(?:\.log)?")
_ENDED = re.compile(r" INFO run: ended with exit code (\d+)(?:: (.*))?$")
_DBT_ENDED = re.compile(r"Command `.*` (succeeded|failed) at ")
_DBT_LOG = "dbt.log"  # as dbt names it, in whatever folder
_TAIL_BYTES = 4096


class RunLog:
    """The log of one run, or none where none can be written.

    ``exit_code`` is what the run ends with, unless an error ends it.
    """

    def __init__(self, file: _File | None = None) -> None:
        self._file = file
        self.exit_code = 0

    @property
    def path(self) -> Path | None:
        """Where it is."""
        return Path(self._file.baseFilename) if self._file else None

    def name_run(self, run_id: int) -> None:
        """Put the run's id in landing.runs into its name, once there is one."""
        if self._file is None:
            return
        before = Path(self._file.baseFilename)
        started = before.name.removesuffix(f"-{os.getpid()}.log")
        after = before.with_name(f"{started}-run-{run_id}.log")
        with suppress(OSError):
            before.rename(after)
            self._file.baseFilename = str(after)

    def note(self, line: str, error: BaseException | None = None) -> None:
        """Write a line, whatever is logged beside it, and where an error is from."""
        if self._file is not None:
            trace = error and (type(error), error, error.__traceback__)
            told = {"name": "run", "levelname": "INFO", "msg": line, "exc_info": trace}
            self._file.handle(logging.makeLogRecord(told))


class _File(RotatingFileHandler):
    """A file whose trouble (a full disk, for one) is told once and ends nothing."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            maxBytes=FILE_BYTES,
            backupCount=1,
            encoding="utf-8",
            errors="backslashreplace",
        )
        form = PrintableFormatter(
            "%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ"
        )
        form.converter = time.gmtime
        self.setFormatter(form)
        self._has_failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Warn of a file that cannot be written; other errors are ours."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._has_failed:
            self._has_failed = True
            _warn(Path(self.baseFilename), error)

    def close(self) -> None:
        """Close the file; what it still held may be lost."""
        with suppress(OSError):
            super().close()


@contextmanager
def kept_log(folder: Path, program: str) -> Iterator[RunLog]:
    """Log what a block does, and how it ends, into a new file of a program's folder.

    All loggers write into it, as much as their levels let through.
    """
    started_at = datetime.now(UTC)
    file = _opened(folder / program, started_at)
    if file is None:
        yield RunLog()
        return
    log, root = RunLog(file), logging.getLogger()
    root.addHandler(file)
    log.note(f"discord-warehouse {__version__} {program}, process {os.getpid()}")
    try:
        with _end_noted(log):
            yield log
    finally:
        root.removeHandler(file)
        file.close()


@contextmanager
def _end_noted(log: RunLog) -> Iterator[None]:
    try:
        yield
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
        log.note(f"ended with exit code {code}")
        raise
    except BaseException as error:
        is_ours = hasattr(error, "exit_code") or isinstance(error, KeyboardInterrupt)
        if not is_ours:
            log.note("this should not have happened", error)
        *_, why = str(error).splitlines() or ["interrupted"]
        log.note(f"ended with exit code {getattr(error, 'exit_code', 1)}: {why}")
        raise
    else:
        log.note(f"ended with exit code {log.exit_code}")


def _opened(folder: Path, started_at: datetime) -> _File | None:
    path = folder / f"{started_at:{_STARTED}}-{os.getpid()}.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # names of people
        file = _File(path)
    except OSError as error:
        _warn(path, error)
        return None
    forget_old(folder, started_at)
    return file


def _warn(path: Path, error: OSError) -> None:
    why = error.strerror or str(error)
    click.echo(
        f"Warning: the log {path} cannot be written: {why}; the run goes on without "
        "(--log-folder, or DISCORD_WAREHOUSE_LOG_FOLDER, puts logs elsewhere)",
        err=True,
    )


def dbt_environment(folder: Path) -> dict[str, str]:
    """Return the variables that let a run of dbt log into a folder of its own.

    None where somebody else has chosen one. dbt ends without a word where it cannot
    log: where no folder can be made, it is told to log nothing, elsewhere.
    """
    if os.environ.get("DBT_LOG_PATH"):
        return {}
    started_at = datetime.now(UTC)
    own = folder / "dbt" / f"{started_at:{_STARTED}}-{os.getpid()}"
    try:
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        _warn(own / _DBT_LOG, error)
        elsewhere = tempfile.mkdtemp(prefix="dbt-log-")
        return {"DBT_LOG_PATH": elsewhere, "DBT_LOG_LEVEL_FILE": "none"}
    forget_old(own.parent, started_at)
    return {"DBT_LOG_PATH": str(own)}


def forget_old(folder: Path, now: datetime) -> None:
    """Remove the logs of a program that are too many, too old or too large."""
    since = (now - timedelta(days=KEPT_DAYS)).timestamp()
    used = 0
    for number, run in enumerate(_runs(folder)):
        with suppress(OSError):
            used += sum(map(_size, run))
            is_old = max(path.stat().st_mtime for path in run) < since
            if number and (number >= KEPT or used > KEPT_BYTES or is_old):
                for path in run:
                    _remove(path)


def _runs(folder: Path) -> list[list[Path]]:
    """Return the files or folders of each run's log, the newest run first."""
    runs: dict[str, list[Path]] = {}
    with suppress(OSError):
        for path in folder.iterdir():
            if name := _NAME.match(path.name):  # nothing but logs of ours
                runs.setdefault(name[0].removesuffix(".log"), []).append(path)
    return [runs[name] for name in sorted(runs, reverse=True)]


def _size(path: Path) -> int:
    files = path.iterdir() if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()


# --- found again ----------------------------------------------------------------------


@dataclass(frozen=True)
class KeptLog:
    """A log that a run has left.

    ``run_id`` is that of landing.runs, if it has one there. ``exit_code`` and
    ``ended_at`` are None while no end is written.
    """

    program: str
    path: Path
    started_at: datetime
    run_id: int | None
    is_running: bool
    ended_at: datetime | None = None
    exit_code: int | None = None
    error: str | None = None


def kept_logs(folder: Path, program: str) -> Iterator[KeptLog]:
    """Yield the logs of a program, the newest first."""
    try:
        found = [
            (name[1], path.stat().st_mtime, path, name)
            for path in (folder / program).iterdir()
            if (name := _NAME.fullmatch(path.name))
        ]
    except OSError:
        return
    for *_, path, name in sorted(found, key=lambda one: one[:2], reverse=True):
        file = path / _DBT_LOG if path.is_dir() else path
        with suppress(OSError):
            yield _kept_log(program, file, name)


def programs(folder: Path) -> list[str]:
    """Return the programs that have left logs."""
    try:
        return sorted(one.name for one in folder.iterdir() if one.is_dir())
    except OSError:
        return []


def _kept_log(program: str, file: Path, name: re.Match[str]) -> KeptLog:
    started_at = datetime.strptime(name[1], _STARTED).replace(tzinfo=UTC)
    exit_code, error = _end(file)
    written_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return KeptLog(
        program=program,
        path=file,
        started_at=started_at,
        run_id=int(name[2]) if name[2] else None,
        is_running=exit_code is None
        and name[3] is not None
        and _is_running(int(name[3]), written_at),
        ended_at=None if exit_code is None else written_at,
        exit_code=exit_code,
        error=error,
    )


def _is_running(process_id: int, written_at: datetime) -> bool:
    """Tell whether a process is at work that may have written then."""
    try:
        begun_at = psutil.Process(process_id).create_time()
    except psutil.Error:
        return False
    return begun_at <= written_at.timestamp() + 1  # clocks tick in hundredths


def _end(file: Path) -> tuple[int | None, str | None]:
    """Return the exit code of a run, and its error, as its log's last lines tell."""
    with file.open("rb") as log:
        log.seek(max(0, file.stat().st_size - _TAIL_BYTES))
        lines = log.read().decode("utf-8", "replace").splitlines()
    for line in reversed(lines):
        if ended := _ENDED.search(line):
            return int(ended[1]), ended[2]
        if ended := _DBT_ENDED.search(line):
            return int(ended[1] == "failed"), None
    return None, None
