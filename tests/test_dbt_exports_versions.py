"""What exports saw of messages: earlier texts, and that they are gone; what is odd."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from psycopg.types.json import Jsonb

from extractor.embedded import Embedded
from tests import exports
from tests.dbt_warehouse import (
    Json,
    Row,
    Warehouse,
    built_warehouse,
    message,
    snowflake,
    tell_together,
)

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)
POSTED = BEGIN + timedelta(hours=1)
TABLES = [
    *("int_api_message_versions", "int_dce_messages", "int_dce_message_versions"),
    *("messages", "untyped_elements"),
]
Story = Iterator[None]


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


def day(number: float) -> datetime:
    """Return an instant so many days after the first message."""
    return BEGIN + timedelta(days=number)


def message_id(number: int) -> int:
    """Return the id of the message that was posted so many hours after the first."""
    return snowflake(BEGIN + timedelta(hours=number))


def edit(number: float) -> Json:
    """Return what an export says of a message that was edited on a day."""
    return {"timestampEdited": exports.instant(day(number))}


def post(text: str, **own: Json) -> Json:
    """Return what an export shows of the first message."""
    return exports.message(message_id(1), text, **own)


def landing_export(
    warehouse: Warehouse, channel_id: int, *shown: Json, made: float, **own: Json
) -> int:
    """Land an export of a channel that was made on a day."""
    document = exports.document(
        shown, channel_id=channel_id, exported_at=day(made), **own
    )
    return warehouse.landing.export(document)


def landing_page(
    warehouse: Warehouse, channel_id: int, seen: float, *shown: Json, **page: Json
) -> None:
    """Land a page that tells everything, fetched on a day."""
    warehouse.landing.messages(
        *shown,
        channel_id=channel_id,
        **{
            "has_message_content": True,
            "fetched_at": day(seen),
            "responded_at": day(seen),
            **page,
        },
    )


def versions(warehouse: Warehouse, channel_id: int, more: str = "") -> list[Row]:
    """Return what a message said, from the first on."""
    return warehouse.query(
        f"""select content, source, valid_from, valid_to {more}
        from discord.message_versions
        where channel_id = {channel_id} order by valid_from, page_id"""
    )


# --- versions -------------------------------------------------------------------------


def edits_that_only_exports_saw_stand_between_those_of_the_api(
    warehouse: Warehouse,
) -> Story:
    """They end what was said before; what the API has shown is the API's to tell."""
    channel = 301
    landing_page(warehouse, channel, 1, message(POSTED, content="first"))
    yield
    edited = day(5).isoformat()
    landing_page(
        warehouse,
        channel,
        6,
        message(POSTED, content="third", edited_timestamp=edited),
    )
    land = partial(landing_export, warehouse, channel)
    land(post("fourth", **edit(7)), made=8)
    land(post("THIRD", **edit(5)), made=5.5)
    land(post("second", **edit(3)), made=4)
    land(post("FIRST"), made=2)
    yield
    assert versions(warehouse, channel) == [
        ("first", "api", POSTED, day(3)),
        ("second", "dce", day(3), day(5)),
        ("third", "api", day(5), day(7)),
        ("fourth", "dce", day(7), None),
    ]


def text_as_it_was_written_is_kept_for_each_edit(warehouse: Warehouse) -> Story:
    """Only the same edit: an older text with its mentions is no newer one's."""
    channel = 302
    land = partial(landing_export, warehouse, channel)
    whom: Json = {"mentions": [exports.mentioned(5, "mira")]}
    land(post("ask <@5>", **whom), made=1)
    land(post("ask @Mira", **whom), made=2)
    yield
    land(post("beg @Mira", **edit(3), **whom), made=4)
    land(post("tell @Mira", **edit(5), **whom), made=6)
    land(post("tell <@5>", **edit(5), **whom), made=7)
    yield
    assert versions(warehouse, channel, ", is_content_formatted, observed_at") == [
        ("ask <@5>", "dce", POSTED, day(3), False, day(1)),
        ("beg @Mira", "dce", day(3), day(5), True, day(4)),
        ("tell <@5>", "dce", day(5), None, False, day(7)),
    ]


def messages_of_the_system_said_nothing_of_their_own(warehouse: Warehouse) -> Story:
    """Take the exporter's words for them for no version."""
    channel = 303
    joined = exports.message(message_id(1), "Joined the server.", type=7)
    landing_export(warehouse, channel, joined, made=1)
    yield
    assert versions(warehouse, channel) == []


def a_page_without_the_text_takes_no_version_away(warehouse: Warehouse) -> Story:
    """Show the edit, and not what was written."""
    channel = 304
    landing_page(
        warehouse, channel, 1, message(POSTED, content=""), has_message_content=False
    )
    landing_export(warehouse, channel, exports.message(message_id(1), "told"), made=2)
    yield
    assert versions(warehouse, channel) == [("told", "dce", POSTED, None)]


# --- suspected deletions --------------------------------------------------------------


