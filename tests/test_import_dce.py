"""`discord-warehouse import-dce`: every kind of export lands, and nothing else."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import pty
import stat
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from extractor.database import only_import, only_sync
from extractor.dce_versions import Version, written
from tests import exports
from tests.archive import REPOSITORY, command, connected, log_folder, query
from tests.exports import VERSIONS

Json = Any
Database = dict[str, str]

FIRST = 1_200_000_000_000_000_000
DAY = 86_400_000 << 22
_numbers = count(1)


@pytest.fixture
def landing(place: Database) -> Database:
    """Give landing without exports: all tests of this file share one database."""
    with connected(place) as connection:
        connection.execute(
            "do $$ begin if to_regclass('landing.dce_files') is not null then truncate"
            " landing.dce_files, landing.dce_messages, landing.runs; end if; end $$"
        )
    return place


def run(database: Database, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `discord-warehouse import-dce`."""
    return command(environment(database), "import-dce", *map(str, arguments))


def environment(database: Database) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DISCORD_WAREHOUSE_ENV_FILE": os.devnull,
        "DISCORD_WAREHOUSE_CONFIG": os.devnull,
        "DISCORD_WAREHOUSE_LOG_FOLDER": str(log_folder(database)),
        **database,
    }


def some(messages: int, version: Version = exports.NEWEST, **own: Json) -> Json:
    """Return an export of so many messages of one channel, one a day."""
    listed = [exports.message(FIRST + n * DAY, f"no {n}") for n in range(messages)]
    return exports.document(listed, version, **own)


def another(**own: Json) -> Json:
    """Return an export that no other is equal to."""
    return some(2, channel_id=1000 + next(_numbers), **own)


