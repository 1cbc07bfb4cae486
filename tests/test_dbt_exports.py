"""Exports beside the API's pages: one truth, in whatever order they come in."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from extractor.embedded import Embedded
from tests import exports
from tests.dbt_warehouse import (
    Json,
    Row,
    Warehouse,
    built_warehouse,
    message,
    reaction,
    snowflake,
    user,
)

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)
# where a row was read is not what it says; which export was landed first is no truth
LINEAGE = [
    *("page_id", "ordinal", "api_page_id", "api_ordinal", "content_page_id"),
    *("listed_page_id", "deletion_page_id", "first_page_id", "newest_page_id"),
    "file_id",
]
# and their keys
VIEWS = {
    "discord.message_versions": "channel_id, message_id, valid_from",
    "discord.suspected_deletions": "channel_id, message_id",
}


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


def messages(warehouse: Warehouse, columns: str) -> list[Row]:
    """Return columns of all messages, in order."""
    return warehouse.query(
        f"select {columns} from discord.messages order by channel_id, message_id"
    )


# --- what an export tells -------------------------------------------------------------


def test_every_version_becomes_messages(warehouse: Warehouse) -> None:
    """All are read; what a version does not write is unknown, and not empty."""
    for number, version in enumerate(exports.VERSIONS):
        warehouse.landing.export(
            exports.document(
                [
                    exports.message(message_id(1), "one", version),
                    exports.message(message_id(2), "two", version, type=19),
                ],
                version,
                channel_id=1_000 + number,
            )
        )

    warehouse.must_build()

    rows = warehouse.query(
        """select channel_id, array_agg(content order by message_id),
            array_agg(type order by message_id), bool_and(is_human),
            bool_and(mentioned_user_ids is not null),
            bool_and(sticker_items is not null), bool_and(source = 'dce'),
            bool_or(flags is not null or mentioned_role_ids is not null)
        from discord.messages group by 1 order by 1"""
    )
    assert rows == [
        (
            1_000 + number,
            ["one", "two"],
            [0, 19],
            True,
            version >= (2, 25),
            version >= (2, 33),
            True,
            False,
        )
        for number, version in enumerate(exports.VERSIONS)
    ]
    assert warehouse.query("select * from audit.untyped_elements") == []


def test_an_exported_message_is_told_in_discords_terms(warehouse: Warehouse) -> None:
    """Types, references, forwards, embeds, stickers, files, reactions, webhooks."""
    embed = {
        "title": "",
        "url": "https://e.example",
        "timestamp": None,
        "description": "d",
        "color": "#0A0B0C",
        "image": {
            "url": "https://proxy",
            "canonicalUrl": "https://i",
            "width": 3,
            "height": 4,
        },
        "images": [],
        "fields": [{"name": "n", "value": "v", "isInline": True}],
    }
    forwarded = {
        "timestamp": "0001-01-01T00:00:00+00:00",
        "timestampEdited": None,
        "content": "far",
        "attachments": [
            {"id": "901", "url": "a\\b.png", "fileName": "b.png", "fileSizeBytes": 7}
        ],
        "embeds": [],
        "stickers": [],
    }
    hook = exports.user(77, "Herald") | {"isBot": True}
    joined = exports.message(message_id(1), "Joined the server.", type=7)
    warehouse.landing.export(
        exports.document(
            [
                joined,
                exports.message(
                    message_id(2),
                    "",
                    reference={
                        "type": "Forward",
                        "messageId": "5",
                        "channelId": "6",
                        "guildId": "7",
                    },
                    forwardedMessage=forwarded,
                    embeds=[embed],
                    timestampEdited="2025-01-07T01:02:03.25+01:00",
                ),
                exports.message(
                    message_id(3),
                    "hi",
                    author=hook,
                    stickers=[{"id": "8", "name": "s", "format": "Apng"}],
                    reactions=[
                        exports.reaction("👍", 2),
                        exports.reaction("blob", 1, emoji_id=55),
                    ],
                ),
            ]
        )
    )

    warehouse.must_build()

    assert messages(
        warehouse, "type_name, content, is_human, edited_at, message_reference"
    ) == [
        ("user_join", None, False, None, None),
        (
            "default",
            "",
            True,
            datetime(2025, 1, 7, 0, 2, 3, 250_000, tzinfo=UTC),
            {"type": 1, "message_id": "5", "channel_id": "6", "guild_id": "7"},
        ),
        ("default", "hi", False, None, None),
    ]
    assert messages(warehouse, "embeds, webhook_id, webhook_name, sticker_items")[
        1:
    ] == [
        (
            [
                {
                    "url": "https://e.example",
                    "description": "d",
                    "color": 0x0A0B0C,
                    "image": {
                        "url": "https://i",
                        "proxy_url": "https://proxy",
                        "width": 3,
                        "height": 4,
                    },
                    "fields": [{"name": "n", "value": "v", "inline": True}],
                }
            ],
            None,
            None,
            [],
        ),
        ([], 77, "Herald", [{"id": "8", "name": "s", "format_type": 2}]),
    ]
    assert warehouse.query(
        "select attachment_id, origin, filename, size_bytes, url, exported_path, source"
        " from discord.attachments"
    ) == [(901, "snapshot", "b.png", 7, None, "a\\b.png", "dce")]
    assert warehouse.query(
        "select emoji_key, emoji_id, emoji_name, count, burst_count, source"
        " from discord.reactions order by 1"
    ) == [("55", 55, "blob", 1, None, "dce"), ("👍", None, "👍", 2, None, "dce")]


# --- which of two is believed ---------------------------------------------------------


def test_formatted_text_never_replaces_text_as_it_was_written(
    warehouse: Warehouse,
) -> None:
    """A newer export with names in place of mentions tells all else."""
    whom = [exports.mentioned(5, "mira")]
    raw = exports.message(message_id(1), "ask <@5>", mentions=whom)
    named = exports.message(message_id(1), "ask @Mira", mentions=whom, isPinned=True)
    warehouse.landing.export(exports.document([named], exported_at=day(9)))
    warehouse.must_build()
    assert messages(warehouse, "content, is_content_formatted") == [("ask @Mira", True)]

    warehouse.landing.export(exports.document([raw], exported_at=day(2)))
    warehouse.must_build()

    assert messages(
        warehouse, "content, is_content_formatted, is_pinned, observed_at"
    ) == [("ask <@5>", False, True, day(9))]


def test_each_field_is_of_the_newest_export_that_tells_it(warehouse: Warehouse) -> None:
    """A newer file of an older exporter knows no stickers; that is not none."""
    sticker = [{"id": "8", "name": "s", "format": "Png"}]
    full = exports.message(message_id(1), "new", stickers=sticker)
    old = exports.message(message_id(1), "newer", (2, 25))
    warehouse.landing.export(exports.document([full], exported_at=day(2)))
    warehouse.landing.export(
        exports.document(
            [old], (2, 25), exportedAt=exports.instant(day(3))
        )  # no such version writes the time, but who knows
    )

    warehouse.must_build()

    assert messages(warehouse, "content, sticker_items") == [
        ("newer", [{"id": "8", "name": "s", "format_type": 1}])
    ]


def test_the_api_is_believed_whatever_an_export_says(warehouse: Warehouse) -> None:
    """An export that is newer, and imported later, changes nothing."""
    posted = BEGIN + timedelta(hours=1)
    warehouse.landing.messages(
        message(posted, content="api", reactions=[reaction("x", 1)]),
        has_message_content=True,
        fetched_at=day(1),
    )
    warehouse.must_build()
    before = warehouse.contents("discord.messages", "discord.reactions")

    shown = exports.message(message_id(1), "export", reactions=[])
    warehouse.landing.export(exports.document([shown], exported_at=day(8)))
    warehouse.must_build()

    assert warehouse.contents("discord.messages", "discord.reactions") == before


def test_an_export_fills_what_the_api_may_not_show(warehouse: Warehouse) -> None:
    """Without the message content intent, the text is the export's; until with it."""
    posted = BEGIN + timedelta(hours=1)
    land = partial(warehouse.landing.messages, guild_id=100)
    land(
        message(posted, content="", reactions=[reaction("x", 3)]),
        has_message_content=False,
        fetched_at=day(1),
    )
    columns = "content, content_source, reaction_source, source, flags, is_deleted"
    warehouse.must_build()
    assert messages(warehouse, columns) == [(None, None, "api", "api", 0, False)]

    shown = exports.message(message_id(1), "told", reactions=[exports.reaction("y", 1)])
    warehouse.landing.export(exports.document([shown], exported_at=day(8)))
    warehouse.must_build()
    assert messages(warehouse, columns) == [("told", "dce", "api", "api", 0, False)]
    assert warehouse.query("select emoji_key, count from discord.reactions") == [
        ("x", 3)
    ]

    land(message(posted, content="seen"), has_message_content=True, fetched_at=day(9))
    warehouse.must_build()
    assert messages(warehouse, columns) == [("seen", "api", "api", "api", 0, False)]


