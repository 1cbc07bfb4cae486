"""Which Postgres processes work in a folder, and how they are ended.

The kernel's word counts: a process is a folder's when it works in there. A pid from a
file may by now be anybody's, or a zombie's.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path

import psutil

from extractor.embedded_programs import EmbeddedError

PATIENCE_SECONDS = 30


def processes_in(folder: Path) -> dict[int, psutil.Process]:
    """Return the living Postgres processes that work in a folder."""
    names, place = ("postgres", "initdb"), str(folder)
    found = {}
    for process in psutil.process_iter():
        try:
            if process.name() in names and process.cwd() == place:
                found[process.pid] = process
        except psutil.Error:  # gone, a zombie, or another user's
            continue
    return found


def postmaster_of(data: Path) -> psutil.Process | None:
    """Return the process that postmaster.pid names, if it works in that folder."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n")[0])
    except (OSError, ValueError):
        return None
    return processes_in(data).get(pid)


def shut_down(postmaster: psutil.Process, data: Path) -> None:
    """End a server in good order, or else at once (the next start then recovers)."""
    _send(postmaster, signal.SIGINT)
    try:
        _await_end(data)
    except EmbeddedError:
        end_all_in(data, signal.SIGQUIT)


def end_all_in(folder: Path, number: signal.Signals) -> None:
    """Send a signal to all Postgres processes in a folder and wait for their end."""
    for process in processes_in(folder).values():
        _send(process, number)
    _await_end(folder)


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)  # psutil refuses when the pid changed hands
    except psutil.NoSuchProcess:
        return


def _await_end(folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while processes := processes_in(folder):
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"Server processes in {folder} do not end: {sorted(processes)}. "
                "End them (kill -QUIT), then try again."
            )
        time.sleep(0.05)
