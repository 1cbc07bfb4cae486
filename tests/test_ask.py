"""The questions of analyses/, put to a small guild by the command that people use."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.rows import dict_row

from extractor.embedded import Embedded
from scripts.ask import command
from scripts.questions import questions
from tests.dbt_warehouse import (
    CACHE,
    GUILD,
    Warehouse,
    built_warehouse,
    message,
    user,
)

MONDAY = datetime(2025, 1, 6, 12, tzinfo=UTC)
OTHER_GUILD = 900
TALK, ELSEWHERE = 70, 80
ADA, BOB = 101, 102
TEXTS = [
    "the release is out",
    "release notes: the release, and the release after it",
    "100% done",
    "100 percent of it",
    "snake_case",
    "snakeXcase",
    "\u6771\u4eac\u306f\u65e5\u672c\u306e\u9996\u90fd",
    "\u65e5\u672c\u8a9e",
    "red\x1b[31m alert",
]
# of what the questions read, all that is not empty here
READ = [
    *("messages", "reactions", "int_api_message_versions", "message_words"),
    *("users", "user_profiles", "user_names", "guild_syncs", "guild_coverage"),
    *("daily_user_channel_activity", "weekly_guild_activity"),
]
Rows = list[dict[str, Any]]
Ask = Callable[..., Rows]


@pytest.fixture(scope="module")
def warehouse(
    postgres: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """Give two guilds with a person in both, and one whose name has changed."""
    folder = tmp_path_factory.mktemp("ask")
    with built_warehouse(postgres, folder) as made:
        for number, text in enumerate(TEXTS):
            at = MONDAY + timedelta(minutes=number)
            made.landing.messages(
                message(at, content=text, author=user(ADA, username="ada")),
                channel_id=TALK,
            )
        later = MONDAY + timedelta(days=7)
        for number in range(3):
            made.landing.messages(
                message(
                    later + timedelta(minutes=number),
                    content=f"elsewhere {number}",
                    author=user(ADA, username="countess"),
                ),
                channel_id=ELSEWHERE,
                guild_id=OTHER_GUILD,
            )
        made.landing.messages(
            message(later, number=9, content="hello", author=user(BOB, username="bob")),
            channel_id=TALK,
        )
        made.must_build("--select", *READ)
        cache_file = folder / CACHE
        cache_file.parent.mkdir(exist_ok=True)
        cache_file.write_bytes(made.parsed()[1])
        yield made


@pytest.fixture
def at_home(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """Let the program meet this database, and dbt write into its own folder."""
    for name, value in warehouse.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DBT_TARGET_PATH", str(warehouse.folder / "target"))
    monkeypatch.setenv("DBT_LOG_PATH", str(warehouse.folder))
    return warehouse


@pytest.fixture(scope="module")
def compiled() -> dict[str, str]:
    """Remember what dbt made of each question."""
    return {}


@pytest.fixture
def ask(at_home: Warehouse, compiled: dict[str, str]) -> Ask:
    """Put a question with some of its parameters; the others have their defaults."""

    def put(question: str, /, **values: Any) -> Rows:
        asked = questions()[question]
        given = {p.name: p.default for p in asked.parameters} | values
        if question not in compiled:
            compiled[question] = asked.compiled(given, at_home.parsed()[0])
        with psycopg.connect(row_factory=dict_row) as connection:
            return connection.execute(compiled[question].encode(), given).fetchall()

    return put


def say(*arguments: str) -> Result:
    return CliRunner().invoke(command(), arguments)


def contents(rows: Rows) -> list[str]:
    return [row["content"] for row in rows]


# --- what the questions answer --------------------------------------------------------


REQUIRED = {"id": TALK, "text": "ada"}


@pytest.mark.parametrize("name", sorted(set(questions()) - {"rebuilt_differences"}))
def test_every_question_can_be_asked_with_what_it_requires(ask: Ask, name: str) -> None:
    """Nothing but what is required needs to be said."""
    required = [p for p in questions()[name].parameters if p.is_required]

    ask(name, **{p.name: REQUIRED[p.type] for p in required})


def test_guilds_are_counted_in_any_window(ask: Ask) -> None:
    """Both ends of a window are days that count."""
    counted = ask("guild_activity", since=MONDAY.date(), until=MONDAY.date())

    assert [(r["guild_id"], r["message_count"]) for r in counted] == [(GUILD, 9)]
    everything = ask("guild_activity")
    assert [(r["guild_id"], r["message_count"]) for r in everything] == [
        (GUILD, 10),
        (OTHER_GUILD, 3),
    ]


def test_people_are_ranked_and_found_across_guilds(ask: Ask) -> None:
    """Who wrote most comes first; who wrote enough in two guilds is named with both."""
    top = ask("top_users", guild_id=GUILD)
    across = ask("users_across_guilds", messages=3)

    assert [(r["rank"], r["user_id"], r["message_count"]) for r in top] == [
        (1, ADA, 9),
        (2, BOB, 1),
    ]
    assert [(r["user_id"], r["guild_count"], r["message_count"]) for r in across] == [
        (ADA, 2, 12)
    ]
    assert ask("users_across_guilds", messages=4) == []


def test_somebody_is_found_by_every_name_they_ever_had(ask: Ask) -> None:
    """An old name leads to the name of today."""
    found = ask("find_user", name="AD")

    assert [(r["found_name"], r["username_now"], r["user_id"]) for r in found] == [
        ("ada", "countess", ADA)
    ]


def test_messages_come_with_those_around_them(ask: Ask) -> None:
    """So many before and after, of whoever wrote them, each once."""
    around = ask("user_messages", user_id=BOB, context=2)

    assert [(r["content"], r["is_theirs"]) for r in around] == [
        (TEXTS[-2], False),
        (TEXTS[-1], False),
        ("hello", True),
    ]


def test_a_channel_tells_its_history_in_order(ask: Ask) -> None:
    """From the first day asked for to the last, both counted."""
    said = ask("channel_transcript", channel_id=TALK, until=MONDAY.date())

    assert contents(said) == TEXTS
    assert contents(ask("channel_transcript", channel_id=TALK, limit=1)) == TEXTS[:1]
    since = (MONDAY + timedelta(days=1)).date()
    assert contents(ask("channel_transcript", channel_id=TALK, since=since)) == [
        "hello"
    ]


# --- search ---------------------------------------------------------------------------


def test_words_are_found_and_the_best_come_first(ask: Ask) -> None:
    """More of the words, and closer together, is better; quotes and minus count."""
    assert contents(ask("search_messages", text="release")) == [TEXTS[1], TEXTS[0]]
    assert contents(ask("search_messages", text='"release is"')) == [TEXTS[0]]
    assert contents(ask("search_messages", text="release -notes")) == [TEXTS[0]]
    assert contents(ask("search_messages", text="nowhere or HELLO")) == ["hello"]


def test_a_search_is_narrowed(ask: Ask) -> None:
    """By guild, channel, author and day; to so many."""
    where = {"text": "elsewhere"}

    assert len(ask("search_messages", **where)) == 3
    assert len(ask("search_messages", **where, limit=2)) == 2
    assert len(ask("search_messages", **where, guild_id=OTHER_GUILD)) == 3
    assert ask("search_messages", **where, guild_id=GUILD) == []
    assert len(ask("search_messages", **where, channel_id=ELSEWHERE)) == 3
    assert ask("search_messages", **where, channel_id=TALK) == []
    assert len(ask("search_messages", **where, author_id=ADA)) == 3
    assert ask("search_messages", **where, author_id=BOB) == []
    assert ask("search_messages", **where, until=MONDAY.date()) == []
    since = (MONDAY + timedelta(days=7)).date()
    assert len(ask("search_messages", **where, since=since, until=since)) == 3


def test_two_characters_are_found_where_words_have_no_spaces(ask: Ask) -> None:
    """Also in the midst of others, and the newest first."""
    found = ask("search_messages", text="\u65e5\u672c")

    assert contents(found) == [TEXTS[7], TEXTS[6]]


def test_a_substring_is_taken_as_it_is(ask: Ask) -> None:
    """Percent signs and underscores are no wildcards; case does not matter."""
    assert contents(ask("search_messages", text="100%", substring=True)) == [TEXTS[2]]
    assert contents(ask("search_messages", text="E_C", substring=True)) == [TEXTS[4]]
    assert contents(ask("search_messages", text="\\", substring=True)) == []


def test_substrings_are_indexed_where_pg_trgm_is(ask: Ask, at_home: Warehouse) -> None:
    """The answers are the same, of three characters and of two."""
    asked = ["elease", "\u65e5\u672c", "0%"]
    before = [ask("search_messages", text=text, substring=True) for text in asked]
    at_home.connection.execute("create extension pg_trgm")
    at_home.must_build("--select", "message_words")

    after = [ask("search_messages", text=text, substring=True) for text in asked]

    assert after == before
    index = "select indexname from pg_indexes where indexname ~ '_trgm$'"
    assert at_home.query(index) == [("messages_content_trgm",)]


# --- a rebuild, compared --------------------------------------------------------------


def test_rows_that_a_rebuild_would_change_are_shown(
    ask: Ask, at_home: Warehouse
) -> None:
    """None where builds were exact; both states of a row that is another."""
    at_home.connection.execute(
        "create schema before; create table before.messages as table discord.messages"
    )
    same = ask("rebuilt_differences", table="messages")
    at_home.connection.execute(
        "update before.messages set content = 'tampered' where content = 'hello'"
    )
    different = ask("rebuilt_differences", table="messages")
    at_home.connection.execute("drop schema before cascade")

    assert same == []
    assert sorted((r["only_in"], r["row"]["content"]) for r in different) == [
        ("copied", "tampered"),
        ("rebuilt", "hello"),
    ]


# --- the command ----------------------------------------------------------------------


@pytest.mark.usefixtures("at_home")
def test_answers_are_for_people_spreadsheets_and_programs() -> None:
    """A table on one line a row that steers no terminal; CSV; JSON lines."""
    asked = ("search_messages", "--text", "alert", "--guild-id", str(GUILD))

    table = say(*asked)
    as_csv = say(*asked, "--format", "csv")
    as_json = say(*asked, "--format", "json")

    assert table.exit_code == as_csv.exit_code == as_json.exit_code == 0, table.output
    assert "red\ufffd[31m alert" in table.stdout
    assert len(table.stdout.splitlines()) == 3
    rows = list(csv.DictReader(io.StringIO(as_csv.stdout)))
    assert [row["content"] for row in rows] == [TEXTS[8]]
    assert '"content":"red\\u001b[31m alert"' in as_json.stdout


def test_whoever_asks_nothing_sees_all_questions() -> None:
    """Each with what it is about."""
    listed = say()

    assert listed.exit_code == 0
    assert [name for name in questions() if name not in listed.stdout] == []


@pytest.mark.usefixtures("at_home")
def test_what_cannot_be_asked_is_named() -> None:
    """Which question, which option, what to do."""
    unknown = say("meaning_of_life")
    incomplete = say("top_users")
    no_id = say("top_users", "--guild-id", "somewhere")
    no_table = say("rebuilt_differences", "--table", "messages; drop table x")

    assert (unknown.exit_code, incomplete.exit_code, no_id.exit_code) == (2, 2, 2)
    assert "meaning_of_life" in unknown.output
    assert "--guild-id" in incomplete.output
    assert "somewhere" in no_id.output
    assert no_table.exit_code == 1
    assert "is no table" in no_table.output


def test_a_warehouse_that_is_not_built_asks_to_be(at_home: Warehouse) -> None:
    """The database is there, the table is not."""
    at_home.connection.execute("alter table marts.message_words rename to aside")
    try:
        refused = say("search_messages", "--text", "x")
    finally:
        at_home.connection.execute("alter table marts.aside rename to message_words")

    assert refused.exit_code == 1
    assert "make build" in refused.output
