"""Bots and webhooks at work: feeds, answers to commands, a follower's copies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.fake_discord import shapes
from tests.fake_discord.chatter import Stage

Json = dict[str, Any]

FEED_NAMES = ("Tide feed", "Wind feed", "Ferry feed")
FEED_ROOM, COMMAND_ROOM = "tide-feed", "off-topic"


def run_machines(stage: Stage) -> None:
    """Let the feeds speak once a day and the command bot every third day."""
    webhook_id = stage.world.new_id(stage.span[0] - timedelta(days=200))
    feed = stage.rooms.by_name[FEED_ROOM]
    stage.world.add_webhook(feed, FEED_NAMES[0], webhook_id=webhook_id)
    for day, morning in enumerate(_mornings(stage)):
        _feed(stage, webhook_id, FEED_NAMES[day % len(FEED_NAMES)], morning)
        if day % 3 == 0:
            _answer_command(stage, morning + timedelta(hours=11), use_v2=day % 6 == 0)
    _copy_from_afar(stage)


def _mornings(stage: Stage) -> Iterator[datetime]:
    start, end = stage.span
    at = start + timedelta(hours=6)
    while at + timedelta(hours=12) < end:
        yield at
        at += timedelta(days=1)


def _disguise(webhook_id: int, name: str) -> Json:
    """Shape a webhook's author: its id and a name that holds for one message."""
    form = shapes.user(webhook_id, name, bot=True, discriminator="0000")
    return {"author": form, "webhook_id": str(webhook_id)}


def _feed(stage: Stage, webhook_id: int, name: str, at: datetime) -> None:
    height = stage.rng.randrange(12, 49) / 10
    stage.world.post_message(
        stage.rooms.by_name[FEED_ROOM],
        content=f"{name}: {height} m at {at:%H:%M}",
        at=at,
        **_disguise(webhook_id, name),
    )


def _answer_command(stage: Stage, at: datetime, *, use_v2: bool) -> None:
    """Answer /tide: by text, or by components in which all text is hidden away."""
    world, cast = stage.world, stage.cast
    guild_id = world.guild_ids[0]
    asker = world.users[cast.people[1].user_id]
    interaction_id = str(world.new_id(at))
    metadata = {
        "id": interaction_id,
        "type": 2,
        "user": asker,
        "authorizing_integration_owners": {"0": str(guild_id)},
    }
    interaction = {"id": interaction_id, "type": 2, "name": "tide", "user": asker}
    said: Json = {"content": "High water at 16:40 ⚓"}
    if use_v2:
        said = {"components": [_container()], "flags": 1 << 15}
    world.post_message(
        stage.rooms.by_name[COMMAND_ROOM],
        author_id=cast.tide_bot_id,
        at=at,
        type=20,
        application_id=str(cast.tide_bot_id),
        webhook_id=str(cast.tide_bot_id),
        interaction_metadata=metadata,
        interaction=interaction,
        **said,
    )


def _container() -> Json:
    url = "https://cdn.discordapp.com/attachments/1/2/tide.png"
    media: Json = {"id": "93000000000000001", "url": url, "proxy_url": url}
    media |= {"width": 320, "height": 200, "content_type": "image/png"}
    items = [{"media": media, "description": "A curve", "spoiler": False}]
    section = {
        "type": 9,
        "id": 4,
        "components": [{"type": 10, "id": 5, "content": "Low water at **22:55**"}],
        "accessory": {
            "type": 11,
            "id": 6,
            "media": media,
            "description": None,
            "spoiler": False,
        },
    }
    return {
        "type": 17,
        "id": 1,
        "accent_color": 0x2A6F97,
        "spoiler": False,
        "components": [
            {"type": 10, "id": 2, "content": "## Tides | today"},
            {"type": 14, "id": 3, "spacing": 1, "divider": True},
            section,
            {"type": 12, "id": 7, "items": items},
        ],
    }


def _copy_from_afar(stage: Stage) -> None:
    """Publish a copy of another guild's announcement, as followed channels do."""
    at = stage.span[1] - timedelta(days=8)
    webhook_id = stage.world.new_id(at - timedelta(days=90))
    room, name = stage.rooms.by_name["announcements"], "Island News #ferries"
    stage.world.add_webhook(
        room,
        name,
        webhook_id=webhook_id,
        kind=2,
        source_guild={"id": "88000000000000000", "name": "Island", "icon": None},
        source_channel={"id": "88000000000000003", "name": "ferries"},
    )
    reference = {
        "type": 0,
        "guild_id": "88000000000000000",
        "channel_id": "88000000000000003",
        "message_id": "88000000000000004",
    }
    stage.world.post_message(
        room,
        content="The island ferry runs again",
        at=at,
        flags=1 << 1,
        message_reference=reference,
        **_disguise(webhook_id, name),
    )
