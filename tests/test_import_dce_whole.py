"""Nothing of an export is lost: odd texts, kills at any moment, files of any size."""

from __future__ import annotations

import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from extractor.bodies import storable_json
from extractor.dce import Import
from extractor.dce_files import find
from extractor.dce_landing import DceLanding
from extractor.dce_progress import ImportProgress
from extractor.landing import Landing, open_landing
from tests import exports
from tests.archive import REPOSITORY, connected, log_folder, query

Json = Any
Database = dict[str, str]

FIRST = 1_200_000_000_000_000_000
KILLS = 3

texts = st.text(st.characters(exclude_categories=()), max_size=6) | st.sampled_from(
    ["\0", "\ud83d", "\\u0000", "\\", "\ud83d\U0001f44d", "\udc4d\ud83d"]
)
values = st.recursive(
    st.none()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner),
    max_leaves=5,
)
messages = st.builds(
    lambda number, content: json.dumps({"id": str(FIRST + number), "content": content}),
    st.integers(0, 9),
    values,
)
# what is no message, no JSON, or more than jsonb holds
odd = st.sampled_from(
    [
        "7",
        "null",
        '"x"',
        "[]",
        '{"id": "no id"}',
        '{"id": 5.5}',
        '{"id": "0"}',
        '{"id": "99999999999999999999"}',
        '{"id": }',
        '{"id": "7", "n": NaN}',
        '{"id": "7", "n": 1e400}',
        '{"id": "7", "n": 1e200000}',
        '{"id": "7", "n": ' + "9" * 200_000 + "}",
        '{"id": "7", "a": ' + "[" * 900 + "]" * 900 + "}",
        '{"id": "7", "a": ' + "[" * 90_000 + "]" * 90_000 + "}",
        '{"id": "7", "a": "\1"}',
        '{"id": "7", "a": "\0"}',
        '{"id": "7", "id": "8"}',
    ]
)


@pytest.fixture(scope="module")
def landing(place: Database) -> Iterator[Landing]:
    """Give one landing to all examples: making it takes longer than all of them."""
    with open_landing(place) as opened:
        opened.start_run("import-dce", {})
        yield opened


def imported(landing: Landing, path: Path) -> Import:
    """Import a file alone into an empty landing."""
    with landing.transaction() as connection:
        connection.execute("truncate landing.dce_files, landing.dce_messages")
    return run_alone(landing, path)


def run_alone(landing: Landing, path: Path) -> Import:
    """Import a file alone."""
    progress = ImportProgress(Console(file=io.StringIO()), 1, 1)
    run = Import(DceLanding(landing), progress)
    run.run(find([str(path)]))
    return run


def landed(landing: Landing) -> list[tuple[list[Json], bytes | None]]:
    """Return body and raw of each page; numbers exact."""
    rows = landing.rows(
        "select body::text, raw from landing.dce_messages order by first_ordinal", ()
    )
    return [(_exact(row["body"]), row["raw"]) for row in rows]


def _exact(text: str) -> Json:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def readable(text: str) -> Json:
    """Return what jsonb should hold of a record; None for what it cannot hold."""
    is_held = len(text) < 10_000 and not any(
        one in text for one in ("NaN", '"id": }', "\0", "\1", "1e200000")
    )
    return _cleaned(_exact(text)) if is_held else None


def _cleaned(value: Json) -> Json:
    if isinstance(value, str):
        paired = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return paired.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(one) for key, one in value.items()}
    return value


pieces = st.sampled_from(
    [
        "\\",
        "\\\\",
        "\\u0000",
        "\\ud83d",
        "\\uDc4D",
        "\ud83d",
        "\udc4d",
        "ud83d",
        "x",
        "é",
    ]
)