def stored(path: Path, document: Json) -> Path:
    """Write a document as the exporter does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False), "utf-8")
    return path


def files(database: Database, columns: str) -> list[tuple[Any, ...]]:
    return query(database, f"select {columns} from landing.dce_files order by page_id")


def landed(database: Database) -> list[Json]:
    """Return the messages of all files, in their order."""
    rows = query(
        database,
        "select body from landing.dce_messages order by file_id, first_ordinal",
    )
    return [one for (body,) in rows for one in body]


# --- what lands -----------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS, ids=written)
def test_an_export_of_every_version_lands(
    landing: Database, tmp_path: Path, version: Version
) -> None:
    """Message by message as it was written, with the version that can be told."""
    listed = [exports.telling(FIRST + n * DAY, version) for n in range(3)]
    document = exports.document(listed, version)

    result = run(landing, stored(tmp_path / "export.json", document))

    assert result.returncode == 0, result.stderr
    assert landed(landing) == listed
    head = {key: value for key, value in document.items() if key != "messages"}
    [(status, body, declared, name)] = files(
        landing, "status, body, declared_count, exporter_version"
    )
    assert (status, body, declared) == ("complete", head, 3)
    assert tuple(map(int, name.split("."))) <= version


def test_a_file_is_a_row_with_what_is_known_of_it(
    landing: Database, tmp_path: Path
) -> None:
    """Its hash is that of the JSON; times and ids are typed."""
    path = stored(tmp_path / "export.json", some(3))
    os.utime(path, (1_700_000_000, 1_700_000_000))

    run(landing, path)

    data = path.read_bytes()
    [row] = files(
        landing,
        "path, encode(sha256, 'hex'), byte_count, modified_at, guild_id, channel_id,"
        " exported_at, raw, message_count, unreadable_count, min_message_id,"
        " max_message_id, finished_at is not null, run_id",
    )
    [(run_id,)] = query(landing, "select run_id from landing.runs")
    assert row == (
        str(path),
        hashlib.sha256(data).hexdigest(),
        len(data),
        datetime.fromtimestamp(1_700_000_000, UTC),
        100,
        200,
        datetime(2026, 3, 1, 12, tzinfo=UTC),
        None,
        3,
        0,
        FIRST,
        FIRST + 2 * DAY,
        True,
        run_id,
    )


def test_messages_come_in_pages_of_a_hundred(landing: Database, tmp_path: Path) -> None:
    """Each with the file, the place and the ids of what is on it."""
    path = stored(tmp_path / "export.json", some(250))

    run(landing, path)

    rows = query(
        landing,
        "select route_id, guild_id, channel_id, account, request ->> 'file',"
        " item_count, first_ordinal, min_message_id, max_message_id, raw,"
        " is_history_readable, has_message_content, file_id"
        " from landing.dce_messages order by page_id",
    )
    [(file_id, sha256)] = files(landing, "page_id, encode(sha256, 'hex')")
    same = (None, None, True, file_id)
    where = (200, 100, 200, "DiscordChatExporter", sha256)
    assert rows == [
        (*where, 100, 1, FIRST, FIRST + 99 * DAY, *same),
        (*where, 100, 101, FIRST + 100 * DAY, FIRST + 199 * DAY, *same),
        (*where, 50, 201, FIRST + 200 * DAY, FIRST + 249 * DAY, *same),
    ]


MIXED = {
    "direct messages": exports.direct_messages([exports.telling(FIRST)]),
    "a forum post": exports.forum_post([exports.message(FIRST)]),
    "newest first": exports.document(
        [exports.message(FIRST + n * DAY) for n in (2, 1, 0)]
    ),
    "assets beside it": exports.document(
        [
            exports.message(
                FIRST,
                attachments=[exports.attachment(5, url="x.json_Files\\plan-A1.png")],
            )
        ]
    ),
    "types nobody knows": exports.document(
        [exports.message(FIRST, type=4711)], channel={"type": "GuildMoonBase"}
    ),
    "no message": exports.document([]),
    "keys nobody knows": exports.document([], flavour={"a": [1.50, None]}),
}


@pytest.mark.parametrize("document", MIXED.values(), ids=MIXED)
def test_what_the_exporter_writes_lands_as_it_is(
    landing: Database, tmp_path: Path, document: Json
) -> None:
    """Nothing is interpreted here."""
    result = run(landing, stored(tmp_path / "export.json", document))

    assert result.returncode == 0, result.stderr
    assert landed(landing) == document["messages"]
    head = {key: value for key, value in document.items() if key != "messages"}
    [(body, guild_id)] = files(landing, "body, guild_id")
    assert (body, guild_id) == (head, int(document["guild"]["id"]))


def test_the_parts_of_a_channel_are_files_of_their_own(
    landing: Database, tmp_path: Path
) -> None:
    """Each counts its own messages only."""
    listed = [exports.message(FIRST + n * DAY) for n in range(5)]
    stored(tmp_path / "c [200].json", exports.document(listed[:3]))
    stored(tmp_path / "c [200] [part 2].json", exports.document(listed[3:]))

    run(landing, tmp_path)

    assert sorted(files(landing, "message_count, declared_count")) == [(2, 2), (3, 3)]


# --- where it is looked for -----------------------------------------------------------


def test_folders_archives_and_packed_files_are_looked_into(
    landing: Database, tmp_path: Path
) -> None:
    """All by themselves; what people attached, and what is no JSON, is passed over."""
    folder = tmp_path / "exports"
    stored(folder / "plain.json", another())
    stored(folder / "deeper" / "down" / "UPPER.JSON", another())
    packed = json.dumps(another()).encode()
    (folder / "packed.json.gz").write_bytes(gzip.compress(packed))
    with zipfile.ZipFile(folder / "many.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/one.json", json.dumps(another()))
        archive.writestr("two.json.gz", gzip.compress(json.dumps(another()).encode()))
        archive.writestr("read me.txt", "nothing")
        archive.writestr("__MACOSX/a/._one.json", "\0\0")
    attached = stored(folder / "plain.json_Files/attached-1234.json", another())
    (folder / "notes.txt").write_text("nothing")

    # as a shell expands exports/*, too
    result = run(landing, folder, attached.parent)

    assert result.returncode == 0, result.stderr
    assert {path for (path,) in files(landing, "path")} == {
        f"{folder}/plain.json",
        f"{folder}/deeper/down/UPPER.JSON",
        f"{folder}/packed.json.gz",
        f"{folder}/many.zip!a/one.json",
        f"{folder}/many.zip!two.json.gz",
    }


def test_a_pattern_is_expanded_and_a_name_with_brackets_is_a_name(
    landing: Database, tmp_path: Path
) -> None:
    """The exporter puts brackets into every name."""
    named = stored(tmp_path / "Sundial - general [200].json", another())
    others = [stored(tmp_path / f"deep/{n}/x.json", another()) for n in range(2)]
    stored(tmp_path / "deep/y.json_Files/x.json", another())  # somebody attached it

    result = run(landing, named, tmp_path / "**" / "x.json", others[0])

    assert result.returncode == 0, result.stderr
    assert {path for (path,) in files(landing, "path")} == {
        str(named),
        *map(str, others),
    }


def test_folders_above_may_be_called_anything(
    landing: Database, tmp_path: Path
) -> None:
    """Only below what was named, a name tells what people attached."""
    folder = tmp_path / "My.Backup_Files" / "exports"
    made = [stored(folder / f"{n}/x.json", another()) for n in range(2)]
    stored(folder / "0/x.json_Files/x.json", another())

    result = run(landing, folder / "0", folder / "1" / "*.json")

    assert result.returncode == 0, result.stderr
    assert {path for (path,) in files(landing, "path")} == set(map(str, made))


def test_a_file_that_is_named_may_be_called_anything(
    landing: Database, tmp_path: Path
) -> None:
    """Whether it is packed is seen in its first bytes."""
    (tmp_path / "export.bak").write_bytes(gzip.compress(json.dumps(some(1)).encode()))

    result = run(landing, tmp_path / "export.bak")

    assert result.returncode == 0, result.stderr
    assert files(landing, "message_count") == [(1,)]


@pytest.mark.parametrize("arguments", [[], ["missing.json"], ["no*.json"], ["empty"]])
def test_a_path_that_leads_nowhere_is_a_mistake(
    landing: Database, tmp_path: Path, arguments: list[str]
) -> None:
    """Nothing is imported then, not even what was named beside it."""
    (tmp_path / "empty").mkdir()
    paths = [tmp_path / one for one in arguments]
    beside = [stored(tmp_path / "good.json", another())] if arguments[:1] != [] else []

    result = run(landing, *paths, *(beside if "empty" not in arguments else []))

    assert result.returncode == 2
    assert "Error: " in result.stderr
    assert all(str(path) in result.stderr for path in paths)


# --- what is known already ------------------------------------------------------------


def test_a_file_is_known_by_its_content(landing: Database, tmp_path: Path) -> None:
    """However it is called, and however it is packed."""
    document = some(3)
    path = stored(tmp_path / "one.json", document)
    run(landing, path)
    before = query(landing, "select * from landing.dce_messages")
    (tmp_path / "two.json.gz").write_bytes(gzip.compress(path.read_bytes()))
    with zipfile.ZipFile(tmp_path / "three.zip", "w") as archive:
        archive.write(path, "four.json")

    result = run(landing, tmp_path)

    assert result.returncode == 0
    assert result.stderr.count("general [200] of Sundial: known, skipped") == 3
    assert "3 files: 3 known" in result.stdout
    assert len(files(landing, "1")) == 1
    assert query(landing, "select * from landing.dce_messages") == before


def test_a_newer_export_of_a_channel_is_another_file(
    landing: Database, tmp_path: Path
) -> None:
    """Its messages land again: which of both is right is not decided here."""
    later = datetime(2026, 4, 1, tzinfo=UTC)
    stored(tmp_path / "1.json", some(2))
    stored(tmp_path / "2.json", some(3, exported_at=later))

    run(landing, tmp_path)

    assert files(landing, "message_count") == [(2,), (3,)]


def test_an_import_touches_nothing_that_syncs_go_by(
    landing: Database, tmp_path: Path
) -> None:
    """Checkpoints, fetches and the API's pages are as before."""
    run(landing, stored(tmp_path / "export.json", some(3)))

    for table in ("checkpoints", "fetches", "messages", "guild_syncs", "channels"):
        assert query(landing, f"select * from landing.{table}") == []


