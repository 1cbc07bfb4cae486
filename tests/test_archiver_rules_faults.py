"""What an archiver must stand: tests 14 to 25 of the twenty-five, by their numbers.

Each runs the real command against a small world and reads what landed, and what was
asked for it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from urllib.parse import quote

import pytest
from rich.console import Console

from extractor.client import Client
from extractor.config import Account
from extractor.landing import open_landing
from extractor.progress import Progress
from extractor.ratelimit import RateLimiter
from extractor.summary import Options
from extractor.sync import Sync
from tests.archive import (
    ids,
    landed_messages,
    query,
    readable_messages,
    sync,
)
from tests.fake_discord import FakeDiscord, Fault, Limits, Rate, Rates, Request, World
from tests.fake_discord import permissions as rights
from tests.fake_discord.faults import Script

Database = dict[str, str]
Json = dict[str, Any]

BEGIN = datetime(2026, 11, 2, 9, tzinfo=UTC)
VIEW, HISTORY = rights.VIEW_CHANNEL, rights.READ_MESSAGE_HISTORY
READ = VIEW | HISTORY | rights.CONNECT
ALL_INTENTS = ("message_content", "guild_members")
TEXT, VOICE = 0, 2
REVISIT_ALL = ("--revisit-days", "all")


@dataclass(frozen=True)
class Place:
    """A guild of a person and the archiver's bot, with one text channel."""

    world: World
    guild_id: int
    writer: int
    bot: int
    token: str
    channel_id: int

    def post(self, content: str = "", **fields: Any) -> int:
        return self.world.post_message(
            fields.pop("channel_id", self.channel_id),
            author_id=self.writer,
            content=content,
            **fields,
        )

    def people(self, count: int) -> list[int]:
        """Let so many people join, and return their ids, ascending."""
        joined = [self.world.add_user(f"person {number}") for number in range(count)]
        for user_id in joined:
            self.world.add_member(self.guild_id, user_id)
        return joined

    def text_channel(self, name: str) -> int:
        return self.world.add_channel(self.guild_id, TEXT, name)


def place(*, everyone_may: int = READ, is_owner: bool = False) -> Place:
    """Found a guild that a bot with all intents may read, or even owns."""
    world = World()
    world.newest_at = BEGIN
    writer, bot = world.add_user("mara"), world.add_user("archivist", bot=True)
    owner, guest = (bot, writer) if is_owner else (writer, bot)
    guild_id = world.add_guild("Harbour", owner, everyone_may=everyone_may)
    world.add_member(guild_id, guest)
    token = world.add_account("archivist", "bot", bot, intents=ALL_INTENTS)
    channel_id = world.add_channel(guild_id, TEXT, "quay")
    return Place(world, guild_id, writer, bot, token, channel_id)


def succeeded(result: CompletedProcess[str]) -> CompletedProcess[str]:
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def asked(fake: FakeDiscord, ending: str) -> list[Request]:
    return [one for one in fake.requests if one.path.endswith(ending)]


def counted(database: Database, run_id: int) -> tuple[int, int]:
    """Return how many messages a run landed, and how many of them were new."""
    statement = f"select summary from landing.runs where run_id = {run_id}"
    ((summary,),) = query(database, statement)
    return summary["messages"], summary["new"]


def pages(database: Database, table: str, run_id: int | None = None) -> list[Any]:
    """Return the bodies of a table's pages, oldest first."""
    of_run = "" if run_id is None else f" where run_id = {run_id}"
    statement = f"select body from landing.{table}{of_run} order by page_id"
    return [body for (body,) in query(database, statement)]


def observations(database: Database, message_id: int) -> list[Json]:
    """Return every landed form of a message, oldest first."""
    listed = (one for page in pages(database, "messages") for one in page or ())
    return [one for one in listed if one["id"] == str(message_id)]


def states(database: Database, resource: str) -> list[tuple[Any, ...]]:
    """Return why a list is unreadable, and whether Discord said so itself."""
    return query(
        database,
        "select unreadable_reason, asked_at is not null from landing.resource_states"
        f" where resource = '{resource}'",
    )


def reason_of(database: Database, channel_id: int) -> str | None:
    statement = "select unreadable_reason from landing.checkpoints where channel_id ="
    ((reason,),) = query(database, f"{statement} {channel_id}")
    found: str | None = reason
    return found


# --- 14: components -------------------------------------------------------------------


def test_14_text_and_media_nested_in_components_are_the_whole_message(
    database: Database,
) -> None:
    """Content, embeds and attachments are empty: the components hold everything."""
    here = place()
    media = {"url": "https://cdn.example/boat.png", "content_type": "image/png"}
    container = {
        "type": 17,
        "components": [
            {
                "type": 9,
                "components": [{"type": 10, "content": "# The ferry"}],
                "accessory": {"type": 11, "media": media},
            },
            {"type": 12, "items": [{"media": media, "description": "a boat"}]},
            {"type": 13, "file": {"url": "attachment://timetable.pdf"}},
        ],
    }
    message_id = here.post(flags=1 << 15, components=[container])
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))
        (landed,) = landed_messages(database)[here.channel_id]

        assert landed == here.world.message(here.channel_id, message_id)

    assert (landed["content"], landed["embeds"], landed["attachments"]) == ("", [], [])
    paths = (
        "select jsonb_path_query_array(body, 'strict $.**.content ? (@ != \"\")'),"
        " jsonb_path_query_array(body, 'strict $.**.media.url'), has_message_content"
        " from landing.messages"
    )
    # such a page is not as one without the Message Content intent
    assert query(database, paths) == [(["# The ferry"], [media["url"]] * 2, True)]


# --- 15: signed URLs ------------------------------------------------------------------


def test_15_a_fresh_signature_is_another_observation_and_no_new_message(
    database: Database,
) -> None:
    """An expired URL is replaced by reading again; what was landed stays."""
    here = place()
    path = "https://cdn.discordapp.com/attachments/1/2/chart.png"
    attachment = {"id": "20", "filename": "chart.png", "url": path, "proxy_url": path}
    sent_at = datetime.now(UTC) - timedelta(days=1)
    message_id = here.post("look", at=sent_at, attachments=[attachment])
    expired, fresh = int(sent_at.timestamp()) + 3600, int(sent_at.timestamp()) + 200_000
    here.world.resign_attachments(expired)
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))
        before = pages(database, "messages")
        here.world.resign_attachments(fresh)
        fake.clear_requests()
        # expiry alone is no reason to ask: the days that are read again are
        succeeded(sync(fake, database))
        assert asked(fake, "/messages") == []

        succeeded(sync(fake, database, "--revisit-days", "2"))

        assert len(asked(fake, "/messages")) == 1
    assert counted(database, 3) == (1, 0)
    assert query(database, "select message_count from landing.checkpoints") == [(1,)]
    assert pages(database, "messages")[:1] == before
    first, second = observations(database, message_id)
    urls = [one["attachments"][0]["url"] for one in (first, second)]
    assert [f"?ex={expired:x}&is=" in urls[0], f"?ex={fresh:x}&is=" in urls[1]] == [
        True,
        True,
    ]
    assert _without_signatures(first) == _without_signatures(second)


