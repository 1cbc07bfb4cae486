"""`discord-warehouse sync` when Discord, the token or the database misbehave."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from rich.console import Console

from extractor import database as server
from extractor.client import Client, Request
from extractor.config import Account
from extractor.errors import AccountStoppedError, DatabaseError, UnavailableError
from extractor.landing import open_landing
from extractor.progress import Progress
from extractor.ratelimit import RateLimiter
from extractor.sync import Options, Summary, Sync
from tests.archive import (
    command,
    connected,
    environment_of,
    ids,
    landed_messages,
    query,
    readable_messages,
    sync,
)
from tests.fake_discord import FakeDiscord, Fault, generate_world

END = datetime(2026, 11, 15, tzinfo=UTC)
Database = dict[str, str]
PROBE = Request("/users/@me", 0, "/users/@me", {})


@pytest.fixture
def fake() -> Iterator[FakeDiscord]:
    """Serve a guild of four channels and some 60 messages."""
    with FakeDiscord(generate_world(5, "tiny", END)) as served:
        yield served


class Sleeps(list[float]):
    """A sleep that only takes note, with the clock that it moves."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)

    def clock(self) -> float:
        # a microsecond for each sleep: sums of floats may fall short of a deadline
        return sum(self) + len(self) * 1e-6


def client_of(fake: FakeDiscord, sleeps: Sleeps, token: str | None = None) -> Client:
    return Client(
        fake.url,
        token or fake.bot_token,
        limiter=RateLimiter(sleeps.clock),
        sleep=sleeps,
    )


def impatient_sync(fake: FakeDiscord, database: Database, sleeps: Sleeps) -> Summary:
    """Run a sync whose waits take no time."""
    account = Account.model_validate({"name": "bot", "token": fake.bot_token})
    with open_landing(database) as landing:
        run = Sync(landing, Options(workers=2), Progress(Console(quiet=True)))
        run.run(account, client_of(fake, sleeps))
    return run.summary


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
    assert "Invite it" in one_line(alone.stderr)
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


def test_a_database_lost_in_mid_run_leaves_a_resumable_archive(
    fake: FakeDiscord, database: Database
) -> None:
    """The server ends every connection; what was landed stays, the rest follows."""
    sync(fake, database, "--channel-id", str(min(readable_messages(fake))))
    with connected(database) as connection:
        connection.execute("revoke all on landing.messages from public")
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


def test_status_of_an_empty_database_says_what_to_run(
    fake: FakeDiscord, database: Database
) -> None:
    """Not an empty table, but the next step."""
    result = command(environment_of(fake, database), "status")

    assert result.returncode == 1
    assert "make extract" in one_line(result.stderr)


def test_status_shows_every_channel_whole(
    fake: FakeDiscord, database: Database
) -> None:
    """Ids are not cut in a pipe, and names cannot steer the terminal."""
    channel_id = min(readable_messages(fake))
    fake.world.update_channel(channel_id, name="red\x1b[31m")
    sync(fake, database)

    shown = command(environment_of(fake, database), "status").stdout

    assert all(str(one) in shown for one in readable_messages(fake))
    assert "\x1b" not in shown


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
