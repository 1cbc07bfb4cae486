"""The talk itself: where people speak, what they say and what comes of it.

Newcomers say hello, old threads go to sleep. Everything happens in order of time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.fake_discord import shapes
from tests.fake_discord.cast import Cast, Person
from tests.fake_discord.layout import Rooms, first_tag, is_post_room
from tests.fake_discord.phrases import TITLES, sentence
from tests.fake_discord.rhythm import Crowd, moments
from tests.fake_discord.snowflake import EPOCH, iso, moment
from tests.fake_discord.world import World, signed

Json = dict[str, Any]

EMOJI = ("👍", "❤️", "😂", "🎉", "⚓", "🥖", "👩\u200d🔧", "🏳️\u200d🌈")
THREAD_LIFE = timedelta(days=3)
THREADS_A_WEEK, OPEN_POSTS = 5, 8
EXPIRY = 0x6F000000  # signatures of attachment URLs stay as they are


@dataclass
class Stage:
    """What the chatter needs to know while time goes by."""

    world: World
    rng: Random
    cast: Cast
    rooms: Rooms
    span: tuple[datetime, datetime]
    recent: dict[int, deque[tuple[int, int]]] = field(default_factory=dict)
    open_threads: list[int] = field(default_factory=list)
    emoji_ids: tuple[int, int] = (0, 0)
    titles: int = 0
    thread_chance: float = 0.006
    next_closing: datetime = EPOCH


def talk(stage: Stage, count: int) -> None:
    """Let the guild live for its span, until about `count` messages are said."""
    joins = deque(
        sorted(
            (p for p in stage.cast.people if p.joined_at > stage.span[0]),
            key=lambda person: person.joined_at,
        )
    )
    weeks = (stage.span[1] - stage.span[0]).days / 7
    stage.thread_chance = min(stage.thread_chance, THREADS_A_WEEK * weeks / count)
    crowd = Crowd(stage.cast.people)
    for at in moments(stage.rng, count, stage.span):
        while joins and joins[0].joined_at <= at:
            _arrive(stage, joins.popleft())
        _close_old_threads(stage, at)
        _speak(stage, crowd.speaker(stage.rng, at), at)
    for person in joins:
        _arrive(stage, person)


def _arrive(stage: Stage, person: Person) -> None:
    rooms = stage.rooms.by_name
    room = rooms.get("introductions", rooms["general"])
    at = person.joined_at
    stage.world.post_message(room, author_id=person.user_id, at=at, type=7)
    hello = stage.rng.choice(
        ("Hello everyone!", "Hi, I am new here 👋", "Ahoj!", "안녕!")
    )
    later = min(at + timedelta(minutes=stage.rng.uniform(1, 40)), stage.span[1])
    _say(stage, room, person, later - timedelta(milliseconds=1), content=hello)


def _speak(stage: Stage, person: Person, at: datetime) -> None:
    room = _room(stage)
    world, rng = stage.world, stage.rng
    if world.channels[room]["type"] == shapes.ANNOUNCEMENT:
        person = stage.cast.people[0]
    if is_post_room(world, room):
        room = _post(stage, room, person, at)
    elif stage.open_threads and rng.random() < 0.12:
        room = rng.choice(stage.open_threads)
    elif rng.random() < stage.thread_chance and _may_open_thread(world, room):
        room = _open_thread(stage, room, person, at)
    moved = at + timedelta(milliseconds=1)
    _say(stage, room, person, moved, **_content(stage, at))


def _room(stage: Stage) -> int:
    rooms = stage.rooms.shares
    return stage.rng.choices(list(rooms), weights=list(rooms.values()))[0]


def _say(stage: Stage, room: int, person: Person, at: datetime, **fields: Any) -> None:
    world, rng = stage.world, stage.rng
    recent = stage.recent.setdefault(room, deque(maxlen=12))
    if recent and rng.random() < 0.18:
        target, author_id = rng.choice(recent)
        if author_id != person.user_id and rng.random() < 0.8:
            fields["mentions"] = [world.users[author_id]]
        said = world.reply(room, target, author_id=person.user_id, at=at, **fields)
    else:
        said = world.post_message(room, author_id=person.user_id, at=at, **fields)
    recent.append((said, person.user_id))
    _react(stage, room, said)
    if rng.random() < 0.04:
        edited = min(at + timedelta(minutes=rng.uniform(0.2, 30)), stage.span[1])
        world.logs[room].bodies[said]["edited_timestamp"] = iso(edited)


def _react(stage: Stage, room: int, message_id: int) -> None:
    rng = stage.rng
    if rng.random() < 0.2:
        for emoji in rng.sample(EMOJI, rng.choice((1, 1, 1, 2, 3))):
            count = min(int(rng.expovariate(0.5)) + 1, 15)
            stage.world.add_reaction(room, message_id, emoji, normal=count)


def _content(stage: Stage, at: datetime) -> Json:
    rng = stage.rng
    text = sentence(rng)
    roll = rng.random()
    if roll < 0.04:
        return {"content": text, "attachments": [_picture(stage, at)]}
    if roll < 0.07:
        return {"content": f"{text} https://example.org/tides", "embeds": [_LINK]}
    if roll < 0.10:
        friend = rng.choice(stage.cast.people).user_id
        mentioned = [stage.world.users[friend]]
        return {"content": f"<@{friend}> {text}", "mentions": mentioned}
    return {"content": text}


_LINK: Json = {
    "type": "link",
    "url": "https://example.org/tides",
    "title": "Tides of the bay",
    "description": "High water | low water, day by day",
    "provider": {"name": "Example Harbour"},
}


def _picture(stage: Stage, at: datetime) -> Json:
    attachment_id = stage.world.new_id(at)
    name = stage.rng.choice(("boat.png", "lantern.jpg", "image0.webp"))
    room = stage.rooms.by_name["general"]
    path = f"attachments/{room}/{attachment_id}/{name}"
    return {
        "id": str(attachment_id),
        "filename": name,
        "size": stage.rng.randrange(20_000, 4_000_000),
        "url": signed(f"https://cdn.discordapp.com/{path}", EXPIRY),
        "proxy_url": signed(f"https://media.discordapp.net/{path}", EXPIRY),
        "width": 1280,
        "height": 720,
        "content_type": "image/png",
        "flags": 0,
    }


# --- threads and posts ----------------------------------------------------------------


def _may_open_thread(world: World, room: int) -> bool:
    return world.channels[room]["type"] in {shapes.TEXT, shapes.ANNOUNCEMENT}


def _title(stage: Stage) -> str:
    stage.titles += 1
    return TITLES[stage.titles % len(TITLES)]


def _open_thread(stage: Stage, room: int, person: Person, at: datetime) -> int:
    fields: Json = {}
    recent = stage.recent.get(room)
    if (
        recent
        and stage.rng.random() < 0.6
        and recent[-1][0] not in stage.world.channels
    ):
        fields["message_id"] = recent[-1][0]
    thread_id = stage.world.create_thread(
        room, _title(stage), owner_id=person.user_id, at=at, **fields
    )
    stage.open_threads.append(thread_id)
    return thread_id


def _post(stage: Stage, room: int, person: Person, at: datetime) -> int:
    """Answer in an open post of this channel, or begin a new one."""
    world, rng = stage.world, stage.rng
    here = [
        t for t in stage.open_threads if world.channels[t]["parent_id"] == str(room)
    ]
    if len(here) >= OPEN_POSTS or (here and rng.random() < 0.85):
        return rng.choice(here)
    thread_id = world.create_thread(
        room,
        _title(stage),
        owner_id=person.user_id,
        at=at,
        content=sentence(rng),
        applied_tags=first_tag(world, room),
    )
    stage.open_threads.append(thread_id)
    return thread_id


def _close_old_threads(stage: Stage, now: datetime) -> None:
    if now < stage.next_closing:
        return
    stage.next_closing = now + timedelta(hours=2)
    world = stage.world
    for thread_id in list(stage.open_threads):
        last = world.logs[thread_id].ids
        spoken = moment(last[-1])
        if now - spoken > THREAD_LIFE:
            world.archive_thread(thread_id, at=spoken + THREAD_LIFE)
            stage.open_threads.remove(thread_id)