# --- what breaks off ------------------------------------------------------------------


def test_what_was_readable_of_a_file_that_breaks_off_is_landed(
    landing: Database, tmp_path: Path
) -> None:
    """It is marked, and the whole file is another one."""
    whole = json.dumps(some(5), indent=2)
    path = tmp_path / "export.json"
    path.write_text(whole[: whole.index("no 3")])

    broken = run(landing, path)
    path.write_text(whole)
    mended = run(landing, path)

    assert (broken.returncode, mended.returncode) == (0, 0)
    assert "truncated after 3 messages (it breaks off)" in broken.stderr
    assert "1 file: 1 truncated" in broken.stdout
    assert files(landing, "status, message_count, declared_count") == [
        ("truncated", 3, None),
        ("complete", 5, 5),
    ]


@pytest.mark.parametrize("cut", [0.3, 0.9, 0.999])
def test_a_packed_file_that_breaks_off_is_read_as_far_as_it_goes(
    landing: Database, tmp_path: Path, cut: float
) -> None:
    """What can be unpacked is what there is, and that is what the hash is of."""
    listed = [
        exports.message(FIRST + n * DAY, hashlib.sha256(b"%d" % n).hexdigest() * 9)
        for n in range(200)
    ]
    packed = gzip.compress(json.dumps(exports.document(listed)).encode())
    path = tmp_path / "export.json.gz"
    path.write_bytes(packed[: int(len(packed) * cut)])

    first, second = run(landing, path), run(landing, path)

    assert "what it is packed in is damaged" in first.stderr
    assert "known, skipped" in second.stderr
    [(status, number)] = files(landing, "status, message_count")
    assert status == "truncated"
    assert landed(landing) == listed[:number]
    assert number > 200 * cut - 40


