"""Hand-made landing pages and dbt builds on them, for the tests of the models.

Owns how a test writes a page and runs dbt; what a page should become is the tests'.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode
from dbt_common.contracts.constraints import ConstraintType
from dbt_common.events.base_types import EventMsg
from psycopg.types.json import Jsonb

from extractor.database import SCHEMA_VERSION
from extractor.embedded import Embedded, binary
from tests.archive import connected
from tests.dbt_haste import hasten
from tests.dbt_project import loaded
from tests.once import shared

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "dbt_warehouse"
GUILD = 100
CHANNEL = 200
CACHE = Path("target", "partial_parse.msgpack")
DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
Json = Any
Row = tuple[Any, ...]
Callbacks = Sequence[Callable[[EventMsg], None]]

# dbt's own tests are dbt's business, and would double the time of every build
BUILD = ["build", "--exclude-resource-type", "test", "unit_test"]
TABLES_ONLY = ["seed", "--exclude", "config.materialized:view"]


def snowflake(instant: datetime, number: int = 0) -> int:
    """Return the id Discord would give to what happens at an instant."""
    return ((instant - DISCORD_EPOCH) // timedelta(milliseconds=1) << 22) + number


def user(user_id: int, **fields: Json) -> Json:
    """Return a user object."""
    return {"id": str(user_id), "username": f"user{user_id}", **fields}


def message(
    posted: datetime, *, number: int = 0, author: Json = None, **fields: Json
) -> Json:
    """Return a message object, whose id agrees with its time as Discord's do."""
    return {
        "id": str(snowflake(posted, number)),
        "type": 0,
        "timestamp": posted.isoformat(),
        "author": author or user(1),
        "content": "hello",
        "embeds": [],
        "mentions": [],
        "mention_roles": [],
        **fields,
    }


def reaction(name: str, count: int, **emoji: Json) -> Json:
    """Return a reaction object."""
    return {"emoji": {"id": None, "name": name, **emoji}, "count": count}


