"""What belongs to a guild beside talk: emojis, stickers, events, pins, odd threads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.fake_discord import shapes
from tests.fake_discord.chatter import Stage
from tests.fake_discord.snowflake import iso

Json = dict[str, Any]

STATIC = "<:harbour:{}>"


def custom_emoji(emoji_id: int, name: str | None) -> Json:
    """Shape a custom emoji as reactions carry it."""
    return {"id": str(emoji_id), "name": name}


def fit_out(stage: Stage) -> None:
    """Add everything of this module to a guild that has people and rooms."""
    world = stage.world
    guild_id, opened_at = world.guild_ids[0], stage.span[0]
    stage.emoji_ids = (world.new_id(opened_at), world.new_id(opened_at))
    uploader = world.users[stage.cast.people[0].user_id]
    world.emojis[guild_id] = [
        _emoji(emoji_id, name, uploader)
        for emoji_id, name in zip(stage.emoji_ids, ("harbour", "wave"), strict=True)
    ]
    world.stickers[guild_id] = [_sticker(world.new_id(opened_at), guild_id, uploader)]
    world.events[guild_id] = _events(stage, guild_id)
    _write_rules(stage)
    _keep_private_threads(stage)
    _orphan_a_thread(stage)
    _discuss_news(stage)


def _emoji(emoji_id: int, name: str, uploader: Json) -> Json:
    return {
        "id": str(emoji_id),
        "name": name,
        "user": uploader,
        "roles": [],
        "require_colons": True,
        "managed": False,
        "animated": name == "wave",
        "available": True,
    }


def _sticker(sticker_id: int, guild_id: int, uploader: Json) -> Json:
    return {
        "id": str(sticker_id),
        "name": "Ahoy",
        "description": "A gull that waves",
        "tags": "wave",
        "type": 2,
        "format_type": 1,
        "available": True,
        "guild_id": str(guild_id),
        "user": uploader,
    }


def _events(stage: Stage, guild_id: int) -> list[Json]:
    """Return an evening in the voice room, one by the sea, and one that is over."""
    start, room = stage.span[1] + timedelta(days=4), stage.rooms.by_name["Workbench"]
    voice: Json = {"entity_type": 2, "channel_id": str(room), "entity_metadata": None}
    place = {"location": "The old pier"}
    outside: Json = {"entity_type": 3, "channel_id": None, "entity_metadata": place}
    creator = stage.world.users[stage.cast.people[0].user_id]
    return [
        shapes.scheduled_event(
            stage.world.new_id(stage.span[1] - timedelta(days=9, hours=n)),
            guild_id,
            name,
            creator,
            scheduled_start_time=iso(start + timedelta(days=n)),
            scheduled_end_time=iso(start + timedelta(days=n, hours=3)),
            status=status,
            user_count=5 + n,
            **kind,
        )
        for n, (name, status, kind) in enumerate(
            (
                ("Knots & tea", 1, voice),
                ("Beach walk", 1, outside),
                ("Past", 3, outside),
            )
        )
    ]


def _write_rules(stage: Stage) -> None:
    """Pin the rules; the channel's last message is gone, its id is still named."""
    world, room = stage.world, stage.rooms.by_name["rules"]
    author_id = stage.cast.people[0].user_id
    at = stage.span[0] + timedelta(hours=1)
    rules = world.post_message(
        room, author_id=author_id, content="1. Be kind.\n2. Tie knots.", at=at
    )
    world.pin_message(room, rules, at=at + timedelta(minutes=1))
    reference = world.reference(room, rules)
    noticed = at + timedelta(minutes=1, milliseconds=5)
    world.post_message(
        room, author_id=author_id, at=noticed, type=6, message_reference=reference
    )
    mistake = world.post_message(
        room, author_id=author_id, content="oops", at=at + timedelta(minutes=9)
    )
    world.delete_message(room, mistake)


def _keep_private_threads(stage: Stage) -> None:
    """Private threads: archived and open, joined by the archiver and not.

    In #general it may manage threads and sees all of them, in #help only its own.
    """
    begun = stage.span[1] - timedelta(days=16)
    archiver = stage.cast.archiver_id
    for number, (room, joined, archived) in enumerate(
        (
            ("general", False, True),
            ("general", False, False),
            ("help", True, True),
            ("help", False, True),
            ("help", False, False),
        )
    ):
        at = begun + timedelta(hours=5 * number)
        thread_id = _private_thread(stage, room, f"Surprise no. {number + 1} 🤫", at)
        if joined:
            stage.world.join_thread(thread_id, archiver, at=at)
        if archived:
            stage.world.archive_thread(thread_id, at=at + timedelta(days=3))


def _private_thread(stage: Stage, room: str, name: str, at: datetime) -> int:
    world, people = stage.world, stage.cast.people
    owner, guest = people[0].user_id, people[1].user_id
    thread_id = world.create_thread(
        stage.rooms.by_name[room], name, owner_id=owner, private=True, at=at
    )
    later = at + timedelta(minutes=2)
    world.join_thread(thread_id, guest, at=later)
    invited = [world.users[guest]]
    world.post_message(thread_id, author_id=owner, at=later, type=1, mentions=invited)
    world.post_message(
        thread_id,
        author_id=guest,
        content="A cake in the shape of a boat?",
        at=later + timedelta(minutes=3),
    )
    return thread_id


def _orphan_a_thread(stage: Stage) -> None:
    """Leave a thread whose starter was deleted, and which was renamed."""
    world, room = stage.world, stage.rooms.by_name["off-topic"]
    author_id = stage.cast.people[1].user_id
    at = stage.span[1] - timedelta(days=12)
    starter = world.post_message(room, author_id=author_id, content="Ideas?", at=at)
    thread_id = world.create_thread(
        room, "Ideas", owner_id=author_id, message_id=starter, at=at
    )
    later = at + timedelta(minutes=30)
    world.post_message(
        thread_id, author_id=author_id, content="Better ideas", at=later, type=4
    )
    world.update_channel(thread_id, name="Better ideas")
    world.delete_message(room, starter)


def _discuss_news(stage: Stage) -> None:
    """Talk about an announcement in a thread of its own kind, since archived."""
    world, room = stage.world, stage.rooms.by_name["announcements"]
    author, guest = (person.user_id for person in stage.cast.people[:2])
    at = stage.span[1] - timedelta(days=25)
    news = world.post_message(
        room, author_id=author, content="Winter hours: ten to four", at=at
    )
    later = at + timedelta(minutes=4)
    thread_id = world.create_thread(
        room, "Winter hours", owner_id=guest, message_id=news, at=later
    )
    later += timedelta(minutes=1)
    world.post_message(thread_id, author_id=guest, content="On Sundays too?", at=later)
    world.archive_thread(thread_id, at=later + timedelta(days=3))
