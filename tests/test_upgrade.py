"""Landing schemas of earlier releases are upgraded in place, with what they hold."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files

from tests.archive import (
    connected,
    ids,
    landed_messages,
    query,
    readable_messages,
    sync,
)
from tests.fake_discord import FakeDiscord, generate_world

Database = dict[str, str]

VERSION_1 = ("guilds", "channels", "threads", "roles", "members", "messages")


def make_version_1(database: Database) -> None:
    """Make an empty landing as the first release did."""
    with connected(database) as connection:
        connection.execute(files("extractor").joinpath("landing_1.sql").read_bytes())
        connection.execute("insert into landing.schema_version (version) values (1)")


def downgrade(database: Database) -> None:
    """Turn a landing of today into one as the first release would have left it."""
    with connected(database) as connection:
        connection.execute("alter schema landing rename to today")
    make_version_1(database)
    with connected(database) as connection:
        for table in ("runs", "fetches", "guild_syncs", *VERSION_1, "checkpoints"):
            columns = ", ".join(
                row[0]
                for row in connection.execute(
                    "select quote_ident(column_name) from information_schema.columns"
                    " where table_schema = 'landing' and table_name = %s",
                    (table,),
                )
            )
            connection.execute(
                f"insert into landing.{table} ({columns})"
                f" select {columns} from today.{table}".encode()
            )
        connection.execute(
            "select setval('landing.fetch_id_seq',"
            " (select max(fetch_id) from landing.fetches)),"
            " setval(pg_get_serial_sequence('landing.runs', 'run_id'), 99)"
        )
        connection.execute("drop schema today cascade")


def test_an_archive_of_the_first_release_goes_on(database: Database) -> None:
    """Nothing is read again; what version 1 had not written down is filled in."""
    described = (
        "select channel_id, name, type, parent_id, is_archived, message_count, account"
        " from landing.checkpoints where unreadable_reason is null order by 1"
    )
    end = datetime(2026, 11, 15, tzinfo=UTC)
    with FakeDiscord(generate_world(3, 700, end)) as fake:
        sync(fake, database)
        before = query(database, described)
        downgrade(database)
        fake.clear_requests()

        result = sync(fake, database)

        assert result.returncode == 0, result.stderr
        assert not [one for one in fake.requests if one.path.endswith("/messages")]
        assert query(database, described) == before
        assert ids(landed_messages(database)) == ids(readable_messages(fake))
    versions = "select version from landing.schema_version order by 1"
    assert query(database, versions) == [(1,), (2,), (3,), (4,)]


def test_an_empty_landing_of_the_first_release_is_upgraded(database: Database) -> None:
    """A release that never got to its first page."""
    make_version_1(database)
    end = datetime(2026, 11, 15, tzinfo=UTC)
    with FakeDiscord(generate_world(5, "tiny", end)) as fake:
        result = sync(fake, database)

        assert result.returncode == 0, result.stderr
        assert ids(landed_messages(database)) == ids(readable_messages(fake))
