"""How much memory and temporary disk a server takes while something runs on it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from extractor.embedded import Embedded
from extractor.embedded_processes import processes_in

PAUSE_SECONDS = 0.2


@dataclass
class Peaks:
    """The most that was seen at one moment, in bytes."""

    memory: int = 0
    temporary_files: int = 0


@contextmanager
def watched(server: Embedded, peaks: Peaks) -> Iterator[None]:
    """Look at a server five times a second, and raise the peaks to what is seen."""
    ended = threading.Event()
    data = server.root.resolve() / "data"
    watcher = threading.Thread(target=_watch, args=(data, peaks, ended), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _watch(data: Path, peaks: Peaks, ended: threading.Event) -> None:
    while True:
        peaks.memory = max(peaks.memory, memory(data))
        peaks.temporary_files = max(peaks.temporary_files, temporary_files(data))
        if ended.wait(PAUSE_SECONDS):
            return


def memory(data: Path) -> int:
    """Return the memory of all processes of the server of a data folder, in bytes.

    What processes share (Postgres's buffers) counts once on Linux, where the kernel
    divides it among them; elsewhere it does not count.
    """
    return sum(_memory_of(process) for process in processes_in(data).values())


def temporary_files(data: Path) -> int:
    """Return how many bytes the server's temporary files have at this moment."""
    places = data.glob("base/pgsql_tmp/**/*")
    return sum(_size_of(path) for path in places)


def _memory_of(process: psutil.Process) -> int:
    try:
        taken = process.memory_full_info()
    except psutil.Error:  # ended meanwhile
        return 0
    return int(getattr(taken, "pss", taken.uss))


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # deleted meanwhile
        return 0
