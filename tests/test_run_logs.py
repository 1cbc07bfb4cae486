"""Each run leaves a log: named, found again, few enough, and never in the way."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from extractor import run_logs
from extractor.run_logs import KEPT, KEPT_DAYS, forget_old, kept_log, kept_logs
from tests import exports
from tests.archive import (
    REPOSITORY,
    command,
    environment_of,
    log_folder,
    process,
    query,
    readable_messages,
)
from tests.fake_discord import FakeDiscord, Fault, generate_world

END = datetime(2026, 11, 15, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
Database = dict[str, str]


@pytest.fixture
def fake() -> Iterator[FakeDiscord]:
    """Serve a guild of four channels and some 60 messages."""
    with FakeDiscord(generate_world(5, "tiny", END)) as served:
        yield served


def ran(
    fake: FakeDiscord, database: Database, *arguments: str, **changes: str
) -> subprocess.CompletedProcess[str]:
    return command(environment_of(fake, database, **changes), *arguments)


def logs_of(database: Database, program: str) -> list[Path]:
    return [log.path for log in kept_logs(log_folder(database), program)]


# --- what is written ------------------------------------------------------------------


def test_each_run_leaves_a_log_of_its_own(
    fake: FakeDiscord, database: Database, tmp_path: Path
) -> None:
    """Named by its start and its id, it tells what was done and how it ended."""
    export = tmp_path / "export.json"
    export.write_text(json.dumps(exports.document([])))
    assert ran(fake, database, "sync").returncode == 0
    assert ran(fake, database, "import-dce", str(export)).returncode == 0
    assert ran(fake, database, "sync").returncode == 0
    channel_id = str(max(readable_messages(fake)))
    assert ran(fake, database, "forget", "--channel-id", channel_id).returncode == 0

    second, first = logs_of(database, "sync")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d{6}Z-run-1\.log", first.name)
    assert second.name.endswith("-run-3.log")
    lines = first.read_text().splitlines()
    assert re.fullmatch(
        r"[\d-]{10}T[\d:]{8}Z INFO run: discord-warehouse \S+ sync, process \d+",
        lines[0],
    )
    assert any(f"channel {channel_id}: " in line for line in lines)
    assert any(" messages (" in line for line in lines)
    assert lines[-1].endswith("INFO run: ended with exit code 0")
    for program in ("import-dce", "forget"):
        (log,) = logs_of(database, program)
        assert log.read_text().endswith("ended with exit code 0\n")
        assert log.parent.stat().st_mode & 0o077 == 0


def test_a_run_that_fails_before_it_has_a_number_leaves_a_log(
    fake: FakeDiscord, database: Database
) -> None:
    """No database, no token: the log says so, and bears the process's number."""
    ran(fake, database, "sync", DISCORD_TOKEN="")
    nowhere = {**database, "PGHOST": "/nowhere"}
    command(environment_of(fake, nowhere), "sync")

    logs = list(kept_logs(log_folder(database), "sync"))

    assert {log.run_id for log in logs} == {None}
    text = "".join(log.path.read_text() for log in logs)
    assert "ended with exit code 2: no account: put DISCORD_TOKEN" in text
    assert "ended with exit code 1: cannot reach the database at /nowhere" in text


def test_what_could_not_be_had_stands_in_the_log(
    fake: FakeDiscord, database: Database
) -> None:
    """Each channel that failed, and the exit code that says so."""
    channel_id = max(readable_messages(fake))
    fake.fail_next(rf"/channels/{channel_id}/messages", Fault(200, b'[{"id": "x"}]'))

    assert ran(fake, database, "sync").returncode == 3

    (log,) = kept_logs(log_folder(database), "sync")
    assert log.exit_code == 3
    assert re.search(rf"failed: #.* \({channel_id}\): ", log.path.read_text())


def test_what_archives_nothing_leaves_no_log(
    fake: FakeDiscord, database: Database
) -> None:
    """Dry runs and questions are not runs."""
    ran(fake, database, "sync")
    ran(fake, database, "sync", "--dry-run")
    ran(fake, database, "check")
    ran(fake, database, "status")
    ran(fake, database, "forget", "--user-id", "100000000000000001", "--dry-run")

    found = [path for path in log_folder(database).rglob("*") if path.is_file()]
    assert found == logs_of(database, "sync")
    assert len(found) == 1