@given(st.lists(pieces, max_size=8).map("".join))
def test_what_jsonb_cannot_hold_is_replaced_and_nothing_else(inside: str) -> None:
    """However backslashes stand before it."""
    text = f'"{inside}"'
    try:
        meant = json.loads(text)
    except ValueError:
        return

    stored = storable_json(text)

    # halves that stand as an escape and bare side by side are no pair to a parser
    mixed = json.loads(stored)
    assert "\0" not in mixed
    assert not re.search("[\ud800-\udfff]", mixed)
    assert len(mixed) == len(meant)
    assert all(b in {a, "\ufffd"} for a, b in zip(meant, mixed, strict=True))
    assert mixed.count("\ufffd") == len(re.findall("[\0\ud800-\udfff]", meant))
    assert stored == text or mixed != meant


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(messages | odd, max_size=12))
@example(['{"id": "1"}', '{"id": "7", "n": NaN}', '{"id": "2"}', '{"id": }'])
def test_what_is_landed_is_what_was_in_the_file(
    landing: Landing,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    records: list[str],
) -> None:
    """Word for word in raw where jsonb cannot hold it, and no neighbour suffers."""
    monkeypatch.setattr("extractor.dce.PAGE", 4)
    monkeypatch.setattr("extractor.dce.BATCH_PAGES", 2)
    path = tmp_path / "export.json"
    head = '"guild": {"id": "1"}, "channel": {"id": "2"}'
    path.write_text(
        f'{{{head}, "messages": [{", ".join(records)}], "messageCount": 3}}', "utf-8"
    )

    run = imported(landing, path)

    assert not run.summary.failed
    pages = landed(landing)
    in_pages = [records[n : n + 4] for n in range(0, len(records), 4)]
    assert [len(body) for body, _ in pages] == [len(page) for page in in_pages]
    for (body, raw), page in zip(pages, in_pages, strict=True):
        if raw is None:
            assert body == [_exact(text) for text in page]
        else:
            assert raw.decode() == f"[{','.join(page)}]"
            assert body == [readable(text) for text in page]
    [row] = landing.rows("select * from landing.dce_files", ())
    ids = [_id(one) for body, _ in pages for one in body]
    found = [one for one in ids if one is not None]
    assert row["status"] == "complete"
    assert row["message_count"] == len(records)
    assert row["unreadable_count"] == len(records) - len(found)
    assert row["min_message_id"] == min(found, default=None)
    assert row["max_message_id"] == max(found, default=None)


def _id(message: Json) -> int | None:
    text = str(message.get("id")) if isinstance(message, dict) else ""
    return int(text) if text.isdecimal() and 0 < int(text) < 2**63 else None


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_file_that_is_cut_anywhere_lands_what_is_whole(
    landing: Landing,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    data: st.DataObject,
) -> None:
    """Or is refused, where it is cut before its messages begin."""
    monkeypatch.setattr("extractor.dce.PAGE", 4)
    listed = [exports.telling(FIRST + n) for n in range(10)]
    whole = json.dumps(exports.document(listed), indent=2).encode()
    begin = whole.index(b'"messages"') + len('"messages": [')
    cut = data.draw(st.integers(begin - 30, len(whole) - 1))
    path = tmp_path / "export.json"
    path.write_bytes(whole[:cut])

    run = imported(landing, path)

    if cut < begin:
        assert list(run.summary.failed) == [str(path)]
        assert landing.rows("select from landing.dce_files", ()) == []
        return
    got = [one for body, _ in landed(landing) for one in body]
    ends = [found.end() for found in re.finditer(rb"\n    \}", whole[begin:])]
    assert [one["id"] for one in got] == [one["id"] for one in listed[: len(got)]]
    assert len(got) == sum(begin + end <= cut for end in ends)
    [row] = landing.rows("select status, message_count from landing.dce_files", ())
    assert (row["status"], row["message_count"]) == ("truncated", len(got))


@pytest.mark.parametrize("key", ["flavour", "topic\0"])
def test_a_head_that_jsonb_cannot_hold_keeps_its_bytes(
    landing: Landing, tmp_path: Path, key: str
) -> None:
    """The rest of it is readable."""
    document = json.dumps(
        {**exports.document([]), "name": "a\0b\ud83d", key: 4711, "b": "é"},
        ensure_ascii=False,
    )
    path = tmp_path / "export.json"
    data = document.replace("4711", "1e200000").encode("utf-8", "surrogatepass")
    path.write_bytes(data)

    run = imported(landing, path)

    assert not run.summary.failed
    [row] = landing.rows("select body, raw from landing.dce_files", ())
    assert row["body"]["guild"]["id"] == "100"
    assert row["body"]["b"] == "é"
    assert row["body"]["name"] == "a\ufffdb\ufffd\ufffd\ufffd"
    assert row["body"][key.replace("\0", "\ufffd")] is None
    assert b"1e200000" in row["raw"]


def test_bytes_that_are_not_utf_8_are_kept(landing: Landing, tmp_path: Path) -> None:
    """They stand in raw as they came."""
    text = json.dumps(exports.document([exports.message(FIRST, "@@")]))
    path = tmp_path / "export.json"
    path.write_bytes(text.encode().replace(b"@@", b"\xff\xe9"))

    imported(landing, path)

    [(body, raw)] = landed(landing)
    assert body[0]["content"] == "\ufffd\ufffd"
    assert raw is not None
    assert b'"content": "\xff\xe9"' in raw


# --- kills ----------------------------------------------------------------------------


