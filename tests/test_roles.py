"""`discord-warehouse db roles`: each of the four may do its work, and no more."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from dbt.contracts.graph.manifest import Manifest
from psycopg import sql

from extractor import roles
from extractor.cli import main
from extractor.database import only_sync
from extractor.embedded import Embedded
from extractor.permissions import Permission
from tests.archive import REPOSITORY, command, connected, environment_of, query, sync
from tests.conftest import administrator
from tests.dbt_warehouse import Landing, Warehouse, new_database, parsed
from tests.fake_discord import FakeDiscord, World, generate_world

END = datetime(2026, 11, 15, tzinfo=UTC)
OWN = "discord"  # the embedded server's superuser
Database = dict[str, str]

# tables of every schema, and views on landing and on tables: not all, for time's sake
SOME = ("+weekly_guild_activity", "+raw_messages")
# ... and what the report and readers read
PARTS = (
    *("+exposure:weekly_report", "+path:models/weekly/activity", "+raw_messages"),
    "+path:models/community",
)

SECRET = "the safe is behind the painting"  # what not every member may read

# Who owns what, who may do what with it, and who will with what comes later.
RIGHTS = """
    select 'relation', oid::regclass::text, relowner::regrole::text, relacl::text
    from pg_class where relnamespace > 16383 and relkind <> 'i'
    union all
    select 'schema', nspname, nspowner::regrole::text, nspacl::text from pg_namespace
    union all
    select 'database', datname, datdba::regrole::text, datacl::text
    from pg_database where datname = current_database()
    union all
    select 'later', defaclnamespace::regnamespace::text, defaclrole::regrole::text,
        defaclacl::text
    from pg_default_acl
    union all
    select 'member', roleid::regrole::text, member::regrole::text, grantor::text
    from pg_auth_members
    order by 1, 2, 3"""


class Built(Warehouse):
    """A database in which several roles build."""

    def parsed(self) -> tuple[Manifest, bytes]:
        """Return the project as parsed for this database, by whomever."""
        return parsed(tuple(sorted(as_role(dict(self.environment), OWN).items())))


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeDiscord]:
    """Serve a guild of some 60 messages, and of channels that not everybody sees."""
    with FakeDiscord(generate_world(5, "tiny", END)) as served:
        keep_secrets(served.world, served.bot_token)
        yield served


def keep_secrets(world: World, bot_token: str) -> None:
    """Let the secret be told wherever a bot may read it and not every member."""
    (guild_id,) = world.guild_ids
    bot_id = world.accounts[bot_token].user_id
    writer = world.add_user("keeper")
    world.add_member(guild_id, writer)
    hall = world.add_channel(guild_id, 0, "hall")
    vault = world.add_channel(guild_id, 0, "vault")
    cellar = world.add_channel(guild_id, 0, "cellar", nsfw=True)
    world.set_overwrite(vault, guild_id, deny=Permission.VIEW_CHANNEL)
    world.set_overwrite(vault, bot_id, allow=Permission.VIEW_CHANNEL)
    world.post_message(hall, author_id=writer, content="the painting is by a friend")
    attic = world.create_thread(hall, "attic", owner_id=writer, private=True)
    world.join_thread(attic, bot_id)
    shelf = world.create_thread(cellar, "shelf", owner_id=writer)
    for channel_id in (vault, attic, cellar, shelf):
        world.post_message(channel_id, author_id=writer, content=SECRET)
    # who was only ever heard out of sight
    whisperer = world.add_user("whisperer")
    world.add_member(guild_id, whisperer)
    world.post_message(vault, author_id=whisperer, content=SECRET)


@pytest.fixture(scope="module")
def server(postgres: Embedded) -> Iterator[Embedded]:
    """Give the worker's server; roles are the server's, and end with the module."""
    yield postgres
    with administrator(postgres) as connection:
        made = connection.execute(
            "select rolname from pg_roles where rolname not like 'pg\\_%%'"
            " and rolname <> %s",
            (OWN,),
        )
        for (name,) in made.fetchall():
            drop = sql.SQL("drop role {}").format(sql.Identifier(str(name)))
            connection.execute(drop)


@pytest.fixture
def empty(server: Embedded, database: Database) -> Database:
    """Give an empty database of the server whose roles end with the module."""
    return database


@pytest.fixture(scope="module")
def archive(
    server: Embedded, fake: FakeDiscord, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """Give a database that roles have filled, built and rebuilt."""
    folder = tmp_path_factory.mktemp("archive")
    with new_database(server, "template0") as environment:
        database = dict(environment)
        make_logins(database, make_roles(fake, database))
        must_sync(fake, as_role(database, "archiver"))
        must_build(as_role(database, "builder"), folder, *PARTS)
        must_build(as_role(database, "builder"), folder, *PARTS, "--full-refresh")
        yield database


def make_roles(fake: FakeDiscord, database: Database, *arguments: str) -> str:
    """Run the command and return what it says."""
    done = command(environment_of(fake, database), "db", "roles", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def make_logins(database: Database, said: str, prefix: str = "") -> None:
    """Do what the command names as the next step, with names of the test's own."""
    lines = [line.strip() for line in said.splitlines() if line.startswith("    ")]
    assert len(lines) == 8
    for line in lines:
        do(database, re.sub(r"^(create|alter) role ", rf"\g<0>{prefix}", line))


