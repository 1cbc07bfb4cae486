"""The floor of an extract: GET, and one INSERT of the same bytes in a transaction.

Run as a program: it reads the targets from its input, the rest from its environment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import psycopg
import requests

from extractor.config import connection_arguments


def ask_and_insert(base_url: str, token: str, targets: Iterable[str]) -> None:
    """Ask one thing after the other, and keep what comes."""
    place = connection_arguments(os.environ)
    with psycopg.connect(**place, autocommit=True) as connection:
        connection.execute("create table bare (body jsonb not null)")
        session = requests.Session()
        session.headers["Authorization"] = f"Bot {token}"
        for target in targets:
            answer = session.get(base_url + target, timeout=60)
            answer.raise_for_status()
            body = answer.content.decode()
            connection.execute("insert into bare (body) values (%s)", [body])


if __name__ == "__main__":
    ask_and_insert(
        os.environ["DISCORD_API_BASE_URL"],
        os.environ["DISCORD_TOKEN"],
        sys.stdin.read().splitlines(),
    )
