"""`discord-warehouse sync` when Discord, the token or the database misbehave."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from extractor import database as server
from extractor import resources
from extractor.client import Answer, Client, Request
from extractor.errors import AccountStoppedError, DatabaseError, UnavailableError
from extractor.permissions import Permission
from extractor.plan import Wanted
from extractor.progress import Progress
from extractor.snowflake import first_at
from extractor.summary import Options
from tests.archive import (
    REPOSITORY,
    connected,
    environment_of,
    ids,
    landed_messages,
    query,
    readable_messages,
    sync,
)
from tests.fake_discord import FakeDiscord, Fault, generate_world
from tests.patience import Sleeps, client_of, impatient_sync

END = datetime(2026, 11, 15, tzinfo=UTC)
Database = dict[str, str]
PROBE = Request("/users/@me", 0, "/users/@me", {})


@pytest.fixture
def fake() -> Iterator[FakeDiscord]:
    """Serve a guild of four channels and some 60 messages."""
    with FakeDiscord(generate_world(5, "tiny", END)) as served:
        yield served


def one_line(text: str) -> str:
    lines = text.strip().splitlines()
    assert "Traceback" not in text
    return lines[-1]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault.server_error(502), id="502"),
        pytest.param(Fault.error(500), id="500"),
        pytest.param(Fault.connection_reset(), id="connection reset"),
        pytest.param(Fault.truncated_body(), id="truncated body"),
        pytest.param(Fault.not_json(), id="not JSON"),
    ],
)
def test_passing_trouble_is_asked_again(
    fake: FakeDiscord, database: Database, fault: Fault
) -> None:
    """Back-off grows, and nothing is missing in the end."""
    sleeps = Sleeps()
    fake.fail_next(r"/messages$", fault, times=5)

    summary = impatient_sync(fake, database, sleeps)

    assert summary.failed == {}
    assert ids(landed_messages(database)) == ids(readable_messages(fake))
    assert len(sleeps) == 5


def test_a_channel_that_stays_broken_is_left_for_the_next_run(
    fake: FakeDiscord, database: Database
) -> None:
    """Five retries, then the channel is named, the others are done, and it heals."""
    channel_id = min(readable_messages(fake))
    fake.fail_next(rf"/channels/{channel_id}/messages", Fault.error(503), times=6)
    sleeps = Sleeps()

    summary = impatient_sync(fake, database, sleeps)

    assert summary.exit_code == 3
    ((what, reason),) = summary.failed.items()
    assert str(channel_id) in what
    assert "503" in reason
    expected = ids(readable_messages(fake))
    assert ids(landed_messages(database)) == {
        one: found for one, found in expected.items() if one != channel_id
    }
    assert query(database, "select is_complete from landing.guild_syncs") == [(False,)]
    assert max(sleeps) >= 16

    assert impatient_sync(fake, database, sleeps).exit_code == 0
    assert ids(landed_messages(database)) == expected


@pytest.mark.parametrize("scope", ["user", "shared", "global"])
def test_a_429_is_waited_out_and_asked_again(
    fake: FakeDiscord, database: Database, scope: str
) -> None:
    """The longer of header and body counts, and the request is not lost."""
    sleeps = Sleeps()
    fake.fail_next(r"/messages$", Fault.rate_limited(1.25, scope))

    summary = impatient_sync(fake, database, sleeps)

    assert summary.failed == {}
    assert max(sleeps) >= 2  # the header rounds 1.25 up
    assert ids(landed_messages(database)) == ids(readable_messages(fake))


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault.banned_page(), id="an HTML page"),
        pytest.param(Fault.banned_json(), id="JSON without retry_after"),
        pytest.param(Fault.unauthorized(), id="401"),
    ],
)
def test_a_ban_or_a_dead_token_ends_all_requests(
    fake: FakeDiscord, fault: Fault
) -> None:
    """No further request leaves: each one would count towards a longer ban."""
    client = client_of(fake, Sleeps())
    fake.fail_next("/users/@me", fault)

    with pytest.raises(AccountStoppedError):
        client.get(PROBE)
    with pytest.raises(AccountStoppedError):
        client.get(PROBE)

    assert len(fake.requests) == 1


def test_a_403_in_mid_run_is_recorded_and_the_run_goes_on(
    fake: FakeDiscord, database: Database
) -> None:
    """Permissions may change between the plan and the page."""
    channel_id = min(readable_messages(fake))
    fake.fail_next(rf"/channels/{channel_id}/messages", Fault.forbidden())

    summary = impatient_sync(fake, database, Sleeps())

    assert summary.exit_code == 0
    assert summary.channels["unreadable"] >= 1
    refused = "select status, error_code, item_count from landing.fetches"
    assert query(database, f"{refused} where status <> 200") == [(403, 50001, None)]
    reasons = "select unreadable_reason from landing.checkpoints where channel_id = "
    assert query(database, f"{reasons}{channel_id}") == [
        ("Discord answered 403, code 50001",)
    ]


class Moment(Progress):
    """A progress that calls once, after the first page of a channel of a name."""

    def __init__(self, name: str, call: Callable[[], object]) -> None:
        super().__init__(Console(quiet=True))
        self._name = name
        self._calls = [call]

    def page(self, guild_id: int, name: str, messages: int, remaining: float) -> None:
        super().page(guild_id, name, messages, remaining)
        if name == self._name and self._calls:
            self._calls.pop()()


def long_channel(fake: FakeDiscord) -> int:
    """Make a channel of four pages, and return its id."""
    channel_id = max(ids(readable_messages(fake)).items(), key=lambda one: len(one[1]))[
        0
    ]
    writer = int(fake.world.messages(channel_id)[0]["author"]["id"])
    for number in range(350):
        at = END + timedelta(minutes=10 * number)
        fake.world.post_message(channel_id, author_id=writer, content="x", at=at)
    return channel_id


@pytest.mark.parametrize("floor", [0, first_at(END + timedelta(minutes=3_000))])
def test_history_withdrawn_in_mid_walk_is_not_taken_for_the_channels_end(
    fake: FakeDiscord, database: Database, floor: int
) -> None:
    """Then pages come empty, upwards and downwards; later all that is missing comes."""
    channel_id = long_channel(fake)
    name = fake.world.channels[channel_id]["name"]
    me = next(one.user_id for one in fake.world.accounts.values() if one.kind == "bot")
    if floor:
        impatient_sync(
            fake, database, Sleeps(), Options(workers=1, wanted=Wanted(floor=floor))
        )

    def withdraw() -> None:
        fake.world.set_overwrite(channel_id, me, deny=Permission.READ_MESSAGE_HISTORY)

    impatient_sync(
        fake, database, Sleeps(), Options(workers=1), progress=Moment(name, withdraw)
    )
    fake.world.set_overwrite(channel_id, me)
    impatient_sync(fake, database, Sleeps())

    assert ids(landed_messages(database)) == ids(readable_messages(fake))


def test_a_bot_that_is_kicked_in_mid_run_completes_nothing(
    fake: FakeDiscord, database: Database
) -> None:
    """Every page refused, and then the guild: a failure, and no claim about it."""
    fake.fail_next(r"/channels/\d+/messages", Fault.forbidden(), times=1000)
    fake.fail_next(r"/guilds/\d+$", Fault.slow(0))
    fake.fail_next(r"/guilds/\d+$", Fault.not_found(10004))

    summary = impatient_sync(fake, database, Sleeps())

    assert summary.exit_code == 1
    assert "may not read it" in str(summary.failed)
    assert query(database, "select * from landing.guild_syncs") == []


def test_a_guild_whose_threads_are_refused_is_not_complete(
    fake: FakeDiscord, database: Database
) -> None:
    """Which threads there are is unknown then: named, and not taken for none."""
    fake.fail_next("threads/active", Fault.forbidden(), times=2)

    summary = impatient_sync(fake, database, Sleeps())

    assert summary.exit_code == 0
    assert "threads may be missing" in str(summary.unknown)
    assert query(database, "select is_complete from landing.guild_syncs") == [(False,)]


class Interrupting(Client):
    """A client that calls once, before it asks for active threads after archived."""

    def call(self, call: Callable[[], object]) -> None:
        self._calls = [call]
        self._has_read_archived = False

    def get(self, request: Request) -> Answer:
        if request.template == resources.ARCHIVED_PUBLIC_THREADS.template:
            self._has_read_archived = True
        is_active = request.template == resources.ACTIVE_THREADS.template
        if is_active and self._has_read_archived and self._calls:
            self._calls.pop()()
        return super().get(request)


def test_a_thread_archived_while_lists_are_read_is_not_missed(
    fake: FakeDiscord, database: Database
) -> None:
    """Too late for the archived list, and gone from the active one at the end."""
    parent = min(readable_messages(fake))
    writer = int(fake.world.messages(parent)[0]["author"]["id"])
    thread = fake.world.create_thread(parent, "moving", owner_id=writer)
    fake.world.post_message(thread, author_id=writer, content="in it")
    client = Interrupting(fake.url, fake.bot_token, sleep=Sleeps())
    client.call(lambda: fake.world.archive_thread(thread))

    impatient_sync(fake, database, Sleeps(), client=client)

    assert fake.world.channels[thread]["thread_metadata"]["archived"]
    assert thread in landed_messages(database)


def test_a_list_that_repeats_itself_is_left(
    fake: FakeDiscord, database: Database
) -> None:
    """has_more without anything new would be asked for ever."""
    page = {"threads": [], "members": [], "has_more": True}
    stamp = {"archived": True, "archive_timestamp": "2026-01-01T00:00:00+00:00"}
    thread = {"id": "1" * 18, "type": 11, "name": "x", "thread_metadata": stamp}
    body = json.dumps({**page, "threads": [thread]}).encode()
    fake.fail_next("threads/archived/public", Fault(200, body), times=50)

    impatient_sync(fake, database, Sleeps())

    asked = [one for one in fake.requests if one.path.endswith("archived/public")]
    assert len(asked) <= 2 * len(fake.world.channels)


@pytest.mark.parametrize("path", ["/users/@me$", "/users/@me/guilds", "/applications"])
def test_a_sign_in_that_is_refused_names_what_to_look_at(
    fake: FakeDiscord, database: Database, path: str
) -> None:
    """A proxy or a wrong base URL answers 403 where Discord would not."""
    fake.fail_next(path, Fault(403, b"<html>blocked</html>"), times=9)

    result = sync(fake, database)

    assert result.returncode == 1
    assert "Discord answered 403" in one_line(result.stderr)


def test_a_bot_in_no_guild_is_told_what_to_do(
    fake: FakeDiscord, database: Database
) -> None:
    """It was made, but nobody has invited it yet."""
    fake.fail_next("/users/@me/guilds", Fault(200, b"[]"))

    result = sync(fake, database)

    assert result.returncode == 1
    assert "invite the bot" in one_line(result.stderr)


def test_a_lone_surrogate_in_raw_bytes_is_kept(
    fake: FakeDiscord, database: Database
) -> None:
    """It is no UTF-8 and no jsonb: replaced in body, kept in raw, and no failure."""
    channel_id = min(readable_messages(fake))
    last = ids(readable_messages(fake))[channel_id][-1]
    page = b'[{"id": "%d", "content": "\xed\xa0\x80"}]' % last
    fake.fail_next(rf"/channels/{channel_id}/messages", Fault(200, page))

    summary = impatient_sync(fake, database, Sleeps())

    assert summary.failed == {}
    kept = "select body #>> '{0,content}', raw from landing.messages"
    ((content, raw),) = query(database, f"{kept} where raw is not null")
    assert set(content) == {"\ufffd"}
    assert raw == page


def test_json_nested_beyond_reason_fails_its_channel_only(
    fake: FakeDiscord, database: Database
) -> None:
    """No parser takes it; the others go on and the channel is named."""
    channel_id = min(readable_messages(fake))
    deep = b"[" * 5_000 + b"]" * 5_000
    fake.fail_next(rf"/channels/{channel_id}/messages", Fault(200, deep), times=6)

    summary = impatient_sync(fake, database, Sleeps())

    assert summary.exit_code == 3
    assert str(channel_id) in str(summary.failed)


def test_sigterm_ends_a_run_as_ctrl_c_does(
    fake: FakeDiscord, database: Database
) -> None:
    """The run's row is closed, one line says how to go on, and the next run does."""
    fake.fail_next(r"/messages$", Fault.slow(0.5), times=9)
    process = subprocess.Popen(
        [sys.executable, "-m", "extractor", "sync"],
        env=environment_of(fake, database),
        cwd=REPOSITORY,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not any(one.path.endswith("/roles") for one in fake.requests):
        time.sleep(0.01)
    process.terminate()
    _, said = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "Interrupted: run again" in one_line(said)
    runs = "select exit_code, error from landing.runs where finished_at is not null"
    assert query(database, runs) == [(1, "interrupted")]
    assert sync(fake, database).returncode == 0


def test_channel_id_needs_one_guild_that_has_it(
    fake: FakeDiscord, database: Database
) -> None:
    """Of several guilds only one can hold a channel; none at all is a mistake."""
    result = sync(fake, database, "--channel-id", "100000000000000000")

    assert result.returncode == 1
    assert "no account can see it" in one_line(result.stderr)


def test_nothing_listens_gives_up_with_the_path(fake: FakeDiscord) -> None:
    """A Discord that cannot be reached is no reason for a traceback."""
    client = Client("http://127.0.0.1:9", "token", sleep=Sleeps())

    with pytest.raises(UnavailableError, match="/users/@me: no answer"):
        client.get(PROBE)


def test_a_wrong_token_says_what_to_do_and_is_not_shown(
    fake: FakeDiscord, database: Database
) -> None:
    """One line, exit code 1, and the token nowhere: output, tables, run log."""
    token = "not.the.right-one"

    result = sync(fake, database, DISCORD_TOKEN=token)

    assert result.returncode == 1
    assert "Reset Token" in one_line(result.stderr)
    assert token not in result.stderr + result.stdout
    assert len(fake.requests) == 1
    summaries = query(
        database, "select summary::text, arguments::text from landing.runs"
    )
    assert token not in str(summaries)


def test_a_missing_token_is_a_configuration_error(
    fake: FakeDiscord, database: Database
) -> None:
    """Exit code 2, before the database is touched."""
    result = sync(fake, database, DISCORD_TOKEN="")

    assert result.returncode == 2
    assert ".env.example" in one_line(result.stderr)


def test_an_unknown_guild_is_named(fake: FakeDiscord, database: Database) -> None:
    """Alone it is a failure; beside one that works the run is only incomplete."""
    unknown, known = "100000000000000000", str(fake.world.guild_ids[0])

    alone = sync(fake, database, "--guild-id", unknown)
    beside = sync(fake, database, "--guild-id", unknown, "--guild-id", known)

    assert alone.returncode == 1
    assert unknown in one_line(alone.stderr)
    assert "Invite the bot" in one_line(alone.stderr)
    assert beside.returncode == 3
    assert ids(landed_messages(database)) == ids(readable_messages(fake))


def test_without_the_message_content_intent_nothing_is_archived_unasked(
    fake: FakeDiscord, database: Database
) -> None:
    """Empty texts must not pass for texts: refused, or stamped on every page."""
    fake.world.set_intents(fake.bot_token, [])

    refused = sync(fake, database)
    allowed = sync(fake, database, "--allow-missing-content")

    assert refused.returncode == 2
    assert "Message Content intent" in one_line(refused.stderr)
    assert allowed.returncode == 0, allowed.stderr
    stamped = "select distinct has_message_content from landing.messages"
    assert query(database, stamped) == [(False,)]


def test_a_second_sync_leaves_at_once(fake: FakeDiscord, database: Database) -> None:
    """Two runs would fight over checkpoints: the second says so and goes."""
    with server.only_sync(database):
        result = sync(fake, database)

    assert result.returncode == 1
    assert "another sync is running" in one_line(result.stderr)
    assert fake.requests == []


def test_a_database_that_is_down_is_named(
    fake: FakeDiscord, database: Database
) -> None:
    """Host, port and database stand in the line; a password does not."""
    result = sync(
        fake, database, PGHOST="127.0.0.1", PGPORT="9", PGPASSWORD="open sesame"
    )

    assert result.returncode == 1
    assert "127.0.0.1:9/" in one_line(result.stderr)
    assert "sesame" not in result.stderr


def test_a_server_that_is_too_old_is_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The floor is moved above the real server to see what is said below it."""
    monkeypatch.setattr(server, "OLDEST_SERVER", 990000)

    with pytest.raises(DatabaseError, match="needs 15 or newer"):
        server.connect(database)


def test_a_landing_of_another_version_is_left_alone(
    fake: FakeDiscord, database: Database
) -> None:
    """A newer program may have changed the schema: nothing is written into it."""
    server.prepare_schema(database)
    with connected(database) as connection:
        connection.execute("insert into landing.schema_version (version) values (99)")

    result = sync(fake, database)

    assert result.returncode == 1
    assert "version 99" in one_line(result.stderr)


def test_a_role_that_may_not_create_is_told_so(
    fake: FakeDiscord, database: Database
) -> None:
    """The error names the right that is missing."""
    with connected(database) as connection:
        connection.execute("create role reader_only")
    try:
        result = sync(fake, database, PGOPTIONS="-c role=reader_only")
    finally:
        with connected(database) as connection:
            connection.execute("drop role reader_only")

    assert result.returncode == 1
    assert "needs CREATE on the database" in one_line(result.stderr)


def test_a_database_that_fails_in_mid_run_leaves_a_resumable_archive(
    fake: FakeDiscord, database: Database
) -> None:
    """A table is gone for a while; what was landed stays, the rest follows."""
    sync(fake, database, "--channel-id", str(min(readable_messages(fake))))
    with connected(database) as connection:
        connection.execute("alter table landing.messages rename to elsewhere")
        broken = sync(fake, database)
        connection.execute("alter table landing.elsewhere rename to messages")

    assert broken.returncode == 1
    assert "run again" in one_line(broken.stderr)
    assert sync(fake, database).returncode == 0
    assert ids(landed_messages(database)) == ids(readable_messages(fake))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--guild-id", "12"), "15 to 20 digits"),
        (("--since", "yesterday"), "--since"),
        (("--workers", "0"), "--workers"),
        (("--account", "nobody"), "there is no such account"),
        (("--log-file", "/no/such/folder/log"), "--log-file"),
    ],
)
def test_wrong_usage_is_exit_code_2(
    fake: FakeDiscord, database: Database, arguments: tuple[str, ...], words: str
) -> None:
    """Nothing is asked and nothing is written before options make sense."""
    result = sync(fake, database, *arguments)

    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert fake.requests == []


def test_a_page_that_jsonb_cannot_hold_is_kept_raw(
    fake: FakeDiscord, database: Database
) -> None:
    """A number beyond jsonb's range: body is null, raw has the bytes, ids count."""
    channel_id = min(readable_messages(fake))
    (last_message_id,) = ids(readable_messages(fake))[channel_id][-1:]
    page = b'[{"id": "%d", "strange": 1e999999}]' % last_message_id
    fake.fail_next(rf"/channels/{channel_id}/messages", Fault(200, page))

    summary = impatient_sync(fake, database, Sleeps())

    assert summary.failed == {}
    kept = (
        "select body::text, raw, item_count from landing.messages where raw is not null"
    )
    assert query(database, kept) == [("null", page, 1)]