def as_role(database: Database, role: str) -> Database:
    return {**database, "PGUSER": role}


def do(database: Database, statement: str) -> None:
    with connected(database) as connection:
        connection.execute(statement.encode())


def must_sync(fake: FakeDiscord, database: Database) -> None:
    done = sync(fake, database)
    assert done.returncode == 0, done.stderr


def must_build(database: Database, folder: Path, *arguments: str) -> None:
    with connected(database) as connection:
        built = Built(database, folder, connection, Landing(connection))
        built.must_build("--select", *arguments)


def one(database: Database, statement: str) -> Any:
    return query(database, statement)[0][0]


def test_the_analyst_reads_what_is_built_after_a_full_refresh(
    archive: Database,
) -> None:
    """Every table that a build makes, and no right had to be given again."""
    tables = query(
        archive,
        "select format('%I.%I', schemaname, tablename) from pg_tables"
        " where schemaname in ('discord', 'marts', 'audit')",
    )
    assert len(tables) > 10

    for (table,) in tables:
        owner = query(archive, f"select count(*) from {table}")
        assert owner == query(
            as_role(archive, "alice"), f"select count(*) from {table}"
        )
    assert one(as_role(archive, "alice"), "select count(*) from discord.messages") > 50


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("alice", "select from landing.messages"),
        ("alice", "select from landing.fetches"),
        ("alice", "select from staging.stg_discord__messages"),
        ("alice", "select raw from discord.raw_messages"),
        ("alice", "select landing.settled_page_id()"),
        ("alice", "insert into marts.weekly_guild_activity default values"),
        ("alice", "update discord.messages set content = ''"),
        ("alice", "delete from audit.build_state"),
        ("alice", "create table marts.mine ()"),
        ("alice", "create table public.mine ()"),
        ("alice", "create temporary table mine ()"),
        ("alice", "create schema mine"),
        ("alice", "set role discord_transformer"),
        ("bob", "select from landing.messages"),
        ("bob", "select from staging.stg_discord__messages"),
        ("bob", "select from discord.messages"),
        ("bob", "select from discord.channels"),
        ("bob", "select from discord.raw_messages"),
        ("bob", "select from marts.weekly_guild_activity"),
        ("bob", "select from audit.build_state"),
        ("bob", "update community.public_users set username = ''"),
        ("bob", "create temporary table mine ()"),
        ("bob", "create table community.mine ()"),
        ("bob", "create schema mine"),
        ("bob", "set role discord_analyst"),
        ("archiver", "select from community.public_messages"),
        ("archiver", "select from marts.weekly_guild_activity"),
        ("archiver", "select from discord.messages"),
        ("archiver", "select from audit.build_state"),
        ("archiver", "create table public.mine ()"),
        ("archiver", "create schema mine"),
        ("builder", "select key from landing.erasure_keys"),
        ("builder", "insert into landing.messages default values"),
        ("builder", "update landing.checkpoints set name = ''"),
        ("builder", "delete from landing.messages"),
        ("builder", "truncate landing.messages"),
        ("builder", "drop table landing.messages"),
        ("builder", "select landing.next_page_id()"),
        ("builder", "create table landing.mine ()"),
        ("builder", "create table public.mine ()"),
        ("builder", "create schema mine"),
    ],
)
def test_no_role_may_do_more_than_its_work(
    archive: Database, role: str, statement: str
) -> None:
    """It is a right that is missing, not a setting that one can change."""
    with connected(as_role(archive, role)) as connection:
        connection.execute("set default_transaction_read_only = off")

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_a_reader_sees_what_every_member_may_see(
    fake: FakeDiscord, archive: Database
) -> None:
    """By Discord's own arithmetic for a member without roles, age limits aside."""
    world = fake.world
    (guild_id,) = world.guild_ids
    token = world.add_account("somebody", "user", world.add_user("somebody"))
    world.add_member(guild_id, world.accounts[token].user_id)
    readable = world.readable_channel_ids(guild_id, token)
    visible = {one for one in readable if not is_limited(world, one)}
    messages = [
        message
        for one in visible
        if one in world.logs
        for message in world.messages(one)
    ]
    bob = as_role(archive, "bob")

    channels = query(
        bob,
        "select channel_id, name from community.public_channels"
        " where type_name != 'category'",
    )
    shown = query(bob, "select message_id, content from community.public_messages")
    users = query(bob, "select user_id from community.public_users")

    assert {(one, world.channels[one]["name"]) for one in visible} == set(channels)
    assert {(int(one["id"]), one["content"]) for one in messages} == set(shown)
    assert {
        int(one["author"]["id"]) for one in messages if "webhook_id" not in one
    } == {one for (one,) in users}
    assert one(bob, "select guild_id from community.public_guilds") == guild_id
    assert "the painting is by a friend" in str(shown)
    hidden = {"vault", "attic", "cellar", "shelf"}
    assert hidden <= {one["name"] for one in world.channels.values()}
    assert not hidden & {name for _, name in channels}
    secret = f"select count(*) from discord.messages where content = '{SECRET}'"
    assert one(as_role(archive, "alice"), secret) == 5


