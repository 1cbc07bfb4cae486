"""A small guild in tables filled by hand.

The tables have the columns of the models' own descriptions, which their contracts hold
to what is built. None is required here: a test fills in what it is about. Every run of
pytest begins by reading this file: it imports nothing that can draw.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from scripts.digest.conversations import QUERIES as CONVERSATIONS
from scripts.report.data import FIGURES, QUERIES, questions

MODELS = Path(__file__).resolve().parent.parent / "models"
STATE = """
drop schema if exists audit, discord, marts cascade;
create schema audit;
create schema discord;
create schema marts;
create table audit.build_state (
    relation text primary key, page_id bigint not null, reporting_timezone text not null
);
"""

# Told about below: the 7 days up to 2026-11-14, beside those up to 2026-11-07.
GUILD = """
insert into audit.build_state values ('marts.daily_user_channel_activity', 50, 'UTC');
insert into discord.guilds (guild_id, name) values (1, 'Testers | <b>#1</b>');
insert into discord.channels
    (channel_id, guild_id, parent_id, name, is_thread, audience)
values
    (10, 1, 9, 'general', false, 'public'),
    (11, 1, 12, 'how do I | quit', true, 'public'),
    (12, 1, 9, 'questions', false, 'public'),
    (13, 1, 9, null, false, 'public'),
    (14, 1, 9, 'council', false, 'restricted'),
    (15, 1, 9, 'vault', false, 'private');
insert into discord.users (user_id, username, global_name, is_bot) values
    (101, 'ada', 'Ada *L*', false),
    (102, 'bob', 'Bob', false),
    (104, 'eve', '@everyone', false),
    (105, 'robot', null, true);
insert into marts.daily_user_channel_activity
    (channel_id, author_id, activity_date, guild_id, message_count, bot_message_count)
values
    (10, 101, '2026-10-31', 1, 9, 0),  -- before both windows
    (10, 102, '2026-11-01', 1, 1, 0),  -- the first day of the window before
    (10, 101, '2026-11-07', 1, 4, 0),  -- ... and its last
    (10, 101, '2026-11-08', 1, 5, 0),  -- the first day of the window
    (13, 103, '2026-11-09', 1, 3, 0),  -- a channel and a user without a name
    (11, 102, '2026-11-10', 1, 7, 0),  -- a thread
    (10, 104, '2026-11-11', 1, 3, 0),
    (10, 105, '2026-11-11', 1, 0, 50), -- a bot
    (10, 101, '2026-11-14', 1, 2, 0),  -- the last day of the window
    (13, 103, '2026-11-15', 1, 8, 0);  -- after the window
insert into audit.guild_coverage
    (guild_id, archived_until, is_backfill_complete,
     unreadable_channel_count, failed_channel_count)
values (1, '2026-11-15 09:00+00', true, 0, 0);
"""


def tables_read() -> set[str]:
    """Return the tables, schema included, that the queries of the report read."""
    folders = (QUERIES, FIGURES, CONVERSATIONS)
    queries = [query for folder in folders for query in questions(folder).values()]
    named = re.findall(r"\b(?:discord|marts|audit)\.\w+", "\n".join(queries))
    return {*named, "discord.guilds"}


@cache
def ddl() -> str:
    """Return the statements that make all of them anew."""
    columns = _columns()
    tables = [
        f"create table {table} ({columns[table.split('.')[1]]});"
        for table in sorted(tables_read())
    ]
    return STATE + "\n".join(tables)


def _columns() -> dict[str, str]:
    """Return the columns of each model and their types, by the model's name."""
    return {
        model["name"]: ", ".join(
            f"{column['name']} {column['data_type']}" for column in model["columns"]
        )
        for path in sorted(MODELS.rglob("_*.yml"))
        for model in yaml.safe_load(path.read_text("utf-8")).get("models", ())
    }
