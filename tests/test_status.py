"""`discord-warehouse status`: runs, coverage, what may not be read; for eyes and jq."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from extractor.permissions import Permission
from extractor.run_logs import kept_log
from extractor.snowflake import time_of
from scripts.weekly import WeeklyError
from tests.archive import (
    REPOSITORY,
    command,
    connected,
    environment_of,
    ids,
    log_folder,
    query,
    readable_messages,
    sync,
)
from tests.fake_discord import FakeDiscord, Fault, generate_world

END = datetime(2026, 11, 15, tzinfo=UTC)
Database = dict[str, str]
Json = dict[str, Any]


@pytest.fixture
def fake() -> Iterator[FakeDiscord]:
    """Serve a guild of four channels and some 60 messages."""
    with FakeDiscord(generate_world(5, "tiny", END)) as served:
        yield served


def shown(fake: FakeDiscord, database: Database, *arguments: str) -> str:
    """Return what status prints, in a pipe."""
    result = command(environment_of(fake, database), "status", *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def told(fake: FakeDiscord, database: Database, *arguments: str) -> Json:
    """Return what status --json prints."""
    document: Json = json.loads(shown(fake, database, "--json", *arguments))
    return document


def instant(message_id: int) -> str:
    return f"{time_of(message_id):%Y-%m-%dT%H:%M:%S}Z"


def test_status_of_an_empty_database_says_what_to_run(
    fake: FakeDiscord, database: Database
) -> None:
    """Not an empty table, but the next step."""
    result = command(environment_of(fake, database), "status", "--json")

    assert result.returncode == 1
    assert result.stdout == ""
    assert "make extract" in result.stderr.splitlines()[-1]


def test_status_shows_every_channel_whole(
    fake: FakeDiscord, database: Database
) -> None:
    """Ids are not cut in a pipe, and names cannot steer the terminal."""
    channel_id = min(readable_messages(fake))
    fake.world.update_channel(channel_id, name="red\x1b[31m")
    sync(fake, database)

    table = shown(fake, database)

    assert all(str(one) in table for one in readable_messages(fake))
    assert "\x1b" not in table


def test_coverage_is_an_interval_with_its_count(
    fake: FakeDiscord, database: Database
) -> None:
    """From the first to the last message, each counted once, and who read them."""
    sync(fake, database)

    status = told(fake, database)

    channels = {int(one["channel_id"]): one for one in status["channels"]}
    for channel_id, messages in ids(readable_messages(fake)).items():
        channel = channels[channel_id]
        assert channel["name"] == fake.world.channels[channel_id]["name"]
        assert channel["state"] == "complete"
        assert channel["reason"] is None
        assert channel["account"] == "default"
        assert channel["messages"] == len(messages)
        assert channel["from"] == instant(messages[0])
        assert channel["to"] == instant(messages[-1])
        assert channel["newest_message_id"] == str(messages[-1])
        assert re.fullmatch(r"[\d-]{10}T[\d:]{8}Z", channel["last_synced_at"])
    (guild,) = status["guilds"]
    assert guild["name"] == fake.world.guilds[int(guild["guild_id"])]["name"]
    assert guild["messages"] == sum(map(len, readable_messages(fake).values()))
    states = [one["state"] for one in status["channels"]]
    kinds = ("complete", "unfinished", "unreadable")
    assert [guild[kind] for kind in kinds] == [states.count(kind) for kind in kinds]


def test_what_is_not_archived_says_why(fake: FakeDiscord, database: Database) -> None:
    """No right to read, deleted, or named by a message and not looked at yet."""
    closed, deleted = sorted(readable_messages(fake))
    me = next(one.user_id for one in fake.world.accounts.values() if one.kind == "bot")
    fake.world.set_overwrite(closed, me, deny=Permission.READ_MESSAGE_HISTORY)
    sync(fake, database)
    (guild_id,) = fake.world.guild_ids
    fake.world.remove_channel(deleted)
    sync(fake, database)
    with connected(database) as connection:
        connection.execute(
            "insert into landing.checkpoints (channel_id, guild_id) values (77, %s)",
            (guild_id,),
        )

    channels = {one["channel_id"]: one for one in told(fake, database)["channels"]}

    assert channels[str(closed)]["state"] == "unreadable"
    assert channels[str(closed)]["reason"] == "no Read Message History permission"
    assert channels[str(deleted)]["is_deleted"]
    assert channels[str(deleted)]["reason"].startswith("deleted: ")
    assert channels["77"]["reason"] == "only named by a message so far"
    assert channels["77"]["name"] is None
    assert channels["77"]["from"] is None
    assert "only named by a message so far" in shown(fake, database)


def test_a_channel_read_since_a_day_is_unfinished(
    fake: FakeDiscord, database: Database
) -> None:
    """It begins at that day's first instant, whether or not somebody posted then."""
    sync(fake, database, "--since", "2026-11-10")

    status = told(fake, database)

    begun = [one for one in status["channels"] if one["state"] == "unfinished"]
    assert [one["from"] for one in begun] == 2 * ["2026-11-10T00:00:00Z"]
    assert status["guilds"][0]["unfinished"] == 2