def test_reactions_of_a_message_known_from_pins_are_the_exports(
    warehouse: Warehouse,
) -> None:
    """Lists of pins show messages without them."""
    shown = exports.message(message_id(1), "x", reactions=[exports.reaction("y", 1)])
    pinned = message(BEGIN + timedelta(hours=1), content="pinned")
    warehouse.landing.page(
        "pins",
        {"items": [{"pinned_at": BEGIN.isoformat(), "message": pinned}]},
        channel_id=200,
        has_message_content=True,
    )
    warehouse.must_build()
    warehouse.landing.export(exports.document([shown], exported_at=day(8)))
    warehouse.must_build()

    assert messages(warehouse, "content, source, reaction_source") == [
        ("pinned", "api", "dce")
    ]
    assert warehouse.query("select emoji_key, source from discord.reactions") == [
        ("y", "dce")
    ]


def test_what_hangs_from_a_message_is_archived_with_it(warehouse: Warehouse) -> None:
    """By an older export that comes later, or by a page that does not show it."""
    tables = ["int_dce_messages", "messages", "attachments", "reactions"]
    document = partial(
        exports.document,
        [
            exports.message(
                message_id(hour),
                reactions=[exports.reaction("y", 1)],
                attachments=[exports.attachment(hour)],
            )
            for hour in (1, 2)
        ],
    )
    warehouse.landing.export(document(exported_at=day(8)))
    warehouse.must_build("--select", *tables)
    warehouse.landing.export(document(exported_at=day(3)))
    pinned = message(BEGIN + timedelta(hours=2), content="")
    warehouse.landing.page(
        "pins",
        {"items": [{"pinned_at": BEGIN.isoformat(), "message": pinned}]},
        channel_id=200,
        has_message_content=False,
        fetched_at=day(9),
    )
    warehouse.must_build("--select", *tables)

    for table in tables[1:]:
        assert warehouse.query(
            f"select archived_at from discord.{table} order by message_id"
        ) == [(day(3),), (day(9),)]
    warehouse.assert_rebuilt_the_same(*tables)