def _without_signatures(message: Json) -> Json:
    unsigned = [
        {key: str(value).partition("?")[0] for key, value in one.items()}
        for one in message["attachments"]
    ]
    return message | {"attachments": unsigned}


# --- 16: reactions --------------------------------------------------------------------

WITH_REACTION_USERS = ("--only", "default", "--only", "reaction_users")


def reactors(database: Database) -> dict[tuple[str, str], list[int]]:
    """Return whom landing knows to have reacted, by emoji as sent and type."""
    rows = query(
        database,
        "select request ->> 'path', request ->> 'type', body"
        " from landing.reaction_users order by page_id",
    )
    found: dict[tuple[str, str], list[int]] = {}
    for path, kind, body in rows:
        listed = found.setdefault((path.rpartition("/")[2], kind), [])
        listed += [int(user["id"]) for user in body]
    return found


def test_16_emojis_are_told_apart_by_id_not_by_name(database: Database) -> None:
    """Unicode and custom ones of one name are two; a deleted one has no name at all."""
    here = place()
    ann, ben, cleo, dan = here.people(4)
    message_id = here.post("hello")
    emojis: list[Json] = [
        {"id": None, "name": "wave"},
        {"id": "700000000000000001", "name": "wave"},
        {"id": "700000000000000002", "name": "wave"},
        {"id": "700000000000000003", "name": None},
    ]
    for emoji, user_id in zip(emojis, (ann, ben, cleo, dan), strict=True):
        here.world.add_reaction(here.channel_id, message_id, emoji, user_ids=[user_id])
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database, *WITH_REACTION_USERS))
        names = [
            one.path.rpartition("/")[2]
            for one in fake.requests
            if "reactions" in one.path
        ]

    assert sorted(names) == [
        "_%3A700000000000000003",
        "wave",
        "wave%3A700000000000000001",
        "wave%3A700000000000000002",
    ]
    assert reactors(database) == {
        ("wave", "0"): [ann],
        ("wave%3A700000000000000001", "0"): [ben],
        ("wave%3A700000000000000002", "0"): [cleo],
        ("_%3A700000000000000003", "0"): [dan],
    }
    (landed,) = landed_messages(database)[here.channel_id]
    assert [one["emoji"] for one in landed["reactions"]] == emojis


def test_16b_burst_reactions_are_a_list_of_their_own(database: Database) -> None:
    """Bursts are asked for with type=1, and only where there is one."""
    here = place()
    ann, ben, cleo = here.people(3)
    both, normal, burst = here.post("a"), here.post("b"), here.post("c")
    react = here.world.add_reaction
    react(here.channel_id, both, "🔥", user_ids=[ann, ben], normal=1, burst=1)
    react(here.channel_id, normal, "🔥", user_ids=[cleo])
    react(here.channel_id, burst, "🔥", user_ids=[cleo], burst=1)
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database, *WITH_REACTION_USERS))
        sent = [
            (int(one.path.split("/")[4]), one.query["type"], one.query["limit"])
            for one in fake.requests
            if "/reactions/" in one.path
        ]

    assert sorted(sent) == [
        (both, "0", "100"),
        (both, "1", "100"),
        (normal, "0", "100"),
        (burst, "1", "100"),
    ]
    rows = query(
        database,
        "select split_part(request ->> 'path', '/', 5)::bigint, request ->> 'type',"
        " (body -> 0 ->> 'id')::bigint, jsonb_array_length(body)"
        " from landing.reaction_users order by 1, 2",
    )
    assert rows == [
        (both, "0", ann, 1),
        (both, "1", ben, 1),
        (normal, "0", cleo, 1),
        (burst, "1", cleo, 1),
    ]


ENCODED: dict[str, tuple[str | Json, str]] = {
    "with VS16": ("❤️", "%E2%9D%A4%EF%B8%8F"),
    "without VS16": ("❤", "%E2%9D%A4"),
    "joined by ZWJ": ("👩‍🚒", "%F0%9F%91%A9%E2%80%8D%F0%9F%9A%92"),
    "a keycap": ("#️⃣", "%23%EF%B8%8F%E2%83%A3"),
    "custom, animated": (
        {"id": "700000000000000001", "name": "wave", "animated": True},
        "wave%3A700000000000000001",
    ),
}


def test_16c_emojis_are_percent_encoded_byte_for_byte(database: Database) -> None:
    """Nothing is stripped or normalised, and a custom one is name:id without a:."""
    here = place()
    (ann,) = here.people(1)
    paths = []
    for name, (emoji, sent) in ENCODED.items():
        message_id = here.post(name)
        here.world.add_reaction(here.channel_id, message_id, emoji, user_ids=[ann])
        stem = f"/channels/{here.channel_id}/messages/{message_id}/reactions/"
        paths.append(stem + sent)
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database, *WITH_REACTION_USERS))

        log = [one for one in fake.requests if "/reactions/" in one.path]
    assert sorted(one.path for one in log) == sorted(paths)
    assert {one.status for one in log} == {200}
    assert reactors(database) == {(sent, "0"): [ann] for _, sent in ENCODED.values()}


def test_16d_an_emoji_that_discord_refuses_is_recorded_and_skipped(
    database: Database,
) -> None:
    """400 with code 10014 ends one emoji: what follows it is asked for all the same."""
    here = place()
    ann, ben = here.people(2)
    first, second = here.post("a"), here.post("b")
    here.world.add_reaction(here.channel_id, first, "⛷🏼", user_ids=[ann])
    here.world.add_reaction(here.channel_id, first, "🔥", user_ids=[ben])
    here.world.add_reaction(here.channel_id, second, "🔥", user_ids=[ann])
    with FakeDiscord(here.world) as fake:
        fake.fail_next(f"reactions/{quote('⛷🏼')}", Fault.error(400, 10014))

        succeeded(sync(fake, database, *WITH_REACTION_USERS))

        fake.clear_requests()
        succeeded(sync(fake, database, *WITH_REACTION_USERS))
        assert [one.path for one in fake.requests if "/reactions/" in one.path] == []
    refused = query(
        database,
        "select resource, request ->> 'path', status, error_code, item_count"
        " from landing.fetches where status <> 200",
    )
    stem = f"/channels/{here.channel_id}/messages/{first}/reactions/"
    assert refused == [("reaction_users", stem + quote("⛷🏼"), 400, 10014, None)]
    # the rest of the same message, and the other one
    assert reactors(database).keys() == {(quote("🔥"), "0")}
    assert sorted(reactors(database)[quote("🔥"), "0"]) == [ann, ben]


