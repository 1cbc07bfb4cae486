"""The golden guilds: read from the tables of tests/golden/marts, shown by names.

Owns what stands in those files; tests/golden/marts/README.md says what it means.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from zoneinfo import ZoneInfo

from tests.dbt_warehouse import Landing, snowflake
from tests.marts_archive import Archive
from tests.marts_oracle import KEYS, marts
from tests.marts_oracle.history import Channel, History, Message, Row, Sync

FOLDER = Path(__file__).resolve().parent / "golden" / "marts"
ZONE = "America/New_York"
RUNS = 3
# pages are numbered as they happen to be landed
LEFT_OUT = {"page_id"}
TYPES = {"message": 0, "forward": 0, "reply": 19, "joined": 7}
CHANNEL_TYPES = {"text": 0, "forum": 15, "post": 11, "thread": 11}
EMOJIS = {"leaf": 900}
MINUTE = timedelta(minutes=1)


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of one of the files."""
    with (FOLDER / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@dataclass
class Golden:
    """The golden guilds and the runs that read them."""

    archive: Archive

    def __post_init__(self) -> None:
        guilds = dict.fromkeys(row["guild"] for row in table("runs"))
        self.ids = {name: 100 + n for n, name in enumerate(guilds)}
        people = table("people")
        self.ids |= {row["person"]: 11 + n for n, row in enumerate(people)}
        self.automated = {row["person"] for row in people if row["kind"] != "person"}
        bots = {self.ids[row["person"]] for row in people if row["kind"] == "bot"}
        self.archive.history.bots |= bots
        self.archive.history.emoji_names |= {key: name for name, key in EMOJIS.items()}
        messages = table("messages")
        self.ids |= {
            row["message"]: snowflake(datetime.fromisoformat(row["posted_at"]), number)
            for number, row in enumerate(messages, 1)
        }
        # a thread has the id of the message that it was opened from
        self.ids |= {
            row["channel"]: self.ids.get(row["starter"], 200 + number)
            for number, row in enumerate(table("channels"))
        }
        self.posts = {row["message"]: self.message(row) for row in messages}

    def message(self, row: dict[str, str]) -> Message:
        """Return one message as it will be read."""
        reactions = {
            self.emoji_key(found["emoji"]): int(found["count"])
            for found in table("reactions")
            if found["message"] == row["message"]
        }
        return Message(
            message_id=self.ids[row["message"]],
            channel_id=self.ids[row["channel"]],
            guild_id=self.ids[row["guild"]],
            author_id=self.ids[row["author"]],
            type=TYPES[row["kind"]],
            is_automated=row["author"] in self.automated,
            content=row["text"],
            reference_id=self.ids.get(row["replies_to"]),
            mentions=tuple(self.ids[name] for name in row["mentions"].split()),
            reactions=reactions,
        )

    def emoji_key(self, name: str) -> str:
        """Return the key of an emoji: the id of a custom one, else itself."""
        return str(EMOJIS.get(name, name))

    # --- what is read -----------------------------------------------------------------

    def read(self, run: int) -> None:
        """Land all that one run meets."""
        for row in table("runs"):
            if row["run"] == str(run):
                self.read_guild(row["guild"], run, row)

    def read_guild(self, guild: str, run: int, row: dict[str, str]) -> None:
        """Land what a run meets in one guild."""
        started_at = datetime.fromisoformat(row["started_at"])
        at = started_at + MINUTE
        guild_id = self.ids[guild]
        self.archive.list_channels(guild_id, self.channels(guild, run), at)
        joined = {
            self.ids[found["person"]]: datetime.fromisoformat(found["joined_at"])
            for found in table("members")
            if found["guild"] == guild and str(run) in found["listed_in"].split()
        }
        if joined:
            self.archive.list_members(guild_id, joined, at)
        for channel in table("channels"):
            if channel["guild"] == guild and channel["is_readable"] == "yes":
                self.read_channel(channel["channel"], run, at)
            elif channel["guild"] == guild:
                self.be_refused(self.ids[channel["channel"]], guild_id, at)
        self.read_reactors(guild, run, at)
        self.archive.finish(
            Sync(
                guild_id,
                started_at,
                datetime.fromisoformat(row["finished_at"]),
                is_complete=row["is_complete"] == "yes",
                is_backfill_complete=row["is_backfill_complete"] == "yes",
            )
        )

    def channels(self, guild: str, run: int) -> Iterator[Channel]:
        """Give the channels that a run is shown."""
        tags = {"Solved": 1, "Open": 2}
        for row in table("channels"):
            if row["guild"] != guild or int(row["listed_in"]) > run:
                continue
            named = {tags[name]: name for name in row["tags"].split()}
            is_forum = row["kind"] == "forum"
            opened_at = row["opened_at"]
            yield Channel(
                channel_id=self.ids[row["channel"]],
                guild_id=self.ids[guild],
                type=CHANNEL_TYPES[row["kind"]],
                parent_id=self.ids.get(row["parent"]),
                owner_id=self.ids.get(row["opener"]),
                opened_at=datetime.fromisoformat(opened_at) if opened_at else None,
                is_archived=row["is_archived"] == "yes",
                is_locked=row["is_locked"] == "yes",
                tags=() if is_forum else tuple(named),
                available_tags=named if is_forum else {},
            )

    def be_refused(self, channel_id: int, guild_id: int, at: datetime) -> None:
        """Ask for the messages of a channel that may not be read."""
        self.archive.landing.refusal(
            *("messages", 403, 50001),
            request={"path": f"/channels/{channel_id}/messages"},
            guild_id=guild_id,
            channel_id=channel_id,
            fetched_at=at,
        )

    def read_channel(self, channel: str, run: int, at: datetime) -> None:
        """Land what is new in a channel, and ask for what is gone."""
        rows = [row for row in table("messages") if row["channel"] == channel]
        for row in rows:
            if row["gone_in"] == str(run):
                self.archive.miss(self.posts[row["message"]], at)
        new = [self.posts[r["message"]] for r in rows if r["read_in"] == str(run)]
        self.archive.read(self.ids[channel], new, at, is_whole=False)

    def read_reactors(self, guild: str, run: int, at: datetime) -> None:
        """Land who reacted, where that is known."""
        read_in = {
            row["message"]: row["read_in"]
            for row in table("messages")
            if row["guild"] == guild
        }
        for row in table("reactions"):
            if row["people"] and read_in.get(row["message"]) == str(run):
                key = self.emoji_key(row["emoji"])
                people = [self.ids[name] for name in row["people"].split()]
                self.archive.react(self.posts[row["message"]], key, people, at)

    # --- what is expected -------------------------------------------------------------

    def shown(self, mart: str, rows: Iterable[Row]) -> list[dict[str, str]]:
        """Return a mart's rows as they stand in its file: by names, in order."""
        names: dict[int, str] = {}
        for name, number in self.ids.items():
            names[number] = f"{names[number]}/{name}" if number in names else name
        keys = KEYS[mart]
        ordered = sorted(rows, key=lambda row: tuple(row[key] for key in keys))
        return [
            {
                column: self.cell(column, value, names)
                for column, value in row.items()
                if column not in LEFT_OUT
            }
            for row in ordered
        ]

    def cell(self, column: str, value: Any, names: dict[int, str]) -> str:
        """Return one value as text."""
        if value is None or column == "emoji_id":
            return str(value or "")
        if column.endswith("_id"):
            return names[value]
        if column.endswith("_ids"):
            return " ".join(names[one] for one in value)
        if column == "link":
            parts = str(value).split("/")
            return "/".join(names[int(p)] if p.isdigit() else p for p in parts)
        return plain(value)


def plain(value: Any) -> str:
    """Return a value that names nobody as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(ZONE)).isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, Fraction):
        assert value.denominator == 1, "a golden median is a whole number"
    return str(value)


def write() -> None:
    """Write the expected marts anew, from the oracle."""
    page_ids = count(1)
    landing = Mock(spec=Landing, connection=Mock())
    for land in (landing.page, landing.messages, landing.refusal):
        land.side_effect = lambda *_, **__: next(page_ids)
    golden = Golden(Archive(landing, History(ZoneInfo(ZONE))))
    for run in range(1, RUNS + 1):
        golden.read(run)
    for name, mart in marts().items():
        rows = golden.shown(name, mart(golden.archive.history))
        with (FOLDER / "expected" / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    write()