def test_a_text_of_megabytes_stops_no_build(warehouse: Warehouse) -> None:
    """Words have a limit; Discord's messages never come near it."""
    text = " ".join(f"w{number}" for number in range(300_000))
    shown = exports.message(message_id(1), text)
    warehouse.landing.export(exports.document([shown]))
    warehouse.must_build("--select", "int_dce_messages", "messages", "message_words")

    assert messages(warehouse, "length(content)") == [(len(text),)]
    found = "select words @@ 'w77'::tsquery from marts.message_words"
    assert warehouse.query(found) == [(True,)]


def test_what_a_later_page_must_show_and_does_not_is_deleted(
    warehouse: Warehouse,
) -> None:
    """Whether the export was imported before the page was read, or after."""
    shown = [exports.message(message_id(n), f"m{n}") for n in (1, 2, 3)]
    page = partial(
        warehouse.landing.messages,
        message(BEGIN, content="m0"),
        message(BEGIN + timedelta(hours=2), content="m2"),
        message(BEGIN + timedelta(hours=4), content="m4"),
        request={"after": "0"},
        is_history_readable=True,
        has_message_content=True,
        fetched_at=day(5),
    )
    warehouse.landing.export(exports.document(shown[:1], exported_at=day(2)))
    warehouse.must_build()
    page()
    warehouse.must_build()
    warehouse.landing.export(exports.document(shown, exported_at=day(3)))
    warehouse.landing.export(
        exports.document(shown[2:], channel_id=201, exported_at=day(3))
    )
    warehouse.must_build()

    columns = "content, source, is_deleted, deleted_after, deleted_before"
    assert messages(warehouse, columns) == [
        ("m0", "api", False, None, None),
        ("m1", "dce", True, day(3), day(5)),
        ("m2", "api", False, None, None),
        ("m3", "dce", True, day(3), day(5)),
        ("m4", "api", False, None, None),
        ("m3", "dce", False, None, None),
    ]


