"""Backfills under Discord's limits: for the tests, and for the bench."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.archive import (
    environment_of,
    ids,
    landed_messages,
    process,
    readable_messages,
)
from tests.community import Community
from tests.fake_discord import FakeDiscord
from tests.fake_discord.limits import Limits

PAGE = 100

# the pages of each channel, so that the limits allow no less than a minute
OF_A_MINUTE: Mapping[str, Sequence[int]] = {
    "1 channel": [65],
    "20 channels": [65] * 20,
    "300 channels": [10] * 299 + [62],
}


@dataclass(frozen=True)
class Backfill:
    """From its first request to the last, the least that would have been, and 429s."""

    seconds: float
    bound: float
    refused: int

    @property
    def ratio(self) -> float:
        """How often the bound goes into the time."""
        return self.seconds / self.bound


def guild_of(pages: Sequence[int]) -> Community:
    """Make a guild of channels with so many pages each."""
    home = Community()
    for number, count in enumerate(pages):
        home.channel(f"channel {number}", PAGE * count)
    return home


def backfill(
    home: Community,
    database: Mapping[str, str],
    *,
    latency: float = 0.0,
    limits: Limits | None = None,
) -> Backfill:
    """Archive a guild under Discord's limits."""
    with FakeDiscord(home.world, limits=limits or True, latency=latency) as fake:
        result = process(environment_of(fake, database), "sync")

        assert result.returncode == 0, result.stderr
        assert ids(landed_messages(database)) == ids(readable_messages(fake))
        sent = [one.at for one in fake.requests]
        return Backfill(
            max(sent) - min(sent), fake.bound_seconds(), fake.avoidable_429s
        )
