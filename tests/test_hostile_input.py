"""Hostile input: nothing of it is lost or executed, what speaks of it stays readable.

One guild is called, and says, what nobody should send; some of its pages are none of
Discord's. It is archived, imported, built, reported and asked about once for all tests.
"""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from extractor import resources
from extractor.bodies import storable_text
from extractor.config import Settings, load
from extractor.embedded import Embedded
from extractor.errors import ConfigError
from extractor.received import NOT_JSON, parsed
from extractor.summary import Summary
from extractor.terminal import printable
from extractor.trust import base_url
from scripts.ask import command as ask_command
from scripts.render_report import main as render_report
from tests import exports
from tests.archive import REPOSITORY, command, environment_of
from tests.dbt_warehouse import CACHE, Warehouse, built_warehouse, failure
from tests.fake_discord import FakeDiscord, Fault, World, generate_world
from tests.hostile import NAMES, drawn, messages, pages, short, texts, values, written
from tests.patience import Sleeps, impatient_sync
from tests.test_report_html import ALLOWED, Page

END = datetime(2026, 11, 15, tzinfo=UTC)
POSTS, ODD_PAGES, RECORDS = 150, 80, 60
TOKEN = "a-token-that-nobody-should-see"
Json = Any

# categories of characters that steer a terminal, or hide or reorder a text
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@dataclass
class Hostile:
    """The guild, what was sent of it, and all that was said and made of it."""

    world: World
    warehouse: Warehouse
    environment: dict[str, str]
    odd: dict[int, bytes]  # by channel, what came instead of its first page
    exported: list[Json]
    summary: Summary
    said: dict[str, subprocess.CompletedProcess[str]]
    folder: Path


@pytest.fixture(scope="module")
def hostile(
    postgres: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hostile]:
    """Archive it, twice, with an export beside it, and build everything."""
    folder = tmp_path_factory.mktemp("hostile")
    world = generate_world(5, "tiny", END)
    call_names(world)
    say_texts(world)
    odd = odd_channels(world)
    with (
        built_warehouse(postgres, folder) as made,
        FakeDiscord(world) as fake,
    ):
        for channel_id, page in odd.items():
            path = rf"/channels/{channel_id}/messages"
            is_retried = parsed(page) is NOT_JSON
            fake.fail_next(path, Fault(200, page), times=6 if is_retried else 1)
        database = dict(made.environment)
        summary = impatient_sync(fake, database, Sleeps())
        environment = environment_of(fake, database, DISCORD_TOKEN_OF_OTHERS=TOKEN)
        exported = write_export(folder / "exports")
        said = {
            "import": command(environment, "import-dce", str(folder / "exports")),
            "dry import": command(
                environment, "import-dce", "--dry-run", str(folder / "exports")
            ),
            "sync": command(environment, "sync", "--revisit-days", "all", "--verbose"),
            "dry run": command(environment, "sync", "--dry-run", "--verbose"),
            "check": command(environment, "check"),
            "status": command(environment, "status"),
            "status --json": command(environment, "status", "--json"),
        }
        terminal = on_a_terminal(environment, "sync", "--revisit-days", "all")
        said["terminal"] = subprocess.CompletedProcess([], 0, terminal, "")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DISCORD_TOKEN", TOKEN)
            made.must_build()
        yield Hostile(world, made, environment, odd, exported, summary, said, folder)


def call_names(world: World) -> None:
    """Call everything that has a name by one that nobody should have."""
    (guild_id,) = world.guild_ids
    names = cycle(NAMES)
    world.guilds[guild_id].update(name=NAMES[5] + NAMES[3], description=NAMES[1])
    for name in NAMES:
        writer = world.add_user(next(names), global_name=next(names))
        world.add_member(guild_id, writer, nick=next(names))
        world.add_role(guild_id, name, 0)
        channel_id = world.add_channel(guild_id, 0, name, topic=next(names))
        first = world.post_message(channel_id, author_id=writer, content=name)
        emoji = {"id": None, "name": name}
        world.add_reaction(channel_id, first, emoji, normal=3)
        thread = world.create_thread(channel_id, next(names), owner_id=writer)
        world.post_message(thread, author_id=writer, content=next(names) + "?")


