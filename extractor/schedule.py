"""Who asks next: pieces of work share some threads, one request at a time.

Limits are per channel and over all channels. What is ready goes first, and of that
what has the most left to ask: so the longest channel is never left for the end.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from extractor.access import Turn, Turns


class Done(Protocol):
    """Called once when a piece of work has ended, in one of the threads.

    ``error`` is what it raised, None on success. What is raised here ends the run.
    """

    def __call__(self, error: Exception | None) -> None:
        """Take note."""


@dataclass(frozen=True)
class _Work:
    turns: Turns
    done: Done


class Schedule:
    """Runs pieces of work in ``workers`` threads until none is left."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._order = itertools.count()
        self._changed = threading.Condition()
        # both heaps hold (key, order, work): by readiness, and by what is left to ask
        self._blocked: list[tuple[float, int, Turn, _Work]] = []
        self._ready: list[tuple[float, int, _Work]] = []
        self._running = 0
        self._error: BaseException | None = None

    def add(self, turns: Turns, done: Done) -> None:
        """Take in a piece of work; it asks nothing before its first turn."""
        with self._changed:
            self._push_ready(_Work(turns, done), float("inf"))

    def run(self, on_interrupt: Callable[[], None]) -> None:
        """Do all work, and what is added meanwhile.

        Raises:
            BaseException: what a ``done`` raised, or an interrupt; then no further
                turn begins, after ``on_interrupt`` has been called.

        """
        threads: list[threading.Thread] = []
        try:
            for number in range(self._workers):
                threads.append(threading.Thread(target=self._work, name=f"w{number}"))
                threads[-1].start()
            self._wait_for_end()
        except BaseException as error:
            with self._changed:
                self._error = self._error or error
                self._changed.notify_all()
            on_interrupt()
            raise
        finally:
            for thread in threads:
                if thread.ident is not None:  # interrupted before it was started
                    thread.join()

    def _wait_for_end(self) -> None:
        with self._changed:
            while self._error is None and not self._is_over:
                self._changed.wait()
            if self._error is not None:
                raise self._error

    @property
    def _is_over(self) -> bool:
        return not (self._ready or self._blocked or self._running)

    def _work(self) -> None:
        while (work := self._take()) is not None:
            try:
                self._do_one_turn(work)
            except BaseException as error:  # noqa: BLE001 - raised again by run()
                with self._changed:
                    self._error = self._error or error
            finally:
                with self._changed:
                    self._running -= 1
                    self._changed.notify_all()

    def _take(self) -> _Work | None:
        """Return the work whose turn it is; None: there will be none any more."""
        with self._changed:
            while self._error is None:
                self._unblock(time.monotonic())
                if self._ready or self._blocked:
                    self._running += 1
                    if self._ready:
                        return heapq.heappop(self._ready)[-1]
                    # nothing is ready: the client waits for what is ready soonest
                    return heapq.heappop(self._blocked)[-1]
                if self._is_over:
                    break
                self._changed.wait()
            return None

    def _unblock(self, now: float) -> None:
        while self._blocked and self._blocked[0][0] <= now:
            *_, turn, work = heapq.heappop(self._blocked)
            self._push_ready(work, turn.remaining)

    def _do_one_turn(self, work: _Work) -> None:
        try:
            turn = next(work.turns)
        except StopIteration:
            work.done(None)
        except Exception as error:  # noqa: BLE001 - it is the caller's to sort
            work.done(error)
        else:
            wait = turn.client.ready_in(turn.request)
            with self._changed:
                self._push(work, turn, wait)

    def _push(self, work: _Work, turn: Turn, wait: float) -> None:
        if wait:
            ready_at = time.monotonic() + wait
            item = (ready_at, next(self._order), turn, work)
            heapq.heappush(self._blocked, item)
        else:
            self._push_ready(work, turn.remaining)

    def _push_ready(self, work: _Work, remaining: float) -> None:
        heapq.heappush(self._ready, (-remaining, next(self._order), work))
        self._changed.notify()
