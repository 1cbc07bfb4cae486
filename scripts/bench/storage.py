"""What a message takes on disk, against the JSON it was received as."""

from __future__ import annotations

import orjson

from scripts.bench.bench import Bench
from scripts.bench.counters import sizes
from scripts.bench.table import Row
from scripts.bench.warehouse import Warehouse

GOAL_LANDING = 0.35
GOAL_ALL = 1.1
LAYERS = ("landing", "discord", "marts", "audit")

# a sample, the same in every run
_PAGES = """
    select body::text, item_count
    from landing.messages
    order by md5(page_id::text)
    limit 500"""
_SEARCH = "select pg_total_relation_size('marts.message_words')"


def rows(bench: Bench) -> list[Row]:
    """Weigh each layer of the large warehouse, by the message."""
    warehouse = bench.built()
    taken = sizes(warehouse)
    search = _search(warehouse)
    taken["marts"] -= search
    layers = sum(taken[layer] for layer in LAYERS)
    received = json_bytes(warehouse)
    landed, built, found = (
        one / warehouse.messages for one in (taken["landing"], layers, search)
    )
    shares = ", ".join(
        f"{layer} {_bytes(taken[layer] / warehouse.messages)}" for layer in LAYERS[1:]
    )
    floor = f"{_bytes(received)}: its JSON"
    return [
        Row(
            "Disk of a message in landing",
            _bytes(landed),
            floor,
            landed / received,
            GOAL_LANDING,
        ),
        Row(
            "… with typed tables and marts, indexes included",
            f"{_bytes(built)} ({shares})",
            floor,
            built / received,
            GOAL_ALL,
        ),
        Row("… of what word searches need, beside", _bytes(found), floor),
    ]


def json_bytes(warehouse: Warehouse) -> float:
    """Return how long a message was on the wire, where JSON has no spaces."""
    with warehouse.connect() as connection:
        pages = connection.execute(_PAGES).fetchall()
    lengths = [len(orjson.dumps(orjson.loads(body))) for body, _ in pages]
    return sum(lengths) / sum(int(count) for _, count in pages)


def _search(warehouse: Warehouse) -> int:
    with warehouse.connect() as connection:
        return sum(taken for (taken,) in connection.execute(_SEARCH))


def _bytes(value: float) -> str:
    return f"{value:,.0f} B"
