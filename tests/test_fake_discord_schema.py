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

from tests.fake_discord import FakeDiscord, World, generate_world

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
