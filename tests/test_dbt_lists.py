"""The lists of a guild as typed rows: latest states, and what is gone from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from extractor.embedded import Embedded
from tests.dbt_warehouse import (
    CHANNEL,
    GUILD,
    Json,
    Landing,
    Story,
    Warehouse,
    built_warehouse,
    message,
    snowflake,
    tell_together,
    user,
)

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)
# as Discord's ids are since July 2022: of nineteen digits
FIRST, SECOND, THIRD = (snowflake(BEGIN + timedelta(days=n)) for n in range(3))
OTHER_GUILD = 101
EVENTS = f"/guilds/{GUILD}/scheduled-events"
NOT_FOUND, UNKNOWN_EVENT = 404, 10070


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


def role(role_id: int, **fields: Json) -> Json:
    """Return a role object."""
    return {"id": str(role_id), "name": f"role {role_id}", "permissions": "0", **fields}


def ban(user_id: int, **fields: Json) -> Json:
    """Return a ban object."""
    return {"user": user(user_id), "reason": None, **fields}


def event(event_id: int, **fields: Json) -> Json:
    """Return a scheduled event object, announced and of the outside world."""
    return {
        "id": str(event_id),
        "name": "event",
        "entity_type": 3,
        "status": 1,
        "privacy_level": 2,
        **fields,
    }


def bans(
    landing: Landing, *banned: int, after: int | None = None, guild_id: int = GUILD
) -> int:
    """Append one page of bans, asked for after a user, and return its id."""
    request = {"path": f"/guilds/{guild_id}/bans", "limit": 1000}
    asked = {**request, **({"after": after} if after else {})}
    return landing.page(
        "bans", list(map(ban, banned)), request=asked, guild_id=guild_id
    )


def row_of(warehouse: Warehouse, table: str, condition: str) -> dict[str, Json]:
    """Return the only row of a table of which something is true."""
    query = f"select to_jsonb(t) from discord.{table} as t where {condition}"
    (row,) = warehouse.query(query)
    return dict(row[0])


def deletions(
    warehouse: Warehouse, table: str, key: str, guild_id: int = GUILD
) -> dict[Json, int | None]:
    """Return the page that told of each row's deletion, by key."""
    columns = f"select {key}, deletion_page_id from discord.{table}"
    return dict(warehouse.query(f"{columns} where guild_id = {guild_id}"))


# --- stories, told side by side: where they yield, everything is built ----------------


