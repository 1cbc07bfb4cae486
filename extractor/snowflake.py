"""Discord's ids: 64 bits whose upper 42 count milliseconds since 2015.

Source: https://discord.com/developers/docs/reference#snowflakes
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
LARGEST = (1 << 63) - 1  # what a bigint holds, and Discord reaches in 2084
_MILLISECOND = timedelta(milliseconds=1)


def time_of(snowflake: int) -> datetime:
    """Return when an id was made, in UTC, to the millisecond."""
    return DISCORD_EPOCH + (snowflake >> 22) * _MILLISECOND


def first_at(moment: datetime) -> int:
    """Return the least id that anything made at or after ``moment`` can have.

    A moment before 2015 gives 0.
    """
    return max(0, (moment - DISCORD_EPOCH) // _MILLISECOND) << 22
