"""The lists of a guild as typed rows: latest states, and what is gone from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from extractor.embedded import Embedded
from tests.dbt_warehouse import (
    GUILD,
    Json,
    Landing,
    Warehouse,
    built_warehouse,
    snowflake,
    user,
)

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)
# as Discord's ids are since July 2022: of nineteen digits
FIRST, SECOND, THIRD = (snowflake(BEGIN + timedelta(days=n)) for n in range(3))
BANS = f"/guilds/{GUILD}/bans"
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
        **fields,
    }


def bans(landing: Landing, *banned: int, after: int | None = None) -> int:
    """Append one page of bans, asked for after a user, and return its id."""
    request = {"path": BANS, "limit": 1000, **({"after": after} if after else {})}
    return landing.page("bans", list(map(ban, banned)), request=request)


def seen_again(landing: Landing, page_id: int, resource: str) -> int:
    """Record that an answer equalled a page, as the extractor does; return its id."""
    row = landing.connection.execute(
        f"""insert into landing.fetches (run_id, account, resource, route_id, guild_id,
            channel_id, request, fetched_at, status, item_count, byte_count,
            same_as_page_id)
        select run_id, account, %s, route_id, guild_id, channel_id, request,
            fetched_at + interval '1 day', 200, item_count, 0, page_id
        from landing.{resource} where page_id = %s
        returning fetch_id""",
        [resource, page_id],
    ).fetchone()
    assert row is not None
    return int(row[0])


def row_of(warehouse: Warehouse, table: str) -> Mapping[str, Json]:
    """Return a table's only row."""
    (row,) = warehouse.query(f"select to_jsonb(t) from discord.{table} as t")
    found: Mapping[str, Json] = row[0]
    return found


def assert_rebuilt_the_same(warehouse: Warehouse, *tables: str) -> None:
    """Rebuild tables and compare them with what builds had made of them before."""
    queries = [f"select t::text from discord.{t} as t order by 1" for t in tables]
    before = [warehouse.query(query) for query in queries]
    selected = ["--select", *(f"+{table}" for table in tables)]
    warehouse.must_build(*selected, "--full-refresh")
    assert before == [warehouse.query(query) for query in queries]


def deletions(warehouse: Warehouse, table: str, key: str) -> dict[Json, int | None]:
    """Return the page that told of each row's deletion, by key."""
    rows = warehouse.query(f"select {key}, deletion_page_id from discord.{table}")
    return dict(rows)


def test_a_role_that_left_the_list_is_deleted_until_it_is_back(
    warehouse: Warehouse,
) -> None:
    """Whether builds met each page alone or all at once."""
    landing = warehouse.landing
    landing.page("roles", [role(1), role(2), role(3)])
    warehouse.must_build("--select", "+roles")
    without = landing.page("roles", [role(1), role(3)])
    landing.page("roles", [role(1)])
    warehouse.must_build("--select", "+roles")
    told = deletions(warehouse, "roles", "role_id")
    landing.page("roles", [role(1), role(2), {"name": "no id"}])
    warehouse.must_build("--select", "+roles")
    after = deletions(warehouse, "roles", "role_id")
    rows = warehouse.query("select * from discord.roles order by role_id")

    warehouse.must_build("--select", "+roles", "--full-refresh")

    assert told == {1: None, 2: without, 3: without + 1}
    assert after == {1: None, 2: None, 3: without + 1}
    assert rows == warehouse.query("select * from discord.roles order by role_id")


@pytest.mark.parametrize(
    ("table", "key"),
    [("emojis", "emoji_id"), ("stickers", "sticker_id"), ("webhooks", "webhook_id")],
)
def test_what_left_a_list_of_one_page_is_deleted(
    warehouse: Warehouse, table: str, key: str
) -> None:
    """Also the last of all; a page that jsonb could not hold tells of nothing."""
    landing = warehouse.landing
    landing.page(table, [{"id": str(i), "name": "a"} for i in (FIRST, SECOND)])
    warehouse.must_build("--select", f"+{table}")
    landing.page(table, [{"id": str(FIRST), "name": "a"}, {"name": "no id"}])
    unreadable = landing.page(table, [])
    landing.connection.execute(
        f"update landing.{table} set body = 'null' where page_id = {unreadable}"
    )
    warehouse.must_build("--select", f"+{table}")
    nothing = deletions(warehouse, table, key)
    without = landing.page(table, [{"id": str(FIRST), "name": "a"}])
    empty = landing.page(table, [])
    warehouse.must_build("--select", f"+{table}")

    assert nothing == {FIRST: None, SECOND: None}
    assert deletions(warehouse, table, key) == {FIRST: empty, SECOND: without}
    assert_rebuilt_the_same(warehouse, table)