# --- 17: pins -------------------------------------------------------------------------


def test_17_pins_are_paged_by_pinned_at_and_leave_reactions_alone(
    database: Database,
) -> None:
    """Messages on pages of pins come without reactions: they land beside, not over."""
    here = place()
    (ann,) = here.people(1)
    posted = [here.post(f"rule {number}") for number in range(53)]
    for number, message_id in enumerate(posted):
        here.world.add_reaction(here.channel_id, message_id, "📌", user_ids=[ann])
        # fractions of a second count: some instants have none
        at = BEGIN + timedelta(hours=1, milliseconds=250 * number)
        here.world.pin_message(here.channel_id, message_id, at=at)
    newest_first = sorted(here.world.pins[here.channel_id].values(), reverse=True)
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))
        # with all read again, pins are read after the messages once more
        succeeded(sync(fake, database, *REVISIT_ALL))

        queries = [one.query for one in asked(fake, "/messages/pins")]

    both = [{"limit": "50"}, {"limit": "50", "before": newest_first[49]}]
    assert queries == both * 2
    landed = pages(database, "pins")
    assert [page["has_more"] for page in landed] == [True, False]
    items = [item for page in landed for item in page["items"]]
    assert [item["pinned_at"] for item in items] == newest_first
    assert [int(item["message"]["id"]) for item in items] == posted[::-1]
    assert all("reactions" not in item["message"] for item in items)
    table = "select distinct resource from landing.fetches where request ->> 'path'"
    assert query(database, f"{table} like '%/pins'") == [("pins",)]
    kept = landed_messages(database)[here.channel_id]
    assert kept == here.world.messages(here.channel_id)
    assert [one["reactions"][0]["count"] for one in kept] == [1] * 53


# --- 18: roles ------------------------------------------------------------------------


def test_18_tags_that_are_null_and_permissions_above_2_to_53_land_to_the_letter(
    database: Database,
) -> None:
    """A tag is there, as null, or not there; no bit of permissions is rounded off."""
    here = place(everyone_may=0)
    roles = here.world.roles[here.guild_id]
    many = (1 << 53) + 1
    booster = here.world.add_role(here.guild_id, "booster", many)
    roles[booster]["tags"] = {"premium_subscriber": None}
    plain = here.world.add_role(here.guild_id, "plain", 0)
    roles[plain]["tags"] = {}
    # as a float this would lose the right to view, its least bit
    reader = here.world.add_role(here.guild_id, "reader", 1 << 63 | READ)
    here.world.update_member(here.guild_id, here.bot, roles=[str(reader)])
    here.post("read by a role of many bits")
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))
        assert ids(landed_messages(database)) == ids(readable_messages(fake)) != {}

    (landed,) = pages(database, "roles")
    assert landed == list(roles.values())
    typed = query(
        database,
        "select role ->> 'name', role -> 'tags' ? 'premium_subscriber',"
        " (role ->> 'permissions')::numeric, jsonb_typeof(role -> 'permissions')"
        " from landing.roles cross join lateral jsonb_array_elements(body) as role",
    )
    assert typed == [
        ("@everyone", None, 0, "string"),
        ("booster", True, many, "string"),
        ("plain", False, 0, "string"),
        ("reader", None, 1 << 63 | READ, "string"),
    ]


# --- 19: members ----------------------------------------------------------------------


def test_19_a_member_list_that_is_refused_is_reported_and_left_for_a_week(
    database: Database,
) -> None:
    """403 with code 50001 is a state and a line of output, and nothing is lost."""
    here = place()
    here.post("hello")
    with FakeDiscord(here.world) as fake:
        fake.fail_next("/members$", Fault.forbidden(50001))

        first = succeeded(sync(fake, database))
        second = succeeded(sync(fake, database))

        assert [one.status for one in asked(fake, "/members")] == [403]
        assert ids(landed_messages(database)) == ids(readable_messages(fake))
    reason = "Discord answered 403, code 50001"
    assert states(database, "members") == [(reason, True)]
    path = f"/guilds/{here.guild_id}/members"
    assert f"unknown: Harbour: members: {path}: {reason}\n" in first.stdout
    assert f"unknown: Harbour: members: {reason}\n" in second.stdout
    refused = "select status, error_code from landing.fetches where status <> 200"
    assert query(database, refused) == [(403, 50001)]


def test_19b_without_the_members_intent_the_list_is_not_even_asked_for(
    database: Database,
) -> None:
    """The application's flags say so before; switched on, the next run has the list."""
    here = place()
    here.world.set_intents(here.token, ["message_content"])
    with FakeDiscord(here.world) as fake:
        result = succeeded(sync(fake, database))

        assert asked(fake, "/members") == []
        reason = "the Server Members intent is off (Developer Portal)"
        assert states(database, "members") == [(reason, False)]
        assert f"unknown: Harbour: members: {reason}" in result.stdout

        here.world.set_intents(here.token, ALL_INTENTS)
        succeeded(sync(fake, database))

        assert [one.status for one in asked(fake, "/members")] == [200, 200]
    assert states(database, "members") == [(None, False)]


def member_counts(database: Database, run_id: int) -> list[int]:
    """Return how many members each answered page of a run's sweep had."""
    rows = query(
        database,
        "select item_count from landing.fetches where resource = 'members'"
        f" and request ->> 'path' like '%/members' and run_id = {run_id}"
        " and status = 200 order by fetch_id",
    )
    return [row[0] for row in rows]


def test_19c_a_sweep_that_breaks_off_has_no_end_on_record(database: Database) -> None:
    """Who is missing on a part of the list has not left: only an empty page ends it."""
    here = place()
    people = here.people(3)
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))
        here.world.update_member(here.guild_id, people[0], nick="Annie")
        fake.clear_requests()
        fake.fail_next(r"/members\?.*after=", Fault.server_error(502), times=6)

        # in this process, or six tries would take half a minute
        said = _sync_without_waiting(fake, database)

        statuses = [one.status for one in asked(fake, "/members")]
        assert statuses == [200, *[502] * 6]
        succeeded(sync(fake, database))

    assert "Harbour: members" in said["failed"]
    assert "502" in said["failed"]["Harbour: members"]
    assert [member_counts(database, run) for run in (1, 2, 3)] == [[5, 0], [5], [5, 0]]
    # the run that read all has the change too, seen again
    assert query(
        database,
        "select count(*) from landing.fetches where same_as_page_id is not null"
        " and request ->> 'path' like '%/members' and run_id = 3",
    ) == [(2,)]