def say_texts(world: World) -> None:
    """Post drawn texts, with drawn names of files and titles, where all may read."""
    (guild_id,) = world.guild_ids
    channel_id = world.add_channel(guild_id, 0, "texts")
    writers = cycle([int(one) for one in world.members[guild_id]])
    for number, text in enumerate(drawn(texts, POSTS)):
        name = storable_text(NAMES[number % len(NAMES)])
        file = {"id": str(10**17 + number), "filename": name, "size": 1, "url": name}
        world.post_message(
            channel_id,
            author_id=next(writers),
            content=text,
            at=END - timedelta(days=6) + timedelta(minutes=number),
            attachments=[{**file, "proxy_url": name}] if number % 5 == 0 else [],
            embeds=[{"title": name, "description": text, "type": "rich"}],
        )


def odd_channels(world: World) -> dict[int, bytes]:
    """Return a channel with one message for each page that is no page."""
    (guild_id,) = world.guild_ids
    writer = next(iter(world.members[guild_id]))
    odd = {}
    drawings = st.tuples(pages, st.booleans())
    for number, (value, is_ascii) in enumerate(drawn(drawings, ODD_PAGES)):
        channel_id = world.add_channel(guild_id, 0, f"odd-{number}")
        world.post_message(channel_id, author_id=writer, content="after all")
        odd[channel_id] = written(value, is_ascii=is_ascii)
    for number, deep in enumerate((1_000, 1_100, 5_000, 200_000)):
        channel_id = world.add_channel(guild_id, 0, f"deep-{number}")
        world.post_message(channel_id, author_id=writer, content="after all")
        nested = b"[" * deep + b"]" * deep
        odd[channel_id] = b'[{"id": "1099511627776", "embeds": %b}]' % nested
    return odd


def write_export(folder: Path) -> list[Json]:
    """Write an export of hostile names and messages, under a hostile name."""
    folder.mkdir()
    records = [
        exports.message(1_100_000_000_000_000_000 + (number << 22)) | odd
        for number, odd in enumerate(drawn(messages.map(without_id), RECORDS))
    ]
    document = exports.document(records)
    document["guild"]["name"] = NAMES[5]
    document["channel"].update(name=NAMES[3], topic=NAMES[1], category=NAMES[0])
    # no slash and no NUL: no file system would take them
    name = "".join(NAMES[4:8]).replace("/", "").replace("\0", "")[:40]
    (folder / f"{name}.json").write_bytes(written(document, is_ascii=True))
    return records


def without_id(message: Json) -> Json:
    return {key: value for key, value in message.items() if key != "id"}