def suspected(warehouse: Warehouse, channel_id: int) -> list[Row]:
    """Return what a channel's exports miss."""
    return warehouse.query(
        f"""select message_id, last_shown_at, missing_at, file_id, export_count
        from discord.suspected_deletions where channel_id = {channel_id} order by 1"""
    )


def what_newer_exports_do_not_show_is_suspected(warehouse: Warehouse) -> Story:
    """Between their first and their last message; and it is nothing but suspected."""
    channel = 311
    land = partial(landing_export, warehouse, channel)
    one, two, three, four = (exports.message(message_id(n)) for n in (1, 2, 3, 4))
    land(one, two, three, four, made=1)
    yield
    last = land(one, four, made=6)
    land(two, four, made=3)
    land(three, four, made=5)
    fourth = land(one, three, four, made=4)
    land(two, four, made=2)
    # of what no build has read, it is not known what it shows
    assert suspected(warehouse, channel) == []
    yield
    assert suspected(warehouse, channel) == [
        (message_id(2), day(3), day(4), fourth, 2),
        (message_id(3), day(5), day(6), last, 1),
    ]
    assert warehouse.query(
        f"select bool_or(is_deleted) from discord.messages where channel_id = {channel}"
    ) == [(False,)]


def what_the_api_shows_later_is_there(warehouse: Warehouse) -> Story:
    """And what it knows to be deleted needs no suspicion."""
    channel = 312
    one, two, three, four = (exports.message(message_id(n)) for n in (1, 2, 3, 4))
    land = partial(landing_export, warehouse, channel)
    land(one, two, three, four, made=1)
    land(one, four, made=2)
    yield
    assert [row[0] for row in suspected(warehouse, channel)] == [
        message_id(2),
        message_id(3),
    ]
    landing_page(
        warehouse,
        channel,
        3,
        message(BEGIN + timedelta(hours=2)),
        message(BEGIN + timedelta(hours=4)),
        request={"after": "0"},
        is_history_readable=True,
    )
    yield
    assert suspected(warehouse, channel) == []
    land(one, four, made=9)
    yield
    assert [row[:3] for row in suspected(warehouse, channel)] == [
        (message_id(2), day(3), day(9))
    ]


def only_whole_files_with_a_clock_raise_suspicion(warehouse: Warehouse) -> Story:
    """Neither a truncated one, nor one of before 2.40.1, nor one of another part."""
    channel = 313
    shown = [exports.message(message_id(n)) for n in range(1, 7)]
    land = partial(landing_export, warehouse, channel)
    land(*shown, made=1)
    cut = exports.document(shown[::5], channel_id=channel, exported_at=day(2))
    warehouse.landing.export(cut, status="truncated")
    warehouse.landing.export(exports.document(shown[::5], (2, 40), channel_id=channel))
    land(*shown[:2], made=3)
    land(*shown[3:], made=3.1)
    land(made=4)
    # an id that is wrong makes the file no wider than what was asked for
    asked = {"after": exports.instant(BEGIN + timedelta(hours=4.5)), "before": None}
    land(shown[0], shown[5], made=5, dateRange=asked)
    yield
    assert [row[0] for row in suspected(warehouse, channel)] == [message_id(5)]


# --- what cannot be typed -------------------------------------------------------------


def what_cannot_be_typed_is_told_with_its_place(warehouse: Warehouse) -> Story:
    """Stop nothing, and lose nothing of it."""
    channel = 321
    late = exports.message(message_id(3)) | {"timestamp": exports.instant(day(4))}
    odd = exports.message(
        message_id(4),
        mentions=[{"id": "x", "name": "x", "isBot": False}],
        reactions=[{"emoji": None, "count": 1}, exports.reaction("x", 1)],
        attachments=[{"id": "", "url": "a", "fileName": "a", "fileSizeBytes": 1}],
    ) | {"type": "Sorcery"}
    nobody = exports.message(message_id(5)) | {"id": "nobody"}
    # Discord gives no such ids; of the second, the importer has no interval either
    nothing, negative = {"id": "0"}, {"id": "-5"}
    document = exports.document(
        [exports.message(message_id(1)), late, odd], channel_id=channel
    )
    file = warehouse.landing.export(document)
    warehouse.landing.export(exports.document([negative], channel_id=322))
    # the importer has no id of these
    warehouse.connection.execute(
        "update landing.dce_messages set body = body || %s where file_id = %s",
        # what jsonb cannot hold is landed as null
        [Jsonb([nobody, "text", None, nothing]), file],
    )
    yield
    found = warehouse.query(
        f"""select path, file_ordinal, resource, element_path, reason, raw
        from audit.quarantined_records where file_id = {file} order by 2, 3, 4"""
    )
    name = "export.json"
    no_id = "id is not a Discord id"
    assert found == [
        (name, 2, "dce_messages", "", "id and timestamp tell of different times", late),
        (name, 3, "dce_attachments", "message/1", no_id, odd),
        (
            name,
            3,
            "dce_messages",
            "type",
            "type has a name that is not known",
            odd,
        ),
        (
            name,
            3,
            "dce_reactions",
            "reactions/1",
            "the emoji has neither an id nor a name of at most 200 bytes",
            odd,
        ),
        (name, 3, "dce_users", "mentions/1", no_id, odd),
        (name, 4, "dce_messages", "", no_id, nobody),
        (name, 5, "dce_messages", "", no_id, "text"),
        (
            name,
            6,
            "dce_messages",
            "",
            "the record is no JSON that jsonb can hold: its text is in raw",
            None,
        ),
        (name, 7, "dce_messages", "", no_id, nothing),
    ]
    # and whoever may not read raw pages may not read it
    assert warehouse.query(
        """select 'security_invoker=true' = any(reloptions) from pg_class
        where oid = 'audit.quarantined_records'::regclass"""
    ) == [(True,)]
    assert warehouse.query(
        f"""select message_id, type from discord.messages
        where channel_id in ({channel}, 322) order by 1"""
    ) == [(message_id(1), 0), (message_id(4), None)]


