"""What Postgres counts of a warehouse: bytes on disk, rows read without an index."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg

from scripts.bench.warehouse import Warehouse

Reads = Mapping[int, tuple[str, int]]

_SIZES = """
    select nspname, sum(pg_catalog.pg_total_relation_size(pg_class.oid))::bigint
    from pg_catalog.pg_class
    inner join pg_catalog.pg_namespace
        on pg_class.relnamespace = pg_namespace.oid
    where relkind in ('r', 'm')
    group by nspname"""

_OTHERS = """
    select from pg_catalog.pg_stat_activity
    where datname = current_database() and backend_type = 'client backend'
        and pid <> pg_backend_pid()"""

_TEMPORARY = """
    select temp_bytes from pg_catalog.pg_stat_database
    where datname = current_database()"""

# a row for every twentieth message, or the pages themselves, of which there are fewer
_READS = """
    select relid, schemaname || '.' || relname, seq_tup_read
    from pg_catalog.pg_stat_user_tables
    where schemaname <> 'bench'
        and (n_live_tup > %s or relid = 'landing.messages'::regclass)"""


def sizes(warehouse: Warehouse) -> dict[str, int]:
    """Return the bytes on disk by schema, indexes included."""
    with warehouse.connect() as connection:
        return dict(connection.execute(_SIZES).fetchall())


def temporary_bytes(warehouse: Warehouse) -> int:
    """Return how many bytes of temporary files were ever written."""
    with _when_all_is_counted(warehouse) as connection:
        return sum(written for (written,) in connection.execute(_TEMPORARY))


def reads(warehouse: Warehouse) -> Reads:
    """Return how many rows of each large table were ever read without an index.

    By the table's oid: its name and the number.
    """
    with _when_all_is_counted(warehouse) as connection:
        counted = connection.execute(_READS, [warehouse.messages / 20])
        return {oid: (name, rows) for oid, name, rows in counted}


def grown(before: Reads, after: Reads) -> dict[str, int]:
    """Return how many rows of which tables were read in between.

    A table that was made anew in between has a new oid, and began at nothing.
    """
    return {
        name: more
        for oid, (name, rows) in after.items()
        if (more := rows - before.get(oid, (name, 0))[1])
    }


@contextmanager
def _when_all_is_counted(
    warehouse: Warehouse,
) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Connect when all others are gone: a session's counts are sure to be in then."""
    with warehouse.connect() as connection:
        while connection.execute(_OTHERS).fetchone() is not None:
            time.sleep(0.01)
        yield connection