def _sync_without_waiting(fake: FakeDiscord, database: Database) -> Json:
    """Run a sync whose waits take no time, and return its summary."""
    waited: list[float] = []
    client = Client(
        fake.url,
        fake.bot_token,
        limiter=RateLimiter(lambda: sum(waited)),
        sleep=waited.append,
    )
    account = Account.model_validate({"name": "default", "token": fake.bot_token})
    with open_landing(database) as landing:
        options = Options(workers=1)
        landing.start_run("sync", options.as_json())
        run = Sync(landing, options, Progress(Console(quiet=True)))
        run.run([(account, client)])
        summary = run.summary.as_json()
        landing.finish_run(run.summary.exit_code, error=None, summary=summary)
    assert run.summary.exit_code == 3
    return summary


def test_19d_a_sweep_that_breaks_off_is_named_as_failed(database: Database) -> None:
    """A page that does not say how it goes on ends a run with exit code 3."""
    here = place()
    here.people(3)
    with FakeDiscord(here.world) as fake:
        strange = Fault(200, b'[{"nick": "nobody"}]')
        fake.fail_next(r"/members\?.*after=", strange)

        result = sync(fake, database)

        assert result.returncode == 3
        assert len(asked(fake, "/members")) == 2
    assert "failed: Harbour: members: " in result.stderr
    assert 0 not in member_counts(database, 1)


def test_19e_no_instant_of_joining_and_a_time_out_that_is_over_are_nothing_special(
    database: Database,
) -> None:
    """A past time-out takes no right away; one that runs takes that to connect."""
    here = place()
    (guest,) = here.people(1)
    voice = here.world.add_channel(here.guild_id, VOICE, "the bell")
    here.world.update_member(here.guild_id, guest, joined_at=None)
    past, future = "2026-01-01T00:00:00+00:00", "2999-01-01T00:00:00.5+00:00"
    here.world.update_member(here.guild_id, here.bot, communication_disabled_until=past)
    here.post("said aloud", channel_id=voice)
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))

        assert ids(landed_messages(database)) == ids(readable_messages(fake))
        assert voice in landed_messages(database)
        (listed,) = (page for page in pages(database, "members") if len(page) == 3)
        found = {int(one["user"]["id"]): one for one in listed}
        assert found[guest]["joined_at"] is None
        assert found[here.bot]["communication_disabled_until"] == past

        here.world.update_member(
            here.guild_id, here.bot, communication_disabled_until=future
        )
        here.post("said behind its back", channel_id=voice)
        fake.clear_requests()
        succeeded(sync(fake, database))

        assert asked(fake, f"/channels/{voice}/messages") == []
    assert reason_of(database, voice) == "no Connect permission"
    assert len(observations(database, int(here.world.messages(voice)[0]["id"]))) == 1


# --- 20: permissions ------------------------------------------------------------------


@pytest.mark.parametrize("is_owner", [True, False], ids=["owner", "administrator"])
def test_20_owner_and_administrator_read_what_is_denied_to_everyone(
    database: Database, *, is_owner: bool
) -> None:
    """Overwrites do not bind them, not even those against themselves."""
    here = place(everyone_may=0, is_owner=is_owner)
    if not is_owner:
        admin = here.world.add_role(here.guild_id, "admin", rights.ADMINISTRATOR)
        here.world.update_member(here.guild_id, here.bot, roles=[str(admin)])
    for target in (here.guild_id, here.bot):
        here.world.set_overwrite(here.channel_id, target, deny=READ)
    here.post("secret")
    thread = here.world.create_thread(
        here.channel_id, "closed", owner_id=here.writer, private=True
    )
    here.post("more secret", channel_id=thread)
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))

    assert set(landed_messages(database)) == {here.channel_id, thread}


def test_20b_overwrites_apply_to_everyone_then_to_roles_then_to_the_member(
    database: Database,
) -> None:
    """What may be read is read, and what may not costs no request and says why."""
    here = place()
    world, guild_id = here.world, here.guild_id
    deck, crew = (world.add_role(guild_id, name, 0) for name in ("deck", "crew"))
    stranger = world.add_role(guild_id, "stranger", 0)
    world.update_member(guild_id, here.bot, roles=[str(deck), str(crew)])
    cases: dict[str, tuple[list[tuple[int, int, int]], str | None]] = {
        # channel: overwrites as (whose, allow, deny), and why it cannot be read
        "everyone denied, role allowed": (
            [(guild_id, 0, READ), (deck, READ, 0)],
            None,
        ),
        "everyone denied, role of others allowed": (
            [(guild_id, 0, HISTORY), (stranger, HISTORY, 0)],
            "no Read Message History permission",
        ),
        "one role denied, one allowed": (
            [(deck, 0, HISTORY), (crew, HISTORY, 0)],
            None,
        ),
        "one role allowed, one denied": (
            [(deck, HISTORY, 0), (crew, 0, HISTORY)],
            None,
        ),
        "one role denied": (
            [(deck, 0, HISTORY)],
            "no Read Message History permission",
        ),
        "roles allowed, member denied": (
            [(deck, READ, 0), (crew, READ, 0), (here.bot, 0, HISTORY)],
            "no Read Message History permission",
        ),
        "role denied, member allowed": ([(deck, 0, READ), (here.bot, READ, 0)], None),
    }
    channels = {name: here.text_channel(name) for name in cases}
    for name, (overwrites, _) in cases.items():
        for target, allow, deny in overwrites:
            world.set_overwrite(channels[name], target, allow=allow, deny=deny)
        here.post(name, channel_id=channels[name])
    denied = channels["one role denied"]
    below = world.create_thread(denied, "below it", owner_id=here.writer)
    here.post("as denied as its parent", channel_id=below)
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))

        expected = ids(readable_messages(fake))
        assert {one.status for one in fake.requests} == {200}
        assert asked(fake, f"/{denied}/messages") == asked(fake, f"/{below}/messages")
        assert asked(fake, f"/{below}/messages") == []
    assert ids(landed_messages(database)) == expected
    assert expected.keys() == {
        channels[name] for name, (_, reason) in cases.items() if reason is None
    }
    assert {name: reason_of(database, channels[name]) for name in cases} == {
        name: reason for name, (_, reason) in cases.items()
    }
    assert reason_of(database, below) == "no Read Message History permission"