def a_role_that_left_the_list_is_deleted_until_it_is_back(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Whether builds met each page alone or all at once."""
    landing = warehouse.landing
    landing.page("roles", [role(1), role(2), role(3)])
    yield
    first = landing.page("roles", [role(1), role(3)])
    second = landing.page("roles", [role(1)])
    yield
    told = deletions(warehouse, "roles", "role_id")
    landing.page("roles", [role(1), role(2), {"name": "no id"}])
    yield
    after = deletions(warehouse, "roles", "role_id")

    assert told == {1: None, 2: first, 3: second}
    assert after == {1: None, 2: None, 3: second}


def a_role_is_typed_in_every_part(warehouse: Warehouse) -> Iterator[None]:
    """Its colours win over its colour; what is null among its tags is true."""
    colors = {"primary_color": 1, "secondary_color": 2, "tertiary_color": 3}
    tags = {"bot_id": "11", "integration_id": "12", "subscription_listing_id": "13"}
    strings = {"icon": "an icon", "unicode_emoji": "an emoji"}
    page = warehouse.landing.page(
        "roles",
        [
            role(
                FIRST,
                permissions=str(1 << 70),
                position=4,
                color=5,
                colors=colors,
                hoist=True,
                managed=True,
                mentionable=False,
                flags=6,
                tags={**tags, "premium_subscriber": None, "guild_connections": None},
                **strings,
            )
        ],
        guild_id=OTHER_GUILD,
    )
    yield

    row = row_of(warehouse, "roles", f"role_id = {FIRST}")
    instants = {name for name in row if name.endswith("_at")}
    assert {name: value for name, value in row.items() if name not in instants} == {
        "role_id": FIRST,
        "guild_id": OTHER_GUILD,
        "name": f"role {FIRST}",
        "permissions": 1 << 70,
        "position": 4,
        **colors,
        **strings,
        "is_hoisted": True,
        "is_managed": True,
        "is_mentionable": False,
        **{name: int(value) for name, value in tags.items()},
        "is_premium_subscriber": True,
        "is_available_for_purchase": False,
        "has_guild_connections": True,
        "flags": 6,
        "source": "api",
        "export_hash": None,
        "is_deleted": False,
        "deleted_after": None,
        "deleted_before": None,
        "deletion_page_id": None,
        "page_id": page,
        "ordinal": 1,
    }
    assert instants == {"created_at", "archived_at", "observed_at", "exported_at"}


ONE_PAGE = {"emojis": "emoji_id", "stickers": "sticker_id", "webhooks": "webhook_id"}


def what_left_a_list_of_one_page_is_deleted(warehouse: Warehouse) -> Iterator[None]:
    """Also the last of all; a page that jsonb could not hold tells of nothing."""
    landing = warehouse.landing
    both = [{"id": str(i), "name": "a"} for i in (FIRST, SECOND)]
    for table in ONE_PAGE:
        landing.page(table, both)
    yield
    for table in ONE_PAGE:
        landing.page(table, [both[0], {"name": "no id"}])
        unreadable = landing.page(table, [])
        landing.connection.execute(
            f"update landing.{table} set body = 'null' where page_id = {unreadable}"
        )
    yield
    for table, key in ONE_PAGE.items():
        assert deletions(warehouse, table, key) == {FIRST: None, SECOND: None}
    told = {
        table: {SECOND: landing.page(table, both[:1]), FIRST: landing.page(table, [])}
        for table in ONE_PAGE
    }
    yield
    for table, key in ONE_PAGE.items():
        assert deletions(warehouse, table, key) == told[table]


def an_invite_that_left_the_list_is_deleted(warehouse: Warehouse) -> Iterator[None]:
    """Codes have no order, so one list covers all of them or none."""
    landing = warehouse.landing
    landing.page("invites", [{"code": "abc"}, {"code": "xyz"}])
    landing.page("invites", [{"code": "xyz"}, None])
    yield
    nothing = deletions(warehouse, "invites", "code")
    without = landing.page("invites", [{"code": "xyz", "uses": 3}])
    yield

    assert nothing == {"abc": None, "xyz": None}
    assert deletions(warehouse, "invites", "code") == {"abc": without, "xyz": None}


def a_ban_is_lifted_when_its_page_no_longer_shows_it(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Of those up to its last a page tells; only the empty one, of all beyond."""
    landing = warehouse.landing
    bans(landing, FIRST, SECOND, THIRD)
    bans(landing, after=THIRD)
    yield
    middle = bans(landing, FIRST, THIRD)
    bans(landing, FIRST)
    request = {"path": f"/guilds/{GUILD}/bans", "after": "nobody knows where"}
    landing.page("bans", [], request=request)
    yield
    before_the_end = deletions(warehouse, "bans", "user_id")
    end = bans(landing, after=FIRST)
    yield

    assert before_the_end == {FIRST: None, SECOND: middle, THIRD: None}
    after = deletions(warehouse, "bans", "user_id")
    assert after == {FIRST: None, SECOND: middle, THIRD: end}


def a_list_of_bans_that_ends_where_it_once_ended_has_ended(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Who is banned last, and then no more, leaves only the old end seen again."""
    landing = warehouse.landing
    bans(landing, FIRST, guild_id=OTHER_GUILD)
    end = bans(landing, after=FIRST, guild_id=OTHER_GUILD)
    bans(landing, FIRST, SECOND, guild_id=OTHER_GUILD)
    bans(landing, after=SECOND, guild_id=OTHER_GUILD)
    yield
    page = bans(landing, FIRST, guild_id=OTHER_GUILD)
    again = landing.seen_again("bans", end)
    landing.seen_again("bans", page)
    yield

    told = deletions(warehouse, "bans", "user_id", OTHER_GUILD)
    assert told == {FIRST: None, SECOND: again}


def only_discord_can_say_that_an_event_is_deleted(
    warehouse: Warehouse,
) -> Iterator[None]:
    """One that is over leaves the list, and one that is asked for may be forbidden."""
    landing = warehouse.landing
    landing.page("scheduled_events", [event(FIRST), event(SECOND), event(THIRD)])
    landing.page("scheduled_events", [])
    landing.page("scheduled_events", event(FIRST, status=3))
    yield
    told = [
        landing.refusal(
            "scheduled_events", status, code, request={"path": f"{EVENTS}/{event_id}"}
        )
        for event_id, status, code in [
            (FIRST, 403, 50001),
            (SECOND, NOT_FOUND, UNKNOWN_EVENT),
            (THIRD, NOT_FOUND, 10004),
            ("99999999999999999999", NOT_FOUND, UNKNOWN_EVENT),
        ]
    ]
    path = f"{EVENTS}/{THIRD}/users"
    landing.refusal("event_users", NOT_FOUND, UNKNOWN_EVENT, request={"path": path})
    yield

    rows = """select event_id, status_name, privacy_level, deletion_page_id
        from discord.scheduled_events order by event_id"""
    assert warehouse.query(rows) == [
        (FIRST, "completed", 2, None),
        (SECOND, "scheduled", 2, told[1]),
        (THIRD, "scheduled", 2, None),
    ]


def an_audit_log_stays_when_discord_forgets_it(warehouse: Warehouse) -> Iterator[None]:
    """Its entries are of kinds that have a name, or of one that is not known yet."""
    landing = warehouse.landing
    entries = [
        {
            "id": str(FIRST),
            "action_type": 22,
            "user_id": "7",
            "target_id": "not an id",
            "changes": [{"key": "nick", "new_value": None}],
            "options": None,
            "reason": "spam",
        },
        {"id": str(SECOND), "action_type": 9999, "user_id": None, "target_id": None},
    ]
    landing.page("audit_log", {"audit_log_entries": entries})
    yield
    landing.page("audit_log", {"audit_log_entries": []})
    yield

    columns = "user_id, action_type_name, target_id, changes, options, reason"
    query = f"select {columns} from discord.audit_log_entries"
    assert warehouse.query(f"{query} order by audit_log_entry_id") == [
        (7, "member_ban_add", "not an id", entries[0]["changes"], None, "spam"),
        (None, None, None, None, None, None),
    ]


# a guild's columns that are named as what they are made from, with a value each
GUILD_AS_IT_IS: Mapping[str, Json] = {
    **{name: f"the {name}" for name in ("description", "icon", "splash", "banner")},
    **{name: f"the {name}" for name in ("discovery_splash", "home_header", "region")},
    "name": "now",
    "vanity_url_code": "here",
    "preferred_locale": "de",
    "verification_level": 1,
    "default_message_notifications": 2,
    "mfa_level": 3,
    "explicit_content_filter": 4,
    "nsfw_level": 5,
    "premium_tier": 6,
    "premium_subscription_count": 7,
    "afk_timeout": 300,
    "max_presences": 8,
    "max_members": 9,
    "max_video_channel_users": 10,
    "system_channel_flags": 1 << 40,
    "max_stage_video_channel_users": 11,
    "approximate_member_count": 12,
    "approximate_presence_count": 13,
    "incidents_data": {"raid_detected_at": None},
}
GUILD_IDS = (
    *("application_id", "afk_channel_id", "system_channel_id", "rules_channel_id"),
    *("public_updates_channel_id", "safety_alerts_channel_id", "widget_channel_id"),
)


def a_guild_is_typed_in_every_part(warehouse: Warehouse) -> Iterator[None]:
    """Its latest page wins, and when it was archived first is remembered."""
    landing = warehouse.landing
    guild_id, later = FIRST, BEGIN + timedelta(days=1)
    then = {"id": str(guild_id), "name": "then", "owner_id": "7"}
    landing.page("guilds", then, fetched_at=BEGIN)
    yield
    ids = {name: FIRST + number for number, name in enumerate(GUILD_IDS)}
    now = {
        "id": str(guild_id),
        "owner_id": None,
        "features": ["NEWS", 5, "NEW"],
        **GUILD_AS_IT_IS,
        **{name: str(value) for name, value in ids.items()},
        "widget_enabled": True,
        "premium_progress_bar_enabled": False,
        "nsfw": True,
        "premium_progress_bar_enabled_user_updated_at": later.isoformat(),
    }
    page = landing.page("guilds", now, fetched_at=later)
    yield

    row = row_of(warehouse, "guilds", f"guild_id = {guild_id}")
    instants = {name: row.pop(name) for name in list(row) if name.endswith("_at")}
    assert row == {
        "guild_id": guild_id,
        "source": "api",
        "owner_id": None,
        "features": ["NEWS", "NEW"],
        **GUILD_AS_IT_IS,
        **ids,
        "is_widget_enabled": True,
        "is_premium_progress_bar_enabled": False,
        "is_nsfw": True,
        "page_id": page,
        "ordinal": 1,
    }
    assert {name: datetime.fromisoformat(at) for name, at in instants.items()} == {
        "premium_progress_bar_enabled_user_updated_at": later,
        "created_at": BEGIN,
        "archived_at": BEGIN,
        "observed_at": later,
    }


STORIES: Mapping[Story, tuple[str, ...]] = {
    a_role_that_left_the_list_is_deleted_until_it_is_back: ("roles",),
    a_role_is_typed_in_every_part: ("roles",),
    what_left_a_list_of_one_page_is_deleted: tuple(ONE_PAGE),
    an_invite_that_left_the_list_is_deleted: ("invites",),
    a_ban_is_lifted_when_its_page_no_longer_shows_it: ("bans",),
    a_list_of_bans_that_ends_where_it_once_ended_has_ended: ("bans",),
    only_discord_can_say_that_an_event_is_deleted: ("scheduled_events",),
    an_audit_log_stays_when_discord_forgets_it: ("audit_log_entries",),
    a_guild_is_typed_in_every_part: ("guilds",),
}


def test_lists_tell_what_is_there_and_what_is_gone(warehouse: Warehouse) -> None:
    """As each story above has it; and a rebuild tells the same of all of them."""
    tables = sorted({table for tables in STORIES.values() for table in tables})

    tell_together(warehouse, STORIES, *tables)

    warehouse.assert_rebuilt_the_same(*tables)


# --- each entity's row, and the element it was ------------------------------------

# what each entity's rows were on: a resource, and what its page lists
RAW: Mapping[str, tuple[str, list[Json]]] = {
    "roles": ("roles", [role(1), role(FIRST)]),
    "emojis": ("emojis", [{"id": "1"}, {"id": str(FIRST), "name": "a"}]),
    "stickers": ("stickers", [{"id": "1"}, {"id": str(FIRST), "name": "a"}]),
    "scheduled_events": ("scheduled_events", [event(1), event(FIRST)]),
    "webhooks": ("webhooks", [{"id": "1"}, {"id": str(FIRST), "name": "a"}]),
    "invites": ("invites", [{"code": "abc"}, {"code": "xyz", "uses": 1}]),
    "bans": ("bans", [ban(1), ban(FIRST, reason="spam")]),
}
ENTRIES = [{"id": "1"}, {"id": str(FIRST), "reason": "spam"}]
CHANNELS = [{"id": str(CHANNEL), "type": 0}, {"id": "201", "type": 4, "name": "c"}]
THREADS = [{"id": "202", "type": 11, "parent_id": "201"}, {"id": "203", "type": 12}]
LISTED = [message(BEGIN), message(BEGIN, number=1, content="listed, then pinned")]
PINNED = [{**LISTED[1], "pinned": True}, message(BEGIN, number=2, content="pinned")]


def test_every_row_leads_to_its_raw_json(warehouse: Warehouse) -> None:
    """Whatever list or object it came in, by the page's own index."""
    landing = warehouse.landing
    guild = {"id": str(GUILD), "name": "guild"}
    landing.page("guilds", guild)
    landing.page("audit_log", {"audit_log_entries": ENTRIES})
    landing.page("channels", CHANNELS)
    landing.page("threads", {"threads": THREADS})
    landing.messages(*LISTED)
    pins = [{"pinned_at": BEGIN.isoformat(), "message": one} for one in PINNED]
    landing.page("pins", {"items": pins}, channel_id=CHANNEL)
    for resource, listed in RAW.values():
        landing.page(resource, listed)
    expected = {
        **{entity: listed for entity, (_, listed) in RAW.items()},
        "guilds": [guild],
        "audit_log_entries": ENTRIES,
        "channels": CHANNELS + THREADS,
        "messages": LISTED[:1] + PINNED,
    }

    warehouse.must_build("--select", *(f"+raw_{entity}" for entity in expected))

    for entity, listed in expected.items():
        rows = warehouse.query(f"select raw from discord.raw_{entity}")
        found = [row[0] for row in rows]
        assert sorted(found, key=str) == sorted(listed, key=str)
    warehouse.connection.execute("set enable_seqscan = off")
    plan = warehouse.query(
        f"explain select raw from discord.raw_roles where role_id = {FIRST}"
    )
    assert "Index Cond: (page_id = roles.page_id)" in "\n".join(p[0] for p in plan)


def test_an_element_without_a_key_is_counted_in_every_list(
    warehouse: Warehouse,
) -> None:
    """It stops nothing, and its neighbours are typed."""
    for entity, (resource, listed) in RAW.items():
        warehouse.landing.page(resource, [{"name": entity}, *listed])
    log = {"audit_log_entries": [{"id": "none"}, {"id": "1", "action_type": 1}]}
    warehouse.landing.page("audit_log", log)
    entities = sorted({*RAW, "audit_log_entries"})
    selected = ["+untyped_elements", *(f"+{entity}" for entity in entities)]
    warehouse.must_build("--select", *selected)

    untyped = "select resource, ordinal from audit.untyped_elements order by 1"
    assert warehouse.query(untyped) == [(entity, 1) for entity in entities]
    for entity in entities:
        rows = warehouse.query(f"select min(ordinal) from discord.{entity}")
        assert rows == [(2,)]
