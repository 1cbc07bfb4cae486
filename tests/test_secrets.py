"""Tokens and passwords go where they must, and are found nowhere else.

One pipeline runs under secrets that occur only once in the world, succeeding and
failing in each way that could quote them; then all that it left behind is searched.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
import pytest

from extractor.embedded import Embedded
from tests.archive import REPOSITORY, command, connected, process, query
from tests.dbt_warehouse import CACHE, built_database, new_database, parsed
from tests.fake_discord import FakeDiscord, generate_world

END = datetime(2026, 11, 15, tzinfo=UTC)
KEEPER = "secretkeeper"  # a role that needs its password
MARK = "a word that stands in a message"  # what a search has to find, where it is

# of bot, of nobody, of the database, wrong, in an address, in a database_url
SECRETS = {
    "token": "MTA1.Gx7-Qz.the_token_of_a_bot_0b9f",
    "dead token": "MTA2.Hk2-Rw.a_token_that_died_5d1c",
    "password": "it's the pass/word@of:keeper?7a3e",
    "wrong password": "it's/a@wrong:one?c4f8",
    "password of an address": "an-address-password-91d2",
    "password of another database": "another-database-password-e6b0",
}
# tables of two layers, and one mart that is going to fail
SOME = (
    *("--select", "+weekly_guild_activity", "guilds", "channels", "weekly_emoji_use"),
    *("--exclude", "config.materialized:view", "resource_type:test"),
)

Database = dict[str, str]
Done = subprocess.CompletedProcess[str]


@dataclass
class Story:
    """What a pipeline said, by command, and left in a folder and in a database."""

    folder: Path
    database: Database
    log: Path
    done: dict[str, Done] = field(default_factory=dict)
    command_lines: set[str] = field(default_factory=set)


def forms(secret: str) -> set[str]:
    """Return a secret as it may be written down."""
    in_json = json.dumps(secret)[1:-1]
    in_base64 = b64encode(secret.encode()).decode().rstrip("=")
    quoted = {quote(secret), quote(secret, safe=""), secret.replace("'", "''")}
    return {secret, in_json, in_base64, secret.encode().hex(), *quoted}


def told(text: str) -> list[str]:
    """Return the names of the secrets that a text tells."""
    return [
        name
        for name, secret in SECRETS.items()
        if any(form in text for form in forms(secret))
    ]


@contextmanager
def watching(seen: set[str]) -> Iterator[None]:
    """Note the command line of every process of this machine while a block runs."""
    stopped = threading.Event()

    def watch() -> None:
        # all of them each time: a process may become another program
        while not stopped.wait(0.05):
            for one in psutil.process_iter(["cmdline"]):
                seen.add(" ".join(one.info["cmdline"] or ()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        stopped.set()
        watcher.join()


@contextmanager
def needing_a_password(server: Embedded) -> Iterator[None]:
    """Let the server ask one role for its password, until the block ends."""
    rules = server.root / "conf" / "pg_hba.conf"
    before = rules.read_text()
    place = server.environment("postgres")
    password = SECRETS["password"].replace("'", "''")
    with connected(place) as administrator:
        administrator.execute(
            f"create role {KEEPER} superuser login password '{password}'".encode()
        )
        rules.write_text(f"local all {KEEPER} scram-sha-256\n{before}")
        administrator.execute("select pg_reload_conf()")
        try:
            until_refused({**place, "PGUSER": KEEPER, "PGPASSWORD": "no"})
            yield
        finally:
            rules.write_text(before)
            administrator.execute("select pg_reload_conf()")
            administrator.execute(f"drop role {KEEPER}".encode())


def until_refused(place: Database) -> None:
    """Wait until the server has read its rules."""
    for _ in range(500):
        try:
            query(place, "select 1")
        except psycopg.OperationalError:
            return
        time.sleep(0.01)
    raise AssertionError("no password was asked for")


@pytest.fixture(scope="module")
def story(
    postgres: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    """Run everything once."""
    folder = tmp_path_factory.mktemp("secrets")
    world = generate_world(5, "tiny", END)
    account = world.accounts.pop(next(iter(world.accounts)))
    world.accounts = {
        SECRETS["token"]: replace(account, token=SECRETS["token"]),
        **world.accounts,
    }
    assert account.kind == "bot"
    channel_id = next(iter(world.logs))
    writer = int(world.messages(channel_id)[0]["author"]["id"])
    world.post_message(channel_id, author_id=writer, content=MARK)
    with (
        needing_a_password(postgres),
        new_database(postgres, built_database(postgres)) as place,
        FakeDiscord(world) as fake,
    ):
        login = {"PGUSER": KEEPER, "PGPASSWORD": SECRETS["password"]}
        told = Story(folder, {**place, **login}, postgres.root / "log")
        with watching(told.command_lines):
            tell(told, fake)
        yield told


def tell(story: Story, fake: FakeDiscord) -> None:
    """Run all commands, with settings from everywhere."""
    folder, database, done = story.folder, story.database, story.done
    nothing = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "DISCORD_API_BASE_URL": fake.url,
        "DISCORD_WAREHOUSE_ENV_FILE": os.devnull,
        "DISCORD_WAREHOUSE_CONFIG": os.devnull,
        "DISCORD_WAREHOUSE_REVISIT_DAYS": "0",
        "DISCORD_WAREHOUSE_LOG_FOLDER": str(folder / "runs"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    usual = {**nothing, **database, "DISCORD_TOKEN": SECRETS["token"]}
    logged = ("--debug", "--log-file", str(folder / "sync.log"))

    done["sync"] = process(usual, "sync", *logged)
    config, env_file = settings_files(story)
    by_file = {**nothing, "DISCORD_WAREHOUSE_CONFIG": str(config)}
    done["sync by config.json"] = command(by_file, "sync", "--verbose", *logged[1:])
    by_env_file = {**nothing, "DISCORD_WAREHOUSE_ENV_FILE": str(env_file)}
    done["check by .env"] = command(by_env_file, "check")
    done["dry run"] = command(usual, "sync", "--dry-run", "--verbose")
    done["status"] = command(usual, "status", "--json")

    for what, changes in (
        ("a dead token", {"DISCORD_TOKEN": SECRETS["dead token"]}),
        ("a wrong password", {"PGPASSWORD": SECRETS["wrong password"]}),
        ("another address", {"DISCORD_API_BASE_URL": f"{fake.url}/elsewhere"}),
        ("an address with a password", {"DISCORD_API_BASE_URL": address_with_secret()}),
        ("a token of two words", {"DISCORD_TOKEN": f"{SECRETS['dead token']} x"}),
        ("an account without a token", {"DISCORD_TOKEN": ""}),
    ):
        done[what] = command({**usual, **changes}, "sync", *logged)
    other = folder / "other.json"
    password = SECRETS["password of another database"]
    other.write_text(json.dumps({"database_url": f"mysql://u:{password}@h/d"}))
    other.chmod(0o600)
    by_other = {**nothing, "DISCORD_WAREHOUSE_CONFIG": str(other)}
    done["another kind of database"] = command(by_other, "sync")
    done["a key that is no key"] = command(
        {**nothing, "DISCORD_WAREHOUSE_CONFIG": str(misspelt(folder))}, "status"
    )
    build(story, usual)


def settings_files(story: Story) -> tuple[Path, Path]:
    """Write the settings into a config.json and into a .env."""
    database = story.database
    password = quote(SECRETS["password"], safe="")
    url = (
        f"postgresql+asyncpg://{KEEPER}:{password}@/{database['PGDATABASE']}"
        f"?host={quote(database['PGHOST'], safe='')}&port={database['PGPORT']}"
    )
    account = {"name": "keeper", "token": SECRETS["token"]}
    config = story.folder / "config.json"
    config.write_text(json.dumps({"accounts": [account], "database_url": url}))
    env_file = story.folder / ".env"
    lines = [f'{name}="{value}"' for name, value in database.items()]
    env_file.write_text("\n".join([f"DISCORD_TOKEN={SECRETS['token']}", *lines, ""]))
    for path in (config, env_file):
        path.chmod(0o600)
    return config, env_file


def address_with_secret() -> str:
    return f"https://user:{SECRETS['password of an address']}@discord.com/api/v10"


def misspelt(folder: Path) -> Path:
    path = folder / "misspelt.json"
    account = {"name": "a", "tokn": SECRETS["dead token"]}
    path.write_text(json.dumps({"accounts": [account]}))
    path.chmod(0o600)
    return path


def build(story: Story, usual: Mapping[str, str]) -> None:
    """Build, with a mart that fails; report; and ask dbt what it connects to."""
    cache = story.folder / CACHE
    cache.parent.mkdir()
    cache.write_bytes(parsed(tuple(sorted(story.database.items())))[1])
    with connected(story.database) as connection:
        connection.execute("alter table marts.weekly_emoji_use rename guild_id to gone")
    dbt = ("db", "run", "--", str(Path(sys.executable).with_name("dbt")))
    done = story.done
    done["build"] = process(usual, *dbt, "build", *SOME)
    wrong = {**usual, "PGPASSWORD": SECRETS["wrong password"]}
    done["dbt debug with a wrong password"] = process(wrong, *dbt, "debug")
    python = ("db", "run", "--", sys.executable, "-m")
    report = ("scripts.render_report", "--as-of", "2026-11-15", "--no-pictures")
    page = ("--output", str(story.folder / "reports" / "report.md"))
    done["report"] = process(usual, *python, *report, *page)
    done["report with a wrong password"] = process(wrong, *python, *report, *page)


def everything_left(folder: Path) -> dict[str, str]:
    """Return the contents of all files but the settings themselves, by name."""
    settings = {".env", "config.json", "other.json", "misspelt.json"}
    return {
        str(path.relative_to(folder)): path.read_bytes().decode("latin-1")
        for path in folder.rglob("*")
        if path.is_file() and path.name not in settings
    }


def test_the_story_went_as_it_was_meant_to(story: Story) -> None:
    """Each of the ways to succeed and to fail was taken."""
    codes = {name: done.returncode for name, done in story.done.items()}

    assert codes == {
        "sync": 0,
        "sync by config.json": 0,
        "check by .env": 0,
        "dry run": 0,
        "status": 0,
        "a dead token": 1,
        "a wrong password": 1,
        "another address": 1,
        "an address with a password": 2,
        "a token of two words": 2,
        "an account without a token": 2,
        "another kind of database": 2,
        "a key that is no key": 2,
        "build": 1,
        "dbt debug with a wrong password": 1,
        "report": 0,
        "report with a wrong password": 1,
    }
    assert "password authentication failed" in story.done["a wrong password"].stderr
    assert "weekly_emoji_use" in story.done["build"].stdout


def test_no_command_says_a_secret(story: Story) -> None:
    """Neither as a result nor as an error, however much it was asked to say."""
    said = {name: told(done.stdout + done.stderr) for name, done in story.done.items()}

    assert {name: secrets for name, secrets in said.items() if secrets} == {}


def test_no_file_holds_a_secret(story: Story) -> None:
    """Logs, reports, what dbt compiles, caches and remembers; the server's log."""
    files = everything_left(story.folder) | {"log": story.log.read_text()}

    assert {
        "sync.log",
        "logs/dbt.log",
        "target/manifest.json",
        "reports/report.md",
    } <= (files.keys())
    assert "extractor.client" in files["sync.log"]
    runs = [text for name, text in files.items() if name.startswith("runs/sync/")]
    assert len(runs) > 3
    assert any("Discord refused the token" in text for text in runs)
    assert "Harbour Lights" in files["reports/report.md"]
    found = {name: told(text) for name, text in files.items()}
    assert {name: secrets for name, secrets in found.items() if secrets} == {}


