"""What a build refuses, survives and leaves alone."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunnerResult
from dbt_common.events.base_types import EventMsg

from extractor.embedded import Embedded
from tests.archive import connected
from tests.dbt_warehouse import (
    BUILD,
    CHANNEL,
    ROOT,
    Landing,
    Row,
    Warehouse,
    built_warehouse,
    dbt_arguments,
    failure,
    invoke,
    message,
    new_warehouse,
    reaction,
    snowflake,
)

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)
COUNT = "select count(*) from discord.messages"
MESSAGES = ["--select", "messages"]
# the weekly tables and every table that they are made from
COVERAGE = ["guild_syncs", "guild_coverage"]
WEEKLY = ["--select", "messages", "reactions", *COVERAGE, "weekly.activity"]


@pytest.fixture
def unbuilt(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing, in which nothing was ever built."""
    with new_warehouse(postgres, tmp_path) as made:
        yield made


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database in which everything was built from an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


def refusal(warehouse: Warehouse, *arguments: str) -> str:
    """Run a build that must fail and return what it said."""
    outcome = warehouse.build(*arguments)
    assert not outcome.success
    return failure(outcome)


def results(outcome: dbtRunnerResult, kind: str) -> list[str]:
    """Return the ids of the nodes of a kind that a build ran."""
    assert isinstance(outcome.result, RunExecutionResult)
    ran = [one.node for one in outcome.result.results]
    return [node.unique_id for node in ran if node.resource_type == kind]


def test_a_bare_build_on_an_empty_database_says_what_to_do(
    unbuilt: Warehouse,
) -> None:
    """Without a landing there is one line that names the next command."""
    unbuilt.connection.execute("drop schema landing cascade")

    outcome = unbuilt.build()

    line = f"no landing schema in database {unbuilt.environment['PGDATABASE']}"
    assert not outcome.success
    assert f"{line}: run make extract first" in failure(outcome)
    built = "select * from pg_class where relnamespace = 'audit'::regnamespace"
    assert unbuilt.query(built) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(
            "update landing.schema_version set version = 99 where version = 4",
            "has schema version 99 and these models read version 4: update this",
            id="newer",
        ),
        pytest.param(
            "update landing.schema_version set version = 3 where version = 4",
            "has schema version 3 and these models read version 4: make extract",
            id="older",
        ),
        pytest.param(
            "delete from landing.schema_version", "has schema version None", id="none"
        ),
        pytest.param(
            "drop table landing.schema_version", "has no schema_version", id="foreign"
        ),
    ],
)
def test_another_landing_than_expected_is_refused(
    warehouse: Warehouse, change: str, words: str
) -> None:
    """A landing these models do not know is not read."""
    warehouse.connection.execute(change)

    assert words in refusal(warehouse)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "europe/berlin", "EST5", "U'TC"])
def test_an_unknown_time_zone_is_refused(warehouse: Warehouse, zone: str) -> None:
    """A reporting_timezone that only Postgres knows stops the build, too."""
    said = refusal(warehouse, "--vars", f'{{reporting_timezone: "{zone}"}}')

    assert f"reporting_timezone {zone} is no time zone" in said


def test_a_changed_time_zone_asks_for_a_full_refresh(warehouse: Warehouse) -> None:
    """Days cut at one midnight are not mixed with days cut at another."""
    zone = ["--vars", "{reporting_timezone: America/New_York}"]
    warehouse.landing.messages(message(BEGIN.replace(hour=2)))
    warehouse.must_build(*WEEKLY)

    said = refusal(warehouse, *zone)
    warehouse.must_build(*zone, "--full-refresh", "--select", "+weekly_guild_activity")

    assert (
        "was built with reporting_timezone UTC and it is now America/New_York" in said
    )
    assert "dbt build --full-refresh" in said
    week = "select week_start::text from marts.weekly_guild_activity"
    assert warehouse.query(week) == [("2024-12-30",)]
    stored = """select relation from audit.build_state
        where reporting_timezone = 'America/New_York' order by relation"""
    assert [relation for (relation,) in warehouse.query(stored)] == [
        "audit.guild_coverage",
        "audit.guild_syncs",
        "discord.messages",
        "discord.reactions",
        "marts.daily_user_channel_activity",
        "marts.weekly_channel_activity",
        "marts.weekly_guild_activity",
        "marts.weekly_user_activity",
        "staging.int_dce_messages",
    ]


def test_a_changed_model_asks_for_a_full_refresh(warehouse: Warehouse) -> None:
    """Rows of two versions of a model do not stand in one table."""
    warehouse.connection.execute(
        "update audit.build_state set fingerprint = 'older' "
        "where relation = 'discord.messages'"
    )

    said = refusal(warehouse)
    warehouse.must_build("--full-refresh", "--select", "+messages")
    warehouse.must_build(*MESSAGES)

    assert "discord.messages or something it is made from has changed" in said