def is_limited(world: World, channel_id: int) -> bool:
    """Tell whether Discord asks for one's age before it shows a channel or thread."""
    channel = world.channels[channel_id]
    parent = world.channels.get(int(channel["parent_id"] or 0), {})
    return bool(channel.get("nsfw") or parent.get("nsfw"))


TELLING = """
    create or replace function public.telling(content text) returns boolean
    language plpgsql cost 0.0000001 as $$
    begin
        raise notice '%', content;
        return true;
    end $$"""
QUESTIONS = (
    "select count(*) from community.public_messages where public.telling(content)",
    """
    select count(*) from community.public_messages as m
    join community.public_users as u
        on m.author_id = u.user_id and public.telling(m.content || u.username)""",
    """
    select max(content) from community.public_messages
    where public.telling(embeds::text || content) group by public.telling(content)""",
)


def heard(database: Database, role: str, *statements: str) -> str:
    """Return all that the server says to a role while it asks."""
    said: list[str] = []
    with connected(database) as connection:
        connection.add_notice_handler(
            lambda one: said.append(one.message_primary or "")
        )
        with connection.transaction():
            for statement in statements:
                connection.execute(statement.encode())
            connection.execute(f"set local role {role}".encode())
            for question in QUESTIONS:
                connection.execute(question.encode())
            raise psycopg.Rollback
    return "\n".join(said)