def test_no_table_holds_a_secret(story: Story) -> None:
    """In no column of any schema; the run log has the runs' arguments and errors."""
    tables = query(
        story.database,
        "select format('%I.%I', schemaname, tablename) from pg_tables"
        " where schemaname not in ('pg_catalog', 'information_schema')",
    )
    assert len(tables) > 50
    searched = {MARK, *(form for one in SECRETS.values() for form in forms(one))}
    found = set()
    with connected(story.database) as connection:
        for (table,) in tables:
            search = (
                "select distinct searched from unnest(%s::text[]) as searched"
                f" inner join {table} as t on strpos(t::text, searched) > 0"
            )
            rows = connection.execute(search.encode(), [sorted(searched)])
            found |= {(table, str(one)) for (one,) in rows.fetchall()}

    assert {one for _, one in found} == {MARK}
    assert {"landing.messages", "discord.messages"} <= {table for table, _ in found}


def test_no_process_shows_a_secret_to_other_users(story: Story) -> None:
    """Any user of a machine may read the command lines of all."""
    lines = story.command_lines

    assert any("-m extractor sync" in line for line in lines)
    assert any(line.endswith("dbt debug") for line in lines)
    assert [line for line in lines if told(line)] == []


@pytest.mark.parametrize(
    ("mode", "is_open"),
    [
        *((mode, True) for mode in (0o644, 0o640, 0o604, 0o620, 0o602, 0o777)),
        *((mode, False) for mode in (0o600, 0o400, 0o700)),
    ],
)
@pytest.mark.parametrize("name", [".env", "config.json", "two words.json"])
def test_settings_that_others_may_read_or_change_are_warned_of(
    tmp_path: Path, name: str, mode: int, *, is_open: bool
) -> None:
    """One line that names the command which closes them; the work goes on."""
    path = tmp_path / name
    path.write_text("" if name == ".env" else "{}")
    path.chmod(mode)
    variable = "ENV_FILE" if name == ".env" else "CONFIG"
    environment = {
        "PATH": os.environ["PATH"],
        "PGHOST": "elsewhere",
        "DISCORD_WAREHOUSE_ENV_FILE": os.devnull,
        "DISCORD_WAREHOUSE_CONFIG": os.devnull,
        f"DISCORD_WAREHOUSE_{variable}": str(path),
    }

    done = command(environment, "db", "env")

    assert done.returncode == 0
    assert "export PGHOST=elsewhere\n" in done.stdout
    assert bool(done.stderr) == is_open
    if is_open:
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"{path} is open to other users")
        _, _, advice = line.partition(": ")
        subprocess.run(["sh", "-c", advice], check=True)
        assert command(environment, "db", "env").stderr == ""


def test_no_secret_is_committed_by_accident() -> None:
    """The files that hold secrets are ignored; the examples hold none."""
    ignored = (REPOSITORY / ".gitignore").read_text().splitlines()

    assert {"/.env", "/config.json"} <= set(ignored)
    example = (REPOSITORY / ".env.example").read_text().splitlines()
    assert [one for one in example if one[:1].isalpha() and not one.endswith("=")] == []
