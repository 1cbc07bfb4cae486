"""How values stand in the JSON document of a status, and who is asked for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
Rows = Callable[..., list[Json]]  # of a query, and its parameters by name


def as_id(value: int | None) -> str | None:
    """Return an id as a string, for those who read numbers as floats."""
    return None if value is None else str(value)


def as_instant(moment: datetime | None) -> str | None:
    """Return ISO 8601 in UTC to the second; a session has a time zone of its own."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