def test_no_condition_of_a_reader_is_asked_about_hidden_text(archive: Database) -> None:
    """A function that tells what it is given is given public rows only.

    Were the views no barriers, it would be asked first, because it is so cheap.
    """
    barrier = "alter view community.{} set (security_barrier = false)"
    without = [barrier.format(f"public_{one}") for one in ("channels", "messages")]

    with_barriers = heard(archive, "bob", TELLING)

    assert "the painting is by a friend" in with_barriers
    assert SECRET not in with_barriers
    assert SECRET in heard(archive, "bob", TELLING, *without)


@pytest.mark.parametrize(
    ("condition", "is_true"),
    [
        (f"1 / (case when content like '%{SECRET}' then 0 else 1 end) = 1", True),
        (f"(case when content ~ '{SECRET}' then 'x' else '1' end)::int = 1", True),
        (f"content not in ('{SECRET}')", True),
        (f"position('{SECRET}' in content) > 0", False),
        ("content like 'the safe%'", False),
        (f"content = '{SECRET}'", False),
    ],
)
def test_no_error_and_no_answer_tells_of_hidden_text(
    archive: Database, condition: str, *, is_true: bool
) -> None:
    """An operator that fails on a text would say that it is there."""
    counted = "select count(*) from community.public_messages where content is not null"
    bob = as_role(archive, "bob")

    expected = one(bob, counted) if is_true else 0

    assert expected == one(bob, f"{counted} and {condition}")


def test_who_is_in_no_group_cannot_connect(archive: Database) -> None:
    """PUBLIC stands for everybody, also for the other users of a shared server."""
    do(archive, "create role stranger login")

    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        query(as_role(archive, "stranger"), "select 1")


