"""The loopback Discord's answers against Discord's own published schema."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from jsonschema import Draft202012Validator

from tests.fake_discord import FakeDiscord, Fault, World, generate_world

END = datetime(2026, 11, 21, tzinfo=UTC)
SCHEMA_FILE = Path(__file__).parent / "fake_discord" / "discord_schema.json"

Json = dict[str, Any]

TYPES = (0, 2, 4, 5, 10, 11, 12, 13, 15, 16)


@cache
def published() -> Json:
    """Read the schema and mend it where it is behind Discord's own documents."""
    found: Json = orjson.loads(SCHEMA_FILE.read_bytes())
    schemas = found["components"]["schemas"]
    # documented since media channels exist; the schema stops at 15
    schemas["ChannelTypes"]["oneOf"].append({"const": 16})
    schemas["GuildChannelResponse"]["properties"]["type"]["enum"].append(16)
    # documented (purchase notification), and a kind only ever seen on the wire
    schemas["MessageType"]["oneOf"] += [{"const": 44}, {"const": 63}]
    # documented: forwards; the schema knows plain references alone
    schemas["MessageReferenceType"]["oneOf"].append({"const": 1})
    # documented: inside `errors` a code is a word, only the outermost is a number
    inner = schemas["InnerErrors"]["properties"]["_errors"]
    inner["items"] = {"required": ["code", "message"]}
    return found


@cache
def validator(template: str) -> Draft202012Validator:
    """Return what checks the answers of one endpoint."""
    schema = published()
    root = {**schema["answers"][template], "components": schema["components"]}
    return Draft202012Validator(root)


def problems(template: str, answer: object) -> list[str]:
    """Say where an answer leaves the schema."""
    errors = validator(template).iter_errors(answer)
    return [f"{e.json_path}: {e.message[:300]}" for e in errors]


@pytest.fixture(scope="module")
def world() -> World:
    return generate_world(seed=7, size="small", end=END)


@pytest.fixture(scope="module")
def fake(world: World) -> Iterator[FakeDiscord]:
    with FakeDiscord(world) as running:
        yield running


@pytest.fixture(scope="module")
def bot(fake: FakeDiscord) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bot {fake.bot_token}"
        yield session


def get(fake: FakeDiscord, bot: requests.Session, path: str, **query: str) -> Any:
    response = bot.get(fake.url + path, params=query, timeout=5)
    assert response.status_code == 200, (path, response.text)
    return orjson.loads(response.content)


@pytest.mark.parametrize(
    ("template", "query"),
    [
        pytest.param("/users/@me", {}, id="me"),
        pytest.param("/applications/@me", {}, id="application"),
        pytest.param("/users/@me/guilds", {"with_counts": "true"}, id="my-guilds"),
        pytest.param("/users/{user_id}", {}, id="user"),
        pytest.param("/guilds/{guild_id}", {"with_counts": "true"}, id="guild"),
        pytest.param("/guilds/{guild_id}/channels", {}, id="channels"),
        pytest.param("/guilds/{guild_id}/roles", {}, id="roles"),
        pytest.param("/guilds/{guild_id}/threads/active", {}, id="active-threads"),
        pytest.param("/guilds/{guild_id}/members", {"limit": "1000"}, id="members"),
        pytest.param("/guilds/{guild_id}/members/{user_id}", {}, id="member"),
        pytest.param("/guilds/{guild_id}/emojis", {}, id="emojis"),
        pytest.param("/guilds/{guild_id}/stickers", {}, id="stickers"),
        pytest.param(
            "/guilds/{guild_id}/scheduled-events",
            {"with_user_count": "true"},
            id="scheduled-events",
        ),
    ],
)
def test_answers_about_the_guild_keep_to_the_schema(
    fake: FakeDiscord, bot: requests.Session, template: str, query: dict[str, str]
) -> None:
    """Each endpoint that is not about one channel answers as published, not empty."""
    guild_id = fake.world.guild_ids[0]
    user_id = next(iter(fake.world.members[guild_id]))

    path = template.format(guild_id=guild_id, user_id=user_id)
    answer = get(fake, bot, path, **query)

    assert answer
    assert problems(template, answer) == []


def test_every_channel_and_thread_keeps_to_the_schema(
    fake: FakeDiscord, bot: requests.Session
) -> None:
    """Channels of every type, asked for one by one, are as published."""
    world = fake.world
    account = world.account(fake.bot_token)
    seen = [c for c in world.channels if world.can_view(account, c)]

    found = {
        channel_id: problems(
            "/channels/{channel_id}", get(fake, bot, f"/channels/{channel_id}")
        )
        for channel_id in seen
    }

    assert {world.channels[c]["type"] for c in seen} == set(TYPES)
    assert found == {channel_id: [] for channel_id in seen}