@pytest.mark.parametrize("is_archived", [False, True], ids=["active", "archived"])
def test_20c_a_private_thread_is_for_its_members_and_who_manages_threads(
    database: Database, *, is_archived: bool
) -> None:
    """With the right it is read; without it again only what the bot has joined."""
    here = place()
    world = here.world
    threads = {
        name: world.create_thread(
            here.channel_id, name, owner_id=here.writer, private=True
        )
        for name in ("joined", "others")
    }
    world.join_thread(threads["joined"], here.bot)
    for name, thread in threads.items():
        here.post(name, channel_id=thread)
        if is_archived:
            world.archive_thread(thread)
    world.set_overwrite(here.channel_id, here.bot, allow=rights.MANAGE_THREADS)
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))
        assert set(landed_messages(database)) == set(threads.values())
        before = observations(database, int(world.messages(threads["others"])[0]["id"]))

        world.set_overwrite(here.channel_id, here.bot)
        for thread in threads.values():
            here.post("later", channel_id=thread)
        fake.clear_requests()
        succeeded(sync(fake, database))

        assert asked(fake, f"/{threads['others']}/messages") == []
        # from the archive a thread may have gone unseen: reading it again tells
        succeeded(sync(fake, database, *REVISIT_ALL))
        others = asked(fake, f"/{threads['others']}/messages")
        assert [one.status for one in others] == [403] * is_archived
        assert (
            ids(landed_messages(database))[threads["joined"]]
            == (ids(readable_messages(fake))[threads["joined"]])
        )
    assert landed_messages(database)[threads["others"]] == before
    reason = reason_of(database, threads["others"]) or ""
    assert reason.removeprefix("hidden: ") == "Discord answered 403, code 50001"


def test_20d_without_the_right_only_the_joined_archive_is_asked_for(
    database: Database,
) -> None:
    """Computed before asking: nobody is asked for a list that he may not have."""
    here = place()
    joined, other = (
        here.world.create_thread(
            here.channel_id, name, owner_id=here.writer, private=True
        )
        for name in ("joined", "other")
    )
    here.world.join_thread(joined, here.bot)
    for thread in (joined, other):
        here.post("inside", channel_id=thread)
        here.world.archive_thread(thread)
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))

        lists = Counter(one.path for one in asked(fake, "/threads/archived/private"))
        assert lists == {
            f"/channels/{here.channel_id}/users/@me/threads/archived/private": 1
        }
        assert {one.status for one in fake.requests} == {200}
    assert set(landed_messages(database)) == {joined}


# --- 21: rate limits ------------------------------------------------------------------


def crowded(here: Place, *, channels: int, messages: int) -> None:
    """Give a guild so many channels of so many messages."""
    for number in range(channels):
        channel_id = here.text_channel(f"berth {number}")
        for _ in range(messages):
            here.post("x", channel_id=channel_id)


@pytest.mark.parametrize("scope", ["user", "shared", "global"])
@pytest.mark.parametrize(
    ("body", "header"),
    [pytest.param(0.9, 0, id="body longer"), pytest.param(0.1, 1, id="header longer")],
)
def test_21_a_429_is_waited_out_by_its_longer_word_and_asked_again(
    database: Database, scope: str, body: float, header: int
) -> None:
    """A global one stops all threads; of the others only the channel's own stops."""
    here = place()
    crowded(here, channels=10, messages=450)
    with FakeDiscord(here.world, latency=0.05) as fake:
        fault = Fault.rate_limited(body, scope, header=header)
        fake.fail_next(r"/messages\?.*after=[1-9]", fault)

        succeeded(sync(fake, database, "--workers", "3"))

        log = fake.requests
        assert ids(landed_messages(database)) == ids(readable_messages(fake))
    (refused,) = [one for one in log if one.status == 429]
    later = [one for one in log if one.at > refused.at]
    again = next(
        one for one in later if (one.path, one.query) == (refused.path, refused.query)
    )
    waited = again.at - refused.at
    assert (again.status, waited >= max(body, header)) == (200, True)
    begin, end = refused.at + 0.3, refused.at + max(body, header)
    # what other threads had under way when the word came is over by then
    meanwhile = {one.path for one in later if begin < one.at < end}
    assert refused.path not in meanwhile
    assert bool(meanwhile) == (scope != "global")
    assert query(database, "select distinct status from landing.fetches") == [(200,)]


def test_21b_999_requests_remaining_are_no_promise(database: Database) -> None:
    """Headers show wide room until a 429: it is obeyed, and nothing is missing."""
    here = place()
    for _ in range(750):
        here.post("x")
    limits = Limits(Rates(hidden=Rate(2, 0.6)))
    with FakeDiscord(here.world, limits=limits) as fake:
        succeeded(sync(fake, database, "--workers", "4"))

        asked_for = asked(fake, "/messages")
        assert ids(landed_messages(database)) == ids(readable_messages(fake))
    # the second refusal within a minute is a limit, which is kept from then on
    found = [one.status for one in asked_for]
    assert found == [200, 200, 429, 200, 200, 429, 200, 200, 200, 200]
    cursors = [one.query["after"] for one in asked_for]
    assert (cursors[2], cursors[5]) == (cursors[3], cursors[6])
    assert asked_for[3].at - asked_for[0].at >= 0.6
    # one 429 for each window: nobody asks before Discord said when
    assert asked_for[6].at - asked_for[3].at >= 0.6


# --- 22: bans and dead tokens ---------------------------------------------------------

OF_CHANNELS = r"^/channels/\d+/"
BANS = [
    pytest.param(Fault.banned_page(), id="an HTML page"),
    pytest.param(
        Fault(429, b"error code: 1015", content_type="text/plain", via=False),
        id="a line of text",
    ),
    pytest.param(Fault.banned_json(), id="JSON without retry_after"),
]


