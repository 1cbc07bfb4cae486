"""`discord-warehouse forget`: nothing is left of a person, and nothing comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from extractor.database import only_import, only_sync
from extractor.embedded import Embedded
from tests.archive import (
    REPOSITORY,
    command,
    connected,
    environment_of,
    query,
    sync,
)
from tests.dbt_warehouse import CACHE, Warehouse, built_warehouse, failure
from tests.fake_discord import FakeDiscord
from tests.forgetting import EXPORTED, NAMES, WORD, Cast, forget, traces

Database = dict[str, str]

# what is counted, of everybody
COUNTS = (
    """
    select guild_id, week_start, message_count, bot_message_count, unique_posters,
        active_channels, new_users, reaction_count, deleted_message_count
    from marts.weekly_guild_activity order by 1, 2
    """,
    """
    select channel_id, week_start, message_count, unique_posters, reaction_count
    from marts.weekly_channel_activity order by 1, 2
    """,
    """
    select channel_id, message_id, emoji_key, count from discord.reactions
    order by 1, 2, 3
    """,
    """
    select channel_id, message_id, type, created_at, is_human, is_pinned, is_deleted
    from discord.messages order by 1, 2
    """,
)


@pytest.fixture
def cast() -> Cast:
    """Make the guild."""
    return Cast()


@pytest.fixture
def fake(cast: Cast) -> Iterator[FakeDiscord]:
    """Serve it."""
    with FakeDiscord(cast.world) as running:
        yield running


def archived(
    fake: FakeDiscord, cast: Cast, database: Database, folder: Path
) -> list[str]:
    """Sync all there is and import the exports; return their paths."""
    done = sync(fake, database, "--only", "all")
    assert done.returncode == 0, done.stderr
    paths = cast.write_exports(folder / "exports")
    done = imported(fake, database, *paths)
    assert done.returncode == 0, done.stderr
    return paths


def imported(
    fake: FakeDiscord, database: Database, *paths: str
) -> subprocess.CompletedProcess[str]:
    return command(environment_of(fake, database), "import-dce", *paths)


def people(cast: Cast) -> list[str]:
    """Return the options that name who is to be forgotten."""
    return [part for one in cast.ids for part in ("--user-id", one)]


def contents(database: Database) -> list[tuple[str, str]]:
    """Return a hash of each table of landing."""
    with connected(database) as connection:
        tables = connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables"
            " where schemaname = 'landing' order by 1"
        ).fetchall()
        hashes = []
        for (table,) in tables:
            rows = (
                f"select md5(string_agg(t::text, ',' order by t::text)) from {table} t"
            )
            row = connection.execute(rows.encode()).fetchone()
            hashes.append((table, str(row and row[0])))
    return hashes


# --- the whole way --------------------------------------------------------------------


def test_nothing_is_left_of_people_and_nothing_comes_back(
    fake: FakeDiscord, cast: Cast, postgres: Embedded, tmp_path: Path
) -> None:
    """No id, name or text in any column of any table, whatever comes later.

    Counts stay, and so does what others wrote. A rebuild that fails is gone on with.
    """
    with built_warehouse(postgres, tmp_path) as warehouse:
        database = dict(warehouse.environment)
        archived(fake, cast, database, tmp_path)
        warehouse.must_build()
        found = traces(database, *cast.ids, *NAMES, WORD)
        assert {"landing.messages.body", "landing.messages.raw"} <= set(found)
        assert "discord.messages.content" in found
        counts = [warehouse.query(one) for one in COUNTS]
        others = words_of_others(warehouse, cast)

        fails_to_rebuild(warehouse, cast, tmp_path)
        finishes(warehouse, tmp_path)

        assert traces(database, *cast.ids, *NAMES, WORD) == []
        assert [warehouse.query(one) for one in COUNTS] == counts
        assert words_of_others(warehouse, cast) == others

        come_again(fake, cast, database, tmp_path / "exports")
        outcome = warehouse.invoke("build", "--exclude-resource-type", "unit_test")
        assert outcome.success, failure(outcome)
        assert traces(database, *cast.ids, *NAMES, WORD, "okapi.new") == []
        after = words_of_others(warehouse, cast)
        assert [one for one in others if one not in after] == []


def words_of_others(warehouse: Warehouse, cast: Cast) -> list[tuple[object, ...]]:
    """Return what others wrote, but for where they mention who is forgotten."""
    return warehouse.query(
        f"""
        select channel_id, message_id, author_id, content, embeds, poll
        from discord.messages
        where
            author_id in ({cast.home.owner}, {cast.other}, 11)
            and coalesce(content, '') !~ '<@|@Nick|@Deleted'
        order by 1, 2
        """
    )


def fails_to_rebuild(warehouse: Warehouse, cast: Cast, folder: Path) -> None:
    """Landing tells no more, the tables still do: no build may add to them."""
    database = dict(warehouse.environment)

    done = forget(database, folder, *people(cast), DBT_LOG_LEVEL="no such level")

    assert done.returncode == 1
    assert "run discord-warehouse forget" in done.stderr
    left = traces(database, *cast.ids, *NAMES, WORD)
    assert left
    assert not [one for one in left if one.startswith("landing.")]
    outcome = warehouse.build("--select", "messages")
    assert not outcome.success
    assert "run discord-warehouse forget" in failure(outcome)


def finishes(warehouse: Warehouse, folder: Path) -> None:
    """Go on without the ids, which are kept nowhere."""
    cache = folder / CACHE
    cache.parent.mkdir(exist_ok=True)
    cache.write_bytes(warehouse.parsed()[1])

    done = forget(dict(warehouse.environment), folder)

    assert done.returncode == 0, done.stderr


def come_again(fake: FakeDiscord, cast: Cast, database: Database, folder: Path) -> None:
    """Let the person post, edit and take a new name, and all be read once more."""
    world = cast.world
    world.update_user(cast.who, username="okapi.new")
    anew = world.post_message(cast.general, author_id=cast.who, content=f"{WORD} anew")
    world.edit_message(cast.general, cast.posts[0], content=f"{WORD} edited")
    snapshot = {"type": 0, "content": f"{WORD} anew", "embeds": []}
    world.post_message(
        cast.general,
        author_id=cast.home.owner,
        message_reference=world.reference(cast.general, anew) | {"type": 1},
        message_snapshots=[{"message": snapshot}],
    )
    done = sync(fake, database, "--only", "all", "--revisit-days", "all")
    assert done.returncode == 0, done.stderr
    for path in folder.iterdir():  # another file of the same messages
        path.write_text(path.read_text("utf-8") + " ", "utf-8")
    done = imported(fake, database, str(folder))
    assert done.returncode == 0, done.stderr
    assert query(database, "select count(*) from landing.dce_files") == [(6,)]


# --- landing --------------------------------------------------------------------------


def test_a_run_that_is_killed_is_gone_on_with(
    fake: FakeDiscord, cast: Cast, database: Database, tmp_path: Path
) -> None:
    """In the midst of rewriting; who forwards a message is still found."""
    archived(fake, cast, database, tmp_path)
    with connected(database) as holder, holder.transaction():
        holder.execute("select from landing.messages for update")
        process = subprocess.Popen(
            [sys.executable, "-m", "extractor", "forget", *people(cast)],
            cwd=REPOSITORY,
            env={**environment_of(fake, database), "HOME": str(tmp_path)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until_blocked(database)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert traces(database, WORD)
    assert "again with the same" in forget(database, tmp_path).stderr

    done = forget(database, tmp_path, *people(cast))

    assert done.returncode == 0, done.stderr
    assert traces(database, *cast.ids, *NAMES, WORD) == []
    assert forget(database, tmp_path).returncode == 2


def wait_until_blocked(database: Database) -> None:
    waiting = """
        select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'
    """
    deadline = time.monotonic() + 60
    while query(database, waiting) == [(0,)]:
        assert time.monotonic() < deadline, "it waits for nothing"
        time.sleep(0.05)


def test_a_channel_is_forgotten_with_its_threads(
    fake: FakeDiscord, cast: Cast, database: Database, tmp_path: Path
) -> None:
    """It is neither read nor imported again; other channels stay."""
    world, home = cast.world, cast.home
    room = home.channel("the-cellar", 2)
    thread = home.thread(room, "under-the-cellar")
    inside = world.post_message(room, author_id=home.owner, content="deep down")
    world.post_message(
        cast.general,
        author_id=home.owner,
        message_reference=world.reference(room, inside) | {"type": 1},
        message_snapshots=[{"message": {"type": 0, "content": "deep down"}}],
    )
    paths = archived(fake, cast, database, tmp_path)
    others = "select count(*) from landing.messages where channel_id = " + str(
        cast.general
    )
    before = query(database, others)

    options = [f"--channel-id={one}" for one in (room, EXPORTED)]
    done = forget(database, tmp_path, *options)

    assert done.returncode == 0, done.stderr
    assert traces(database, "the-cellar", "under-the-cellar", "deep down") == []
    assert query(database, others) == before
    fake.clear_requests()
    home.write(room)
    home.write(thread)
    done = sync(fake, database, "--only", "all", "--revisit-days", "all")
    assert done.returncode == 0, done.stderr
    assert "forgotten" in done.stdout
    asked = [one.path for one in fake.requests if str(room) in one.path]
    asked += [one.path for one in fake.requests if str(thread) in one.path]
    assert asked == []
    assert traces(database, "the-cellar", "deep down") == []
    named = sync(fake, database, "--channel-id", str(room))
    assert named.returncode == 1
    assert "forgotten" in named.stderr
    refused = imported(fake, database, *paths[:1])
    assert refused.returncode != 0
    assert "forgotten" in refused.stderr


def test_a_message_is_forgotten_and_its_author_stays(
    fake: FakeDiscord, cast: Cast, database: Database, tmp_path: Path
) -> None:
    """Where it is pinned, quoted, forwarded, too."""
    archived(fake, cast, database, tmp_path)
    first, *_ = cast.posts

    done = forget(database, tmp_path, "--message-id", str(first))

    assert done.returncode == 0, done.stderr
    assert traces(database, f"{WORD} one") == []
    assert "landing.messages.body" in traces(database, f"{WORD} to you")
    assert "landing.members.body" in traces(database, NAMES[0])
    sync(fake, database, "--only", "all", "--revisit-days", "all")
    assert traces(database, f"{WORD} one") == []


def test_lists_are_known_again_after_somebody_in_them_was_forgotten(
    fake: FakeDiscord, cast: Cast, database: Database, tmp_path: Path
) -> None:
    """What Discord sends is what it sent: it is seen again, and not stored again."""
    archived(fake, cast, database, tmp_path)
    forget(database, tmp_path, *people(cast))
    pages = """
        select 'members', count(*) from landing.members
        union all select 'reaction_users', count(*) from landing.reaction_users
        union all select 'bans', count(*) from landing.bans
    """
    before = query(database, pages)

    sync(fake, database, "--only", "all", "--revisit-days", "all")

    assert query(database, pages) == before
    marked = "select count(*) > 0 from landing.members where erased_at is not null"
    assert query(database, marked) == [(True,)]


# --- what is said ---------------------------------------------------------------------


def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    fake: FakeDiscord, cast: Cast, database: Database, tmp_path: Path
) -> None:
    """Pages by table, messages, and the reports that tell of it."""
    archived(fake, cast, database, tmp_path)
    reports, digest = tmp_path / "reports", tmp_path / ".digest"
    reports.mkdir()
    (reports / "a.md").write_text(f"most of it by {NAMES[1]}.")
    (reports / "b.html").write_text(f"channels/1/2/{cast.posts[0]}")
    (reports / "c.md").write_text("of nobody: Mira Okapia")
    digest.mkdir()
    (digest / "x.json").write_text("{}")
    before = contents(database)

    done = forget(database, tmp_path, *people(cast), "--dry-run")

    assert done.returncode == 0, done.stderr
    assert contents(database) == before
    assert (digest / "x.json").exists()
    told = [line for line in done.stdout.splitlines() if "left to you" in line]
    assert [line.rpartition(" ")[2] for line in told] == [
        "reports/a.md",
        "reports/b.html",
    ]
    assert f"messages by those people: {len(cast.posts) + 6}" in done.stdout
    assert "messages 2" in done.stdout

    done = forget(database, tmp_path, *people(cast))

    assert done.returncode == 0, done.stderr
    assert not (digest / "x.json").exists()
    assert (reports / "a.md").exists()


def test_it_waits_for_nobody(
    fake: FakeDiscord, cast: Cast, database: Database, tmp_path: Path
) -> None:
    """While a sync or an import is running, it refuses."""
    sync(fake, database)
    for lock, what in ((only_sync, "sync"), (only_import, "import")):
        with lock(database):
            done = forget(database, tmp_path, *people(cast))

        assert done.returncode == 1
        assert f"another {what} is running" in done.stderr


def test_somebody_must_be_named(database: Database, tmp_path: Path) -> None:
    """Where nothing was begun that could be gone on with."""
    done = forget(database, tmp_path)

    assert done.returncode == 2
    assert "--user-id" in done.stderr


def test_what_sync_is_limited_to_is_not_forgotten(
    fake: FakeDiscord, cast: Cast, database: Database, tmp_path: Path
) -> None:
    """Variables that say what to archive say nothing of what is to be gone."""
    sync(fake, database)
    before = query(database, "select page_id, body from landing.messages order by 1")

    limits = {
        "DISCORD_WAREHOUSE_CHANNEL_ID": str(cast.general),
        "DISCORD_WAREHOUSE_USER_ID": str(cast.who),
    }
    done = forget(database, tmp_path, **limits)

    assert done.returncode == 2
    after = query(database, "select page_id, body from landing.messages order by 1")
    assert after == before


def test_who_never_came_is_held_off_all_the_same(
    fake: FakeDiscord, cast: Cast, database: Database, tmp_path: Path
) -> None:
    """An empty archive: there is nothing to rewrite, and nothing will land."""
    done = forget(database, tmp_path, *people(cast))

    assert done.returncode == 0, done.stderr
    archived(fake, cast, database, tmp_path)
    assert traces(database, *cast.ids, *NAMES[:1], WORD) == []
