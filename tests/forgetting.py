"""A guild and exports in which two people are everywhere, and where to look for them.

Owns the world; what is to be left of them is the tests'.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from click.testing import CliRunner

from extractor.cli import main
from tests import exports
from tests.archive import connected, fresh_logging
from tests.community import MANAGE_THREADS, MODERATE, START, Community
from tests.fake_discord import World
from tests.fake_discord.snowflake import iso

Json = Any

FIRST = 1_450_000_000_000_000_000  # an id of February 2026
DAY = 86_400_000 << 22
EXPORTED = 1_100_000_000_000_000_001  # a channel that only exports know
WORD = "xyzzy"  # stands in all that they wrote
NAMES = ("okapi.mira", "Mira Okapi", "Nick Of Mira", "badger.vex")


@dataclass
class Cast:
    """A guild with a person who did everything, and one who was banned."""

    home: Community = field(
        default_factory=lambda: Community(rights=MODERATE | MANAGE_THREADS)
    )

    def __post_init__(self) -> None:
        world, guild = self.world, self.home.guild
        self.general = self.home.channel("general", 3)
        self.other = world.add_user("lark.june")
        world.add_member(guild, self.other)
        # as people come, so that their ids are in this order
        self.who = world.add_user(NAMES[0], global_name=NAMES[1], avatar="a1b2")
        world.add_member(guild, self.who, nick=NAMES[2])
        self.last = world.add_user("last.one")
        world.add_member(guild, self.last)
        self.banned = world.add_user(NAMES[3])
        world.add_ban(guild, self.banned, f"{WORD} spam")
        self.posts = list(self._write())
        self._mention()
        self._do_what_is_no_message()

    @property
    def world(self) -> World:
        """The fake's."""
        return self.home.world

    @property
    def ids(self) -> tuple[str, str]:
        """Who is to be forgotten."""
        return str(self.who), str(self.banned)

    def _write(self) -> Iterator[int]:
        """Let the person write messages of every kind."""
        world, room = self.world, self.general
        file = {"id": "91000000000000001", "filename": f"{WORD}.png", "size": 1}
        file |= {"url": f"https://cdn.example/{WORD}.png"}
        question = {"text": f"{WORD}?"}
        answers = [{"answer_id": 1, "poll_media": {"text": f"{WORD} yes"}}]
        poll = {"question": question, "answers": answers, "allow_multiselect": False}
        for fields in (
            {"content": f"{WORD} one"},
            {"content": f"{WORD} \x00 and a lone surrogate"},
            {"attachments": [file], "embeds": [{"type": "rich", "title": WORD}]},
            {"poll": poll},
            {"content": f"{WORD} to you", "mentions": [world.users[self.other]]},
        ):
            yield world.post_message(room, author_id=self.who, **fields)
        thread = world.create_thread(room, "a thread", owner_id=self.who)
        yield world.post_message(thread, author_id=self.who, content=f"{WORD} in it")

    def _mention(self) -> None:
        """Let others quote, forward, mention and answer."""
        world, room, home = self.world, self.general, self.home
        first, *_ = self.posts
        world.reply(room, first, author_id=home.owner, content="so it is")
        world.pin_message(room, first)
        world.add_reaction(room, first, "👍", user_ids=[home.owner, self.who])
        shown = world.users[self.who]
        world.post_message(
            room, author_id=home.owner, content=f"hi <@{self.who}>", mentions=[shown]
        )
        hook = {"id": "92000000000000001", "username": "feed", "avatar": None}
        world.post_message(
            room,
            author=hook,
            webhook_id=hook["id"],
            content=f"news of <@{self.who}>",
            mentions=[shown],
        )
        snapshot = {"type": 0, "content": f"{WORD} one", "timestamp": iso(START)}
        world.post_message(
            room,
            author_id=home.owner,
            message_reference=world.reference(room, first) | {"type": 1},
            message_snapshots=[{"message": {**snapshot, "embeds": []}}],
        )
        asked = {"question": {"text": "Shall we?"}, "allow_multiselect": False}
        asked["answers"] = [{"answer_id": 1, "poll_media": {"text": "yes"}}]
        vote = world.post_message(room, author_id=home.owner, poll=asked)
        world.add_vote(room, vote, 1, home.owner, self.who)
        for emoji in ("👍", "🌊"):
            people = [home.owner, self.other, self.who, self.last]
            world.add_reaction(room, vote, emoji, user_ids=people)

    def _do_what_is_no_message(self) -> None:
        world, guild, room = self.world, self.home.guild, self.general
        event = world.add_event(guild, "Picnic", creator_id=self.who)
        world.add_event_user(event, self.home.owner, self.who)
        world.add_invite(room, inviter_id=self.who)
        world.add_webhook(room, "feed", user=world.users[self.who])
        world.set_overwrite(room, self.who, allow=1 << 10)
        change = {"key": "nick", "old_value": None, "new_value": NAMES[2]}
        world.add_audit_entry(
            guild, 24, user_id=self.home.owner, target_id=self.who, changes=[change]
        )
        world.add_audit_entry(
            guild, 24, user_id=self.who, target_id=self.other, reason=f"{WORD} why"
        )

    # --- exports ----------------------------------------------------------------------

    def write_exports(self, folder: Path) -> list[str]:
        """Write what the exporter made of other channels, and return the paths."""
        folder.mkdir()
        formatted, raw = self._exported(is_formatted=True), self._exported()
        place: Json = {"guild_id": self.home.guild, "channel_id": EXPORTED}
        dm = exports.direct_messages(
            [
                exports.message(
                    FIRST + 9 * DAY, f"{WORD} dear", author=self._author(NAMES[1])
                )
            ]
        )
        dm["channel"] |= {"id": str(EXPORTED + 1), "name": NAMES[1]}
        files = {
            "formatted.json": exports.document(formatted, **place),
            "raw.json": exports.document(raw, (2, 41), **place),
            f"Direct Messages - {NAMES[1]}.json": dm,
        }
        for name, document in files.items():
            (folder / name).write_text(json.dumps(document), "utf-8")
        return [str(folder / name) for name in files]

    def _author(self, shown_as: str = NAMES[2]) -> Json:
        return exports.user(self.who, NAMES[0], nickname=shown_as)

    def _exported(self, *, is_formatted: bool = False) -> Iterator[Json]:
        first = FIRST if is_formatted else FIRST + 20 * DAY
        named = f"@{NAMES[2]}" if is_formatted else f"<@{self.who}>"
        mention = exports.mentioned(self.who, NAMES[0]) | {"nickname": NAMES[2]}
        hands = [(self.who, NAMES[0]), (self.other, "lark.june")]
        yield exports.message(first, f"{WORD} exported", author=self._author())
        yield exports.message(
            first + DAY,
            f"thanks {named}!",
            mentions=[mention],
            reactions=[exports.reaction("👍", 2, users=hands)],
        )
        if is_formatted:
            yield exports.message(
                first + 2 * DAY,
                "",
                reference=exports.reference(first, kind="Forward"),
                forwardedMessage=exports.forwarded(f"{WORD} exported"),
            )
        yield exports.message(first + 3 * DAY, f"{WORD} \0", author=self._author())
        yield exports.message(first + 4 * DAY, "of somebody else")