def test_an_export_newer_than_the_page_proves_the_message(warehouse: Warehouse) -> None:
    """A page that was read before the export was made says nothing about it."""
    warehouse.landing.messages(
        message(BEGIN + timedelta(hours=2)),
        request={"after": "0"},
        is_history_readable=True,
        fetched_at=day(5),
    )
    shown = exports.message(message_id(1))
    warehouse.landing.export(exports.document([shown], exported_at=day(4)))
    warehouse.must_build()
    assert messages(warehouse, "is_deleted")[0] == (True,)

    again = exports.document([shown], exported_at=day(6))
    warehouse.landing.export(again)
    warehouse.must_build()

    assert messages(warehouse, "is_deleted")[0] == (False,)


# --- any order ------------------------------------------------------------------------

CHANNELS = (200, 201)
HOURS = range(1, 9)
FILES = [
    {"id": f"{number}", "url": "x", "fileName": "x", "fileSizeBytes": 1}
    for number in (901, 902)
]


def api_steps(rng: random.Random) -> list[Callable[[Warehouse], object]]:
    """Return pages of the API, by seeded chance, in the order they were read."""
    steps: list[Callable[[Warehouse], object]] = []
    for number in range(6):
        channel_id = rng.choice(CHANNELS)
        alive = [hour for hour in HOURS if rng.random() < 0.7]
        shown = [
            message(
                BEGIN + timedelta(hours=hour),
                content=rng.choice(["a", "b", "<@5>"]),
                author=user(rng.randrange(1, 4)),
                reactions=[reaction(rng.choice("xy"), 1 + rng.randrange(3))],
            )
            for hour in alive
        ]
        has_content = rng.random() < 0.6
        if not has_content:
            for one in shown:
                one["content"] = ""
        if rng.random() < 0.2:
            items = [{"pinned_at": BEGIN.isoformat(), "message": m} for m in shown]
            steps.append(
                partial(
                    api_pins, items, channel_id, has_content, day(number + rng.random())
                )
            )
            continue
        steps.append(
            partial(
                api_page, shown, channel_id, has_content, day(number + rng.random())
            )
        )
    return steps


def api_page(
    shown: list[Json],
    channel_id: int,
    has_content: bool,  # noqa: FBT001 - bound by name nowhere else
    fetched_at: datetime,
    warehouse: Warehouse,
) -> None:
    """Land a page that shows all there is in a channel."""
    warehouse.landing.messages(
        *shown,
        channel_id=channel_id,
        request={"after": "0"},
        responded_at=fetched_at,
        is_history_readable=True,
        has_message_content=has_content,
        fetched_at=fetched_at,
    )