# --- keys that nobody knows -----------------------------------------------------------


def keys_that_no_exporter_writes_are_told(warehouse: Warehouse) -> Story:
    """Know what the versions that we know write, wherever it stands."""
    channel = 331
    for version in exports.VERSIONS:
        shown = exports.message(
            message_id(1),
            "told",
            version,
            reactions=[exports.reaction("x", 1, version, users=[(5, "mira")])],
            mentions=[exports.mentioned(5, "mira", version)],
        )
        document = exports.document([shown], version, channel_id=channel)
        warehouse.landing.export(document)
    strange = exports.user(11, "okapi", mood=1)
    landing_export(
        warehouse,
        channel,
        exports.message(message_id(1), author=strange, aura="blue"),
        made=1,
        channel={"slowmode": 5},
        weather="rain",
    )
    yield
    assert warehouse.query(
        """select entity, property, element_count from audit.unknowns
        where entity like 'dce_%' order by 1"""
    ) == [
        ("dce_channels", "slowmode", 1),
        ("dce_files", "weather", 1),
        ("dce_messages", "aura", 1),
        ("dce_users", "mood", 1),
    ]


def every_file_is_told_of(warehouse: Warehouse) -> Story:
    """Say what it is of, when it was made, and what it has."""
    channel = 332
    asked = {"after": exports.instant(BEGIN), "before": None}
    shown = [exports.message(message_id(n)) for n in (1, 4)]
    file = landing_export(warehouse, channel, *shown, made=2, dateRange=asked)
    yield
    assert warehouse.query(
        f"""select file_id, path, guild_name, channel_name, status, message_count,
            exported_at, asked_after, asked_before, first_message_at, last_message_at
        from audit.exports where channel_id = {channel}"""
    ) == [
        *[
            (
                *(file, "export.json", "Sundial", "general", "complete", 2),
                *(day(2), BEGIN, None, POSTED, BEGIN + timedelta(hours=4)),
            )
        ]
    ]


STORIES: list[Callable[[Warehouse], Story]] = [
    edits_that_only_exports_saw_stand_between_those_of_the_api,
    text_as_it_was_written_is_kept_for_each_edit,
    messages_of_the_system_said_nothing_of_their_own,
    a_page_without_the_text_takes_no_version_away,
    what_newer_exports_do_not_show_is_suspected,
    what_the_api_shows_later_is_there,
    only_whole_files_with_a_clock_raise_suspicion,
    what_cannot_be_typed_is_told_with_its_place,
    keys_that_no_exporter_writes_are_told,
    every_file_is_told_of,
]


def test_exports_tell_of_what_was_before(warehouse: Warehouse) -> None:
    """As each story above has it; a rebuild says so, too; one message costs little."""
    tell_together(warehouse, STORIES, *TABLES)

    views = [
        "discord.message_versions",
        "discord.suspected_deletions",
        "audit.quarantined_records",
    ]
    told = {view: rows(warehouse, view) for view in views}
    assert all(told.values())
    assert [view for view in views[:2] if reads_all(warehouse, view)] == []
    warehouse.assert_rebuilt_the_same(
        *TABLES, views=[view.partition(".")[2] for view in views]
    )
    assert {view: rows(warehouse, view) for view in views} == told


def rows(warehouse: Warehouse, view: str) -> list[Row]:
    """Return all rows of a view, in some order that is always the same."""
    return warehouse.query(f"select shown::text from {view} as shown order by 1")


def reads_all(warehouse: Warehouse, view: str) -> bool:
    """Say whether a question about one message reads a whole table of messages."""
    with warehouse.connection.transaction():
        warehouse.connection.execute("set local enable_seqscan = off")
        plan = warehouse.query(
            f"explain select * from {view} where channel_id = 301 and message_id = 1"
        )
    return any("Seq Scan on" in line for (line,) in plan)
