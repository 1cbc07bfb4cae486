"""What the report reads, as dbt builds it: empty tables, to be filled by hand.

Made from the columns of the models' own descriptions, which their contracts hold to
what is built. No column is required here: a test fills in what it is about.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

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


def tables_read() -> set[str]:
    """Return the tables, schema included, that the queries of the report read."""
    queries = [*questions(QUERIES).values(), *questions(FIGURES).values()]
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