def test_no_log_of_a_run_holds_a_token(fake: FakeDiscord, database: Database) -> None:
    """Not even with --debug, nor where Discord refuses it."""
    ran(fake, database, "sync", "--debug")
    ran(fake, database, "sync", "--debug", DISCORD_TOKEN="not.this.token.either")

    first, second = (path.read_text() for path in logs_of(database, "sync"))

    assert "urllib3" in first + second
    assert "401" in first + second
    assert fake.bot_token not in first + second
    assert "not.this.token" not in first + second


def test_an_error_that_nobody_expects_is_in_the_log_with_its_place(
    tmp_path: Path,
) -> None:
    """What is to be reported is written down, though nobody saw the terminal."""
    with pytest.raises(ZeroDivisionError), kept_log(tmp_path, "sync"):
        _ = 1 // 0

    (log,) = kept_logs(tmp_path, "sync")
    assert log.exit_code == 1
    assert "Traceback" in log.path.read_text()
    assert log.error == "integer division or modulo by zero"


# --- where it cannot be ---------------------------------------------------------------


def test_a_log_that_cannot_be_made_is_a_warning(
    fake: FakeDiscord, database: Database, tmp_path: Path
) -> None:
    """The run goes on, and says where else logs could lie."""
    (tmp_path / "logs").touch()

    done = ran(fake, database, "sync", "--log-folder", str(tmp_path / "logs" / "x"))

    assert done.returncode == 0
    assert done.stderr.startswith(
        f"Warning: the log {tmp_path / 'logs' / 'x' / 'sync'}"
    )
    assert "--log-folder" in done.stderr.splitlines()[0]
    assert query(database, "select exit_code from landing.runs") == [(0,)]


