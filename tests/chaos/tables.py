"""The typed tables held against the truth, each of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.archive import connected
from tests.chaos.checks import CHECKS, Check
from tests.chaos.landing import Differences
from tests.chaos.session import Session
from tests.chaos.truth import Row, visible

# what never leaves a table: its key
KEYS = {
    "messages": "channel_id, message_id",
    "channels": "channel_id",
    "roles": "role_id",
    "members": "guild_id, user_id",
    "emojis": "emoji_id",
    "stickers": "sticker_id",
    "bans": "guild_id, user_id",
    "invites": "code",
    "webhooks": "webhook_id",
    "pins": "channel_id, message_id",
    "scheduled_events": "event_id",
    "audit_log_entries": "audit_log_entry_id",
}


@dataclass
class Witness:
    """Compares the tables with a session, and remembers what they have ever held."""

    known: defaultdict[str, set[Row]] = field(default_factory=lambda: defaultdict(set))

    def differences(self, database: Mapping[str, str], session: Session) -> Differences:
        """Compare right after everything was read and built."""
        found = Differences()
        parameters = {
            "readable": list(session.readable()),
            "visible": list(visible(session)),
        }
        with connected(database) as connection:
            for check in CHECKS:
                _compare(check, session, connection, parameters, found)
            for table, key in KEYS.items():
                self._compare_keys(table, key, session, connection, found)
        return found

    def _compare_keys(
        self,
        table: str,
        key: str,
        session: Session,
        connection: psycopg.Connection[Any],
        found: Differences,
    ) -> None:
        """See that no row has vanished, and that none is of what never was."""
        query = f"select {key} from discord.{table}"
        rows = set(connection.execute(query.encode()).fetchall())
        found.lost += _told(table, self.known[table] - rows)
        found.doubled += _told(table, rows - session.ever[table])
        self.known[table] = rows


def _compare(
    check: Check,
    session: Session,
    connection: psycopg.Connection[Any],
    parameters: Mapping[str, Any],
    found: Differences,
) -> None:
    fetched = connection.execute(check.query.encode(), parameters).fetchall()
    rows = Counter(tuple(map(_comparable, row)) for row in fetched)
    expected = check.must_hold(session)
    found.lost += _told(check.table, expected - rows.keys())
    found.doubled += _told(
        check.table, rows.keys() - expected - check.may_hold(session)
    )
    found.doubled += _told(check.table, {row for row in rows if rows[row] > 1})


def _comparable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _told(table: str, rows: set[Row]) -> list[Row]:
    return [(table, *row) for row in rows]