@pytest.mark.parametrize("fault", [*BANS, pytest.param(Fault.unauthorized(), id="401")])
def test_22_a_ban_or_a_dead_token_stops_all_threads_within_one_request_each(
    database: Database, fault: Fault
) -> None:
    """Each further request would count; the next run goes on from what has landed."""
    here = place()
    crowded(here, channels=30, messages=1)
    workers = 8
    with FakeDiscord(here.world) as fake:
        # all threads are busy when it comes, and none is faster than the news of it
        fake.fail_next(OF_CHANNELS, Fault.slow(0.3), times=workers + 2)
        fake.fail_next(r"/messages$", fault)
        fake.fail_next(OF_CHANNELS, Fault.slow(0.3), times=1000)

        result = sync(fake, database, "--workers", str(workers))

        log = fake.requests
        (refused,) = [one for one in log if one.status != 200]
        after = [one for one in log if one.at > refused.at]
        assert len(after) < workers
        assert len({one.path for one in after}) == len(after)
        assert len([one for one in log if one.path.endswith("/messages")]) < 30
        assert result.returncode == 1
        assert "Traceback" not in result.stderr
        what = "refused the token (401)" if fault.status == 401 else "refuses this addr"
        assert what in result.stderr
        assert query(database, "select exit_code from landing.runs") == [(1,)]
        assert query(database, "select * from landing.guild_syncs") == []

        fake.script = Script()
        succeeded(sync(fake, database))
        assert ids(landed_messages(database)) == ids(readable_messages(fake))


@pytest.mark.parametrize(
    ("fault", "is_ban"),
    [
        pytest.param(Fault.banned_page(), True, id="a ban"),
        pytest.param(Fault.unauthorized(), False, id="a dead token"),
    ],
)
def test_22b_a_ban_stops_all_accounts_and_a_dead_token_its_own(
    database: Database, tmp_path: Path, fault: Fault, *, is_ban: bool
) -> None:
    """The address is everybody's, a token is one account's."""
    here = place()
    world = here.world
    crowded(here, channels=6, messages=1)
    second_bot = world.add_user("second", bot=True)
    second_guild = world.add_guild("Lighthouse", here.writer, everyone_may=READ)
    world.add_member(second_guild, second_bot)
    second = world.add_account("second", "bot", second_bot, intents=ALL_INTENTS)
    for number in range(6):
        channel_id = world.add_channel(second_guild, TEXT, f"lamp {number}")
        here.post("x", channel_id=channel_id)
    accounts = [
        {"name": "first", "token": here.token},
        {"name": "second", "token": second},
    ]
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"accounts": accounts}))
    of_first = "|".join(str(one) for one in world.channel_ids(here.guild_id))
    with FakeDiscord(world) as fake:
        fake.fail_next(OF_CHANNELS, Fault.slow(0.2), times=3)
        fake.fail_next(rf"/channels/({of_first})/messages$", fault)
        fake.fail_next(OF_CHANNELS, Fault.slow(0.2), times=1000)

        result = sync(
            fake,
            database,
            *("--workers", "4"),
            DISCORD_WAREHOUSE_CONFIG=str(config),
            DISCORD_TOKEN="",
        )

        log = fake.requests
        (refused,) = [one for one in log if one.status != 200]
        after = Counter(one.account for one in log if one.at > refused.at)
        archived = set(ids(landed_messages(database)))
        of_second = set(world.channel_ids(second_guild))
    assert "account first" in result.stderr
    assert after["archivist"] < 4
    if is_ban:
        assert result.returncode == 1
        assert sum(after.values()) < 4
        assert not of_second <= archived
        assert "account second" in result.stderr
    else:
        assert result.returncode == 3
        assert of_second <= archived
        assert "account second" not in result.stderr


# --- 23: message content --------------------------------------------------------------


def flags(bits: int) -> Fault:
    """Answer for the application with these flags, whatever its intents."""
    body = {"id": "1", "name": "archivist", "flags": bits, "flags_new": str(bits)}
    return Fault(200, json.dumps(body).encode())


MEMBERS_ON = 1 << 15


@pytest.mark.parametrize(
    ("bits", "is_on"),
    [
        pytest.param(0, False, id="neither"),
        pytest.param(MEMBERS_ON, False, id="another intent"),
        pytest.param(1 << 18, True, id="for verified bots"),
        pytest.param(1 << 19, True, id="limited"),
    ],
)
def test_23_a_run_without_the_flags_of_message_content_is_refused(
    database: Database, bits: int, *, is_on: bool
) -> None:
    """Bit 18 or bit 19 of the application means that messages come whole."""
    here = place()
    here.post("hello")
    with FakeDiscord(here.world) as fake:
        fake.fail_next("/applications/@me", flags(bits))

        result = sync(fake, database)

        assert result.returncode == (0 if is_on else 2)
        assert len(asked(fake, "/messages")) == int(is_on)
    assert len(pages(database, "messages")) == int(is_on)
    assert ("lacks the Message Content intent" in result.stderr) == (not is_on)


@pytest.mark.parametrize(
    "trust",
    [
        pytest.param(lambda fake: None, id="flags say so"),
        pytest.param(
            lambda fake: fake.fail_next("/applications/@me", flags(1 << 19)),
            id="flags say otherwise",
        ),
    ],
)
def test_23b_pages_without_text_are_stamped_and_do_not_replace_the_text(
    database: Database, trust: Callable[[FakeDiscord], None]
) -> None:
    """The portal's switch may lie for a while: a page that is all empty tells."""
    here = place()
    first, second = here.post("first words"), here.post("second words")
    here.world.reply(
        here.channel_id, first, author_id=here.writer, content="third words"
    )
    here.world.pin_message(here.channel_id, first, at=BEGIN + timedelta(hours=1))
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))
        before = pages(database, "messages")
        here.world.set_intents(here.token, ["guild_members"])
        trust(fake)

        succeeded(sync(fake, database, "--allow-missing-content", *REVISIT_ALL))

    for resource in ("messages", "pins"):
        stamped = f"select has_message_content from landing.{resource} order by page_id"
        assert query(database, stamped) == [(True,), (False,)]
    assert pages(database, "messages")[:1] == before
    assert [one["content"] for one in pages(database, "messages")[1]] == [""] * 3
    # what dbt may believe: the latest form of which nothing was withheld
    believed = query(
        database,
        "select distinct on (element ->> 'id') (element ->> 'id')::bigint,"
        " element ->> 'content' from landing.messages"
        " cross join lateral jsonb_array_elements(body) as element"
        " where has_message_content order by element ->> 'id', page_id desc",
    )
    assert believed[:2] == [(first, "first words"), (second, "second words")]
    assert believed[2][1] == "third words"


def test_23c_a_page_with_one_word_of_a_person_is_no_page_without_text(
    database: Database,
) -> None:
    """Pictures, stickers and what bots say without a word must not stamp a page."""
    here = place()
    quiet, loud = here.text_channel("quiet"), here.text_channel("loud")
    here.post("", channel_id=quiet, sticker_items=[{"id": "1", "name": "wave"}])
    here.world.post_message(quiet, author_id=here.bot)
    here.post("", channel_id=loud)
    here.post("a word", channel_id=loud)
    here.post("", channel_id=here.channel_id)
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))

    rows = query(database, "select route_id, has_message_content from landing.messages")
    assert dict(rows) == {quiet: True, loud: True, here.channel_id: False}