def test_a_log_that_finds_the_disk_full_is_one_warning(
    fake: FakeDiscord, database: Database
) -> None:
    """However many lines cannot be written; what is archived is as it would be."""
    no_bytes = 'ulimit -f 0; exec "$@"'
    program = [sys.executable, "-m", "extractor", "sync", "--workers", "1"]

    done = subprocess.run(
        ["sh", "-c", no_bytes, "sh", *program],
        env=environment_of(fake, database),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Warning: the log ") == 1
    assert "Traceback" not in done.stderr
    assert query(database, "select exit_code from landing.runs") == [(0,)]


# --- how many there are ---------------------------------------------------------------


def old_log(folder: Path, started_at: datetime, size: int = 0) -> Path:
    """Leave a log as a run of that time would have left it."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{started_at:%Y-%m-%dT%H%M%SZ}-run-1.log"
    path.write_bytes(bytes(size))
    os.utime(path, (started_at.timestamp(),) * 2)
    return path


def test_only_the_newest_logs_are_kept(tmp_path: Path) -> None:
    """Hourly runs do not fill the disk in the course of years."""
    logs = [old_log(tmp_path, NOW - timedelta(hours=n)) for n in range(KEPT + 5)]

    forget_old(tmp_path, NOW)

    assert sorted(tmp_path.iterdir()) == sorted(logs[:KEPT])


def test_logs_of_long_ago_are_not_kept(tmp_path: Path) -> None:
    """However few there are, but for the newest."""
    young = old_log(tmp_path, NOW - timedelta(days=KEPT_DAYS - 1))
    old_log(tmp_path, NOW - timedelta(days=KEPT_DAYS + 1))
    only = old_log(tmp_path / "weekly", NOW - timedelta(days=KEPT_DAYS + 1))

    forget_old(tmp_path, NOW)
    forget_old(only.parent, NOW)

    assert [path for path in tmp_path.iterdir() if path.is_file()] == [young]
    assert only.exists()


def test_large_logs_leave_sooner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What dbt says of a build counts as a whole, and leaves as a whole."""
    monkeypatch.setattr(run_logs, "KEPT_BYTES", 1_000)
    builds = [tmp_path / f"2026-11-0{day}T000000Z-123" for day in (1, 2, 3)]
    for build in builds:
        build.mkdir()
        (build / "dbt.log").write_bytes(bytes(400))

    forget_old(tmp_path, NOW)

    assert sorted(tmp_path.iterdir()) == builds[1:]


def test_what_is_no_log_of_ours_is_left_alone(tmp_path: Path) -> None:
    """A folder may be shared with others."""
    theirs = [
        tmp_path / name for name in ("notes.txt", "2020-01-01.log", "x-run-1.log")
    ]
    for path in theirs:
        path.touch()
        os.utime(path, (0, 0))
    for n in range(KEPT + 1):
        old_log(tmp_path, NOW - timedelta(hours=n))

    forget_old(tmp_path, NOW)

    assert all(path.exists() for path in theirs)
    assert len(list(tmp_path.iterdir())) == KEPT + len(theirs)


def test_a_long_log_keeps_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which tells what came of it; its beginning leaves, and no other's."""
    monkeypatch.setattr(run_logs, "FILE_BYTES", 10_000)
    before = old_log(tmp_path / "sync", NOW - timedelta(days=300), 100)

    with kept_log(tmp_path, "sync") as log:
        for number in range(1_000):
            log.note(f"line {number}")

    files = [path for path in (tmp_path / "sync").iterdir() if path != before]
    assert len(files) == 2
    assert sum(path.stat().st_size for path in files) < 20_100
    newest, oldest = kept_logs(tmp_path, "sync")
    assert newest.exit_code == 0
    assert oldest.path == before


def test_a_run_leaves_the_logger_as_it_was(tmp_path: Path) -> None:
    """The next one does not write into the log of the one before."""
    handlers = list(logging.getLogger().handlers)

    with kept_log(tmp_path, "sync"):
        assert logging.getLogger().handlers != handlers

    assert logging.getLogger().handlers == handlers


# --- other programs -------------------------------------------------------------------


def test_a_run_of_dbt_has_a_folder_for_its_log(
    fake: FakeDiscord, database: Database, tmp_path: Path
) -> None:
    """`db run -- dbt …` leaves it beside the others, unless told where."""
    dbt = tmp_path / "dbt"
    dbt.write_text("#!/bin/sh\necho at work >$DBT_LOG_PATH/dbt.log\n")
    dbt.chmod(0o755)
    environment = environment_of(fake, database)
    run = ("db", "run", "--", str(dbt), "build")

    assert process(environment, *run).returncode == 0
    assert process({**environment, "DBT_LOG_PATH": str(tmp_path)}, *run).returncode == 0

    (log,) = kept_logs(log_folder(database), "dbt")
    assert log.path.read_text() == "at work\n"
    assert log.exit_code is None
    assert (tmp_path / "dbt.log").exists()


def test_dbt_is_run_where_its_log_cannot_be_written(
    fake: FakeDiscord, database: Database, tmp_path: Path
) -> None:
    """It would end without a word: a warning, and it logs nothing."""
    (tmp_path / "logs").touch()
    (tmp_path / "temporary").mkdir()
    dbt = Path(sys.executable).with_name("dbt")
    environment = environment_of(
        fake,
        database,
        DISCORD_WAREHOUSE_LOG_FOLDER=str(tmp_path / "logs" / "x"),
        TMPDIR=str(tmp_path / "temporary"),
    )

    done = process(environment, "db", "run", "--", str(dbt), "debug", "--config-dir")

    assert done.returncode == 0, done.stdout
    assert "profiles.yml" in done.stdout
    assert done.stderr.startswith(f"Warning: the log {tmp_path}/logs/x/dbt/")


def test_what_dbt_says_last_tells_how_it_ended(tmp_path: Path) -> None:
    """Its log has no exit code."""
    for number, word in enumerate(("succeeded", "failed")):
        run = tmp_path / "dbt" / f"2026-11-2{number}T000000Z-123"
        run.mkdir(parents=True)
        said = f"08:00:00.1 [debug] [MainThread]: Command `dbt build` {word} at 08:00"
        (run / "dbt.log").write_text(f"{said}:00 after 2.5 seconds\nResource report\n")

    assert [log.exit_code for log in kept_logs(tmp_path, "dbt")] == [1, 0]


def test_logs_that_tell_of_what_is_forgotten_are_named(
    fake: FakeDiscord, database: Database
) -> None:
    """They are left to people; the log of forgetting tells of nobody."""
    ran(fake, database, "sync")
    (log,) = logs_of(database, "sync")
    channel_id = str(max(readable_messages(fake)))

    looked = ran(fake, database, "forget", "--channel-id", channel_id, "--dry-run")
    done = ran(fake, database, "forget", "--channel-id", channel_id)

    line = f"tells of it, and is left to you: {log}"
    assert line in looked.stdout.splitlines()
    assert line in done.stdout.splitlines()
    (own,) = logs_of(database, "forget")
    assert "pages rewritten or removed: " in own.read_text()
    assert channel_id not in own.read_text()
