"""The embedded Postgres: starts and stops the server that lives in the checkout.

Owns one folder and everything in it: `data/` (the cluster), `init/` (a cluster in the
making), `run/` (the socket), `conf/` (written anew by every start), `log` and `lock`.
Nothing outside it is changed. `embedded_cluster` makes the files, `embedded_processes`
knows the processes, `embedded_programs` the programs and who may run them.

Whose a server is, is never taken from a pid file: a server that answers says which
data folder it serves, and of a process the kernel says in which folder it works.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from filelock import FileLock, Timeout
from psycopg import sql

from extractor.embedded_cluster import (
    ROLE,
    account_for,
    check_owner,
    complaint,
    prepare,
)
from extractor.embedded_processes import end_all_in, postmaster_of, shut_down
from extractor.embedded_programs import OWN_SERVER, Account, EmbeddedError, binary

__all__ = ["Embedded", "EmbeddedError", "binary", "checkout_server"]

PORT = "5432"  # no port is opened: the number is a part of the socket's name
SOCKET = f".s.PGSQL.{PORT}"
SOCKET_PATH_BYTES = 103 if sys.platform == "darwin" else 107
READY_SECONDS = 300  # crash recovery reads up to max_wal_size
LOG_BYTES = 10_000_000


@dataclass(frozen=True)
class Embedded:
    """The server that lives in one folder.

    `settings` are Postgres's own and win over embedded.conf: for tests.
    """

    root: Path
    settings: Mapping[str, str] = field(default_factory=dict, compare=False)

    def start(self) -> bool:
        """Start the server and wait until it answers; False if it was up already."""
        self._check_socket_path()
        with self._clear_errors():
            if self.is_running():
                self._trim_log()
                return False
            check_owner(self._root)
            self._root.mkdir(mode=0o711, parents=True, exist_ok=True)
            with self._lock():
                return self._start()

    def stop(self) -> bool:
        """Stop the server and wait until it is gone; False if it was not up."""
        with self._clear_errors():
            check_owner(self._root)
            if postmaster_of(self._data) is None:
                return False
            with self._lock():
                postmaster = postmaster_of(self._data)
                if postmaster is not None:
                    shut_down(postmaster, self._data)
                return postmaster is not None

    def is_running(self) -> bool:
        """Tell whether a server answers that serves our data folder."""
        return not self._why_silent()

    @property
    def is_made(self) -> bool:
        """Whether there is a data folder, so that starting would not make one."""
        return self._data.exists()

    def environment(self, database: str = "discord") -> dict[str, str]:
        """Return the libpq variables that lead any client to a database here."""
        return {
            "PGHOST": str(self._run),
            "PGPORT": PORT,
            "PGUSER": ROLE,
            "PGDATABASE": database,
        }

    def create_database(self, name: str) -> None:
        """Create a database, unless it is there."""
        there = "select from pg_catalog.pg_database where datname = %s"
        # template0: nobody can be connected to it, which would forbid copying it
        create = sql.SQL("create database {} template template0")
        with self._connect() as connection:
            if connection.execute(there, [name]).fetchone() is not None:
                return
            try:
                connection.execute(create.format(sql.Identifier(name)))
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return  # another process was quicker

    @property
    def _root(self) -> Path:
        return self.root.resolve()

    @property
    def _data(self) -> Path:
        return self._root / "data"

    @property
    def _run(self) -> Path:
        return self._root / "run"

    @property
    def _log(self) -> Path:
        return self._root / "log"

    def _lock(self) -> FileLock:
        return FileLock(self._root / "lock", mode=0o600, timeout=READY_SECONDS)

    def _connect(self) -> psycopg.Connection[tuple[str, ...]]:
        return psycopg.connect(
            host=str(self._run),
            port=PORT,
            user=ROLE,
            dbname="postgres",
            connect_timeout=2,
            autocommit=True,
        )

    def _served_folder(self) -> str:
        with self._connect() as connection:
            row = connection.execute("show data_directory").fetchone()
        return row[0] if row else ""

    def _why_silent(self) -> str:
        """Return why our server does not answer, nothing when it does."""
        try:
            folder = self._served_folder()
        except psycopg.OperationalError as error:
            return " ".join(str(error).split())
        return "" if self._is_ours(folder) else f"a server of {folder} answers"

    def _is_ours(self, folder: str) -> bool:
        try:
            return self._data.samefile(folder)
        except OSError:
            return False

    def _check_socket_path(self) -> None:
        path = self._run / SOCKET
        length = len(os.fsencode(path))
        if length > SOCKET_PATH_BYTES:
            raise EmbeddedError(
                f"The socket's path {path} has {length} bytes, and the operating "
                f"system takes {SOCKET_PATH_BYTES}: move the checkout to a folder "
                f"with a shorter path, or {OWN_SERVER}."
            )
        if "," in str(path):
            raise EmbeddedError(
                f"The socket's path {path} has a comma, which PGHOST takes for the end "
                "of a host's name: move the checkout to a folder without one, or "
                f"{OWN_SERVER}."
            )

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        """Turn the operating system's errors into one line about our folder."""
        try:
            yield
        except Timeout as error:
            raise EmbeddedError(
                f"Another process has held {error.lock_file} for {READY_SECONDS} s "
                "while starting or stopping the server: end it, then try again."
            ) from error
        except OSError as error:
            raise EmbeddedError(
                f"Cannot use {error.filename or self.root}: {error.strerror}. "
                f"Make {self.root} writable for the user that runs this, or "
                f"{OWN_SERVER}."
            ) from error

    def _start(self) -> bool:
        if self.is_running():
            return False
        self._refuse_foreign_server()
        if postmaster_of(self._data) is not None and (self._run / SOCKET).exists():
            # its launcher was killed while it waited
            self._await_answer(lambda: postmaster_of(self._data) is not None)
            return False
        account = account_for(self._root)
        prepare(self._root, account, self.settings)
        self._remove_traces()
        self._launch(account)
        return True

    def _refuse_foreign_server(self) -> None:
        try:
            folder = self._served_folder()
        except psycopg.OperationalError:
            return
        if self._is_ours(folder):
            return  # it was still starting when we looked
        raise EmbeddedError(
            f"The server answering in {self._run} serves {folder}, not {self._data}: "
            "stop that server, then try again."
        )

    def _remove_traces(self) -> None:
        """Clear away what a killed server left: processes first, then its pid files.

        Once postmaster.pid is gone, Postgres itself can no longer notice that an
        old process still writes to the data.
        """
        end_all_in(self._data, signal.SIGQUIT)
        traces = (self._run / SOCKET, self._run / f"{SOCKET}.lock")
        for path in (self._data / "postmaster.pid", *traces):
            path.unlink(missing_ok=True)

    def _launch(self, account: Account) -> None:
        self._trim_log()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        log = os.open(self._log, flags, 0o600)
        try:
            start_of_log = os.fstat(log).st_size
            server = account.popen(
                binary("postgres"),
                *("-D", self._data),
                *("-c", f"config_file={self._root / 'conf' / 'postgresql.conf'}"),
                output=log,
            )
        finally:
            os.close(log)
        # reaps the server, should it end before we do
        threading.Thread(target=server.wait, daemon=True).start()
        self._await_answer(lambda: server.poll() is None, start_of_log)

    def _await_answer(self, lives: Callable[[], bool], start_of_log: int = 0) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while reason := self._why_silent():
            if not lives():
                said = self._log.read_bytes()[start_of_log:].decode(errors="replace")
                raise EmbeddedError(
                    f"PostgreSQL ended while starting: {complaint(said)} (all it said "
                    f"is in {self._log})."
                )
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"PostgreSQL has not answered for {READY_SECONDS} s: {reason}. If "
                    f"it is recovering from a crash ({self._log}), try again later."
                )
            time.sleep(0.05)

    def _trim_log(self) -> None:
        """Empty a log grown too long; the server appends and goes on at its start."""
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES:
            os.truncate(self._log, 0)


def checkout_server() -> Embedded:
    """Return the server of this checkout, in its folder `.pg`."""
    return Embedded(Path(__file__).resolve().parent.parent / ".pg")