@dataclass(frozen=True)
class Landing:
    """The landing schema of one database, written by hand."""

    connection: psycopg.Connection[Row]

    @classmethod
    def create(cls, connection: psycopg.Connection[Row]) -> Landing:
        """Apply the extractor's own schema to an empty database."""
        for version in range(1, SCHEMA_VERSION + 1):
            file = ROOT / "extractor" / f"landing_{version}.sql"
            connection.execute(file.read_text())
        connection.execute(
            f"insert into landing.schema_version values ({SCHEMA_VERSION})"
        )
        return cls(connection)

    def page(  # noqa: PLR0913 - a page's columns, each with a default
        self,
        resource: str,
        body: Json,
        *,
        guild_id: int | None = GUILD,
        channel_id: int | None = None,
        has_message_content: bool | None = None,
        is_history_readable: bool | None = None,
        request: Json = None,
        fetched_at: datetime = datetime(2025, 1, 1, tzinfo=UTC),
        responded_at: datetime | None = None,
        account: str = "bot",
        item_count: int | None = None,
    ) -> int:
        """Append one page, as the extractor does, and return its id."""
        values = {
            "account": account,
            "responded": responded_at,
            "route": channel_id or guild_id or 0,
            "guild": guild_id,
            "channel": channel_id,
            "resource": resource,
            "fetched": fetched_at,
            "content": has_message_content,
            "history": is_history_readable,
            "request": Jsonb(request or {}),
            "count": len(body) if item_count is None else item_count,
            "body": Jsonb(body),
        }
        fetch = """
            insert into landing.fetches (run_id, account, resource, route_id, guild_id,
                channel_id, request, fetched_at, responded_at, status, item_count,
                byte_count)
            values (1, %(account)s, %(resource)s, %(route)s, %(guild)s, %(channel)s,
                %(request)s, %(fetched)s, %(responded)s, 200, %(count)s, 0)
            returning fetch_id"""
        page = f"""
            insert into landing.{resource} (page_id, route_id, run_id, account,
                guild_id, channel_id, request, fetched_at, responded_at, item_count,
                has_message_content, is_history_readable, body)
            values (%(page)s, %(route)s, 1, %(account)s, %(guild)s, %(channel)s,
                %(request)s, %(fetched)s, %(responded)s, %(count)s, %(content)s,
                %(history)s, %(body)s)"""
        with self.connection.transaction():
            page_id = one(self.connection.execute(fetch, values))
            self.connection.execute(page, {**values, "page": page_id})
        return int(page_id)

    def messages(self, *messages: Json, channel_id: int = CHANNEL, **page: Json) -> int:
        """Append one page of messages, newest first as Discord sends them."""
        newest_first = sorted(messages, key=lambda item: -int(item["id"]))
        return self.page("messages", newest_first, channel_id=channel_id, **page)

    def export(self, document: Json, *, status: str = "complete") -> int:
        """Append an export of DiscordChatExporter, whole, and return its file's id.

        One that was landed before, byte for byte, is not landed again.
        """
        head = {key: document[key] for key in document if key != "messages"}
        messages = document["messages"]
        written = [one.get("id") for one in messages if isinstance(one, dict)]
        ids = [int(str(one)) for one in written if str(one).isdigit()]
        values = {
            "hash": hashlib.sha256(json.dumps(document).encode()).digest(),
            "guild": int(document["guild"]["id"]),
            "channel": int(document["channel"]["id"]),
            "exported": document.get("exportedAt"),
            "head": Jsonb(head),
            "status": status,
            "count": len(messages),
            "least": min(ids, default=None),
            "greatest": max(ids, default=None),
            "body": Jsonb(messages),
        }
        file = """
            insert into landing.dce_files (run_id, path, sha256, byte_count, guild_id,
                channel_id, exported_at, body, status, message_count, min_message_id,
                max_message_id)
            values (1, 'export.json', %(hash)s, 0, %(guild)s, %(channel)s, %(exported)s,
                %(head)s, %(status)s, %(count)s, %(least)s, %(greatest)s)
            on conflict do nothing
            returning page_id"""
        page = """
            insert into landing.dce_messages (page_id, route_id, run_id, account,
                guild_id, channel_id, request, fetched_at, item_count, body, file_id,
                first_ordinal, min_message_id, max_message_id)
            values (landing.next_page_id(), %(channel)s, 1, 'DiscordChatExporter',
                %(guild)s, %(channel)s, '{}', now(), %(count)s, %(body)s, %(file)s, 1,
                %(least)s, %(greatest)s)"""
        with self.connection.transaction():
            made = self.connection.execute(file, values).fetchone()
            if made is None:
                known = "select page_id from landing.dce_files where sha256 = %(hash)s"
                return int(one(self.connection.execute(known, values)))
            if messages:
                self.connection.execute(page, {**values, "file": made[0]})
        return int(made[0])

    def refusal(  # noqa: PLR0913 - what was asked, and what Discord said
        self,
        resource: str,
        status: int,
        error_code: int,
        *,
        request: Json = None,
        guild_id: int | None = GUILD,
        channel_id: int | None = None,
        fetched_at: datetime = datetime(2025, 1, 1, tzinfo=UTC),
    ) -> int:
        """Record a request that Discord refused and return its id."""
        return int(
            one(
                self.connection.execute(
                    """insert into landing.fetches (run_id, account, resource, route_id,
                        guild_id, channel_id, request, fetched_at, status, error_code,
                        byte_count)
                    values (1, 'bot', %s, %s, %s, %s, %s, %s, %s, %s, 0)
                    returning fetch_id""",
                    [
                        *(resource, channel_id or guild_id or 0, guild_id, channel_id),
                        *(Jsonb(request or {}), fetched_at, status, error_code),
                    ],
                )
            )
        )

    def seen_again(
        self, resource: str, page_id: int, fetched_at: datetime | None = None
    ) -> int:
        """Record that an answer equalled a page, and return the id of its fetch."""
        return int(
            one(
                self.connection.execute(
                    f"""insert into landing.fetches (run_id, account, resource,
                        route_id, guild_id, channel_id, request, fetched_at, status,
                        item_count, byte_count, same_as_page_id)
                    select run_id, account, %s, route_id, guild_id, channel_id, request,
                        coalesce(%s, fetched_at), 200, item_count, 0, page_id
                    from landing.{resource} where page_id = %s
                    returning fetch_id""",
                    [resource, fetched_at, page_id],
                )
            )
        )

    def sync(
        self,
        started_at: datetime,
        *,
        guild_id: int = GUILD,
        is_backfill_complete: bool = True,
    ) -> None:
        """Record that a run reached the guild's end."""
        self.connection.execute(
            """insert into landing.guild_syncs (run_id, guild_id, started_at,
                readable_channel_count, unreadable_channel_count, failed_channel_count,
                is_complete, is_backfill_complete)
            values (1, %s, %s, 1, 0, 0, true, %s)""",
            [guild_id, started_at, is_backfill_complete],
        )


