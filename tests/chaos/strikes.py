"""Striking in the midst of a transaction, and proving it.

A `Snare` is a lock that a run cannot pass: whoever waits for it has a transaction open,
and so it stays until the strike. Without one, a process is stopped first, then looked
at, then killed: a stopped process ends no transaction.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from extractor.config import connection_arguments
from tests.archive import connected
from tests.chaos import victims
from tests.chaos.victims import Victim

Database = Mapping[str, str]

PATIENCE = 100.0  # seconds until something must have happened, on a busy machine
# as long as a server takes to read what was sent to it before its client was stopped
SETTLED = 0.01

# Sessions of others in this database that are in the midst of a transaction. A single
# statement ends its own, whatever becomes of the client; one that was begun waits.
OPEN = """
    select pid from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
        and backend_type = 'client backend' and xact_start is not null
        and (
            state like 'idle in transaction%'
            or (
                application_name = 'dbt' and state = 'active'
                and query not ilike 'commit%'
            )
        )"""
# the same as long as the lock is held
WAITING = """
    select pid from pg_stat_activity
    where datname = current_database() and xact_start is not null
        and wait_event_type = 'Lock' and %s = any(pg_blocking_pids(pid))"""
OF_VICTIMS = f"""
    select pid from pg_stat_activity
    where datname = current_database()
        and application_name in ('{victims.NAME}', 'discord-warehouse', 'dbt')"""

# what every run writes into, in one order or another
LOCKS = (
    "lock table landing.fetches in share mode",
    "lock table landing.messages in share mode",
    "lock table landing.checkpoints in share mode",
    "lock table landing.guild_syncs in share mode",
    # the page itself has been written by then, and waits for its checkpoint to move
    # (who waits for rows while holding others may wait for each other)
    "select from landing.checkpoints for update skip locked",
)


@dataclass(frozen=True)
class Snare:
    """A lock, held by one session and watched by another."""

    holder: psycopg.Connection[Any]
    watcher: psycopg.Connection[Any]

    def caught(self) -> Sequence[int]:
        """Return the sessions that wait for the lock, each with an open transaction."""
        holder = [self.holder.info.backend_pid]
        return [pid for (pid,) in self.watcher.execute(WAITING, holder).fetchall()]

    def wait(self, is_alive: Callable[[], bool]) -> Sequence[int]:
        """Wait until somebody is caught; nobody is once the victim is not alive."""
        deadline = time.monotonic() + PATIENCE
        while not (caught := self.caught()) and is_alive():
            assert time.monotonic() < deadline, "nobody came into the snare, or left"
            time.sleep(0.002)
        return caught

    def release(self) -> None:
        """Let everybody pass."""
        self.holder.rollback()


@contextmanager
def snare(database: Database, lock: str) -> Iterator[Snare]:
    """Hold a lock until released, or left."""
    # (not "with": where the server is struck, nothing can be ended in good order)
    arguments = connection_arguments(database)
    holder = psycopg.connect(**arguments)
    watcher = psycopg.connect(**arguments, autocommit=True)
    try:
        holder.execute(lock.encode())
        yield Snare(holder, watcher)
    finally:
        holder.close()
        watcher.close()


def strike(victim: Victim, database: Database) -> bool:
    """Kill a process, and return whether that cut off an open transaction."""
    victim.signal(signal.SIGSTOP)
    time.sleep(SETTLED)
    with connected(database) as connection:
        is_inside = bool(connection.execute(OPEN.encode()).fetchall())
    victim.signal(signal.SIGKILL)
    victim.join()
    return is_inside and victim.was_killed


def strike_caught(victim: Victim, trap: Snare, *, is_rolled_back: bool) -> bool:
    """Kill who waits for a lock; its open statement is rolled back, or goes through.

    Which of both happens is up to when a server notices that its client is gone.
    """
    caught = trap.wait(victim.is_alive)
    victim.signal(signal.SIGKILL)
    victim.join()
    is_inside = bool(caught) and set(caught) <= set(trap.caught())
    if is_rolled_back:
        for pid in caught:
            trap.watcher.execute("select pg_terminate_backend(%s)", [pid])
    trap.release()
    return is_inside and victim.was_killed


def await_nobody(database: Database) -> None:
    """Wait until all sessions of victims have ended."""
    deadline = time.monotonic() + PATIENCE
    with connected(database) as connection:
        while connection.execute(OF_VICTIMS.encode()).fetchall():
            assert time.monotonic() < deadline, "sessions of a dead process live on"
            time.sleep(0.002)