@pytest.mark.parametrize(
    ("template", "room", "least"),
    [
        ("/channels/{channel_id}/threads/archived/public", "general", 1),
        ("/channels/{channel_id}/threads/archived/public", "questions", 1),
        ("/channels/{channel_id}/threads/archived/public", "announcements", 1),
        ("/channels/{channel_id}/threads/archived/private", "general", 1),
        ("/channels/{channel_id}/users/@me/threads/archived/private", "help", 1),
    ],
)
def test_archived_threads_keep_to_the_schema(
    fake: FakeDiscord, bot: requests.Session, template: str, room: str, least: int
) -> None:
    """Lists of archived threads are as published and hold something."""
    channel_id = channel_named(fake.world, room)

    answer = get(fake, bot, template.format(channel_id=channel_id))

    assert len(answer["threads"]) >= least
    assert problems(template, answer) == []


def test_messages_of_every_shape_keep_to_the_schema(
    fake: FakeDiscord, bot: requests.Session
) -> None:
    """All messages that can be read are as published; equal shapes are checked once."""
    world, token = fake.world, fake.bot_token
    shapes: dict[object, Json] = {}

    for channel_id in world.readable_channel_ids(world.guild_ids[0], token):
        path = f"/channels/{channel_id}/messages"
        for message in get(fake, bot, path, limit="100"):
            shapes.setdefault((message["type"], shape_of(message)), message)
        for message in world.messages(channel_id):
            shapes.setdefault((message["type"], shape_of(message)), message)

    assert len(shapes) > 50
    assert problems("/channels/{channel_id}/messages", list(shapes.values())) == []


def test_a_single_message_and_pins_keep_to_the_schema(
    fake: FakeDiscord, bot: requests.Session
) -> None:
    """One message by its id, and the list of pins, are as published."""
    channel_id = channel_named(fake.world, "rules")
    pins = get(fake, bot, f"/channels/{channel_id}/messages/pins")
    pinned = pins["items"][0]["message"]

    message = get(fake, bot, f"/channels/{channel_id}/messages/{pinned['id']}")

    assert message["pinned"] is True
    assert problems("/channels/{channel_id}/messages/pins", pins) == []
    single = "/channels/{channel_id}/messages/{message_id}"
    assert problems(single, message) == []


@pytest.fixture(scope="module")
def town() -> World:
    """Give a guild with one of each that only those who run it may see."""
    world = World()
    keeper = world.add_user("keeper")
    guild_id = world.add_guild("Pier", keeper, everyone_may=1 << 10 | 1 << 16)
    room = world.add_channel(guild_id, 0, "dock")
    stage = world.add_channel(guild_id, 13, "hall")
    clerk = world.add_user("clerk", bot=True)
    world.add_member(guild_id, clerk)
    world.add_role(guild_id, "Clerk", 1 << 3)
    world.update_member(guild_id, clerk, roles=[str(max(world.roles[guild_id]))])
    world.add_account("clerk", "bot", clerk)
    for place in (room, stage):
        world.add_invite(place, inviter_id=keeper, max_age=60)
    hooks = [world.add_webhook(room, "Feed"), world.add_webhook(room, "App", kind=3)]
    hooks.append(world.add_webhook(room, "News", kind=2))
    world.add_ban(guild_id, world.add_user("pirate"), "plunder")
    world.add_ban(guild_id, world.add_user("smuggler"))
    cabin = world.add_channel(guild_id, 2, "cabin")
    named: list[int] = [*hooks, world.create_thread(room, "talk", owner_id=keeper)]
    for venue in (None, stage, cabin):
        event = world.add_event(guild_id, "Tea", creator_id=keeper, channel_id=venue)
        world.add_event_user(event, keeper, clerk)
        named.append(event)
    world.end_event(named[-1])
    change = {"key": "name", "old_value": "quay", "new_value": "dock"}
    for target in named:
        world.add_audit_entry(
            guild_id, 11, user_id=keeper, target_id=target, changes=[change]
        )
    world.add_audit_entry(guild_id, 72, options={"count": "2"}, reason="spam")
    return world