def on_a_terminal(environment: Mapping[str, str], *arguments: str) -> str:
    """Return what a command shows on a terminal."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "extractor", *arguments],
        env={**environment, "TERM": "xterm-256color", "COLUMNS": "200"},
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=follower,
    ) as shown:
        os.close(follower)
        pieces = []
        with suppress(OSError):  # Linux says so when the last writer has left
            while piece := os.read(leader, 65_536):
                pieces.append(piece)
    os.close(leader)
    assert shown.returncode in (0, 3)
    return b"".join(pieces).decode(errors="replace")


def unseen(text: str, allowed: str = "\n") -> set[str]:
    """Return what steers, hides or reorders in a text."""
    return {
        one
        for one in text
        if one not in allowed and unicodedata.category(one) in UNSEEN
    }


def landed_pages(hostile: Hostile, channel_id: int) -> list[bytes]:
    """Return the pages of a channel as they came, or as jsonb has them."""
    rows = hostile.warehouse.query(
        "select coalesce(raw, convert_to(body::text, 'UTF8')) from landing.messages"
        f" where channel_id = {channel_id} order by page_id"
    )
    return [bytes(one) for (one,) in rows]


def meant(page: bytes) -> Json:
    """Return what JSON says, however it is spaced and its numbers are spelt."""
    text = page.decode("utf-8", "surrogatepass")
    try:
        return json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except RecursionError:
        return re.sub(r"\s", "", text)


def readable(hostile: Hostile) -> set[int]:
    """Return the channels with messages, those with odd pages left out."""
    (guild_id,) = hostile.world.guild_ids
    token = hostile.environment["DISCORD_TOKEN"]
    return hostile.world.readable_channel_ids(guild_id, token) - hostile.odd.keys()


# --- nothing is lost ---------------------------------------------------------------


def test_every_text_is_landed_as_it_was_sent(hostile: Hostile) -> None:
    """NUL and lone surrogates, control characters, 4,000 of them: byte for byte."""
    world = hostile.world
    for channel_id in readable(hostile):
        sent = {one["id"]: one["content"] for one in world.messages(channel_id)}

        landed = {
            one["id"]: one["content"]
            for page in landed_pages(hostile, channel_id)
            for one in json.loads(page.decode("utf-8", "surrogatepass"))
        }

        assert sent == landed


def test_every_odd_page_is_landed_as_it_was_sent_or_named(hostile: Hostile) -> None:
    """What no parser takes is left to the next run, and said to be."""
    named = " ".join(hostile.summary.failed)
    kinds = {"landed": 0, "named": 0}
    for channel_id, page in hostile.odd.items():
        name = hostile.world.channels[channel_id]["name"]
        landed = landed_pages(hostile, channel_id)
        if page in landed or meant(page) in map(meant, landed):
            kinds["landed"] += 1
        else:
            kinds["named"] += 1
            assert re.search(rf"#{name}\b", named), (name, page[:300])

    assert min(kinds.values()) > 3
    assert kinds["landed"] > ODD_PAGES // 3


def test_no_odd_page_keeps_what_follows_it_from_being_archived(
    hostile: Hostile,
) -> None:
    """At the latest in the run after it."""
    typed = "select channel_id from discord.messages where content = 'after all'"

    assert hostile.odd.keys() <= {one for (one,) in hostile.warehouse.query(typed)}


def test_every_message_is_typed_or_counted(hostile: Hostile) -> None:
    """Texts stand in their column; what Postgres cannot hold is replaced, no more."""
    world, warehouse = hostile.world, hostile.warehouse
    sent = {
        (channel_id, int(one["id"])): storable_text(one["content"])
        for channel_id in readable(hostile)
        for one in world.messages(channel_id)
    }

    typed = {
        (channel_id, message_id): content
        for channel_id, message_id, content in warehouse.query(
            "select channel_id, message_id, content from discord.messages"
        )
    }
    checked = warehouse.invoke(
        "test", "--select", "assert_no_message_is_lost_after_landing"
    )

    assert sent == {key: typed.get(key) for key in sent}
    assert checked.success, failure(checked)
    untyped = "select count(*) from audit.untyped_elements where resource = 'messages'"
    assert warehouse.query(untyped)[0][0] > 10


def test_every_record_of_an_export_is_kept(hostile: Hostile) -> None:
    """Typed, or listed with its place and its reason."""
    landed = "select sum(jsonb_array_length(body)) from landing.dce_messages"
    typed = "select count(*) from discord.messages where source = 'dce'"
    listed = "select count(*) from audit.quarantined_records"

    ((count,),) = hostile.warehouse.query(landed)
    ((good,),), ((bad,),) = map(hostile.warehouse.query, (typed, listed))

    assert count == RECORDS
    assert good + bad >= RECORDS
    assert hostile.said["import"].returncode == 0


# --- nothing is executed -----------------------------------------------------------


def test_names_are_data_to_sql_to_jinja_and_to_the_shell(hostile: Hostile) -> None:
    """Each stands in its column, letter for letter, and no template saw the token."""
    world, warehouse = hostile.world, hostile.warehouse
    (guild_id,) = world.guild_ids
    channels = {
        (one, storable_text(world.channels[one]["name"])) for one in readable(hostile)
    }
    users = {
        (int(one["id"]), storable_text(one["username"])) for one in world.users.values()
    }
    roles = {
        (int(one["id"]), storable_text(one["name"]))
        for one in world.roles[guild_id].values()
    }

    assert channels <= set(
        warehouse.query("select channel_id, name from discord.channels")
    )
    found = set(warehouse.query("select user_id, username from discord.users"))
    assert {one for one in users if one[0] in dict(found)} <= found
    assert roles <= set(warehouse.query("select role_id, name from discord.roles"))
    told = f"select count(*) from discord.messages where strpos(content, '{TOKEN}') > 0"
    assert warehouse.query(told) == [(0,)]
    literal = (
        "select count(*) from discord.messages where strpos(content, 'env_var(') > 0"
    )
    assert warehouse.query(literal)[0][0] > 1


def test_no_path_leads_out_of_its_place(hostile: Hostile) -> None:
    """Names of files and of emoji are names; only what we name ourselves is made."""
    made = {path.name for path in hostile.folder.iterdir()}

    assert made <= {"exports", "target", "logs", "reports", "dbt.log"}
    assert not (REPOSITORY / "etc").exists()


# --- what speaks of it stays readable ----------------------------------------------


def test_what_is_printed_steers_no_terminal(hostile: Hostile) -> None:
    """Results and errors, whether they go into a pipe, a log or a window."""
    for name, done in hostile.said.items():
        if name == "terminal":
            continue
        assert unseen(done.stdout) == set(), name
        assert unseen(done.stderr) == set(), name
        assert done.returncode in (0, 3), done.stderr
    assert hostile.said["status --json"].stdout.isascii()
    status = json.loads(hostile.said["status --json"].stdout)
    names = {one["name"] for one in status["channels"]}
    assert {storable_text(one) for one in NAMES} <= names


def test_a_terminal_is_steered_by_us_alone(hostile: Hostile) -> None:
    """Bars and colours are; titles, other colours and the other direction are not."""
    shown = hostile.said["terminal"].stdout

    ours = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert "\x1b[31mred" not in shown
    assert "\x1b[2J" not in shown
    assert unseen(ours, "\r\n") == set()
    assert "[31mred" in ours  # it was shown, and its beginning was taken off


def test_an_error_about_a_hostile_name_is_one_readable_line(
    database: dict[str, str],
) -> None:
    """Whoever names a bot may have named it so."""
    world = generate_world(5, "tiny", END)
    with FakeDiscord(world) as fake:
        bot = world.accounts[fake.bot_token]
        world.update_user(bot.user_id, username=NAMES[5] + NAMES[7] + NAMES[9])
        world.set_intents(fake.bot_token, [])
        environment = environment_of(fake, database)

        said = [command(environment, one).stderr for one in ("sync", "check")]

    for text in said:
        (line, *_) = text.splitlines()
        assert line.startswith("Error: account ")
        assert "[31mred" in line
        assert unseen(text) == set()


@pytest.fixture(scope="module")
def report(hostile: Hostile) -> dict[str, str]:
    """Write the report in both forms, with pictures, and return its files."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in hostile.warehouse.environment.items():
            patch.setenv(name, value)
        patch.setenv("DISCORD_TOKEN", TOKEN)
        patch.chdir(hostile.folder)
        page = ("--as-of", "2026-11-15", "--html", "--output", "reports/page.md")
        done = CliRunner().invoke(render_report, page, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    folder = hostile.folder / "reports"
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_report_of_it_is_inert_as_markdown(report: dict[str, str]) -> None:
    """No link but to Discord's own messages, no HTML, no picture but ours."""
    tokens = list(MarkdownIt("gfm-like", {"linkify": False}).parse(report["page.md"]))
    tokens += [child for one in tokens for child in one.children or ()]

    assert "drop table discord" in report["page.md"]
    assert unseen(report["page.md"]) == set()
    assert TOKEN not in report["page.md"]
    links = {one.attrs["href"] for one in tokens if one.type == "link_open"}
    assert links
    assert {one for one in links if not is_discords(str(one))} == set()
    assert {one.type for one in tokens} & {"html_block", "html_inline"} == set()
    pictures = {str(one.attrs["src"]) for one in tokens if one.type == "image"}
    assert pictures <= report.keys()


def is_discords(link: str) -> bool:
    return re.fullmatch(r"https://discord\.com/channels/\d+/\d+/\d+", link) is not None


def test_a_report_of_it_is_inert_as_a_page(report: dict[str, str]) -> None:
    """Nothing runs, nothing is loaded, nothing leads elsewhere."""
    page = Page(report["page.html"])

    assert "drop table discord" in page.text
    assert {tag for tag, _ in page.tags} <= ALLOWED
    assert unseen(report["page.html"]) == set()
    attributes = {name for _, found in page.tags for name in found}
    assert {one for one in attributes if one.startswith("on")} == set()
    assert all(is_discords(str(one["href"])) for one in page.all("a"))
    assert all(str(one["src"]).startswith("data:image/") for one in page.all("img"))
    for name, text in report.items():
        if name.endswith(".svg"):
            assert unseen(text) == set()
            assert not re.search(
                r"<script|<image|<foreignObject|\son\w+=|href=.http", text
            )


@pytest.fixture
def asking(hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Let questions meet this database."""
    cache = hostile.folder / CACHE
    cache.parent.mkdir(exist_ok=True)
    cache.write_bytes(hostile.warehouse.parsed()[1])
    for name, value in hostile.warehouse.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DBT_TARGET_PATH", str(hostile.folder / "target"))
    monkeypatch.setenv("DBT_LOG_PATH", str(hostile.folder))
    return CliRunner()


def test_answers_about_it_are_readable_and_exact(
    hostile: Hostile, asking: CliRunner
) -> None:
    """A table on a terminal is printable; what a program reads has each character."""
    channel_id = max(
        readable(hostile),
        key=lambda one: len(hostile.world.messages(one)),
    )
    question = ["channel_transcript", "--channel-id", str(channel_id), "--limit", "999"]

    table = asking.invoke(ask_command(), question)
    as_csv = asking.invoke(ask_command(), [*question, "--format", "csv"])
    as_json = asking.invoke(ask_command(), [*question, "--format", "json"])

    assert table.exit_code == as_csv.exit_code == as_json.exit_code == 0, table.output
    assert unseen(table.stdout) == set()
    sent = sorted(
        storable_text(one["content"]) for one in hostile.world.messages(channel_id)
    )
    rows = csv.DictReader(io.StringIO(as_csv.stdout_bytes.decode(), newline=""))
    assert sent == sorted(row["content"] for row in rows)
    lines = [json.loads(line) for line in as_json.stdout.split("\n") if line]
    assert sent == sorted(line["content"] for line in lines)


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("asking")
@pytest.mark.parametrize("form", ["csv", "json"])
def test_even_an_exact_answer_steers_no_terminal(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """What is made for programs may be looked at, too."""
    channel_id = max(
        readable(hostile), key=lambda one: len(hostile.world.messages(one))
    )
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)

    ask_command().main(
        ["channel_transcript", "--channel-id", str(channel_id), "--format", form],
        standalone_mode=False,
    )

    shown = terminal.getvalue()
    assert len(shown.split("\n")) > 100
    assert unseen(shown) == set()


@pytest.mark.parametrize("name", ["'; drop table", "{{ env_var", "%s %(x)s", "\\N"])
def test_questions_take_hostile_words_for_words(asking: CliRunner, name: str) -> None:
    """They are values of a query, never a part of it."""
    done = asking.invoke(
        ask_command(), ["find_user", "--name", name, "--format", "json"]
    )

    assert done.exit_code == 0, done.output
    found = [json.loads(line)["found_name"] for line in done.stdout.split("\n") if line]
    assert found
    assert all(name in one for one in found)


# --- settings ----------------------------------------------------------------------

ACCOUNT = st.fixed_dictionaries(
    {},
    optional={
        "name": short | values,
        "token": texts | values,
        "token_env": short | values,
        "type": short | values,
        "guilds": st.lists(values, max_size=3) | values,
        "user_agent": short | values,
    },
)
CONFIGS = st.one_of(
    st.binary(max_size=60),
    st.builds(
        written,
        st.fixed_dictionaries(
            {},
            optional={
                "accounts": st.lists(ACCOUNT, max_size=3) | values,
                "database_url": texts
                | short.map("postgresql://user:sesame@host/{}".format)
                | values,
            },
        )
        | st.dictionaries(short, values, max_size=2)
        | values,
        is_ascii=st.booleans(),
    ),
)


@given(CONFIGS)
@example(b"[" * 100_000)
@example(b'{"accounts": ' + b"9" * 5000 + b"}")
@example(b'{"database_url": "postgresql://u:sesame@h/d\\u0000"}')
@example(b'{"\\u001b[31m\\n\\ud800": 1}')
def test_any_config_is_settings_or_one_readable_line(content: bytes) -> None:
    """Never a traceback, a second line, or a word that steers the terminal."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config.json"
        path.write_bytes(content)
        path.chmod(0o600)

        said = refused(path, {"DISCORD_WAREHOUSE_ENV_FILE": os.devnull})

    assert "sesame" not in said


@given(st.binary(max_size=80) | texts.map(lambda one: one.encode(errors="replace")))
@example(b"PGHOST=\x00")
@example(b"DISCORD_TOKEN='a\nb")
@example(b"DISCORD_TOKEN=${DISCORD_TOKEN}")
@example(b"DISCORD_API_BASE_URL=http://\x1b[31m/")
def test_any_env_file_is_settings_or_one_readable_line(content: bytes) -> None:
    """Of whatever was pasted into it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / ".env"
        path.write_bytes(content)
        path.chmod(0o600)

        refused(Path("config.json"), {"DISCORD_WAREHOUSE_ENV_FILE": str(path)})


def refused(config: Path, environ: dict[str, str]) -> str:
    """Return what is said about settings, which is nothing if they are some."""
    said = ""
    try:
        assert isinstance(load(config, environ), Settings)
    except ConfigError as error:
        said = str(error)
    assert unseen(said, "") == set()
    return said


@given(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["https://", "http://", "HTTP://127.0.0.1", "file:", "", "//"]),
        short,
        st.sampled_from(["", ":443", ":99999", "/api", "?x", "#x", "\\@discord.com"]),
    )
)
def test_any_address_is_encrypted_local_or_refused(address: str) -> None:
    """And is in the form in which requests are held against it."""
    try:
        taken = base_url(address)
    except ConfigError:
        return

    assert re.match(r"https://|http://(localhost|127\.|\[::1\])", taken)
    again = requests.Request("GET", f"{taken}/users/@me").prepare().url
    assert again == f"{taken}/users/@me"


# --- words on their way ------------------------------------------------------------


@given(st.text(st.characters(codec=None)))
def test_what_is_printable_can_be_printed(text: str) -> None:
    """In any terminal, and by Python at all; what is harmless stays as it is."""
    shown = printable(text)

    assert shown.isprintable()
    assert len(shown) == len(text)
    shown.encode()
    assert text.isprintable() == (shown == text)


@given(st.text(st.characters(codec=None)) | short, st.none() | values)
@example("..", None)
@example("../../../../guilds/1", None)
@example("\ud800", None)
def test_an_emoji_leads_to_its_own_message(name: str, emoji_id: Json) -> None:
    """Its name is one step of a path, whatever it is called."""
    path = resources.emoji_in_path({"id": emoji_id, "name": name})
    ids: dict[str, int | str] = {"channel_id": 1, "message_id": 2, "emoji": path}
    asked = resources.REACTION_USERS.request(ids)

    url = (
        requests.Request("GET", f"https://discord.com/api/v10{asked.path}")
        .prepare()
        .url
    )

    assert url is not None
    assert url.startswith("https://discord.com/api/v10/channels/1/messages/2/")
    assert "/" not in path
