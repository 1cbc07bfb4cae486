"""Ids and the moments they were made at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from extractor.snowflake import first_at, time_of

moments = st.datetimes(
    datetime(2015, 1, 1), datetime(2080, 1, 1), timezones=st.just(UTC)
)


def test_the_documented_example_gives_its_documented_time() -> None:
    """Discord's reference dates 175928847299117063 to 2016-04-30 11:18:25.796."""
    expected = datetime(2016, 4, 30, 11, 18, 25, 796000, tzinfo=UTC)

    assert time_of(175928847299117063) == expected


@given(moments)
def test_the_first_id_of_a_moment_is_made_in_its_millisecond(moment: datetime) -> None:
    """Nothing made at or after the moment has a smaller id than first_at's."""
    made_at = time_of(first_at(moment))

    assert made_at <= moment < made_at + timedelta(milliseconds=1)


@given(moments)
def test_the_id_before_the_first_is_older(moment: datetime) -> None:
    """An exclusive bound of first_at - 1 leaves out all that came earlier."""
    first = first_at(moment)

    assert first == 0 or time_of(first - 1) < time_of(first)


def test_a_moment_before_discord_gives_zero() -> None:
    """--since 2010-01-01 simply means everything."""
    assert first_at(datetime(2010, 1, 1, tzinfo=UTC)) == 0