def big(path: Path, messages: int, content: str = "") -> Path:
    """Write an export that is never in memory as a whole."""
    head, tail = json.dumps(exports.document([]), indent=2).split('"messages": []')
    with path.open("w") as file:
        file.write(f'{head}"messages": [')
        for n in range(messages):
            one = json.dumps(exports.message(FIRST + (n << 22), f"no {n}{content}"))
            file.write(f"{',' * (n > 0)}\n{one}")
        file.write(f"]{tail.replace(': 0', f': {messages}')}")
    return path


def environment(database: Database) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DISCORD_WAREHOUSE_ENV_FILE": os.devnull,
        "DISCORD_WAREHOUSE_CONFIG": os.devnull,
        "DISCORD_WAREHOUSE_LOG_FOLDER": str(log_folder(database)),
        **database,
    }


def started(database: Database, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "extractor", "import-dce", str(path)],
        env=environment(database),
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def heard(number: signal.Signals) -> Iterator[None]:
    """Let what is started meanwhile hear a signal that we may have been told to ignore.

    A shell has what it runs in the background ignore Ctrl-C, and so all that is below.
    """
    before = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(number, before)


def count(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("select sum(message_count) from landing.dce_files")
    return int(row.fetchall()[0][0] or 0)


def grown(process: subprocess.Popen[str], connection: psycopg.Connection[Any]) -> None:
    """Wait until a process has landed something, or has ended."""
    before = count(connection)
    while process.poll() is None and count(connection) == before:
        time.sleep(0.003)


PAGES = """
    select first_ordinal, item_count, min_message_id, max_message_id, body, raw, request
    from landing.dce_messages order by page_id"""
FILE = """
    select status, body, declared_count, message_count, unreadable_count, byte_count,
        min_message_id, max_message_id, exporter_version, encode(sha256, 'hex')
    from landing.dce_files"""


def test_imports_killed_at_random_points_lose_and_double_nothing(
    database: Database, tmp_path: Path
) -> None:
    """In the end it is as if none had been killed; in between, rows fit together."""
    rng = random.Random(7)
    path = big(tmp_path / "export.json", 16_000)
    on_pages = "select coalesce(sum(item_count), 0) from landing.dce_messages"
    with open_landing(database) as landing, connected(database) as connection:
        for _ in range(KILLS):
            process = started(database, path)
            grown(process, connection)
            time.sleep(rng.random() * 0.03)  # before, inside or after the next batch
            process.send_signal(signal.SIGKILL)
            process.communicate()
            # or the test has tested nothing
            assert process.returncode == -signal.SIGKILL
            assert query(database, on_pages) == [(count(connection),)]
        assert count(connection) < 16_000

        landing.start_run("import-dce", {})
        run_alone(landing, path)

        resumed = [query(database, one) for one in (PAGES, FILE)]
        imported(landing, path)
        assert [query(database, one) for one in (PAGES, FILE)] == resumed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_import_ends_in_order(
    database: Database, tmp_path: Path, number: signal.Signals
) -> None:
    """It says so, the run is closed, and what was landed stays."""
    path = big(tmp_path / "export.json", 60_000)
    with open_landing(database), connected(database) as connection:
        with heard(number):
            process = started(database, path)
        grown(process, connection)
        process.send_signal(number)

        _, errors = process.communicate()

        assert process.returncode == 1
        assert "Interrupted: run again to go on from there" in errors
        assert 0 < count(connection) < 60_000
    ends = query(database, "select exit_code, error from landing.runs order by run_id")
    assert ends == [(1, "interrupted")]


# --- size -----------------------------------------------------------------------------

MEMORY = """
import sys
from pathlib import Path
from extractor.cli import main
try:
    main(["import-dce", sys.argv[1]])
except SystemExit as end:
    assert end.code == 0
for line in Path("/proc/self/status").read_text().splitlines():
    if line.startswith("VmHWM:"):
        print(line.split()[1])
"""

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/status").exists(),
    reason="only Linux tells what a program took",
)


def peak(database: Database, path: Path) -> int:
    """Return the most memory that an import took, in MB."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path)],
        env=environment(database),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.split()[-1]) // 1000


@needs_proc
def test_a_larger_file_takes_no_more_memory(database: Database, tmp_path: Path) -> None:
    """Both fill the same batches."""
    small = peak(database, big(tmp_path / "small.json", 450, "x" * 20_000))
    large = peak(database, big(tmp_path / "large.json", 2_000, "x" * 20_000))

    assert large < small + 15
    assert large < 150


@needs_proc
@pytest.mark.long
@pytest.mark.timeout(1800)
def test_two_gigabytes_take_less_than_200_mb(
    database: Database, tmp_path: Path
) -> None:
    """As the README says."""
    path = big(tmp_path / "export.json", 3_000_000, " some words more" * 20)
    assert path.stat().st_size > 2_000_000_000

    assert peak(database, path) < 200