def test_a_thread_stands_behind_its_parents_name(database: Database) -> None:
    """Also where that is a forum, which is never read itself."""
    with FakeDiscord(generate_world(3, 700, END)) as fake:
        sync(fake, database)
        status, table = told(fake, database), shown(fake, database)

        channels = fake.world.channels
        threads = [one for one in status["channels"] if one["type"] in (10, 11, 12)]
        parents = {
            one["channel_id"]: channels[int(one["parent_id"])] for one in threads
        }

        assert {one["type"] for one in parents.values()} >= {0, 15}
        for thread in threads:
            assert thread["parent_name"] == parents[thread["channel_id"]]["name"]
    some = next(one for one in threads if len(one["name"]) < 20)
    assert f"{some['channel_id']}  #{some['parent_name']} > {some['name']} " in table


def test_a_list_that_was_refused_says_when_it_is_asked_again(
    fake: FakeDiscord, database: Database
) -> None:
    """Seven days after; what permissions alone rule out has no such instant."""
    fake.fail_next(r"/guilds/\d+/emojis", Fault.forbidden(50013))
    sync(fake, database)

    lists = {one["resource"]: one for one in told(fake, database)["lists"]}

    emojis = lists["emojis"]
    assert emojis["reason"] == "Discord answered 403, code 50013"
    assert emojis["account"] == "default"
    assert emojis["channel_id"] is None
    asked, again = (
        datetime.fromisoformat(emojis[key]) for key in ("asked_at", "ask_again_at")
    )
    assert again - asked == timedelta(days=7)
    assert f" {again:%Y-%m-%d %H:%M} " in shown(fake, database)


def test_runs_say_how_they_ended(fake: FakeDiscord, database: Database) -> None:
    """The last five: what they brought, what failed, and those that were killed."""
    sync(fake, database)
    channel_id = max(readable_messages(fake))
    writer = int(fake.world.messages(channel_id)[0]["author"]["id"])
    fake.world.post_message(channel_id, author_id=writer, content="x")
    fake.fail_next(rf"/channels/{channel_id}/messages", Fault(200, b'[{"id": "x"}]'))
    sync(fake, database)
    sync(fake, database, "--guild-id", "123456789012345678")
    with connected(database) as connection:
        connection.execute(
            "insert into landing.runs (command, arguments, program_version) values"
            " ('sync', '{}', '0')"
        )

    killed, nothing, partly, whole = told(fake, database)["runs"]

    count = sum(map(len, readable_messages(fake).values())) - 1
    assert (whole["state"], whole["messages"], whole["new"]) == ("done", count, count)
    assert whole["seconds"] > 0
    assert (partly["state"], partly["exit_code"]) == ("partly failed", 3)
    assert any(f"({channel_id})" in what for what in partly["failed"])
    assert (nothing["state"], nothing["exit_code"]) == ("failed", 1)
    assert (killed["state"], killed["seconds"]) == ("broken off", None)
    table = shown(fake, database)
    assert f"failed: {next(iter(partly['failed']))}" in table