# --- 24: strange JSON -----------------------------------------------------------------


def page_sent(world: World, channel_id: int) -> bytes:
    """Return the bytes of a channel's only page, as the fake sends it."""
    newest_first = reversed(world.logs[channel_id].ids)
    return b"[%b]" % b",".join(world.encoded(channel_id, one) for one in newest_first)


STRANGE: dict[str, tuple[str, str]] = {
    # what is sent, and what a jsonb body holds of it; raw is kept where they differ
    "NUL": ("a\0b", "a\ufffdb"),
    "a lone surrogate": ("a\ud83d b", "a\ufffd b"),
    "a lone low surrogate": ("\ude00", "\ufffd"),
    "a backslash and u0000": (r"a\u0000b", r"a\u0000b"),
    "more backslashes": (r"\\u0000 \ud83d", r"\\u0000 \ud83d"),
    "surrogates in pairs": ("😀", "😀"),
}


def test_24_what_jsonb_cannot_hold_is_replaced_and_kept_as_it_came(
    database: Database,
) -> None:
    """Body is clean, raw has the bytes; what only looks like it is left alone."""
    here = place()
    channels = {name: here.text_channel(name) for name in STRANGE}
    for name, (sent, _) in STRANGE.items():
        embed = {"title": sent, "fields": [{sent: sent}]}
        here.post(sent, channel_id=channels[name], embeds=[embed])
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))

    rows = query(database, "select route_id, body, raw from landing.messages")
    found = {route_id: (body, raw) for route_id, body, raw in rows if body}
    for name, (sent, landed) in STRANGE.items():
        ((message,), raw) = found[channels[name]]
        embed = {"title": landed, "fields": [{landed: landed}]}
        assert (message["content"], message["embeds"]) == (landed, [embed]), name
        original = here.world.messages(channels[name])
        if sent == landed:
            assert ([message], raw) == (original, None), name
        else:
            assert raw == page_sent(here.world, channels[name]), name
            assert json.loads(raw) == original, name


def test_24b_unknown_types_and_nulls_for_lists_land_as_they_came(
    database: Database,
) -> None:
    """New numbers are no errors, nor is null for a list of a message."""
    here = place()
    unknown = here.world.add_channel(here.guild_id, 77, "what next")
    below = here.world.add_channel(here.guild_id, TEXT, "below", parent_id=str(unknown))
    here.post("of a new type", type=250, flags=1 << 40)
    here.post("", components=[{"type": 99, "components": None, "novelty": {"a": []}}])
    nulls = dict.fromkeys(("mentions", "embeds", "attachments", "components"))
    here.post("nulls", **nulls)
    here.post("a poll of nothing", poll={"answers": None, "results": None})
    here.post("beside it", channel_id=below)
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database, "--only", "all"))

        landed = landed_messages(database)
        assert landed == readable_messages(fake)
        assert [one.status for one in asked(fake, f"/{unknown}/messages")] in (
            [],
            [400],
        )
    forms = {one["id"]: one for page in pages(database, "channels") for one in page}
    assert forms[str(unknown)] == here.world.channels[unknown]
    assert reason_of(database, unknown) == "Discord answered 400, code 50024"
    assert query(database, "select raw from landing.messages") == [(None,)] * 2


def test_24c_null_for_a_whole_list_is_an_empty_list(database: Database) -> None:
    """Discord's schema allows it: landed as null, taken as empty, never an error."""
    here = place()
    here.post("stays")
    here.world.delete_message(here.channel_id, here.post("goes"))
    null = Fault(200, b"null")
    with FakeDiscord(here.world) as fake:
        # the page after the last message, which only its absence ends
        fake.fail_next(r"/messages\?.*after=[1-9]", null)
        fake.fail_next(
            "/threads/active", Fault(200, b'{"threads":null,"members":null}')
        )
        fake.fail_next("/threads/archived/public", Fault(200, b'{"threads":null}'))
        for name in ("emojis", "stickers", "scheduled-events", "members"):
            fake.fail_next(rf"/guilds/\d+/{name}$", null)

        succeeded(sync(fake, database))

        assert ids(landed_messages_of_lists(database)) == ids(readable_messages(fake))
    kept = (
        "select body = 'null', item_count, raw from landing.{}"
        " where jsonb_typeof(body) = 'null'"
    )
    for table in ("messages", "emojis", "stickers", "scheduled_events", "members"):
        assert query(database, kept.format(table)) == [(True, 0, None)], table
    done = "select backfill_complete, message_count from landing.checkpoints"
    assert query(database, done) == [(True, 1)]


@pytest.mark.parametrize("body", [b"null", b"[]"], ids=["null", "an empty list"])
def test_24e_no_page_where_the_last_message_is_shown_is_not_the_channels_end(
    database: Database, body: bytes
) -> None:
    """The page contradicts the message itself: the next run asks for it again."""
    here = place()
    here.post("one")
    here.post("two")
    with FakeDiscord(here.world) as fake:
        fake.fail_next("/messages$", Fault(200, body))
        sync(fake, database)
        claims = "select backfill_complete, message_count from landing.checkpoints"
        assert query(database, claims) == [(False, 0)]

        succeeded(sync(fake, database))

        assert landed_messages_of_lists(database) == {
            here.channel_id: here.world.messages(here.channel_id)[::-1]
        }


def landed_messages_of_lists(database: Database) -> dict[int, list[Json]]:
    """Return what landed, by channel, pages that are null aside."""
    found: dict[int, list[Json]] = {}
    rows = query(
        database,
        "select route_id, element from landing.messages"
        " cross join lateral jsonb_path_query(body, 'strict $[*] ? (@.id != null)',"
        " silent => true) as element",
    )
    for channel_id, element in rows:
        found.setdefault(channel_id, []).append(element)
    return found


