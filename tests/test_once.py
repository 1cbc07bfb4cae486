"""What workers share is made by one of them, whole, and by the next if that fails."""

from __future__ import annotations

from pathlib import Path
from threading import Barrier, Thread

import pytest

from tests.once import Shared


def test_of_many_who_ask_at_once_one_makes_it(tmp_path: Path) -> None:
    """The others wait for all of it."""
    barrier = Barrier(8)
    made: list[str] = []
    read: list[str] = []

    def make(file: Path) -> None:
        made.append(file.name)
        file.write_text("some")
        file.write_text("all")

    def ask() -> None:
        barrier.wait(10)
        read.append(Shared(tmp_path).once("thing", make).read_text())

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert len(made) == 1
    assert read == ["all"] * 8


def test_what_was_not_finished_is_made_again(tmp_path: Path) -> None:
    """Nobody takes the half for the whole."""
    shared = Shared(tmp_path)

    def fail(file: Path) -> None:
        file.write_text("half of it, and much too long")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        shared.once("thing", fail)

    assert shared.once("thing", lambda file: file.touch()).read_text() == ""