def api_pins(
    items: list[Json],
    channel_id: int,
    has_content: bool,  # noqa: FBT001 - bound by name nowhere else
    fetched_at: datetime,
    warehouse: Warehouse,
) -> None:
    """Land a list of pins."""
    warehouse.landing.page(
        "pins",
        {"items": items},
        channel_id=channel_id,
        has_message_content=has_content,
        fetched_at=fetched_at,
    )


def export_steps(rng: random.Random) -> list[Callable[[Warehouse], object]]:
    """Return exports of all versions, by seeded chance."""
    steps: list[Callable[[Warehouse], object]] = []
    for _ in range(7):
        version = rng.choice(exports.VERSIONS)
        mentions: dict[str, Any] = {}
        if version >= (2, 25) and rng.random() < 0.5:
            mentions["mentions"] = [exports.mentioned(5, "mira", version)]
        shown = [
            exports.message(
                message_id(hour),
                rng.choice(["a", "c", "ask <@5>", "ask @Mira"]),
                version,
                author=exports.user(rng.randrange(1, 6), rng.choice("pqr"), version),
                reactions=[
                    exports.reaction(
                        rng.choice("xyz"),
                        2,
                        version,
                        users=[(rng.randrange(1, 9), "u")],
                    )
                ],
                timestampEdited=rng.choice([None, exports.instant(day(1))]),
                attachments=rng.sample(FILES, rng.randrange(3)),
                **mentions,
            )
            for hour in HOURS
            if rng.random() < 0.6
        ]
        document = exports.document(
            shown,
            version,
            channel_id=rng.choice(CHANNELS),
            # two at the same time, too: then the hash decides
            exported_at=day(rng.choice([0, 1, 2, 3, 8])),
            channel={"name": rng.choice(["general", "talk"])},
            guild={"name": rng.choice(["Sundial", "Moondial"])},
        )
        steps.append(partial(land_export, document))
    return steps


def land_export(document: Json, warehouse: Warehouse) -> None:
    """Land an export."""
    warehouse.landing.export(document)


def truth(warehouse: Warehouse) -> dict[str, list[Any]]:
    """Return all rows of what people read, but for where they were read."""
    return {
        table: [
            row[0]
            for row in warehouse.query(
                f"select to_jsonb(t) - '{{{','.join(LINEAGE)}}}'::text[] from {table} t"
                f" order by {keys}, 1"
            )
        ]
        for table, keys in {**warehouse.tables(), **VIEWS}.items()
        if table.startswith(("discord.", "marts."))
    }


def assert_no_order_matters(
    postgres: Embedded, folder: Path, seed: int, orders: int
) -> None:
    """Land the same in several orders, with builds in between; compare the ends."""
    rng = random.Random(seed)
    api, exported = api_steps(rng), export_steps(rng)
    truths = []
    for _ in range(orders):
        turns = rng.sample([True] * len(api) + [False] * len(exported), k=13)
        left, others = iter(api), iter(rng.sample(exported, len(exported)))
        with built_warehouse(postgres, folder) as warehouse:
            for number, is_api in enumerate(turns):
                next(left if is_api else others)(warehouse)
                if number % 5 == rng.randrange(5):
                    warehouse.must_build()
            warehouse.must_build()
            truths.append(truth(warehouse))
            if len(truths) == orders:
                built = warehouse.contents()
                warehouse.must_build("--full-refresh")
                assert warehouse.contents() == built
                assert truth(warehouse) == truths[-1]
    assert truths[0]["discord.messages"]
    assert truths[0]["discord.message_versions"]
    for other in truths[1:]:
        assert other == truths[0]


def test_any_order_of_import_sync_and_build_gives_the_same_tables(
    postgres: Embedded, tmp_path: Path
) -> None:
    """Pages of the API have an order of their own; exports come when they come."""
    assert_no_order_matters(postgres, tmp_path, seed=0, orders=2)


@pytest.mark.long
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("seed", range(1, 7))
def test_no_order_at_all_matters(postgres: Embedded, tmp_path: Path, seed: int) -> None:
    """As above, of other pages and exports, in more orders."""
    assert_no_order_matters(postgres, tmp_path, seed, orders=5)
