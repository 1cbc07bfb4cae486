"""The README's examples in SQL and the questions of `make ask`: the slowest of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.bench.bench import Bench
from scripts.bench.marts import milliseconds, slowest
from scripts.bench.table import Row
from scripts.bench.warehouse import Warehouse
from scripts.questions import Question, questions
from scripts.steps import ROOT

GOAL_MILLISECONDS = 100
GOAL_SEARCH = 300
NOT_ASKED = ("rebuilt_differences",)  # it reads whole tables, and wants a copy of one
SEARCH = "search_messages"
# for one of the most frequent words, for others beside it, and as the README does
SEARCHES: Sequence[Mapping[str, Any]] = (
    {"text": "the"},
    {"text": '"of the" or lol'},
    {"text": "really -the", "since": "2024-06-01"},
)

# each stands indented in the README, some behind psql's prompt
_EXAMPLE = re.compile(r"^    (?:\w+=# )?(select [^;]+);", re.MULTILINE)
_EXAMPLE_CHANNEL, _EXAMPLE_MESSAGE = "1234", "5678"

_SUBJECTS = """
    select
        guild_id,
        channel_id,
        author_id,
        (
            select max(message_id) from discord.messages
            where messages.channel_id = daily.channel_id
        ),
        (
            select left(username, 5) from discord.users
            where users.user_id = daily.author_id
        )
    from marts.daily_user_channel_activity as daily
    group by guild_id, channel_id, author_id
    order by sum(message_count) desc
    limit 1"""


@dataclass(frozen=True)
class Subjects:
    """Whom and what is asked about: who wrote most, and where."""

    guild_id: int
    channel_id: int
    user_id: int
    message_id: int
    name: str


def rows(bench: Bench) -> list[Row]:
    """Ask the large warehouse everything, each thing some times."""
    warehouse = bench.built()
    subjects = _subjects(warehouse)
    named = questions()
    compiled = warehouse.compiled([one for one in named if one not in NOT_ASKED])
    search = compiled.pop(SEARCH)
    asked = {one: milliseconds(warehouse, one) for one in examples(subjects)}
    for name, query in compiled.items():
        values = _values(named[name], _required(named[name], subjects))
        asked[name] = milliseconds(warehouse, query, values)
    found = {
        str(given["text"]): milliseconds(
            warehouse, search, _values(named[SEARCH], given)
        )
        for given in SEARCHES
    }
    return [
        slowest("examples and questions", asked, GOAL_MILLISECONDS),
        slowest("word searches", found, GOAL_SEARCH),
    ]


def examples(subjects: Subjects) -> list[str]:
    """Return the README's examples, with ids that are there."""
    page = (ROOT / "README.md").read_text("utf-8")
    ids = {
        _EXAMPLE_CHANNEL: str(subjects.channel_id),
        _EXAMPLE_MESSAGE: str(subjects.message_id),
    }
    return [
        re.sub(r"\b\d{4}\b", lambda found: ids.get(found[0], found[0]), query)
        for query in _EXAMPLE.findall(page)
    ]


def _required(question: Question, subjects: Subjects) -> dict[str, Any]:
    """Give a question what it cannot be asked without."""
    required = (one.name for one in question.parameters if one.is_required)
    return {name: getattr(subjects, name) for name in required}


def _values(question: Question, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for each parameter: what is given, or its default."""
    return {one.name: given.get(one.name, one.default) for one in question.parameters}


def _subjects(warehouse: Warehouse) -> Subjects:
    with warehouse.connect() as connection:
        return Subjects(*connection.execute(_SUBJECTS).fetchall()[0])
