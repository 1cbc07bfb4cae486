"""An import of a made-up export, against the least it takes: its parser and COPY."""

from __future__ import annotations

import io
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import psycopg
from psycopg.types.json import Jsonb
from rich.console import Console

from extractor.config import connection_arguments
from extractor.database import prepare_schema
from extractor.dce import Import
from extractor.dce_files import find
from extractor.dce_landing import DceLanding
from extractor.dce_progress import ImportProgress
from extractor.landing import open_landing
from scripts.bench.bench import Bench
from scripts.bench.table import Row, seconds, size
from scripts.steps import ROOT

PART = 10  # of --messages are imported
GOAL = 2
IMPORTS = 3
PIECE = 1 << 20
BATCH = 2000  # messages of one transaction

_COPY = "copy bench_floor (page_id, body) from stdin (format binary)"
_NEXT = re.compile(r"[\s,]*")
_PAUSE_SECONDS = 0.02


def rows(bench: Bench) -> list[Row]:
    """Measure imports and the floor in turn, and memory on a file and a smaller one."""
    messages = max(1000, bench.messages // PART)
    path = _export(bench.folder / "export.json", messages)
    small = _export(bench.folder / "small.json", messages // 10)
    bench.server.create_database("bench_import")
    database = bench.server.environment("bench_import")
    prepare_schema(database)
    imports, floors = [], []
    for _ in range(bench.times(IMPORTS)):
        _clear(database)
        floors.append(bench.note("parser and COPY", _floor(database, path)))
        imports.append(bench.note("import", _import(database, path)))
    memory = []
    for one in (small, path):
        _clear(database)
        memory.append(_memory(database, one))
    lasted, floor = median(imports), median(floors)
    length = size(path.stat().st_size)
    return [
        Row(
            f"Import of an export of {messages:,} messages, {length}",
            seconds(lasted),
            f"{seconds(floor)}: a bare parser and COPY",
            lasted / floor,
            GOAL,
        ),
        Row(
            "… most memory of the program",
            size(memory[1]),
            f"{size(memory[0])}: a tenth of the file",
            memory[1] / memory[0],
        ),
    ]


def _import(database: Mapping[str, str], path: Path) -> float:
    progress = ImportProgress(Console(file=io.StringIO()), 1, path.stat().st_size)
    with open_landing(database) as landing:
        started = time.monotonic()
        Import(DceLanding(landing), progress).run(find([str(path)]))
        return time.monotonic() - started


def _floor(database: Mapping[str, str], path: Path) -> float:
    """Parse every message, and copy them as they are, a page a row."""
    with psycopg.connect(**connection_arguments(database)) as connection:
        connection.execute(
            "create table bench_floor (page_id bigint primary key, body jsonb not null)"
        )
        connection.commit()
        started = time.monotonic()
        batch: list[str] = []
        for number, text in enumerate(_messages(path), 1):
            batch.append(text)
            if len(batch) == BATCH:
                _copy(connection, batch, number)
                batch.clear()
        _copy(connection, batch, 0)
        lasted = time.monotonic() - started
        connection.execute("drop table bench_floor")
        return lasted


def _copy(connection: psycopg.Connection[Any], batch: list[str], number: int) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(["int8", "jsonb"])
        for first in range(0, len(batch), 100):
            page = f"[{','.join(batch[first : first + 100])}]"
            copy.write_row((number + first, Jsonb(page, dumps=_as_it_is)))
    connection.commit()


def _messages(path: Path) -> Iterator[str]:
    decode = json.JSONDecoder().raw_decode
    with path.open(encoding="utf-8") as file:
        text = file.read(PIECE)
        at = text.index('"messages": [') + len('"messages": [')
        while True:
            at = _next(text, at)
            if text[at : at + 1] == "]":
                return
            try:
                _, end = decode(text, at)
            except ValueError:
                text, at = text[at:] + file.read(PIECE), 0
            else:
                yield text[at:end]
                at = end


def _next(text: str, at: int) -> int:
    found = _NEXT.match(text, at)
    return found.end() if found else at


def _memory(database: Mapping[str, str], path: Path) -> int:
    """Return the most memory that an import takes, as a user runs it."""
    command = [sys.executable, "-m", "extractor", "import-dce", str(path)]
    most = 0
    with subprocess.Popen(
        command,
        env={"PATH": "", "DISCORD_WAREHOUSE_ENV_FILE": "/dev/null", **database},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                most = max(most, watched.memory_info().rss)
            except psutil.Error:  # ended meanwhile
                break
            time.sleep(_PAUSE_SECONDS)
    return most


def _clear(database: Mapping[str, str]) -> None:
    with psycopg.connect(**connection_arguments(database), autocommit=True) as made:
        made.execute("truncate landing.dce_files, landing.dce_messages")
        made.execute("checkpoint")


def _as_it_is(text: str) -> str:
    return text


# --- what is imported -----------------------------------------------------------------


def _export(path: Path, messages: int) -> Path:
    """Write an export as version 2.47 does, with messages of some 1.2 kB."""
    rng = random.Random(messages)  # noqa: S311 - made up, always the same
    head = {
        "guild": {"id": "100", "name": "Made up", "iconUrl": ""},
        "channel": {"id": "200", "type": "GuildTextChat", "name": "general"},
        "dateRange": {"after": None, "before": None},
        "exportedAt": "2026-03-01T12:00:00.1234567+00:00",
    }
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head, indent=2)[:-2] + ',\n  "messages": [')
        for number in range(messages):
            text = json.dumps(_message(number, rng), indent=2, ensure_ascii=False)
            file.write(f"{',' if number else ''}\n    " + text.replace("\n", "\n    "))
        file.write(f'\n  ],\n  "messageCount": {messages}\n}}')
    return path


_WORDS = ("we", "see", "that", "the", "build", "fails", "für", "alle", "👍", "thanks")


def _message(number: int, rng: random.Random) -> dict[str, Any]:
    return {
        "id": str(1_200_000_000_000_000_000 + (number << 32)),
        "type": "Default",
        "timestamp": "2026-03-02T10:15:30.25+00:00",
        "timestampEdited": None,
        "callEndedTimestamp": None,
        "isPinned": False,
        "content": " ".join(rng.choices(_WORDS, k=rng.randint(1, 40))),
        "author": _user(rng.randint(1, 500)),
        "attachments": [],
        "embeds": [],
        "stickers": [],
        "reactions": [],
        "mentions": [_user(rng.randint(1, 500))] if number % 4 == 0 else [],
        "inlineEmojis": [],
    }


def _user(number: int) -> dict[str, Any]:
    return {
        "id": str(1000 + number),
        "name": f"person{number}",
        "discriminator": "0000",
        "nickname": f"Person {number}",
        "color": "#F58231",
        "isBot": False,
        "roles": [{"id": "5", "name": "Helper", "color": "#F58231", "position": 3}],
        "avatarUrl": f"https://cdn.discordapp.com/avatars/{number}/a1.png?size=512",
    }