def test_a_packed_file_with_a_wrong_checksum_is_not_called_whole(
    landing: Database, tmp_path: Path
) -> None:
    """All its messages are landed, but some bit of it is not as it was."""
    packed = bytearray(gzip.compress(json.dumps(some(3)).encode()))
    packed[-5] ^= 1
    path = tmp_path / "export.json.gz"
    path.write_bytes(packed)

    result = run(landing, path)

    assert (
        "truncated after 3 messages (what it is packed in is damaged" in result.stderr
    )
    assert files(landing, "status, message_count, declared_count") == [
        ("truncated", 3, 3)
    ]


def test_a_member_of_an_archive_that_is_damaged_is_read_as_far_as_it_goes(
    landing: Database, tmp_path: Path
) -> None:
    """The others of the archive are whole."""
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", json.dumps(some(3000)))
        archive.writestr("b.json", json.dumps(another()))
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"no 2900"', b'"no 29oo"', 1))

    result = run(landing, path)

    assert result.returncode == 0
    assert "what it is packed in is damaged (Bad CRC-32" in result.stderr
    (broken, whole) = files(landing, "status, message_count")
    assert broken[0] == "truncated"
    assert 2000 < broken[1] < 3000
    assert whole == ("complete", 2)


def test_what_follows_the_end_of_a_document_is_not_passed_over(
    landing: Database, tmp_path: Path
) -> None:
    """Two files in one: the first is landed, and marked."""
    path = tmp_path / "export.json"
    path.write_text(json.dumps(some(1)) + json.dumps(another()))

    result = run(landing, path)

    assert "(something follows the end of the document)" in result.stderr
    assert files(landing, "status, message_count, declared_count") == [
        ("truncated", 1, 1)
    ]


# --- what is no export ----------------------------------------------------------------

REFUSED = {
    "empty": (b"", "its head cannot be read: it is empty"),
    "HTML": (
        b"<!DOCTYPE html>",
        "its head cannot be read: it does not begin as a JSON object",
    ),
    "a list": (
        b'[{"id": "1"}]',
        "its head cannot be read: it does not begin as a JSON object",
    ),
    "UTF-16": (
        json.dumps(some(1)).encode("utf-16"),
        "its head cannot be read: it does",
    ),
    "another JSON": (b'{"name": "x", "version": 1}', "it has no array of messages"),
    "no guild": (b'{"channel": {"id": "2"}, "messages": []}', "its guild has no id"),
    "no channel": (b'{"guild": {"id": "2"}, "messages": []}', "its channel has no id"),
    "channel 0": (
        b'{"guild": {"id": "2"}, "channel": {"id": "0"}, "messages": []}',
        "its channel has no id",
    ),
    "odd id": (
        b'{"guild": {"id": "2x"}, "channel": {"id": "7"}, "messages": []}',
        "its guild has no id",
    ),
    "half a head": (
        json.dumps(some(1), indent=2).encode()[:120],
        "its head cannot be read: it breaks off",
    ),
    "messages are no array": (
        b'{"guild": {"id": "2"}, "channel": {"id": "1"}, "messages": {}}',
        "it has no array of messages",
    ),
}


