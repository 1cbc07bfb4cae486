"""Ask a question of analyses/ and print all rows of the answer.

Owns the command line and the shapes of an answer. The database is the one that libpq's
variables (PGHOST, PGDATABASE, ...) name; it is only read.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import click
import orjson
import psycopg
from psycopg import errors

from extractor.terminal import plain_table, printable, table_console
from scripts.questions import Parameter, Question, QuestionError, questions

NOT_BUILT = (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName)
GREATEST_ID = 2**63 - 1
LONGEST_LINE = 100  # of a cell, in characters; a link has some 90

_TYPES: Mapping[str, Any] = {
    "id": click.IntRange(0, GREATEST_ID),
    "count": click.IntRange(0, GREATEST_ID - 1),
    "date": click.DateTime(["%Y-%m-%d"]),
    "text": click.STRING,
    "name": click.STRING,
}
_FORMATS = ("table", "csv", "json")


def main() -> None:
    """Ask the question that the command line names."""
    command()()


def command() -> click.Group:
    """Return a command with one of its own for each question."""
    return click.Group(
        "ask",
        {name: _command(question) for name, question in questions().items()},
        help="Ask the warehouse. Each question has a --help.",
        invoke_without_command=True,
        callback=_list,
    )


@click.pass_context
def _list(context: click.Context) -> None:
    """Show all questions to whoever asks none."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def _command(question: Question) -> click.Command:
    def ask(*, output: str, **values: Any) -> None:
        _ask(question, values, output)

    shape = click.Option(
        ["--format", "output"],
        type=click.Choice(_FORMATS),
        default="table",
        show_default=True,
        help="For people, for spreadsheets, or one JSON object a line.",
    )
    options = [_option(parameter) for parameter in question.parameters]
    return click.Command(
        question.name, callback=ask, params=[*options, shape], help=question.description
    )


def _option(parameter: Parameter) -> click.Option:
    names = [f"--{parameter.name.replace('_', '-')}", parameter.name]
    if parameter.type == "flag":
        return click.Option(names, is_flag=True, help=parameter.description)
    # for click, no default and a default of None are two things
    default = {} if parameter.default is None else {"default": parameter.default}
    return click.Option(
        names,
        type=_TYPES[parameter.type],
        metavar=parameter.type.upper(),
        required=parameter.is_required,
        show_default=True,
        help=parameter.description,
        **default,
    )


def _ask(question: Question, values: Mapping[str, Any], output: str) -> None:
    try:
        query = question.compiled(values)
        headings, rows = _answer(query, values)
    except NOT_BUILT as error:
        raise click.ClickException(
            f"{str(error).splitlines()[0]}: run make build first."
        ) from error
    except (QuestionError, psycopg.Error) as error:
        raise click.ClickException(str(error).strip()) from error
    _SHAPES[output](headings, rows)


def _answer(
    query: str, values: Mapping[str, Any]
) -> tuple[list[str], list[tuple[Any, ...]]]:
    with psycopg.connect() as connection:
        connection.read_only = True
        # the text is a file of ours, compiled by dbt; values are never put into it
        cursor = connection.execute(query.encode(), values)
        headings = [column.name for column in cursor.description or ()]
        return headings, cursor.fetchall()


def _as_table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    table = plain_table()
    for heading in headings:
        # folded: an id or a link that is cut is none
        table.add_column(heading, overflow="fold", max_width=LONGEST_LINE)
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console = table_console()
    if not console.is_terminal:
        console.width = LONGEST_LINE * max(len(headings), 1)
    console.print(table, markup=False, highlight=False)
    if not table.row_count:
        click.echo("no rows", err=True)


def _cell(value: Any) -> str:
    """Return a value as people read it, on one line that steers no terminal."""
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(" ", "seconds")
        case bool():
            return str(value).lower()
        case dict() | list():
            return printable(orjson.dumps(value, default=_number).decode())
        case _:
            return printable(" ".join(str(value).splitlines()))


def _as_csv(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    # quoted all: the csv of this Python leaves a lone carriage return bare
    writer = csv.writer(sys.stdout, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([_exact(one) if isinstance(one, str) else one for one in row])


def _as_json(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    for row in rows:
        line = orjson.dumps(dict(zip(headings, row, strict=True)), default=_number)
        click.echo(_exact(line.decode()))


def _exact(text: str) -> str:
    """Return a text as it is for a program, and so that it steers no terminal."""
    return printable(text) if sys.stdout.isatty() else text


def _number(value: object) -> float:
    """Return what JSON has no type for, which of Postgres's is numeric."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError


_SHAPES = {"table": _as_table, "csv": _as_csv, "json": _as_json}


if __name__ == "__main__":
    main()
