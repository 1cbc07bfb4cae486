"""One of each: the kinds of messages that a real guild holds and a test must meet.

Each exhibit is a message (room, author's rank, Discord's fields); what needs more than
one step stands in `fittings` (threads, pins) and `machines` (bots, webhooks).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.fake_discord import shapes
from tests.fake_discord.chatter import EXPIRY, Stage
from tests.fake_discord.fittings import STATIC, custom_emoji
from tests.fake_discord.snowflake import iso
from tests.fake_discord.world import signed

Json = dict[str, Any]
Exhibit = tuple[str, int, Json]

DELETED_USER_ID = 456226577798135808
# authors who were there from the start, by rank
MARLOW, PIM, JUNIPER, FORMER, HOST = 0, 1, 3, 5, 6


def show(stage: Stage) -> None:
    """Hang every exhibit into the last weeks of the world."""
    world, rooms = stage.world, stage.rooms.by_name
    at = stage.span[1] - timedelta(days=20)
    for room, rank, fields in [*_texts(stage), *_media(at), *_polls(at), *_systems()]:
        at += timedelta(hours=7, minutes=3)
        author_id = stage.cast.people[rank].user_id
        world.post_message(rooms[room], author_id=author_id, at=at, **fields)
    _show_reactions(stage, at)
    _show_forward(stage, at)
    _show_lost_replies(stage, at)
    _show_lost_people(stage, at)


def show_hostile(stage: Stage) -> None:
    """Post what naive storage chokes on: a NUL, and text that only looks like one."""
    room = stage.rooms.by_name["general"]
    at = stage.span[1] - timedelta(days=3)
    author_id = stage.cast.people[PIM].user_id
    for minute, content in enumerate(
        ("a NUL \x00 in here", r"no NUL: \u0000, \\u0000")
    ):
        later = at + timedelta(minutes=minute)
        stage.world.post_message(room, author_id=author_id, content=content, at=later)


def _texts(stage: Stage) -> Iterator[Exhibit]:
    helper = stage.cast.helper_role
    guild_id = stage.world.guild_ids[0]
    yield (
        "general",
        MARLOW,
        {"content": "@everyone the ferry leaves at nine"} | {"mention_everyone": True},
    )
    asked = {"content": f"<@&{helper}> please look", "mention_roles": [str(helper)]}
    yield "help", PIM, asked
    yield "bread|boats`*_~", PIM, {"content": "| a | b |\n|---|---|\n| `x|y` | **z** |"}
    yield "off-topic", JUNIPER, {"content": "tide " * 390 + "and then it was night"}
    yield "off-topic", JUNIPER, {"content": " \n\u200b\n "}
    yield (
        "off-topic",
        PIM,
        {"content": "quiet link https://example.org", "flags": 1 << 2},
    )
    jump = f"<#{stage.rooms.by_name['help']}> <t:1700000000:R> </tide:{guild_id}>"
    yield "general", JUNIPER, {"content": f"{jump} {STATIC.format(stage.emoji_ids[0])}"}
    yield "announcements", MARLOW, {"content": "Open day on Sunday!", "flags": 1 << 0}


def _media(at: datetime) -> Iterator[Exhibit]:
    yield "show-and-tell", PIM, {"embeds": [_rich_embed(at)]}
    image: Json = {"type": "gifv", "url": "https://example.org/wave"}
    image |= {
        "video": {"url": "https://example.org/wave.mp4"},
        "provider": {"name": "Waves"},
    }
    yield "off-topic", PIM, {"content": "https://example.org/wave", "embeds": [image]}
    yield "show-and-tell", JUNIPER, {"attachments": [attachment(1, "SPOILER_mast.png")]}
    notes = attachment(2, "tide-notes.txt") | {"content_type": "text/plain"}
    yield "help", JUNIPER, {"content": "my notes", "attachments": [notes]}
    voice = attachment(3, "voice-message.ogg") | {"content_type": "audio/ogg"}
    voice |= {"duration_secs": 3.25, "waveform": "AAECAwQFBgcICQ=="}
    yield "Workbench", PIM, {"attachments": [voice], "flags": 1 << 13}
    sticker = {"id": "749054660769218631", "name": "Wave", "format_type": 3}
    yield "introductions", PIM, {"sticker_items": [sticker]}


def _polls(at: datetime) -> Iterator[Exhibit]:
    answers = [
        {"answer_id": 1, "poll_media": {"text": "Saturday", "emoji": _unicode("⛵")}},
        {"answer_id": 3, "poll_media": {"text": "Sunday | late"}},
    ]
    poll = {
        "question": {"text": "When do we sail?"},
        "answers": answers,
        "expiry": iso(at + timedelta(days=3)),
        "allow_multiselect": False,
        "layout_type": 1,
    }
    counts = [{"id": 1, "count": 7, "me_voted": False}]
    results = {"is_finalized": True, "answer_counts": counts}
    yield "general", HOST, {"poll": poll | {"results": results}}
    values = {
        "poll_question_text": "When do we sail?",
        "victor_answer_votes": "7",
        "total_votes": "7",
        "victor_answer_id": "1",
        "victor_answer_text": "Saturday",
    }
    fields = [{"name": k, "value": v, "inline": False} for k, v in values.items()]
    ended = {"type": "poll_result", "fields": fields}
    yield "general", HOST, {"type": 46, "embeds": [ended]}


def _systems() -> Iterator[Exhibit]:
    yield "introductions", HOST, {"type": 8, "content": "2"}
    yield "introductions", HOST, {"type": 9}
    yield "announcements", MARLOW, {"type": 12, "content": "Island News #ferries"}
    yield "Town hall", MARLOW, {"type": 27, "content": "Plans for winter"}
    yield "Town hall", MARLOW, {"type": 31, "content": "Plans for spring"}
    yield "Town hall", MARLOW, {"type": 28, "content": "Plans for spring"}
    # kinds that no document names, and one that only the prose does
    yield "help", HOST, {"type": 63}
    yield "help", HOST, {"type": 44}


def attachment(number: int, filename: str) -> Json:
    """Shape an attachment of a made-up file, with signed URLs."""
    path = f"attachments/{90_000_000_000_000_000 + number}/{number}/{filename}"
    form: Json = {
        "id": str(91_000_000_000_000_000 + number),
        "filename": filename,
        "size": 1_000 + number,
        "url": signed(f"https://cdn.discordapp.com/{path}", EXPIRY),
        "proxy_url": signed(f"https://media.discordapp.net/{path}", EXPIRY),
        "flags": 1 << 3 if filename.startswith("SPOILER_") else 0,
    }
    if filename.endswith(".png"):
        form |= {"width": 640, "height": 480, "content_type": "image/png"}
    return form


def _rich_embed(at: datetime) -> Json:
    return {
        "type": "rich",
        "title": "Log of the bay",
        "description": "Wind 4 | waves 0.5 m",
        "url": "https://example.org/log",
        "timestamp": iso(at),
        "color": 0x2A6F97,
        "author": {"name": "Harbour office", "url": "https://example.org"},
        "footer": {"text": "made up"},
        "image": {"url": "https://example.org/map.png", "width": 640, "height": 480},
        "fields": [{"name": "Tide", "value": "falling", "inline": True}],
    }


def _unicode(name: str) -> Json:
    return {"id": None, "name": name}


def _show_reactions(stage: Stage, at: datetime) -> None:
    world, room = stage.world, stage.rooms.by_name["show-and-tell"]
    author_id = stage.cast.people[PIM].user_id
    shown = world.post_message(
        room, author_id=author_id, content="The lantern is lit!", at=at
    )
    static, animated = stage.emoji_ids
    world.add_reaction(room, shown, "❤️", normal=4, burst=2)
    world.add_reaction(room, shown, "👩\u200d🔧", normal=1)
    world.add_reaction(room, shown, custom_emoji(static, "harbour"), normal=3)
    moving = custom_emoji(animated, "wave") | {"animated": True}
    world.add_reaction(room, shown, moving, burst=1)
    # an emoji of the same name from elsewhere, and one that was deleted since
    world.add_reaction(room, shown, custom_emoji(77_000_000_000_000_001, "harbour"))
    world.add_reaction(room, shown, custom_emoji(77_000_000_000_000_002, None))


def _show_forward(stage: Stage, at: datetime) -> None:
    world, rooms = stage.world, stage.rooms.by_name
    snapshot: Json = {
        "type": 0,
        "content": "High water at 04:12, bring boots",
        "timestamp": iso(at - timedelta(days=40)),
        "edited_timestamp": None,
        "flags": 0,
        "mentions": [],
        "mention_roles": [],
        "attachments": [attachment(4, "boots.png")],
        "embeds": [],
        "components": [],
    }
    reference = {
        "type": 1,
        "channel_id": "88000000000000001",
        "guild_id": "88000000000000000",
        "message_id": "88000000000000002",
    }
    world.post_message(
        rooms["off-topic"],
        author_id=stage.cast.people[JUNIPER].user_id,
        at=at,
        flags=1 << 14,
        message_reference=reference,
        message_snapshots=[{"message": snapshot}],
    )


def _show_lost_replies(stage: Stage, at: datetime) -> None:
    """Post a reply to a deleted message, and one whose target was not loaded."""
    world, room = stage.world, stage.rooms.by_name["help"]
    asked, answered = stage.cast.people[JUNIPER].user_id, stage.cast.people[PIM].user_id
    for minute, lost in ((1, True), (5, False)):
        asked_at = at + timedelta(minutes=minute)
        target = world.post_message(room, author_id=asked, content="hm?", at=asked_at)
        reply = world.reply(
            room,
            target,
            author_id=answered,
            content="like this",
            at=asked_at + timedelta(minutes=1),
        )
        if lost:
            world.delete_message(room, target)
        else:
            world.unloaded.add(reply)


def _show_lost_people(stage: Stage, at: datetime) -> None:
    """Messages of a purged account, which many share, and of a deleted one."""
    world, room = stage.world, stage.rooms.by_name["off-topic"]
    world.users[DELETED_USER_ID] = shapes.user(DELETED_USER_ID, "Deleted User")
    former = stage.cast.people[FORMER].user_id
    for hour, author_id in enumerate((DELETED_USER_ID, former)):
        later = at + timedelta(hours=hour)
        world.post_message(room, author_id=author_id, content="farewell", at=later)
    gone = f"deleted_user_{former:x}"
    world.update_user(former, username=gone, global_name=None, avatar=None)
    world.remove_member(world.guild_ids[0], former)
    stage.cast.people = [p for p in stage.cast.people if p.user_id != former]