@pytest.mark.parametrize(("data", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_export_is_refused_and_others_go_on(
    landing: Database, tmp_path: Path, data: bytes, why: str
) -> None:
    """It says what, which file and what to do, in the end again."""
    path = tmp_path / "a.json"
    path.write_bytes(data)
    stored(tmp_path / "b.json", some(1))

    result = run(landing, tmp_path)

    assert result.returncode == 3
    refusal = f"{path}: refused, not an export of DiscordChatExporter: {why}"
    assert refusal in result.stderr
    assert f"failed: {refusal}" in result.stderr.splitlines()[-1]
    assert "--format Json" in result.stderr
    assert "2 files: 1 complete, 1 failed" in result.stdout
    assert files(landing, "path") == [(str(tmp_path / "b.json"),)]


def damaged_archive(path: Path) -> None:
    path.with_suffix(".zip").write_bytes(b"PK\3\4 and so on")


def archive_of_nothing(path: Path) -> None:
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        archive.writestr("x.txt", "nothing")


def encrypted_archive(path: Path) -> None:
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        archive.writestr("x.json", json.dumps(some(1)))
    data = bytearray(path.with_suffix(".zip").read_bytes())
    data[6] |= 1  # the flag, in the member's own header and in the archive's list
    data[data.index(b"PK\1\2") + 8] |= 1
    path.with_suffix(".zip").write_bytes(data)


def wrong_name(path: Path) -> None:
    path.with_suffix(".json.gz").write_text(json.dumps(some(1)))


def broken_link(path: Path) -> None:
    path.with_suffix(".json").symlink_to("nowhere")


def pipe(path: Path) -> None:
    os.mkfifo(path.with_suffix(".json"))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (damaged_archive, "not a zip file"),
        (archive_of_nothing, "holds no .json or .json.gz"),
        (encrypted_archive, "encrypted"),
        (wrong_name, "its name says gzip, its content does not"),
        (broken_link, "No such file or directory"),
        (pipe, "is no regular file"),
    ],
)
def test_what_cannot_be_opened_is_named_and_others_go_on(
    landing: Database, tmp_path: Path, make: Any, why: str
) -> None:
    """The import ends with 3."""
    make(tmp_path / "a")
    stored(tmp_path / "b.json", some(1))

    result = run(landing, tmp_path)

    assert result.returncode == 3
    [last] = [x for x in result.stderr.splitlines() if x.startswith("failed: ")]
    assert str(tmp_path / "a.") in last
    assert why in last
    assert files(landing, "path") == [(str(tmp_path / "b.json"),)]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named(landing: Database, tmp_path: Path) -> None:
    """A file, or a folder."""
    stored(tmp_path / "b.json", some(1))
    path = stored(tmp_path / "closed/a.json", some(1))
    path.parent.chmod(0)

    result = run(landing, tmp_path)

    path.parent.chmod(stat.S_IRWXU)
    assert result.returncode == 3
    assert "Permission denied" in result.stderr