def test_a_changed_rule_asks_for_a_full_refresh(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The macros a model is written with are part of it."""
    rule = warehouse.parsed()[0].macros["macro.discord_warehouse.week_start"]
    changed = rule.macro_sql.replace("'week'", "'month'")
    assert changed != rule.macro_sql
    monkeypatch.setattr(rule, "macro_sql", changed)

    said = refusal(warehouse)

    assert "or something it is made from has changed since it was built" in said


@pytest.mark.parametrize(
    ("older", "built", "words"),
    [
        pytest.param("discord.users", "users", "made from staging.stg_", id="view"),
        pytest.param(
            "discord.messages",
            "weekly_guild_activity",
            "made from discord.messages",
            id="table",
        ),
    ],
)
def test_a_full_refresh_of_a_part_does_not_certify_the_rest(
    warehouse: Warehouse, older: str, built: str, words: str
) -> None:
    """What a part is made from must be of today too, or be built with it."""
    warehouse.must_build("--full-refresh", "--select", built)
    warehouse.connection.execute(
        f"update audit.build_state set fingerprint = 'older' where relation = '{older}'"
    )

    said = refusal(warehouse, "--full-refresh", "--select", built)
    warehouse.must_build("--full-refresh", "--select", f"+{built}")

    assert words in said
    assert "run dbt build --full-refresh, of everything" in said


def test_an_older_landing_asks_for_a_full_refresh(warehouse: Warehouse) -> None:
    """Pages that disappeared are not taken for pages that were read."""
    warehouse.landing.messages(message(BEGIN))
    last = warehouse.landing.messages(message(BEGIN, number=1))
    warehouse.must_build(*MESSAGES)
    for table in ("fetches where fetch_id", "messages where page_id"):
        warehouse.connection.execute(f"delete from landing.{table} = {last}")

    said = refusal(warehouse)
    warehouse.must_build("--full-refresh", *MESSAGES)

    assert "was an older landing restored?" in said
    assert warehouse.query(COUNT) == [(1,)]


@pytest.mark.parametrize("arguments", [[], ["--full-refresh"]], ids=["add", "anew"])
def test_an_empty_run_reads_no_page(warehouse: Warehouse, arguments: list[str]) -> None:
    """What --empty has not read, the next build reads, be it of a part alone."""
    warehouse.landing.messages(message(BEGIN))
    warehouse.must_build(*MESSAGES)
    warehouse.landing.messages(message(BEGIN, number=1))

    # the views as well, which must go on showing what is there
    with_views = replace(warehouse, leaving_alone=())
    with_views.must_build("--empty", "--select", "+messages", *arguments)
    warehouse.must_build(*MESSAGES)

    assert warehouse.query(COUNT) == [(2,)]


def test_an_empty_run_can_be_tested(warehouse: Warehouse) -> None:
    """Every test of dbt's is SQL under --empty, too."""
    tests = ["build", "--empty", "--select", "resource_type:test"]
    outcome = warehouse.invoke(*tests)

    assert outcome.success, failure(outcome)
    assert results(outcome, "test")


def test_a_server_with_another_default_isolation_is_read(warehouse: Warehouse) -> None:
    """The bound of a build is asked for as landing wants it asked."""
    warehouse.connection.execute(
        f"alter database {warehouse.environment['PGDATABASE']} "
        "set default_transaction_isolation = 'repeatable read'"
    )
    warehouse.landing.messages(message(BEGIN))

    warehouse.must_build(*MESSAGES)

    assert warehouse.query(COUNT) == [(1,)]


def test_a_page_not_committed_yet_is_read_later(warehouse: Warehouse) -> None:
    """The build waits for writers that hold an id, and takes their pages too."""
    warehouse.landing.messages(message(BEGIN))
    warehouse.must_build(*MESSAGES)
    with ThreadPoolExecutor() as other:
        with warehouse.connection.transaction():
            warehouse.landing.messages(message(BEGIN, number=1))
            building = other.submit(warehouse.build, *MESSAGES)
            wait_for_blocked(warehouse, "advisory")
        outcome = building.result(timeout=120)

    assert outcome.success, failure(outcome)
    assert warehouse.query(COUNT) == [(2,)]


def test_no_page_is_skipped_whoever_commits_when(warehouse: Warehouse) -> None:
    """Ids are handed out before the commit; builds come in between; some roll back."""
    rng = random.Random(1)
    committed: list[int] = []
    rolled_back: list[int] = []
    with ExitStack() as stack:
        writers = [
            Writer(stack.enter_context(connected(warehouse.environment)), number, rng)
            for number in range(3)
        ]
        for writer in writers:
            writer.committed, writer.rolled_back = committed, rolled_back
        hazards = 0
        for _ in range(8):
            for _ in range(rng.randrange(3, 9)):
                rng.choice(writers).go_on()
            open_pages = [page_id for writer in writers for page_id in writer.pages]
            hazards += any(page_id < max(committed) for page_id in open_pages)
            build_among(warehouse, writers, rng)
        finish_all(writers)
    warehouse.must_build(*MESSAGES)

    stored = warehouse.query("select page_id from discord.messages order by page_id")
    assert [page_id for (page_id,) in stored] == sorted(committed)
    assert rolled_back
    # there were builds that met open pages below others that had committed
    assert hazards > 3


@dataclass
class Writer:
    """One of several transactions, which each land a few pages and end in any order."""

    connection: psycopg.Connection[Row]
    number: int
    rng: random.Random
    pages: list[int] = field(default_factory=list)
    committed: list[int] = field(default_factory=list)
    rolled_back: list[int] = field(default_factory=list)

    def go_on(self) -> None:
        """Land a page in an open transaction, or end it."""
        if self.pages and self.rng.random() < 0.5:
            self.finish()
            return
        if not self.pages:
            self.connection.execute("begin")
        place = snowflake(BEGIN, len(self.committed) + len(self.pages))
        post = {**message(BEGIN), "id": str(place)}
        page = Landing(self.connection).messages(post, channel_id=300 + self.number)
        self.pages.append(page)

    def finish(self) -> None:
        """Commit, or one time in four do not."""
        is_kept = self.rng.random() < 0.75
        self.connection.execute("commit" if is_kept else "rollback")
        (self.committed if is_kept else self.rolled_back).extend(self.pages)
        self.pages.clear()


def build_among(
    warehouse: Warehouse, writers: list[Writer], rng: random.Random
) -> None:
    """Build while transactions are open, and let others come between its models.

    The build waits for those that were open when it began, and for no others.
    """
    built = Event()

    def finish_when_waited_for() -> None:
        with connected(warehouse.environment) as connection:
            watched = replace(warehouse, connection=connection)
            while not is_blocked(watched, "advisory") and not built.wait(0.02):
                pass
        finish_all(writers)

    finisher = Thread(target=finish_when_waited_for)
    if any(writer.pages for writer in writers):
        finisher.start()

    def go_on(event: EventMsg) -> None:
        if event.info.name in {"NodeStart", "NodeFinished"} and is_about(
            event, "messages"
        ):
            if finisher.ident:
                finisher.join(timeout=5)
            for _ in range(0 if finisher.is_alive() else 3):
                rng.choice(writers).go_on()

    warehouse.must_build(*MESSAGES, "--threads", "1", callbacks=[go_on])
    built.set()
    if finisher.ident:
        finisher.join()


def finish_all(writers: list[Writer]) -> None:
    """End all open transactions, the latest first."""
    for writer in sorted(writers, key=lambda one: one.pages, reverse=True):
        if writer.pages:
            writer.finish()


def wait_for_blocked(warehouse: Warehouse, kind: str) -> None:
    """Return when somebody waits for a lock of some kind."""
    deadline = time.monotonic() + 60
    while not is_blocked(warehouse, kind):
        assert time.monotonic() < deadline, "nobody came"
        time.sleep(0.02)


def is_blocked(warehouse: Warehouse, kind: str) -> bool:
    """Say whether somebody waits for a lock of some kind."""
    waiting = f"select count(*) from pg_locks where locktype = '{kind}' and not granted"
    return warehouse.query(waiting) != [(0,)]


def test_of_two_builds_at_once_one_fails_aloud(warehouse: Warehouse) -> None:
    """A build that another one has overtaken says so and writes nothing."""
    warehouse.landing.messages(message(BEGIN))
    warehouse.must_build(*MESSAGES)
    warehouse.landing.messages(message(BEGIN, number=1))
    move = "update audit.build_state set page_id = page_id + {} where relation = '{}'"
    with ThreadPoolExecutor() as other:
        with warehouse.connection.transaction():
            # as the other build does; this one has pinned its range and waits here
            warehouse.connection.execute(move.format(0, "discord.messages"))
            building = other.submit(warehouse.build, *MESSAGES)
            wait_for_blocked(warehouse, "transactionid")
            warehouse.connection.execute(move.format(1, "discord.messages"))
        outcome = building.result(timeout=120)

    words = "another build has moved discord.messages on: run dbt build again"
    assert not outcome.success
    assert words in failure(outcome)
    assert warehouse.query(COUNT) == [(1,)]


def test_a_build_whose_parents_another_one_moved_fails_aloud(
    warehouse: Warehouse,
) -> None:
    """What a parent no longer says of this build's pages would be lost for ever."""
    landing = warehouse.landing
    some = ["--select", "messages", "reactions", "--threads", "1"]
    landing.messages(message(BEGIN))
    warehouse.must_build(*some)
    landing.messages(message(BEGIN, reactions=[reaction("a", 1)]))

    def another_build(event: EventMsg) -> None:
        if event.info.name == "NodeFinished" and is_about(event, "messages"):
            pin = {"pinned_at": BEGIN.isoformat(), "message": message(BEGIN)}
            landing.page("pins", {"items": [pin]}, channel_id=CHANNEL)
            with warehouse.process(*BUILD, *MESSAGES) as process:
                process.communicate(timeout=120)
            assert process.returncode == 0

    outcome = warehouse.build(*some, callbacks=[another_build])
    warehouse.must_build(*some)

    assert not outcome.success
    words = "another build has moved on what discord.reactions is made from"
    assert words in failure(outcome)
    assert warehouse.query("select emoji_key from discord.reactions") == [("a",)]


def is_about(event: EventMsg, model: str) -> bool:
    """Say whether an event of dbt's is about a model."""
    node: str = event.data.node_info.unique_id
    return node == f"model.discord_warehouse.{model}"


def test_every_rule_with_an_edge_is_as_its_unit_tests_say(warehouse: Warehouse) -> None:
    """They are of the rules, not of an archive: a bare build leaves them out."""
    listed = warehouse.invoke("ls", "--selector", "everyday")
    outcome = warehouse.invoke("test", "--select", "resource_type:unit_test")

    assert outcome.success, failure(outcome)
    assert len(results(outcome, "unit_test")) > 50
    assert isinstance(listed.result, list)
    assert [one for one in listed.result if "unit_test" in one] == []


def test_a_part_is_tested_on_its_own(warehouse: Warehouse) -> None:
    """With --select no test compares what was built with what was left alone."""
    warehouse.landing.messages(message(BEGIN))

    outcome = warehouse.invoke("build", *MESSAGES)

    assert outcome.success, failure(outcome)
    assert results(outcome, "unit_test")
    assert warehouse.query(COUNT) == [(1,)]


def test_a_retry_is_refused(warehouse: Warehouse) -> None:
    """What dbt retry would build is not known, so it could miss pages for ever."""
    warehouse.landing.messages(message(BEGIN))
    users = "alter table discord.users {} constraint nobody"
    warehouse.connection.execute(f"{users.format('add')} check (false) not valid")
    command = dbt_arguments(warehouse.folder, "run", "--select", "+users")
    failed = [*command, "--write-json"]  # what retry reads
    assert not invoke(warehouse.environment, failed, warehouse.parsed()[0]).success
    warehouse.connection.execute(users.format("drop"))

    with warehouse.process("retry") as process:
        output, _ = process.communicate(timeout=120)

    assert process.returncode != 0
    assert "run dbt build, which goes on from what was read" in output


def test_variables_set_to_nothing_are_not_set(tmp_path: Path) -> None:
    """An exported but empty PGHOST leads to the embedded server, as if unset."""
    nothing = dict.fromkeys(["PGHOST", "PGPORT", "PGUSER", "PGDATABASE"], "")
    program = Path(sys.executable).with_name("dbt")

    output = subprocess.run(
        [program, "debug", "--no-use-colors", "--log-path", str(tmp_path)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **nothing},
        capture_output=True,
        text=True,
        check=False,  # whether the embedded server runs is not asked here
    ).stdout

    assert re.search(r"host: \S+/.pg/run", output)
    assert re.search(r"port: 5432\b", output)
    assert re.search(r"user: discord\b", output)
    assert re.search(r"database: discord\b", output)


def test_a_killed_build_heals(warehouse: Warehouse) -> None:
    """After SIGKILL at three different moments the next build ends like a rebuild."""
    names = ["user_profiles", "users", *WEEKLY[1:]]
    for number, model in enumerate(["discord.users", "discord.mess", "marts.daily"]):
        at = BEGIN + timedelta(hours=number)
        warehouse.landing.messages(*(message(at, number=n) for n in range(50)))
        kill_after(warehouse, re.escape(model), *names)
    warehouse.must_build("--select", *names)
    healed = warehouse.contents()

    warehouse.must_build("--full-refresh", "--select", *names)

    assert healed == warehouse.contents()
    assert len(healed["discord.messages"]) == 150


def kill_after(warehouse: Warehouse, model: str, *names: str) -> None:
    """Start a build of models and end it without warning when it begins one of them."""
    with warehouse.process(*BUILD, "--select", *names) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if re.search(f"START .* {model}", line):
                break
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


def test_old_ranges_are_pruned(warehouse: Warehouse) -> None:
    """The log of builds does not grow for ever."""
    warehouse.connection.execute(
        "update audit.build_ranges set pinned_at = now() - interval '31 days'"
    )

    warehouse.must_build(*MESSAGES)

    ranges = "select count(distinct invocation_id) from audit.build_ranges"
    assert warehouse.query(ranges) == [(1,)]