def test_a_run_that_goes_on_is_told_from_one_that_was_killed(
    fake: FakeDiscord, database: Database
) -> None:
    """It holds the lock that only one sync can hold, in this database."""
    fake.fail_next(r"/channels/\d+/messages", Fault.slow(60))
    with subprocess.Popen(
        [sys.executable, "-m", "extractor", "sync"],
        env=environment_of(fake, database),
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        wait_for(lambda: any(one.path.endswith("/messages") for one in fake.requests))
        before = told(fake, database)["runs"][0]
        process.kill()
    wait_for(lambda: query(database, _SYNC_LOCKS) == [(0,)])
    after = told(fake, database)["runs"][0]

    assert (before["state"], before["messages"]) == ("running", None)
    assert after["state"] == "broken off"


_SYNC_LOCKS = """
    select count(*) from pg_locks
    where
        locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())
"""


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_no_page_of_messages_is_read(fake: FakeDiscord, database: Database) -> None:
    """However many there are, status costs what channels cost."""
    sync(fake, database)
    with connected(database) as connection:
        connection.execute("alter table landing.messages rename to not_for_status")

    assert told(fake, database)["guilds"][0]["messages"] > 0


def test_one_guild_may_be_asked_for(fake: FakeDiscord, database: Database) -> None:
    """Another one leaves both forms; one that is not archived is an error."""
    sync(fake, database)
    with connected(database) as connection:
        connection.execute(
            "insert into landing.checkpoints (channel_id, guild_id, name)"
            " values (78, 123456789012345678, 'elsewhere')"
        )
    (guild_id,) = fake.world.guild_ids

    status = told(fake, database, "--guild-id", str(guild_id))
    table = shown(fake, database, "--guild-id", str(guild_id))
    other = "999999999999999999"
    unknown = command(environment_of(fake, database), "status", "--guild-id", other)

    assert {one["guild_id"] for one in status["channels"]} == {str(guild_id)}
    assert [one["guild_id"] for one in status["guilds"]] == [str(guild_id)]
    assert "elsewhere" not in table
    assert "elsewhere" in shown(fake, database)
    assert unknown.returncode == 2
    assert f"{other}: not archived here, only " in unknown.stderr


# --- is it well? ----------------------------------------------------------------------


def age(database: Database, days: int) -> None:
    """Let everything have been archived so many days earlier."""
    with connected(database) as connection:
        for table, column in (
            ("guild_syncs", "started_at"),
            ("guild_syncs", "finished_at"),
            ("checkpoints", "last_synced_at"),
            ("checkpoints", "created_at"),
        ):
            connection.execute(
                f"update landing.{table} set {column} = {column} - %s".encode(),
                (timedelta(days=days),),
            )


def test_a_successful_run_is_told_first_and_nothing_to_do(
    fake: FakeDiscord, database: Database
) -> None:
    """When it was, that no channel is stale, where logs lie; and no program failed."""
    sync(fake, database)

    lines, status = shown(fake, database).splitlines(), told(fake, database)

    at = status["succeeded"]["sync"]
    assert at == status["runs"][0]["finished_at"]
    assert lines[0] == f"sync last succeeded: {at[:16].replace('T', ' ')} UTC"
    assert "stale: no channel (not known to its end for 8 days)" in lines
    assert f"logs: {log_folder(database)}" in lines
    assert status["failed"] == []
    log = status["runs"][0]["log"]
    assert status["logs"] == {
        "folder": str(log_folder(database)),
        "latest": {"sync": log},
    }
    assert Path(log).read_text().endswith("ended with exit code 0\n")


def test_what_failed_is_told_with_the_reason_and_what_to_do(
    fake: FakeDiscord, database: Database
) -> None:
    """The last run of a program, until it succeeds; the last success stays known."""
    sync(fake, database)
    before = told(fake, database)["succeeded"]["sync"]
    sync(fake, database, "--guild-id", "123456789012345678")

    status, lines = told(fake, database), shown(fake, database).splitlines()

    (failed,) = status["failed"]
    assert (failed["command"], failed["run_id"], failed["state"]) == (
        *("sync", "2", "failed"),
    )
    assert "no account is in it" in failed["failed"]["guild 123456789012345678"]
    assert "make extract" in failed["remedy"]
    assert Path(failed["log"]).name.endswith("-run-2.log")
    assert status["succeeded"]["sync"] == before
    assert any(line.startswith("  guild 123456789012345678: no acc") for line in lines)
    assert f"  what to do: {failed['remedy']}" in lines
    assert f"  its log: {failed['log']}" in lines

    sync(fake, database)

    assert told(fake, database)["failed"] == []


def test_what_never_reached_the_run_log_is_told_by_its_log(
    fake: FakeDiscord, database: Database
) -> None:
    """A sync without a token; a weekly run that failed, after one that did not."""
    sync(fake, database)
    sync(fake, database, DISCORD_TOKEN="")
    with kept_log(log_folder(database), "weekly"):
        pass
    (log,) = (log_folder(database) / "weekly").iterdir()
    log.rename(log.with_name("2026-01-04T090000Z-77.log"))
    with pytest.raises(WeeklyError), kept_log(log_folder(database), "weekly"):
        raise WeeklyError("all it said\nThe step build failed: no disk")

    status = told(fake, database)

    failed = {one["command"]: one for one in status["failed"]}
    assert failed["sync"]["run_id"] is None
    assert failed["sync"]["error"].startswith("no account: put DISCORD_TOKEN")
    assert failed["weekly"]["error"] == "The step build failed: no disk"
    assert "make weekly" in failed["weekly"]["remedy"]
    assert status["succeeded"]["weekly"] is not None
    assert "weekly of " in shown(fake, database)


def test_the_logs_of_another_database_are_not_taken_for_ours(
    fake: FakeDiscord, database: Database
) -> None:
    """Two archives may share a folder of logs, and both have a first run."""
    sync(fake, database)
    with connected(database) as connection:
        connection.execute(
            "update landing.runs set started_at = started_at - interval '2 hours'"
        )

    assert told(fake, database)["runs"][0]["log"] is None


def test_a_channel_is_stale_when_no_run_has_known_it_for_days(
    fake: FakeDiscord, database: Database
) -> None:
    """Not by what was posted in it: a quiet channel is as fresh as its guild."""
    sync(fake, database)
    age(database, 9)
    readable = readable_messages(fake)

    stale, names = told(fake, database), shown(fake, database)
    lenient = told(fake, database, "--stale-days", "10")

    assert stale["guilds"][0]["stale"] == len(readable)
    assert [one["is_stale"] for one in stale["channels"]] == len(readable) * [True]
    assert f"stale: {len(readable)} channels not known to the end for 8 days" in names
    assert lenient["guilds"][0]["stale"] == 0

    sync(fake, database)

    fresh = told(fake, database)
    assert fresh["guilds"][0]["stale"] == 0
    began = query(database, "select max(started_at) from landing.guild_syncs")[0][0]
    assert {one["fresh_as_of"] for one in fresh["channels"]} == {
        f"{began:%Y-%m-%dT%H:%M:%S}Z"
    }
    assert {one["last_synced_at"] for one in fresh["channels"]} != {
        one["fresh_as_of"] for one in fresh["channels"]
    }


def test_a_channel_that_failed_is_as_fresh_as_its_last_read(
    fake: FakeDiscord, database: Database
) -> None:
    """A run that read the others does not vouch for it."""
    sync(fake, database)
    age(database, 9)
    channel_id = max(readable_messages(fake))
    writer = int(fake.world.messages(channel_id)[0]["author"]["id"])
    fake.world.post_message(channel_id, author_id=writer, content="x")
    fake.fail_next(rf"/channels/{channel_id}/messages", Fault(200, b'[{"id": "x"}]'))
    assert sync(fake, database).returncode == 3

    channels = {one["channel_id"]: one for one in told(fake, database)["channels"]}

    assert channels[str(channel_id)]["is_stale"]
    last_read = channels[str(channel_id)]["last_synced_at"]
    assert channels[str(channel_id)]["fresh_as_of"] == last_read


def test_what_cannot_be_read_is_not_stale_but_unknown(
    fake: FakeDiscord, database: Database
) -> None:
    """It has its reason instead; what was never read to its end is stale."""
    closed = min(readable_messages(fake))
    me = next(one.user_id for one in fake.world.accounts.values() if one.kind == "bot")
    fake.world.set_overwrite(closed, me, deny=Permission.READ_MESSAGE_HISTORY)
    sync(fake, database)
    with connected(database) as connection:
        connection.execute(
            "update landing.checkpoints set last_synced_at = null"
            " where channel_id <> %s",
            (closed,),
        )

    channels = {one["channel_id"]: one for one in told(fake, database)["channels"]}

    assert channels[str(closed)]["is_stale"] is None
    assert channels[str(closed)]["fresh_as_of"] is None
    others = [one for key, one in channels.items() if key != str(closed)]
    assert {(one["is_stale"], one["fresh_as_of"]) for one in others} == {(True, None)}