@pytest.mark.parametrize(
    ("template", "least"),
    [
        ("/guilds/{guild_id}/invites", 2),
        ("/guilds/{guild_id}/webhooks", 3),
        ("/guilds/{guild_id}/bans", 2),
        ("/guilds/{guild_id}/audit-logs", 8),
        ("/guilds/{guild_id}/scheduled-events/{event_id}", 10),
        ("/guilds/{guild_id}/scheduled-events/{event_id}/users", 2),
        ("/channels/{channel_id}/threads/search", 4),
    ],
)
def test_what_those_who_run_a_guild_see_keeps_to_the_schema(
    town: World, template: str, least: int
) -> None:
    """Invites, webhooks of every type, bans, the audit log, events of every kind."""
    guild_id = town.guild_ids[0]
    room = channel_named(town, "dock")

    with FakeDiscord(town) as fake, requests.Session() as clerk:
        clerk.headers["Authorization"] = f"Bot {fake.bot_token}"
        for event in town.events[guild_id]:
            path = template.format(
                guild_id=guild_id, event_id=event["id"], channel_id=room
            )
            answer = get(fake, clerk, path, with_member="true", with_user_count="1")
            assert len(answer) >= least
            assert problems(template, answer) == []


def test_lists_of_people_keep_to_the_schema(
    fake: FakeDiscord, bot: requests.Session
) -> None:
    """Who reacted, who voted, and a search for threads are as published."""
    room = channel_named(fake.world, "general")
    said = fake.world.messages(room)
    polled = next(m["id"] for m in said if "poll" in m)
    loved = next(m for m in said if "reactions" in m)
    emoji = loved["reactions"][0]["emoji"]["name"]
    paths = {
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}": (
            f"/channels/{room}/messages/{loved['id']}/reactions/{emoji}"
        ),
        "/channels/{channel_id}/polls/{message_id}/answers/{answer_id}": (
            f"/channels/{room}/polls/{polled}/answers/1"
        ),
        "/channels/{channel_id}/threads/search": f"/channels/{room}/threads/search",
    }

    for template, path in paths.items():
        answer = get(fake, bot, path)
        assert answer
        assert problems(template, answer) == []


def test_direct_messages_keep_to_the_schema(town: World) -> None:
    """A pair and a group, and what is said in them, are as published."""
    people = [town.add_user(name) for name in ("one", "two", "three")]
    token = town.add_account("one", "user", people[0])
    rooms = [town.add_dm(people[:2]), town.add_dm(people, name="Trip")]
    for room in rooms:
        said = town.post_message(room, author_id=people[1], content="ahoy")
        town.reply(room, said, author_id=people[0])

    with FakeDiscord(town) as fake, requests.Session() as person:
        person.headers["Authorization"] = token
        for room in rooms:
            for below in ("", "/messages"):
                template = "/channels/{channel_id}" + below
                answer = get(fake, person, template.format(channel_id=room))
                assert answer
                assert problems(template, answer) == []


def test_an_index_that_is_not_ready_keeps_to_the_schema(
    fake: FakeDiscord, bot: requests.Session
) -> None:
    """The 202 of a search has a shape of its own."""
    schema = published()
    kind = {"$ref": "#/components/schemas/SearchIndexNotReadyResponse"}
    check = Draft202012Validator({**kind, "components": schema["components"]})
    room = channel_named(fake.world, "general")
    fake.fail_next("/threads/search", Fault.index_not_ready())

    answer = bot.get(f"{fake.url}/channels/{room}/threads/search", timeout=5)

    assert list(check.iter_errors(answer.json())) == []


def test_the_schema_would_notice_a_missing_field(
    fake: FakeDiscord, bot: requests.Session
) -> None:
    """The check is no formality: a message without its author is refused."""
    channel_id = channel_named(fake.world, "general")
    template = "/channels/{channel_id}/messages"
    page = get(fake, bot, template.format(channel_id=channel_id), limit="1")
    del page[0]["author"]

    found = problems(template, page)

    assert len(found) == 1
    assert "'author' is a required property" in found[0]


def test_error_bodies_keep_to_the_schema(
    fake: FakeDiscord, bot: requests.Session
) -> None:
    """Refusals, those that name a field too, have Discord's shape of an error."""
    schema = published()
    error = {"$ref": "#/components/schemas/ErrorResponse"}
    check = Draft202012Validator({**error, "components": schema["components"]})
    general = channel_named(fake.world, "general")

    bodies = [
        bot.get(f"{fake.url}/channels/{path}", timeout=5).json()
        for path in (f"{general}/messages?limit=101", "1/messages", "x")
    ]

    assert [body["code"] for body in bodies] == [50035, 10003, 50035]
    assert [list(check.iter_errors(body)) for body in bodies] == [[], [], []]


def channel_named(world: World, name: str) -> int:
    return next(c for c, form in world.channels.items() if form["name"] == name)


def shape_of(value: object) -> object:
    """Reduce a value to what its schema can depend on: keys and kinds of values."""
    if isinstance(value, dict):
        return tuple(sorted((key, shape_of(v)) for key, v in value.items()))
    if isinstance(value, list):
        return tuple(sorted({repr(shape_of(v)) for v in value}))
    return type(value).__name__
