"""What every subject measures on: one throw-away server and the warehouses on it."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from extractor.config import connection_arguments
from extractor.embedded import Embedded
from scripts.bench.table import seconds
from scripts.bench.warehouse import Warehouse

DAYS = 730  # the age of a community that has posted --messages


@dataclass
class Bench:
    """One run: its size, its server, and where it says how far it is."""

    server: Embedded
    folder: Path
    messages: int
    repeat: int | None = None
    tell: Callable[[str], object] = print
    _warehouses: dict[float, Warehouse] = field(default_factory=dict)
    _built: set[float] = field(default_factory=set)
    _days: Counter[int] = field(default_factory=Counter)

    def warehouse(self, share: float = 1) -> Warehouse:
        """Return the warehouse with that share of the messages, made when first asked.

        It is of the same community, that much younger or older: its weeks are as busy.
        """
        if share not in self._warehouses:
            messages, days = round(self.messages * share), round(DAYS * share)
            self.tell(f"{messages:,} messages of {days} days")
            self._warehouses[share] = Warehouse.create(
                self.server, self.folder, messages=messages, days=days
            )
            self._warehouses[share].parse()
        return self._warehouses[share]

    def built(self, share: float = 1) -> Warehouse:
        """Return such a warehouse with all that dbt builds, as settled as can be."""
        warehouse = self.warehouse(share)
        if share not in self._built:
            self.note("build of everything", warehouse.build())
            self._built.add(share)
        warehouse.settle()
        return warehouse

    def land_news(self, warehouse: Warehouse) -> None:
        """Land what the next day brings to one of them."""
        self._days[warehouse.messages] += 1
        warehouse.land_news(self._days[warehouse.messages])

    def database(self, name: str) -> dict[str, str]:
        """Return how to reach an empty database, made anew."""
        drop = sql.SQL("drop database if exists {} with (force)")
        place = connection_arguments(self.server.environment("postgres"))
        with psycopg.connect(**place, autocommit=True) as connection:
            connection.execute(drop.format(sql.Identifier(name)))
        self.server.create_database(name)
        return self.server.environment(name)

    def times(self, usual: int) -> int:
        """Return how often to measure what is usually measured that often."""
        return self.repeat or usual

    def note(self, what: str, lasted: float) -> float:
        """Tell how long something lasted, and return it."""
        self.tell(f"  {what}: {seconds(lasted)}")
        return lasted


@contextmanager
def throwaway_server() -> Iterator[tuple[Embedded, Path]]:
    """Give a running server and its temporary folder; both are gone in the end."""
    with tempfile.TemporaryDirectory(prefix="dw-bench-") as name:
        folder = Path(name)
        server = Embedded(folder / "pg")
        try:
            server.start()
            yield server, folder
        finally:
            server.stop()
