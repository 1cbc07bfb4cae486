"""Who may do what in the database: four group roles, made by `db roles`.

The loader owns schema landing, the transformer what dbt builds from it; the analyst
reads what is built, and raw pages never; the reader reads what every member of a guild
may see, and no more. What comes later, such as the tables that a
full refresh swaps in, has its rights by default privileges.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields

import psycopg
from psycopg import sql

from extractor.database import (
    address,
    connect,
    one_line,
    only_sync,
    prepare_schema,
    scalar,
)
from extractor.errors import ConfigError, DatabaseError
from extractor.roles_schemas import (
    Connection,
    hand_over,
    let_read,
    let_read_later,
    run,
    take_over,
)

PREFIX = "discord"
PATIENCE = "5s"  # for a table that a build uses: others queue behind who waits

# what a build that swaps tables meanwhile can do to us
_IN_USE = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.UndefinedTable,
)

_RIGHTS = """
select
    current_user::text,
    pg_roles.rolsuper or pg_roles.rolcreaterole,
    pg_has_role(pg_database.datdba, 'usage')
from pg_roles
cross join pg_database
where
    pg_roles.rolname = current_user
    and pg_database.datname = current_database()
"""
_MEMBERS = """
select pg_get_userbyid(member)::text from pg_auth_members
where roleid = %s::regrole
group by member
order by 1
"""
_PATIENCE = "select set_config('lock_timeout', %s, true)"


@dataclass(frozen=True)
class Roles:
    """The names of the four group roles."""

    loader: str
    transformer: str
    analyst: str
    reader: str

    @classmethod
    def named(cls, prefix: str) -> Roles:
        """Return those that begin so.

        Raises:
            ConfigError: the prefix would need quotes, or is too long.

        """
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,39}", prefix):
            raise ConfigError(
                f"--prefix {prefix!r}: it is up to 40 of a to z, 0 to 9 and _, and "
                "begins with no digit"
            )
        return cls(*(f"{prefix}_{one.name}" for one in fields(cls)))

    def names(self) -> tuple[str, ...]:
        """Return all four."""
        return astuple(self)

    def schemas(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Return, by schema, who owns it and who else reads it."""
        return {
            "landing": (self.loader, (self.transformer,)),
            "staging": (self.transformer, ()),  # views over landing: every word of it
            "discord": (self.transformer, (self.analyst,)),
            "marts": (self.transformer, (self.analyst,)),
            "audit": (self.transformer, (self.analyst,)),
            "community": (self.transformer, (self.analyst, self.reader)),
        }


@dataclass(frozen=True)
class Made:
    """What stands after `db roles`.

    `members` names those of each group; `left` is what others made in our schemas.
    """

    database: str
    roles: Roles
    members: Mapping[str, tuple[str, ...]]
    left: tuple[str, ...]

    def lines(self) -> list[str]:
        """Say who may do what, and what an administrator does next."""
        loader, transformer, analyst, reader = self.roles.names()
        built = "discord, marts, community and audit"
        return [
            f"{loader} owns landing",
            f"{transformer} reads landing, owns staging, {built}",
            f"{analyst} reads {built}",
            f"{reader} reads community",
            f"PUBLIC may no longer connect to {self.database}, or create in public",
            *(
                f"members of {group}: {', '.join(names)}"
                for group, names in self.members.items()
                if names
            ),
            *(f"left to its owner: {one}" for one in self.left),
            "",
            "Next, a login for each who comes (discord-warehouse db psql):",
            *self._login("archiver", loader, f"role = {loader}"),
            *self._login("builder", transformer, f"role = {transformer}"),
            *self._login("alice", analyst, "default_transaction_read_only = on"),
            *self._login("bob", reader, "default_transaction_read_only = on"),
        ]

    def _login(self, name: str, group: str, setting: str) -> list[str]:
        """Return how to make one; what it makes is to be the group's, not its own."""
        database = sql.Identifier(self.database).as_string()
        return [
            f"    create role {name} login in role {group};",
            f"    alter role {name} in database {database} set {setting};",
        ]


def make_roles(environment: Mapping[str, str], prefix: str = PREFIX) -> Made:
    """Make the roles and give each what it needs, however much is there already.

    Schema landing is made or upgraded on the way. Who owned a schema until now becomes
    a member of the group that does: what they run goes on to work.

    Raises:
        ConfigError: the prefix cannot be used.
        DatabaseError: no right to do it, or a sync or a build is running.

    """
    roles = Roles.named(prefix)
    try:
        with connect(environment) as connection:
            _check_rights(connection)
        with only_sync(environment):
            prepare_schema(environment)
            with connect(environment) as connection:
                connection.execute(_PATIENCE, (PATIENCE,))
                return _make(connection, roles)
    except _IN_USE as error:
        raise DatabaseError(
            f"cannot hand over the tables in {address(environment)}: one is in use; "
            "nothing was granted, run it again when no build is running"
        ) from error
    except psycopg.Error as error:
        raise DatabaseError(
            f"cannot make the roles in {address(environment)}: {one_line(error)}; "
            "nothing was granted, run it as a superuser or as who made the archive"
        ) from error


def _check_rights(connection: Connection) -> None:
    """Refuse before anything is made: GRANT without the right to only warns."""
    user, may_create_roles, is_owner = connection.execute(_RIGHTS).fetchall()[0]
    if not (may_create_roles and is_owner):
        raise DatabaseError(
            f"role {user} may not make the roles of database {connection.info.dbname}: "
            "it needs CREATEROLE and to own the database; run it as a role that has "
            "both, or as a superuser"
        )


def _make(connection: Connection, roles: Roles) -> Made:
    for name in roles.names():
        _create_role(connection, name)
    left: list[str] = []
    for schema, (owner, readers) in roles.schemas().items():
        makers = take_over(connection, schema, owner)
        readable, others = hand_over(connection, schema, owner)
        left += others
        for reader in readers:
            let_read(connection, schema, readable, reader)
            let_read_later(connection, schema, makers, reader)
    _limit_database(connection, roles)
    members = {name: _members(connection, name) for name in roles.names()}
    return Made(connection.info.dbname, roles, members, tuple(left))


def _members(connection: Connection, group: str) -> tuple[str, ...]:
    return tuple(name for (name,) in connection.execute(_MEMBERS, (group,)).fetchall())


def _create_role(connection: Connection, name: str) -> None:
    there = connection.execute("select from pg_roles where rolname = %s", (name,))
    if there.fetchone() is None:
        run(connection, "create role {name} nologin", name=name)


def _limit_database(connection: Connection, roles: Roles) -> None:
    """Take from PUBLIC what a database gives it, and give the groups what they need."""
    database = connection.info.dbname
    for statement in (
        "revoke connect, temporary on database {database} from public",
        "grant temporary on database {database} to {transformer}",
        "grant execute on function landing.settled_page_id() to {transformer}",
        # who has the key and a list of ids can tell which ones were forgotten
        "revoke all on landing.erasure_keys from {transformer}",
    ):
        run(connection, statement, database=database, **vars(roles))
    for role in roles.names():
        grant = "grant connect on database {database} to {role}"
        run(connection, grant, database=database, role=role)
    there = connection.execute("select to_regnamespace('public') is not null")
    if scalar(there):
        connection.execute("revoke create on schema public from public")