def test_a_file_that_changes_while_it_is_read_is_named(
    landing: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is under its hash is not what it was of."""
    path = stored(tmp_path / "export.json", some(3))
    text = path.read_text()

    def changed(*_: object) -> None:
        path.write_text(text.replace("no 1", "no X"))

    monkeypatch.setattr("extractor.dce_progress.ImportProgress.importing", changed)

    result = run(landing, path)

    assert result.returncode == 3
    assert "it was changed while it was read: import it again" in result.stderr
    assert files(landing, "status") == [("importing",)]


# --- the run --------------------------------------------------------------------------


def test_a_run_is_written_down(landing: Database, tmp_path: Path) -> None:
    """With what it was asked for, and what it did."""
    stored(tmp_path / "a.json", some(3))
    stored(tmp_path / "b.json", ["no export"])

    run(landing, tmp_path)

    [(name, arguments, summary, code, error)] = query(
        landing,
        "select command, arguments, summary, exit_code, error from landing.runs",
    )
    assert (name, arguments) == ("import-dce", {"paths": [str(tmp_path)]})
    assert (code, error) == (3, None)
    assert summary["files"] == {"complete": 1, "failed": 1}
    assert (summary["messages"], summary["unreadable"], summary["pages"]) == (3, 0, 1)
    assert list(summary["failed"]) == [str(tmp_path / "b.json")]


def test_one_import_at_a_time(landing: Database, tmp_path: Path) -> None:
    """A sync may run beside."""
    path = stored(tmp_path / "export.json", some(3))
    run(landing, path)

    with only_import(landing):
        refused = run(landing, path)
    with only_sync(landing):
        allowed = run(landing, path)

    assert refused.returncode == 1
    assert "another import is running" in refused.stderr
    assert allowed.returncode == 0


def test_the_status_tells_an_import_that_goes_on(landing: Database) -> None:
    """From one that was killed, and from a sync that was."""
    with only_import(landing), connected(landing) as connection:
        for name in ("sync", "import-dce", "import-dce"):
            connection.execute(
                "insert into landing.runs (command, arguments, program_version)"
                " values (%s, '{}', '0')",
                (name,),
            )
        shown = command(environment(landing), "status", "--json")

    runs = json.loads(shown.stdout)["runs"]
    assert [(one["command"], one["state"]) for one in runs] == [
        ("import-dce", "running"),
        ("import-dce", "broken off"),
        ("sync", "broken off"),
    ]


def test_a_line_says_what_each_file_brought(landing: Database, tmp_path: Path) -> None:
    """And the last lines what all of them did."""
    listed = [exports.message(FIRST + n * DAY) for n in range(1234)]
    listed += [{"id": "x"}, 7]

    result = run(landing, stored(tmp_path / "a.json", exports.document(listed)))

    assert (
        "general [200] of Sundial: 1,236 messages, 2024-01-25 to 2027-06-11,"
        " 2 unreadable, written by 2.44 or newer"
    ) in result.stderr
    assert "1 file: 1 complete" in result.stdout
    assert "1,236 messages, 2 unreadable on 13 pages" in result.stdout


def test_names_do_not_steer_the_terminal(landing: Database, tmp_path: Path) -> None:
    """Anybody may name a channel, and attach a file of any name."""
    evil = "\x1b]0;owned\x07\x1b[2J"
    path = tmp_path / f"{evil}.json"
    stored(path, some(1, channel={"name": evil}, guild={"name": f"{evil}\nfailed: x"}))
    stored(tmp_path / f"bad{evil}.json", [])

    results = [run(landing, "--dry-run", tmp_path), run(landing, tmp_path)]

    shown = "".join(one.stdout + one.stderr for one in results)
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\nfailed: x" not in shown


def test_a_name_that_is_no_text_is_kept_as_far_as_it_is(
    landing: Database, tmp_path: Path
) -> None:
    """On Linux a name is bytes."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.json"))
    stored(path, some(1))
    stored(Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xe9.json")), [])

    result = run(landing, tmp_path)

    assert result.returncode == 3
    assert files(landing, "path") == [(f"{tmp_path}/caf\ufffd.json",)]


def test_a_terminal_sees_bars(landing: Database, tmp_path: Path) -> None:
    """With bytes, speed and the time left, of the file and of all."""
    path = stored(tmp_path / "export.json", some(2000))
    screen, terminal = pty.openpty()
    size = {"TERM": "xterm-256color", "COLUMNS": "120"}
    process = subprocess.Popen(
        [sys.executable, "-m", "extractor", "import-dce", str(path)],
        env={**environment(landing), **size},
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=terminal,
    )
    os.close(terminal)
    shown = b""
    while piece := _read(screen):
        shown += piece
    os.close(screen)

    assert process.wait() == 0
    text = shown.decode()
    assert "1 of 1 files" in text
    assert "MB/s" in text
    assert "general [200] of Sundial: 2,000 messages" in text


def _read(screen: int) -> bytes:
    try:
        return os.read(screen, 65536)
    except OSError:  # nobody writes any more
        return b""


# --- looking ahead --------------------------------------------------------------------


def test_a_dry_run_says_what_each_file_is(landing: Database, tmp_path: Path) -> None:
    """And writes nothing."""
    known = stored(tmp_path / "known.json", some(2))
    run(landing, known)
    before = query(landing, "select * from landing.runs")
    new = stored(tmp_path / "new.json", some(3, (2, 27), channel={"name": "tea"}))
    (tmp_path / "bad.json").write_text("{}")

    result = run(landing, "--dry-run", tmp_path)

    assert result.returncode == 3
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{known}: general [200] of Sundial: 2 messages")
    assert lines[0].endswith("kB; imported already")
    assert lines[1].startswith(f"{new}: tea [200] of Sundial: 3 messages")
    assert lines[1].endswith("kB; not imported yet")
    assert "3 files: 1 new, 1 known, 1 failed" in lines[2]
    assert "refused" in result.stderr
    assert query(landing, "select * from landing.runs") == before
    assert len(files(landing, "1")) == 1


def test_a_dry_run_needs_no_database(database: Database, tmp_path: Path) -> None:
    """Neither a landing in it, nor that anybody answers."""
    path = stored(tmp_path / "new.json", some(3))

    empty = run(database, "--dry-run", path)
    away = run({"PGHOST": str(tmp_path), "PGUSER": "x"}, "--dry-run", path)

    assert (empty.returncode, away.returncode) == (0, 0)
    assert "not imported yet" in empty.stdout
    assert "what is imported already is not known" in away.stderr
    assert query(database, "select to_regnamespace('landing')::text") == [(None,)]
