"""Discord's ids and instants, written the way its API writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
WORKER = 1
PROCESS = 3


def snowflake(at: datetime, increment: int = 0) -> int:
    """Return an id of the instant: milliseconds, worker, process, increment."""
    milliseconds = (at - EPOCH) // MILLISECOND
    return milliseconds << 22 | WORKER << 17 | PROCESS << 12 | increment & 0xFFF


def moment(identifier: int) -> datetime:
    """Return the instant an id was made, to the millisecond."""
    return EPOCH + (identifier >> 22) * MILLISECOND


def iso(at: datetime) -> str:
    """Write an instant; like Discord's, its fraction is missing when zero."""
    return at.astimezone(UTC).isoformat()