def test_24d_instants_with_and_without_a_fraction_land_as_they_are_spelt(
    database: Database,
) -> None:
    """Discord leaves a fraction of nothing out; both forms are read, none rounded."""
    here = place()
    whole, half = BEGIN + timedelta(hours=1), BEGIN + timedelta(hours=2, seconds=0.5)
    first, second = here.post("on time", at=whole), here.post("later", at=half)
    here.world.edit_message(
        here.channel_id, second, at=half + timedelta(microseconds=123_457)
    )
    for message_id, at in ((first, whole), (second, half)):
        here.world.pin_message(here.channel_id, message_id, at=at)
    threads = [
        here.world.create_thread(here.channel_id, "t", owner_id=here.writer, at=at)
        for at in (whole, half)
    ]
    for thread, at in zip(threads, (whole, half), strict=True):
        here.world.archive_thread(thread, at=at)
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))

    rows = query(
        database,
        "select (element ->> 'id')::bigint, element ->> 'timestamp',"
        " (element ->> 'timestamp')::timestamptz, element ->> 'edited_timestamp'"
        " from landing.messages"
        " cross join lateral jsonb_array_elements(body) as element"
        f" where element ->> 'id' in ('{first}', '{second}') order by 1",
    )
    assert rows == [
        (first, "2026-11-02T10:00:00+00:00", whole, None),
        (
            second,
            "2026-11-02T11:00:00.500000+00:00",
            half,
            "2026-11-02T11:00:00.623457+00:00",
        ),
    ]
    known = "select known_to from landing.resource_states where known_to is not null"
    found = query(database, f"{known} and resource = 'archived_public_threads'")
    assert [row[0].split()[0] for row in found] == ["2026-11-02T11:00:00.500000+00:00"]
    pinned = [item["pinned_at"] for item in pages(database, "pins")[0]["items"]]
    assert pinned == ["2026-11-02T11:00:00.500000+00:00", "2026-11-02T10:00:00+00:00"]


# --- 25: again ------------------------------------------------------------------------


def everything(database: Database) -> dict[str, int]:
    """Return how many pages each table of landing holds."""
    tables = query(
        database,
        "select table_name from information_schema.columns"
        " where table_schema = 'landing' and column_name = 'is_history_readable'",
    )
    return {table: len(pages(database, table)) for (table,) in tables}


def furnished() -> Place:
    """Return a guild with something of everything that a full run reads."""
    here = place()
    posted = [here.post(f"message {number}") for number in range(130)]
    (ann,) = here.people(1)
    here.world.add_reaction(here.channel_id, posted[0], "🔥", user_ids=[ann])
    here.world.pin_message(here.channel_id, posted[1])
    thread = here.world.create_thread(here.channel_id, "aside", owner_id=here.writer)
    here.post("in a thread", channel_id=thread)
    here.world.add_event(here.guild_id, "regatta", creator_id=here.writer)
    here.text_channel("empty")
    return here


def test_25_a_second_run_over_unchanged_data_lands_nothing_new(
    database: Database,
) -> None:
    """Without reading again no page lands; with it pages of equal bodies do."""
    here = furnished()
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database, "--only", "all"))
        before, bodies = everything(database), pages(database, "messages")
        fake.clear_requests()

        succeeded(sync(fake, database, "--only", "all", "--revisit-days", "0"))

        assert everything(database) == before
        assert asked(fake, "/messages") == []
        unchanged = "select count(*), count(same_as_page_id) from landing.fetches"
        ((asked_for, seen_again),) = query(database, f"{unchanged} where run_id = 2")
        assert asked_for == seen_again > 0

        fake.clear_requests()
        succeeded(sync(fake, database, "--only", "all", *REVISIT_ALL))

        bodies = [body for body in bodies if body]  # one channel is empty
        assert len(asked(fake, "/messages")) == len(bodies) == 3
    assert [counted(database, run_id) for run_id in (2, 3)] == [(0, 0), (132, 0)]
    after = everything(database)
    assert {table for table in after if after[table] != before[table]} == {"messages"}
    assert sorted(map(str, pages(database, "messages", 3))) == sorted(map(str, bodies))


def forms(database: Database, run_id: int) -> dict[int, Json]:
    """Return the messages of one run's pages, by id."""
    listed = (one for page in pages(database, "messages", run_id) for one in page)
    return {int(one["id"]): one for one in listed}


def test_25b_what_changed_between_two_full_runs_is_exactly_what_differs(
    database: Database,
) -> None:
    """Edits, deletions, late embeds and late lower ids: those, and nothing else."""
    here = place()
    world, channel_id = here.world, here.channel_id
    # minutes apart: an increment's overlap alone would not reach them
    posted = [
        here.post(f"message {number}", at=BEGIN + timedelta(minutes=number + 1))
        for number in range(230)
    ]
    edited, deleted, embedded = posted[3], posted[110], posted[228]
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))
        world.edit_message(channel_id, edited, content="corrected")
        world.delete_message(channel_id, deleted)
        world.alter_message(channel_id, embedded, embeds=[{"title": "late"}])
        within = here.post("late", at=BEGIN + timedelta(minutes=50, seconds=7))
        below = here.post("very late", at=BEGIN + timedelta(seconds=7))

        succeeded(sync(fake, database, *REVISIT_ALL))

        assert forms(database, 2) == {
            int(one["id"]): one for one in world.messages(channel_id)
        }
    before, after = forms(database, 1), forms(database, 2)
    assert before.keys() - after.keys() == {deleted}
    assert after.keys() - before.keys() == {within, below}
    changed = {one for one in before.keys() & after.keys() if before[one] != after[one]}
    assert changed == {edited, embedded}
    assert differing(before[edited], after[edited]) == {"content", "edited_timestamp"}
    assert differing(before[embedded], after[embedded]) == {"embeds"}
    assert after[embedded]["edited_timestamp"] is None
    assert observations(database, deleted) == [before[deleted]]
    # what is below all that was archived counts as new; what is within, as read again
    assert counted(database, 2) == (231, 1)
    # the pages leave no gap but where the message was deleted
    cursors = [one.query["after"] for one in asked(fake, "/messages")]
    assert cursors[-3:] == ["0", *map(str, _greatest(database, 2)[:-1])]


def differing(one: Json, other: Json) -> set[str]:
    return {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


def _greatest(database: Database, run_id: int) -> list[int]:
    """Return the greatest id of each page of a run, in the order of pages."""
    listed = pages(database, "messages", run_id)
    return [max(int(one["id"]) for one in page) for page in listed]


def test_25c_an_increment_alone_finds_what_came_late_within_minutes(
    database: Database,
) -> None:
    """Without reading again only the end is read: its overlap has the late lower id."""
    here = place()
    for _ in range(120):
        here.post("x")
    last = here.world.newest_at
    with FakeDiscord(here.world) as fake:
        succeeded(sync(fake, database))
        late = here.post("late", at=last - timedelta(seconds=20, milliseconds=7))
        new = here.post("new", at=last + timedelta(minutes=1))

        succeeded(sync(fake, database))

        assert ids(landed_messages(database)) == ids(readable_messages(fake))
    fresh = forms(database, 2).keys() - forms(database, 1).keys()
    assert fresh == {late, new}