def test_an_invite_that_left_the_list_is_deleted(warehouse: Warehouse) -> None:
    """Codes have no order, so one list covers all of them or none."""
    landing = warehouse.landing
    landing.page("invites", [{"code": "abc"}, {"code": "xyz"}])
    landing.page("invites", [{"code": "xyz"}, None])
    warehouse.must_build("--select", "+invites")
    nothing = deletions(warehouse, "invites", "code")
    without = landing.page("invites", [{"code": "xyz", "uses": 3}])
    warehouse.must_build("--select", "+invites")

    assert nothing == {"abc": None, "xyz": None}
    assert deletions(warehouse, "invites", "code") == {"abc": without, "xyz": None}
    assert_rebuilt_the_same(warehouse, "invites")


def test_a_ban_is_lifted_when_its_page_no_longer_shows_it(
    warehouse: Warehouse,
) -> None:
    """A page tells of those up to its last; only the empty one, of all beyond."""
    landing = warehouse.landing
    bans(landing, FIRST, SECOND, THIRD)
    bans(landing, after=THIRD)
    warehouse.must_build("--select", "+bans")
    middle = bans(landing, FIRST, THIRD)
    page = bans(landing, FIRST)
    landing.page("bans", [], request={"path": BANS, "after": "nobody knows where"})
    warehouse.must_build("--select", "+bans")
    before_the_end = deletions(warehouse, "bans", "user_id")
    end = bans(landing, after=FIRST)
    warehouse.must_build("--select", "+bans")

    assert page > middle
    assert before_the_end == {FIRST: None, SECOND: middle, THIRD: None}
    after = deletions(warehouse, "bans", "user_id")
    assert after == {FIRST: None, SECOND: middle, THIRD: end}
    assert_rebuilt_the_same(warehouse, "bans")


def test_a_list_of_bans_that_ends_where_it_once_ended_has_ended(
    warehouse: Warehouse,
) -> None:
    """The last one banned, and then no more, leaves only the old end seen again."""
    landing = warehouse.landing
    bans(landing, FIRST)
    end = bans(landing, after=FIRST)
    bans(landing, FIRST, SECOND)
    bans(landing, after=SECOND)
    warehouse.must_build("--select", "+bans")
    page = bans(landing, FIRST)
    again = seen_again(landing, end, "bans")
    seen_again(landing, page, "bans")
    warehouse.must_build("--select", "+bans")

    assert deletions(warehouse, "bans", "user_id") == {FIRST: None, SECOND: again}
    assert_rebuilt_the_same(warehouse, "bans")


def test_only_discord_can_say_that_an_event_is_deleted(warehouse: Warehouse) -> None:
    """One that is over leaves the list, and one that is asked for may be forbidden."""
    landing = warehouse.landing
    landing.page("scheduled_events", [event(FIRST), event(SECOND), event(THIRD)])
    landing.page("scheduled_events", [])
    landing.page("scheduled_events", event(FIRST, status=3))
    warehouse.must_build("--select", "+scheduled_events")
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
    warehouse.must_build("--select", "+scheduled_events")

    rows = """select event_id, status_name, deletion_page_id
        from discord.scheduled_events order by event_id"""
    assert warehouse.query(rows) == [
        (FIRST, "completed", None),
        (SECOND, "scheduled", told[1]),
        (THIRD, "scheduled", None),
    ]
    assert_rebuilt_the_same(warehouse, "scheduled_events")


def test_an_audit_log_stays_when_discord_forgets_it(warehouse: Warehouse) -> None:
    """An entry is of a kind that has a name, or of one that is not known yet."""
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
    warehouse.must_build("--select", "+audit_log_entries")
    landing.page("audit_log", {"audit_log_entries": []})
    warehouse.must_build("--select", "+audit_log_entries")

    columns = "user_id, action_type_name, target_id, changes, options, reason"
    query = f"select {columns} from discord.audit_log_entries"
    assert warehouse.query(f"{query} order by audit_log_entry_id") == [
        (7, "member_ban_add", "not an id", entries[0]["changes"], None, "spam"),
        (None, None, None, None, None, None),
    ]