# --- what is left ---------------------------------------------------------------------


def forget(
    database: Mapping[str, str], folder: Path, *arguments: str, **changes: str
) -> subprocess.CompletedProcess[str]:
    """Run `discord-warehouse forget` in a folder that may hold reports."""
    environment = {
        "PATH": os.environ["PATH"],
        "DISCORD_WAREHOUSE_ENV_FILE": os.devnull,
        "DISCORD_WAREHOUSE_CONFIG": os.devnull,
        "DISCORD_WAREHOUSE_LOG_FOLDER": str(folder / "logs"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder),
        **database,
        **changes,
    }
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        chdir(folder),
        fresh_logging(),
    ):
        done = CliRunner().invoke(main, ["forget", *arguments], catch_exceptions=False)
    return subprocess.CompletedProcess(
        ["forget", *arguments], done.exit_code, done.stdout, done.stderr
    )


def traces(database: Mapping[str, str], *words: str) -> list[str]:
    """Return the columns of the database in which one of these words stands.

    All columns of all tables, and what the server knows of their values; bytes as text.
    """
    found = []
    with connected(database) as connection:
        columns = connection.execute(_COLUMNS).fetchall()
        for table, column, kind in columns:
            value = f"encode({column}, 'escape')" if kind == "bytea" else column
            statement = f"""
                select exists (
                    select from {table} where {value}::text ilike any(%s)
                )"""
            row = connection.execute(
                statement.encode(), ([f"%{word}%" for word in words],)
            ).fetchone()
            if row is not None and row[0]:
                found.append(f"{table}.{column}")
    return found


_COLUMNS = """
    select
        format('%I.%I', nspname, relname), format('%I', attname), typname
    from pg_attribute
    join pg_class on pg_class.oid = attrelid
    join pg_namespace on pg_namespace.oid = relnamespace
    join pg_type on pg_type.oid = atttypid
    where
        attnum > 0 and not attisdropped
        and relkind in ('r', 'p', 'm')
        and nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    union all
    select 'pg_catalog.pg_stats', column_name::text, 'text'
    from information_schema.columns
    where
        table_schema = 'pg_catalog' and table_name = 'pg_stats'
        and column_name in ('most_common_vals', 'histogram_bounds')
"""
