"""SIGKILL at random points: after the next run nothing is missing, nothing doubled."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

from tests.archive import (
    REPOSITORY,
    environment_of,
    ids,
    landed_messages,
    query,
    readable_messages,
    sync,
)
from tests.fake_discord import FakeDiscord, Limits, generate_world

END = datetime(2026, 11, 15, tzinfo=UTC)
KILLS = 15
Database = dict[str, str]


def killed_sync(
    fake: FakeDiscord, database: Database, *, after_requests: int, rng: random.Random
) -> bool:
    """Start a sync and kill it after some requests; False if it ended before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "extractor", "sync"],
        env=environment_of(fake, database),
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    fake.clear_requests()
    while process.poll() is None and len(fake.requests) < after_requests:
        time.sleep(0.001)
    time.sleep(rng.random() * 0.02)  # before, inside or after the landing statement
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def broken_checkpoints(database: Database) -> list[tuple[object, ...]]:
    """Return checkpoints that claim more, or less, than what landed."""
    return query(
        database,
        """
        select checkpoints.channel_id
        from landing.checkpoints
        left join (
            select
                channel_id,
                min((element ->> 'id')::bigint) as oldest,
                max((element ->> 'id')::bigint) as newest
            from landing.messages
            cross join lateral jsonb_array_elements(body) as element
            group by channel_id
        ) as landed on checkpoints.channel_id = landed.channel_id
        where
            checkpoints.oldest_message_id is distinct from landed.oldest
            or checkpoints.newest_message_id is distinct from landed.newest
        """,
    )


def doubled_messages(database: Database) -> list[tuple[object, ...]]:
    """Return messages that one interval holds on two pages."""
    return query(
        database,
        """
        select page.channel_id, element ->> 'id' as message_id
        from landing.messages as page
        cross join lateral jsonb_array_elements(page.body) as element
        -- an increment overlaps on purpose, five minutes below the newest
        where page.request ->> 'after' = '0'
        group by 1, 2
        having count(*) > 1
        """,
    )


def test_syncs_killed_at_random_points_lose_and_double_nothing(
    database: Database,
) -> None:
    """Page, fetch and checkpoint stand or fall together, wherever the kill strikes."""
    rng = random.Random(20261115)
    world = generate_world(11, 4_000, END)
    killed = 0
    with FakeDiscord(world, limits=Limits(enforced=False)) as fake:
        for _ in range(KILLS):
            killed += killed_sync(
                fake, database, after_requests=rng.randint(20, 60), rng=rng
            )
            landing = query(database, "select to_regclass('landing.checkpoints')")
            if landing[0][0] is not None:
                assert broken_checkpoints(database) == []
            _someone_writes(fake, rng)

        result = sync(fake, database)

        assert result.returncode == 0, result.stderr
        assert killed >= KILLS // 2  # or the test has tested nothing
        assert ids(landed_messages(database)) == ids(readable_messages(fake))
        assert broken_checkpoints(database) == []
        assert doubled_messages(database) == []


def _someone_writes(fake: FakeDiscord, rng: random.Random) -> None:
    messages = readable_messages(fake)
    channel_id = rng.choice(sorted(messages))
    writer = int(messages[channel_id][0]["author"]["id"])
    for number in range(rng.randint(1, 150)):
        fake.world.post_message(channel_id, author_id=writer, content=f"new {number}")