def test_a_guild_is_typed_in_every_part(warehouse: Warehouse) -> None:
    """Its latest page wins, and when it was archived first is remembered."""
    landing = warehouse.landing
    body = {"id": str(GUILD), "name": "then", "features": ["COMMUNITY"]}
    landing.page("guilds", body, fetched_at=BEGIN)
    warehouse.must_build("--select", "+guilds")
    now = {**body, "name": "now", "afk_timeout": 300, "features": ["NEWS", 5, "NEW"]}
    now |= {"incidents_data": {"raid_detected_at": None}, "widget_enabled": True}
    page = landing.page("guilds", now, fetched_at=BEGIN + timedelta(days=1))
    warehouse.must_build("--select", "+guilds")

    row = row_of(warehouse, "guilds")
    assert row["name"] == "now"
    assert row["features"] == ["NEWS", "NEW"]
    assert row["afk_timeout"] == now["afk_timeout"]
    assert row["incidents_data"] == now["incidents_data"]
    assert row["is_widget_enabled"] is True
    assert row["owner_id"] is None
    assert (row["page_id"], row["ordinal"]) == (page, 1)
    assert datetime.fromisoformat(row["archived_at"]) == BEGIN
    assert_rebuilt_the_same(warehouse, "guilds")


RAW: Mapping[str, tuple[str, Json]] = {
    "guilds": ("guilds", {"id": str(GUILD), "name": "guild"}),
    "roles": ("roles", [role(1), role(FIRST)]),
    "emojis": ("emojis", [{"id": "1"}, {"id": str(FIRST), "name": "a"}]),
    "stickers": ("stickers", [{"id": "1"}, {"id": str(FIRST), "name": "a"}]),
    "scheduled_events": ("scheduled_events", [event(1), event(FIRST)]),
    "webhooks": ("webhooks", [{"id": "1"}, {"id": str(FIRST), "name": "a"}]),
    "invites": ("invites", [{"code": "abc"}, {"code": "xyz", "uses": 1}]),
    "bans": ("bans", [ban(1), ban(FIRST, reason="spam")]),
    "audit_log_entries": (
        "audit_log",
        {"audit_log_entries": [{"id": "1"}, {"id": str(FIRST), "reason": "spam"}]},
    ),
}


def elements(body: Json) -> list[Json]:
    """Return what stands on a page: an array, one object, or entries of a log."""
    if isinstance(body, list):
        return body
    return list(body.get("audit_log_entries", [body]))


def test_every_row_leads_to_its_raw_json(warehouse: Warehouse) -> None:
    """Whatever list or object it came in, by the page's own index."""
    for resource, body in RAW.values():
        warehouse.landing.page(resource, body)
    selected = [f"+raw_{entity}" for entity in RAW]
    warehouse.must_build("--select", *selected)

    for entity, (_, body) in RAW.items():
        rows = warehouse.query(f"select raw from discord.raw_{entity}")
        found = [row[0] for row in rows]
        assert sorted(found, key=str) == sorted(elements(body), key=str)
    warehouse.connection.execute("set enable_seqscan = off")
    plan = warehouse.query(
        f"explain select raw from discord.raw_roles where role_id = {FIRST}"
    )
    assert "Index Cond: (page_id = roles.page_id)" in "\n".join(p[0] for p in plan)


def test_an_element_without_a_key_is_counted_in_every_list(
    warehouse: Warehouse,
) -> None:
    """It stops nothing, and its neighbours are typed."""
    for entity, (resource, body) in RAW.items():
        if isinstance(body, list):
            warehouse.landing.page(resource, [{"name": entity}, *body])
    log = {"audit_log_entries": [{"id": "none"}, {"id": "1", "action_type": 1}]}
    warehouse.landing.page("audit_log", log)
    entities = sorted(set(RAW) - {"guilds"})
    selected = ["+untyped_elements", *(f"+{entity}" for entity in entities)]
    warehouse.must_build("--select", *selected)

    untyped = "select resource, ordinal from audit.untyped_elements order by 1"
    assert warehouse.query(untyped) == [(entity, 1) for entity in entities]
    for entity in entities:
        rows = warehouse.query(f"select min(ordinal) from discord.{entity}")
        assert rows == [(2,)]
