"""One schema and the group that owns it: taking it over, letting others read it.

Every function may be run again: what stands already is left as it is.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from extractor.database import scalar

Connection = psycopg.Connection[Any]

_OWNER = "select pg_get_userbyid(nspowner)::text from pg_namespace where nspname = %s"
_IS_MEMBER = "select pg_has_role(%s::name, %s::name, 'usage')"
# All in a schema that has an owner of its own; an identity sequence is its table's.
_OBJECTS = """
with

objects as (

    select
        case relkind when 'S' then 'sequence' else 'table' end as kind,
        format('%%I.%%I', relnamespace::regnamespace::text, relname) as name,
        relowner as owner
    from pg_class
    where
        relnamespace = %(schema)s::regnamespace
        and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        and not exists (
            select from pg_depend
            where
                pg_class.relkind = 'S'
                and pg_depend.classid = 'pg_class'::regclass
                and pg_depend.objid = pg_class.oid
                and pg_depend.deptype in ('a', 'i')
        )
    union all
    select 'routine', oid::regprocedure::text, proowner
    from pg_proc
    where pronamespace = %(schema)s::regnamespace

)

select
    kind,
    name,
    pg_get_userbyid(owner)::text as owner,
    pg_has_role(owner, %(group)s::name, 'member') as is_of_member
from objects
order by kind, name
"""


def take_over(connection: Connection, schema: str, group: str) -> list[str]:
    """Make the schema the group's; return who makes tables in it."""
    user = scalar(connection.execute("select current_user::text"))
    _add_member(connection, group, user)
    run(
        connection,
        "create schema if not exists {schema} authorization {group}",
        schema=schema,
        group=group,
    )
    former = scalar(connection.execute(_OWNER, (schema,)))
    _add_member(connection, group, former)
    run(
        connection, "alter schema {schema} owner to {group}", schema=schema, group=group
    )
    return list(dict.fromkeys((group, former, user)))


def _add_member(connection: Connection, group: str, member: str) -> None:
    """Let a role do what the group may, unless it may already, as superusers."""
    may = connection.execute(_IS_MEMBER, (member, group))
    if not scalar(may):
        run(connection, "grant {group} to {member}", group=group, member=member)


def hand_over(
    connection: Connection, schema: str, group: str
) -> tuple[list[str], list[str]]:
    """Give the group what its members made; return its tables, and what is not its own.

    What others made stays theirs: a view that became the group's would show its readers
    what its maker may not see.
    """
    found = connection.execute(_OBJECTS, {"schema": schema, "group": group})
    tables, left = [], []
    for kind, name, owner, is_of_member in found.fetchall():
        if not is_of_member:
            left.append(f"{name} ({owner})")
            continue
        if owner != group:
            # the catalogue quotes the names
            change = sql.SQL(f"alter {kind} {name} owner to ") + sql.Identifier(group)
            connection.execute(change)
        if kind == "table":
            tables.append(name)
    return tables, left


def let_read(
    connection: Connection, schema: str, tables: list[str], reader: str
) -> None:
    """Let a role read the tables that stand in the schema now."""
    run(
        connection,
        "grant usage on schema {schema} to {reader}",
        schema=schema,
        reader=reader,
    )
    for table in tables:
        grant = sql.SQL(f"grant select on {table} to ") + sql.Identifier(reader)
        connection.execute(grant)


def let_read_later(
    connection: Connection, schema: str, makers: list[str], reader: str
) -> None:
    """Let a role read what these makers will make there, such as by a full refresh."""
    for maker in makers:
        run(
            connection,
            "alter default privileges for role {maker} in schema {schema}"
            " grant select on tables to {reader}",
            maker=maker,
            schema=schema,
            reader=reader,
        )


def run(connection: Connection, statement: str, **names: str) -> None:
    """Execute a statement with its {names} filled in, quoted."""
    identifiers = {key: sql.Identifier(name) for key, name in names.items()}
    connection.execute(sql.SQL(statement).format(**identifiers))