def one(cursor: psycopg.Cursor[Row]) -> Any:
    """Return the one value of a query's one row."""
    row = cursor.fetchone()
    assert row is not None
    return row[0]


@dataclass(frozen=True)
class Warehouse:
    """One database and the dbt builds on it."""

    environment: Mapping[str, str]
    folder: Path
    connection: psycopg.Connection[Row]
    landing: Landing
    leaving_alone: Sequence[str] = ()

    def build(self, *arguments: str, callbacks: Callbacks = ()) -> dbtRunnerResult:
        """Run `dbt build` in this process on the parsed project, without its tests.

        Each of `callbacks` is told of every event of dbt's while it happens, and what
        happens waits for it.
        """
        # a table that is made anew takes the views along that read it
        is_anew = "--full-refresh" in arguments
        command = [*BUILD, *(() if is_anew else self.leaving_alone), *arguments]
        return self.invoke(*command, callbacks=callbacks)

    def invoke(self, *command: str, callbacks: Callbacks = ()) -> dbtRunnerResult:
        """Run any command of dbt's in this process on the parsed project."""
        arguments = dbt_arguments(self.folder, *command)
        return invoke(self.environment, arguments, self.parsed()[0], callbacks)

    def must_build(self, *arguments: str, callbacks: Callbacks = ()) -> None:
        """Run dbt and fail with its own words if it fails."""
        outcome = self.build(*arguments, callbacks=callbacks)
        assert outcome.success, failure(outcome)
        assert getattr(outcome.result, "results", None), "nothing was selected"

    @contextmanager
    def process(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Run dbt on it in a process of its own, to be waited for or killed."""
        cache = self.folder / CACHE
        cache.parent.mkdir(exist_ok=True)
        cache.write_bytes(self.parsed()[1])
        with dbt_process(self.environment, self.folder, *arguments) as process:
            yield process

    def parsed(self) -> tuple[Manifest, bytes]:
        """Return the project as parsed for this database."""
        return parsed(tuple(sorted(self.environment.items())))

    def query(self, query: str) -> list[Row]:
        """Return the rows of a query."""
        return self.connection.execute(query).fetchall()

    def tables(self) -> dict[str, str]:
        """Return the columns of each table's primary key, by table."""
        models = [
            model
            for model in self.parsed()[0].nodes.values()
            if isinstance(model, ModelNode)
            and model.config.materialized == "incremental"
        ]
        keys = {
            f"{model.schema}.{model.name}": ", ".join(key.columns)
            for model in models
            for key in model.constraints
            if key.type == ConstraintType.primary_key
        }
        assert len(keys) == len(models), "a table without a primary key"
        return keys

    def contents(self, *names: str) -> dict[str, list[str]]:
        """Return every row of the named tables (or of all), as text, in key order."""
        return {
            table: [
                row[0]
                for row in self.query(
                    f"select t::text from {table} as t order by {keys}"
                )
            ]
            for table, keys in self.tables().items()
            if not names or table.partition(".")[2] in names
        }

    def assert_rebuilt_the_same(self, *names: str, views: Iterable[str] = ()) -> None:
        """Rebuild the named tables and compare them with what builds had made of them.

        What they are made from must be named, too, or not have changed since; as must
        the views between them, which leave with the tables that they show.
        """
        before = self.contents(*names)
        assert len(before) == len(names)
        self.must_build("--full-refresh", "--select", *names, *views)
        assert self.contents(*names) == before


def invoke(
    environment: Mapping[str, str],
    arguments: list[str],
    project: Manifest | None = None,
    callbacks: Callbacks = (),
) -> dbtRunnerResult:
    """Run dbt in this process, on the database that an environment names."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        hasten(patch)
        return dbtRunner(project, list(callbacks)).invoke(arguments)


Story = Callable[[Warehouse], Iterator[None]]


def tell_together(warehouse: Warehouse, stories: Iterable[Story], *tables: str) -> None:
    """Let stories go on side by side, so that one build serves them all.

    Where a story yields, the named tables are built. The pages of the others stand
    among its own, so each keeps to a guild, to channels or to tables of its own.
    """
    going = [story(warehouse) for story in stories]
    while going := [one for one in going if next(one, "ended") is None]:
        warehouse.must_build("--select", *tables)


def failure(outcome: dbtRunnerResult) -> str:
    """Return all that a failed build said, in one text."""
    results = getattr(outcome.result, "results", None) or []
    return "\n".join([str(outcome.exception), *(str(r.message) for r in results)])


def dbt_arguments(folder: Path, command: str, *arguments: str) -> list[str]:
    """Return a dbt command line that leaves everything it writes in one folder."""
    place = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT)]
    # --quiet would put each line together all the same, and then not say it
    quiet = ["--log-level", "none", "--log-level-file", "none", "--no-write-json"]
    output = ["--target-path", str(folder / "target"), *quiet]
    return [command, *arguments, *place, *output]


@contextmanager
def dbt_process(
    environment: Mapping[str, str], folder: Path, *arguments: str
) -> Iterator[subprocess.Popen[str]]:
    """Run dbt as a process of its own, with nothing but PATH and the database."""
    program = Path(sys.executable).with_name("dbt")
    output = ["--target-path", str(folder / "target"), "--log-path", str(folder)]
    with subprocess.Popen(
        [program, *arguments, "--no-use-colors", *output],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@cache
def parsed(environment: tuple[tuple[str, str], ...]) -> tuple[Manifest, bytes]:
    """Parse the project once per run: as dbt's object, and as dbt's own cache."""
    connection = dict(environment)
    cache_file = shared.once("project", partial(parse, connection))
    project = loaded(cache_file.read_bytes(), connection)
    # else each build would look through all of it for garbage, some times
    gc.collect()
    gc.freeze()
    return project


def parse(environment: Mapping[str, str], file: Path) -> None:
    """Parse the project into a file."""
    with TemporaryDirectory(prefix="dw-") as folder:
        outcome = invoke(environment, dbt_arguments(Path(folder), "parse"))
        assert outcome.success, outcome.exception
        file.write_bytes((Path(folder) / CACHE).read_bytes())


@contextmanager
def new_warehouse(server: Embedded, folder: Path) -> Iterator[Warehouse]:
    """Make a database with an empty landing, and drop it in the end.

    Its name is always the same, because a parsed project knows its database.
    """
    with (
        new_database(server, "template0") as environment,
        connected(environment) as connection,
    ):
        landing = Landing.create(connection)
        yield Warehouse(environment, folder, connection, landing)


@contextmanager
def built_warehouse(server: Embedded, folder: Path) -> Iterator[Warehouse]:
    """Copy a database in which everything was built from an empty landing.

    Its builds leave views and seeds alone, which are what they will be.
    """
    with (
        new_database(server, built_database(server)) as environment,
        connected(environment) as connection,
    ):
        landing = Landing(connection)
        yield Warehouse(environment, folder, connection, landing, TABLES_ONLY)


@contextmanager
def new_database(server: Embedded, template: str) -> Iterator[Mapping[str, str]]:
    """Copy a database, and drop the copy in the end."""
    with connected(server.environment("postgres")) as administrator:
        administrator.execute(
            f"create database {DATABASE} template {template} strategy file_copy"
        )
        try:
            yield server.environment(DATABASE)
        finally:
            administrator.execute(f"drop database {DATABASE} with (force)")


@cache
def built_database(server: Embedded) -> str:
    """Build everything once per run, and return the name of that database here."""
    name = f"{DATABASE}_built"
    dump = shared.once("warehouse.dump", partial(build_into, server))
    with connected(server.environment("postgres")) as administrator:
        administrator.execute(f"create database {name} template template0")
    environment = server.environment(name)
    run_program("pg_restore", f"--dbname={name}", dump, environment=environment)
    with connected(environment) as connection:
        connection.execute("analyze")  # as each build does with what it has made
    return name


def build_into(server: Embedded, file: Path) -> None:
    """Build everything from an empty landing, and dump it into a file."""
    with (
        TemporaryDirectory(prefix="dw-") as folder,
        new_warehouse(server, Path(folder)) as warehouse,
    ):
        warehouse.must_build()
        dump = ["--format=custom", "--compress=none", f"--file={file}"]
        run_program("pg_dump", *dump, environment=warehouse.environment)


def run_program(
    name: str, *arguments: str | Path, environment: Mapping[str, str]
) -> None:
    """Run one of Postgres's programs on the database that an environment names."""
    path = {"PATH": os.environ["PATH"]}
    subprocess.run([binary(name), *arguments], env={**path, **environment}, check=True)
