"""Who talks with whom, about what, and how it is received, over any order of pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from extractor.embedded import Embedded
from tests.dbt_warehouse import (
    CHANNEL,
    Json,
    Row,
    Warehouse,
    built_warehouse,
    message,
    snowflake,
    user,
)

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)  # a Monday
LATER = BEGIN + timedelta(days=7)
TABLES = (
    "messages",
    "message_references",
    "reactions",
    "reaction_users",
    "daily_user_channel_activity",
    "weekly_channel_activity",
    "weekly_interactions",
)


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


def build(warehouse: Warehouse) -> None:
    """Build the tables of talk, and all that they are made from."""
    warehouse.must_build("--select", *TABLES)


def reply(posted: datetime, to: datetime, *, author: int, **fields: Json) -> Json:
    """Return a reply to what was posted at another instant."""
    return message(
        posted,
        author=user(author),
        type=19,
        message_reference={"type": 0, "message_id": str(snowflake(to))},
        **fields,
    )


def land_reactors(warehouse: Warehouse, posted: datetime, *users: int) -> None:
    """Append the whole list of who reacted to a message with an x."""
    path = f"/channels/{CHANNEL}/messages/{snowflake(posted)}/reactions/x"
    warehouse.landing.page(
        "reaction_users",
        [user(user_id) for user_id in users],
        channel_id=CHANNEL,
        request={"path": path, "type": 0, "limit": 100},
    )


# --- who turns to whom ----------------------------------------------------------------


def ties(warehouse: Warehouse) -> list[Row]:
    """Return all pairs of people with their counts."""
    return warehouse.query(
        """select extract(day from week_start)::int, from_user_id, to_user_id,
            reply_count, mention_count, reaction_count
        from marts.weekly_interactions order by 1, 2, 3"""
    )


def test_a_reply_counts_as_one_when_what_it_answers_is_archived(
    warehouse: Warehouse,
) -> None:
    """Until then it mentions somebody; it counts in its own week, not in the other."""
    warehouse.landing.messages(reply(LATER, BEGIN, author=2, mentions=[user(1)]))
    build(warehouse)
    before = ties(warehouse)
    warehouse.landing.messages(message(BEGIN))
    build(warehouse)

    assert before == [(13, 2, 1, 0, 1, 0)]
    assert ties(warehouse) == [(13, 2, 1, 1, 0, 0)]
    warehouse.assert_rebuilt_the_same(*TABLES)


def test_who_is_answered_may_turn_out_to_be_a_bot(warehouse: Warehouse) -> None:
    """Then nobody was answered, whichever week it was in."""
    warehouse.landing.messages(message(BEGIN), reply(LATER, BEGIN, author=2))
    build(warehouse)
    before = ties(warehouse)
    warehouse.landing.messages(message(BEGIN, author=user(1, bot=True)))
    build(warehouse)

    assert before == [(13, 2, 1, 1, 0, 0)]
    assert ties(warehouse) == []
    warehouse.assert_rebuilt_the_same(*TABLES)


def test_reactors_are_listed_without_a_page_of_messages(warehouse: Warehouse) -> None:
    """Who reacts, and who takes it back, changes the week of an old message."""
    warehouse.landing.messages(message(BEGIN), message(LATER, author=user(2)))
    build(warehouse)
    land_reactors(warehouse, BEGIN, 2, 3)
    build(warehouse)
    some = ties(warehouse)
    land_reactors(warehouse, BEGIN, 3)
    build(warehouse)
    fewer = ties(warehouse)
    land_reactors(warehouse, BEGIN)
    build(warehouse)

    assert some == [(6, 2, 1, 0, 0, 1), (6, 3, 1, 0, 0, 1)]
    assert fewer == [(6, 3, 1, 0, 0, 1)]
    assert ties(warehouse) == []
    warehouse.assert_rebuilt_the_same(*TABLES)
