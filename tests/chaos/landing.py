"""Landing held against the truth: nothing missing, nothing twice, no idle claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.archive import connected
from tests.chaos.session import Session

Database = Mapping[str, str]
Rows = list[Sequence[Any]]

QUERY = """
    with

    landed as materialized (
        select page.run_id, page.channel_id, (element ->> 'id')::bigint as message_id
        from landing.messages as page
        cross join lateral jsonb_array_elements(page.body) as element
    ),

    truth as (
        select * from unnest(%(channels)s::bigint[], %(messages)s::bigint[])
            as truth (channel_id, message_id)
    ),

    ever as (
        select * from unnest(%(ever_channels)s::bigint[], %(ever_messages)s::bigint[])
            as ever (channel_id, message_id)
    ),

    missing as (
        select channel_id, message_id from truth
        except
        select channel_id, message_id from landed
    ),

    -- an archived interval has no hole, wherever its run was cut off: no run asks again
    holes as (
        select 'below its checkpoint', channel_id, message_id
        from missing
        inner join landing.checkpoints as known using (channel_id)
        where
            known.is_start_reached
            and message_id
                <= greatest(known.newest_message_id, known.last_message_id_seen)
    ),

    unasked as (
        select 'a page without its fetch', page.channel_id, page.page_id
        from landing.messages as page
        left join landing.fetches on page.page_id = fetches.fetch_id
        where fetches.fetch_id is null
    ),

    made_up as (
        select channel_id, message_id from landed
        except
        select channel_id, message_id from ever
    ),

    twice as (
        select 'twice in run ' || run_id, channel_id, message_id
        from landed
        group by run_id, channel_id, message_id
        having count(*) > 1
    ),

    intervals as (
        select
            channel_id,
            min(message_id) as oldest,
            max(message_id) as newest,
            count(distinct message_id) as message_count
        from landed
        group by channel_id
    ),

    -- pages and checkpoints move together, so both tell the same
    claims as (
        select
            'told by its checkpoint: ' || coalesce(known.message_count, 0),
            channel_id,
            intervals.message_count
        from intervals
        full join landing.checkpoints as known using (channel_id)
        where
            coalesce(known.message_count, 0) <> coalesce(intervals.message_count, 0)
            or known.oldest_message_id is distinct from intervals.oldest
            or known.newest_message_id is distinct from intervals.newest
    )

    select true as is_lost, 'not landed', * from missing where %(is_complete)s
    union all
    select true, * from holes
    union all
    select false, * from unasked
    union all
    select false, 'was never posted', * from made_up
    union all
    select false, * from twice
    union all
    select false, * from claims"""
FORMS = """
    select distinct on (page.channel_id, (element ->> 'id')::bigint)
        page.channel_id, (element ->> 'id')::bigint, element
    from landing.messages as page
    cross join lateral jsonb_array_elements(page.body) as element
    order by page.channel_id, (element ->> 'id')::bigint, page.page_id desc"""


@dataclass
class Differences:
    """What is missing from an archive, and what is in it too often or wrongly."""

    lost: Rows = field(default_factory=list)
    doubled: Rows = field(default_factory=list)


def differences(
    database: Database, session: Session, *, is_complete: bool
) -> Differences:
    """Compare the landed messages with all that may be read and ever was there.

    Where a run was cut off (not `is_complete`), all below the checkpoints must be
    there all the same.
    """
    truth = [
        (channel_id, message_id)
        for channel_id, ids in session.readable().items()
        for message_id in ids
    ]
    ever = session.ever["messages"]
    parameters = {
        "channels": [one for one, _ in truth],
        "messages": [one for _, one in truth],
        "ever_channels": [one for one, _ in ever],
        "ever_messages": [one for _, one in ever],
        "is_complete": is_complete,
    }
    with connected(database) as connection:
        if not _has_landing(connection):
            return Differences()
        rows = connection.execute(QUERY.encode(), parameters).fetchall()
    return Differences(
        lost=[row for is_lost, *row in rows if is_lost],
        doubled=[row for is_lost, *row in rows if not is_lost],
    )


def outdated(database: Database, session: Session) -> Rows:
    """Return the readable messages whose latest landed form is not what they are."""
    with connected(database) as connection:
        rows = connection.execute(FORMS).fetchall()
    forms = {(channel_id, message_id): form for channel_id, message_id, form in rows}
    return [
        ("not as it is", channel_id, message_id)
        for channel_id, ids in session.readable().items()
        for message_id in ids
        if forms.get((channel_id, message_id))
        != session.world.message(channel_id, message_id)
    ]


def _has_landing(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("select to_regclass('landing.checkpoints')").fetchone()
    return row is not None and row[0] is not None
