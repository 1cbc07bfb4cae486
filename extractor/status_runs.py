"""The part of a status that tells of runs: what succeeded, what failed, what to do.

Syncs and imports stand in the run log of landing; what has no row there (a run that
found no database, a weekly run, a build) is told by the log that it left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from extractor.database import IMPORT_LOCK, SYNC_LOCK
from extractor.run_logs import KeptLog, kept_logs, programs
from extractor.status_json import Json, Rows, as_instant

Logs = dict[str, list[KeptLog]]

_SHOWN = 5  # of the run log
_LOCKS = {"importing": IMPORT_LOCK, "syncing": SYNC_LOCK}
_RUNS = """
    select
        run_id, command, started_at, finished_at, exit_code, error,
        coalesce(summary, '{}') as summary,
        is_latest,
        finished_at is null
        and is_latest
        and exists (
            select from pg_locks
            where
                locktype = 'advisory'
                and database = (
                    select oid from pg_database where datname = current_database()
                )
                and (classid::bigint << 32) + objid::bigint = case
                    when command = 'import-dce' then %(importing)s else %(syncing)s
                end
        ) as is_running
    from (
        select
            *,
            run_id = max(run_id) over (partition by command) as is_latest,
            row_number() over (order by run_id desc) as place
        from landing.runs
    ) as runs
    where is_latest or place <= %(shown)s
    order by run_id desc
"""
_SUCCEEDED = """
    select command, max(finished_at) as finished_at
    from landing.runs
    where exit_code = 0
    group by command
"""

# landing's clock is the server's, and an embedded server may have to recover first
_APART = timedelta(hours=1)
_AGAIN = {
    "sync": "make extract",
    "import-dce": "discord-warehouse import-dce with the same files",
    "forget": "discord-warehouse forget with the same ids",
    "dbt": "make build",
    "weekly": "make weekly",
}
_REMEDIES = {
    "broken off": "it was ended from outside (killed, or the machine went down): run "
    "{again}, it goes on from there",
    "partly failed": "run {again}: it asks for what is missing",
    "failed": "put right what is named, then run {again}: it goes on from there",
}


def told_of_runs(rows: Rows, folder: Path) -> Json:
    """Return the parts of a status that are about runs: ``read_status`` says which."""
    found = {program: list(kept_logs(folder, program)) for program in programs(folder)}
    logs = {program: kept for program, kept in found.items() if kept}
    stored = rows(_RUNS, shown=_SHOWN, **_LOCKS)
    runs = [_run(row, logs.get(row["command"], ())) for row in stored]
    in_landing = [
        run for run, row in zip(runs, stored, strict=True) if row["is_latest"]
    ]
    last = _last_runs(in_landing, logs)
    return {
        "succeeded": _succeeded(rows(_SUCCEEDED), logs),
        "failed": [_failure(run) for run in last if run["state"] in _REMEDIES],
        "logs": {
            "folder": str(folder),
            "latest": {program: str(kept[0].path) for program, kept in logs.items()},
        },
        "runs": runs[:_SHOWN],
    }


def _run(row: Json, logs: Iterable[KeptLog]) -> Json:
    started_at, finished_at = row["started_at"], row["finished_at"]
    state = _state(row["exit_code"], is_running=row["is_running"])
    summary = row["summary"]
    return {
        "run_id": str(row["run_id"]),
        "command": row["command"],
        "started_at": as_instant(started_at),
        "finished_at": as_instant(finished_at),
        "seconds": finished_at and (finished_at - started_at).total_seconds(),
        "state": state,
        **{key: row[key] for key in ("exit_code", "error")},
        **{key: summary.get(key) for key in ("messages", "new", "requests")},
        **{key: summary.get(key) or {} for key in ("unknown", "failed")},
        "log": _log_of(row["run_id"], started_at, logs),
    }


def _state(exit_code: int | None, *, is_running: bool) -> str:
    if exit_code is None:
        return "running" if is_running else "broken off"
    return {0: "done", 3: "partly failed"}.get(exit_code, "failed")


def _log_of(run_id: int, started_at: datetime, logs: Iterable[KeptLog]) -> str | None:
    """Return the log of a run; another database's may bear the same number."""
    for log in logs:
        if log.run_id == run_id and abs(log.started_at - started_at) < _APART:
            return str(log.path)
    return None


def _last_runs(in_landing: Iterable[Json], logs: Logs) -> list[Json]:
    """Return the last run of each program, be it in the run log or in a log only."""
    last = {run["command"]: run for run in in_landing}
    for program, kept in logs.items():
        if kept[0].run_id is not None:
            continue  # its row in the run log tells more
        known, told = last.get(program), _logged(kept[0])
        if known is None or known["started_at"] <= told["started_at"]:
            last[program] = told
    return list(last.values())


def _logged(log: KeptLog) -> Json:
    return {
        "run_id": None,
        "command": log.program,
        "started_at": as_instant(log.started_at),
        "finished_at": as_instant(log.ended_at),
        "state": _state(log.exit_code, is_running=log.is_running),
        "error": log.error,
        "failed": {},
        "log": str(log.path),
    }


def _failure(run: Json) -> Json:
    keys = ("command", "run_id", "started_at", "finished_at", "state", "error")
    again = _AGAIN.get(run["command"], run["command"])
    return {
        **{key: run[key] for key in keys},
        "failed": run["failed"],
        "remedy": _REMEDIES[run["state"]].format(again=again),
        "log": run["log"],
    }


def _succeeded(in_landing: Iterable[Json], logs: Logs) -> Json:
    """Return when each program last succeeded; null if it never did, or long ago."""
    found: Json = dict.fromkeys(("sync", *logs))
    found |= {row["command"]: as_instant(row["finished_at"]) for row in in_landing}
    for program, instant in _ended_well(logs):
        found[program] = found[program] or instant
    return found


def _ended_well(logs: Logs) -> Iterator[tuple[str, str | None]]:
    """Yield the programs that only logs tell of, and when they last succeeded."""
    for program, kept in logs.items():
        if program not in ("sync", "import-dce"):
            done = (log.ended_at for log in kept if log.exit_code == 0)
            yield program, as_instant(next(done, None))