def test_tables_that_come_later_have_the_same_rights(archive: Database) -> None:
    """A new resource is read by the transformer, a new mart by the analyst."""
    with connected(as_role(archive, "archiver")) as connection:
        connection.execute("create table landing.later as select 1 as page_id")
    with connected(as_role(archive, "builder")) as connection:
        connection.execute("create table marts.later as table landing.later")
        connection.execute("create view staging.later as table landing.later")

    assert query(as_role(archive, "alice"), "select * from marts.later") == [(1,)]
    for schema in ("landing", "staging"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            query(as_role(archive, "alice"), f"select * from {schema}.later")


def test_the_report_needs_the_analysts_rights_only(
    archive: Database, tmp_path: Path
) -> None:
    """Who writes it may not see the pages."""
    alice = as_role(archive, "alice")
    page = tmp_path / "report.md"
    arguments = ("--as-of", "2026-11-15", "--output", str(page))

    done = subprocess.run(
        [sys.executable, "-m", "scripts.render_report", *arguments],
        env={"PATH": os.environ["PATH"], **alice},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "Harbour Lights" in page.read_text()


def test_run_again_it_changes_nothing(fake: FakeDiscord, archive: Database) -> None:
    """After an upgrade, in a playbook, or because nobody knows whether it was run."""
    before = query(archive, RIGHTS)

    make_roles(fake, archive)

    assert before == query(archive, RIGHTS)


def test_an_archive_of_one_role_goes_on_and_is_handed_over(
    fake: FakeDiscord, empty: Database, tmp_path: Path
) -> None:
    """Who did everything may go on so; what it made becomes the groups'."""
    make_owner(empty, "keeper")
    keeper = as_role(empty, "keeper")
    must_sync(fake, keeper)
    must_build(keeper, tmp_path, *SOME)

    make_logins(empty, make_roles(fake, keeper, "--prefix", "kept"), "kept_")
    must_sync(fake, keeper)
    must_build(keeper, tmp_path, *SOME, "--full-refresh")

    alice = as_role(empty, "kept_alice")
    assert one(alice, "select count(*) from discord.messages") > 50

    said = make_roles(fake, keeper, "--prefix", "kept")
    assert "members of kept_loader: keeper, kept_archiver\n" in said
    must_sync(fake, as_role(empty, "kept_archiver"))
    must_build(as_role(empty, "kept_builder"), tmp_path, *SOME, "--full-refresh")

    assert one(alice, "select count(*) from discord.messages") > 50
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(alice, "select from landing.messages")


def make_owner(database: Database, name: str) -> None:
    """Make a role that may make the three roles, and is no superuser."""
    do(database, f"create role {name} login createrole")
    name_of = database["PGDATABASE"]
    do(database, f"alter database {name_of} owner to {name}")


def test_what_others_made_in_our_schemas_stays_theirs(
    fake: FakeDiscord, empty: Database
) -> None:
    """A view that changed hands would show its readers what its maker may not see."""
    do(empty, "create role guest login; create schema marts")
    do(empty, "grant create, usage on schema marts to guest")
    do(as_role(empty, "guest"), "create view marts.mine as select 1 as n")

    said = make_roles(fake, empty)

    assert "left to its owner: marts.mine (guest)" in said
    owner = "select relowner::regrole::text from pg_class where relname = 'mine'"
    assert one(empty, owner) == "guest"
    assert not one(
        empty, "select pg_has_role('guest', 'discord_transformer', 'member')"
    )


def test_without_the_rights_it_says_which_and_makes_nothing(
    fake: FakeDiscord, empty: Database
) -> None:
    """One line, before anything is made."""
    do(empty, "create role plain login createrole")

    done = command(environment_of(fake, as_role(empty, "plain")), "db", "roles")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "Error: role plain may not make the roles of database"
    )
    assert "CREATEROLE and to own the database" in done.stderr
    assert done.stderr.count("\n") == 1
    assert one(empty, "select to_regnamespace('landing') is null")


def test_somebody_elses_tables_are_not_taken(
    fake: FakeDiscord, empty: Database
) -> None:
    """The owner of the database alone cannot hand over what another role archived."""
    must_sync(fake, empty)
    make_owner(empty, "landlord")
    before = query(empty, RIGHTS)

    done = command(environment_of(fake, as_role(empty, "landlord")), "db", "roles")

    assert done.returncode == 1
    assert "the role needs CREATE on the database, and to own the schema" in done.stderr
    assert done.stderr.count("\n") == 1
    assert before == query(empty, RIGHTS)


def test_somebody_elses_roles_are_not_taken(fake: FakeDiscord, empty: Database) -> None:
    """Who owns one archive of a server does not get at another by its group roles."""
    do(empty, "create role taken_loader")
    make_owner(empty, "neighbour")

    arguments = ("db", "roles", "--prefix", "taken")
    done = command(environment_of(fake, as_role(empty, "neighbour")), *arguments)

    assert done.returncode == 1
    assert "run it as a superuser or as who made the archive" in done.stderr
    assert done.stderr.count("\n") == 1
    assert one(empty, "select to_regrole('taken_analyst') is null")


def test_a_prefix_that_needs_quotes_is_refused(
    fake: FakeDiscord, empty: Database
) -> None:
    """Before anything is made; exit code 2, as of any wrong setting."""
    done = command(
        environment_of(fake, empty), "db", "roles", "--prefix", 'x"; drop role discord'
    )

    assert done.returncode == 2
    assert "--prefix" in done.stderr
    assert one(empty, "select to_regnamespace('landing') is null")


def test_it_does_not_take_tables_from_under_a_sync(
    fake: FakeDiscord, empty: Database
) -> None:
    """A sync that runs goes on undisturbed."""
    with only_sync(empty):
        done = command(environment_of(fake, empty), "db", "roles")

    assert done.returncode == 1
    assert "another sync is running" in done.stderr


def test_it_does_not_wait_long_for_a_build(
    empty: Database, fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever wants a table that it waits for would wait behind it."""
    must_sync(fake, empty)
    before = query(empty, RIGHTS)
    monkeypatch.setattr(roles, "PATIENCE", "50ms")
    for name, value in empty.items():
        monkeypatch.setenv(name, value)

    with connected(empty) as reader, reader.transaction():
        reader.execute("select from landing.messages limit 1")
        done = CliRunner().invoke(main, ["db", "roles"])

    assert done.exit_code == 1
    assert "run it again when no build is running" in done.stderr
    assert before == query(empty, RIGHTS)
