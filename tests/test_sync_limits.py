"""The limit is Discord's: how close a backfill comes to it, without one refusal.

The long ones, on bounds of a minute, run with `make chaos`; their ratio is the promise.
The short ones have the same shape, with room for the start and for a busy machine.
"""

from __future__ import annotations

import pytest

from tests.archive import (
    environment_of,
    ids,
    landed_messages,
    process,
    readable_messages,
    sync,
)
from tests.backfills import OF_A_MINUTE, backfill, guild_of
from tests.fake_discord import FakeDiscord
from tests.fake_discord.limits import Limits, Rate, Rates

Database = dict[str, str]


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param([11], id="1 channel"),
        pytest.param([11] * 10, id="10 channels"),
        # the longest comes last in every list, and must not come last in time
        pytest.param([2] * 40 + [11], id="41 channels"),
    ],
)
def test_a_backfill_comes_close_to_what_limits_allow(
    database: Database, pages: list[int]
) -> None:
    """No request is refused, and no second is wasted waiting for nothing."""
    took = backfill(guild_of(pages), database)

    assert took.refused == 0
    assert took.ratio < 1.3


@pytest.mark.long
@pytest.mark.timeout(300)
# a way of 100 ms is waited once in every window of five seconds
@pytest.mark.parametrize(("latency", "most"), [(0.0, 1.05), (0.1, 1.1)])
@pytest.mark.parametrize("pages", OF_A_MINUTE.values(), ids=OF_A_MINUTE.keys())
def test_a_backfill_of_a_minute_is_within_five_percent_of_the_limit(
    database: Database, pages: list[int], latency: float, most: float
) -> None:
    """Time from first to last request <= 1.05 x max(slowest channel, total / 50 s)."""
    took = backfill(guild_of(pages), database, latency=latency)

    assert took.refused == 0
    assert took.ratio <= most


@pytest.mark.parametrize(
    "rates",
    [
        pytest.param(Rates(sliding=True), id="sliding windows"),
        pytest.param(Rates(messages=Rate(3, 1.0), others=Rate(5, 1.0)), id="stricter"),
        pytest.param(Rates(overall=Rate(20, 1.0)), id="a lower global limit"),
    ],
)
def test_other_limits_than_todays_are_obeyed_as_headers_tell(
    database: Database, rates: Rates
) -> None:
    """Only a global limit below 50 has to be found out by being refused."""
    home = guild_of([7] * 4)
    with FakeDiscord(home.world, limits=Limits(rates)) as fake:
        result = process(environment_of(fake, database), "sync")

        assert result.returncode == 0, result.stderr
        assert ids(landed_messages(database)) == ids(readable_messages(fake))
        if rates.overall.limit == 50:
            assert fake.avoidable_429s == 0


def test_a_limit_that_headers_hide_is_learned_from_the_first_refusals(
    database: Database,
) -> None:
    """Remaining 999, then a 429: asked again, nothing lost, and no longer so fast."""
    home = guild_of([25, 12])
    with FakeDiscord(home.world, limits=Limits(Rates(hidden=Rate(5, 0.5)))) as fake:
        result = process(environment_of(fake, database), "sync")

        assert result.returncode == 0, result.stderr
        assert ids(landed_messages(database)) == ids(readable_messages(fake))
        refused = [one for one in fake.requests if one.status == 429]
        assert 1 <= len(refused) <= 4


def test_others_who_use_up_a_channel_hold_up_that_channel_only(
    database: Database,
) -> None:
    """A shared 429 is no refusal of ours: the others go on meanwhile."""
    home = guild_of([3, 3])
    busy, free = (one for one in home.world.channels if one in home.world.logs)
    with FakeDiscord(home.world) as fake:
        fake.occupy(busy, 2.0)
        result = sync(fake, database)

        assert result.returncode == 0, result.stderr
        assert ids(landed_messages(database)) == ids(readable_messages(fake))
        ended = {
            channel: max(one.at for one in fake.requests if one.path.startswith(path))
            for channel in (busy, free)
            for path in (f"/channels/{channel}/messages",)
        }
        assert ended[free] < ended[busy]
