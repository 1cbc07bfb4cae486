"""The rooms of a made-up guild: categories, channels of every kind, who is let in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fake_discord import shapes
from tests.fake_discord.cast import Cast
from tests.fake_discord.shapes import (
    ANNOUNCEMENT,
    CATEGORY,
    FORUM,
    MEDIA,
    STAGE,
    TEXT,
    VOICE,
)
from tests.fake_discord.world import World

VIEW, HISTORY, CONNECT, MANAGE_THREADS = 1 << 10, 1 << 16, 1 << 20, 1 << 34

# name, kind, category, share of the talk
SMALL_ROOMS: tuple[tuple[str, int, str, float], ...] = (
    ("general", TEXT, "Harbour", 0.70),
    ("off-topic", TEXT, "Harbour", 0.20),
    ("keepers-only", TEXT, "Harbour", 0.10),
)
ROOMS: tuple[tuple[str, int, str, float], ...] = (
    ("rules", TEXT, "Arrivals", 0.0),
    ("announcements", ANNOUNCEMENT, "Arrivals", 0.006),
    ("introductions", TEXT, "Arrivals", 0.03),
    ("general", TEXT, "Harbour", 0.36),
    ("off-topic", TEXT, "Harbour", 0.19),
    ("help", TEXT, "Harbour", 0.12),
    ("show-and-tell", TEXT, "Harbour", 0.08),
    ("港の日本語", TEXT, "Harbour", 0.03),
    ("bread|boats`*_~", TEXT, "Harbour", 0.02),
    ("quiet-corner", TEXT, "Harbour", 0.0),
    ("tide-feed", TEXT, "Workshop 🛠", 0.0),
    ("questions", FORUM, "Workshop 🛠", 0.03),
    ("gallery", MEDIA, "Workshop 🛠", 0.02),
    ("Workbench", VOICE, "Workshop 🛠", 0.04),
    ("Town hall", STAGE, "Workshop 🛠", 0.01),
    ("Locked cabin", VOICE, "Workshop 🛠", 0.005),
    ("old-logbook", TEXT, "Keepers", 0.02),
    ("keepers-only", TEXT, "Keepers", 0.03),
)


@dataclass
class Rooms:
    """The channels by name, and how much of the talk each one gets."""

    by_name: dict[str, int] = field(default_factory=dict)
    shares: dict[int, float] = field(default_factory=dict)


def furnish(
    world: World, guild_id: int, cast: Cast, opened_at: datetime, *, small: bool
) -> Rooms:
    """Make the channels of a guild, some of them closed to the archiving bot."""
    rooms = Rooms()
    categories: dict[str, int] = {}
    for position, (name, kind, category, share) in enumerate(
        SMALL_ROOMS if small else ROOMS
    ):
        at = opened_at + timedelta(seconds=position)
        if category not in categories:
            categories[category] = world.add_channel(
                guild_id, CATEGORY, category, at=at, position=len(categories)
            )
        parent = str(categories[category])
        channel_id = world.add_channel(
            guild_id, kind, name, at=at, position=position, parent_id=parent
        )
        rooms.by_name[name] = channel_id
        rooms.shares[channel_id] = share
    _close_doors(world, guild_id, cast, rooms)
    if not small:
        _finish(world, guild_id, rooms, opened_at)
    return rooms


def _close_doors(world: World, guild_id: int, cast: Cast, rooms: Rooms) -> None:
    names = rooms.by_name
    world.set_overwrite(names["keepers-only"], guild_id, deny=VIEW)
    # a role allows what everyone is denied; the archiver has no such role
    world.set_overwrite(names["keepers-only"], cast.keeper_role, allow=VIEW | HISTORY)
    world.set_overwrite(names["keepers-only"], cast.archiver_role, deny=VIEW)
    if "old-logbook" in names:
        world.set_overwrite(names["old-logbook"], cast.archiver_role, deny=HISTORY)
        world.set_overwrite(names["Locked cabin"], cast.archiver_role, deny=CONNECT)
        world.set_overwrite(names["help"], cast.archiver_role, deny=MANAGE_THREADS)
        world.set_overwrite(names["announcements"], guild_id, deny=1 << 11)


def _finish(world: World, guild_id: int, rooms: Rooms, opened_at: datetime) -> None:
    names = rooms.by_name
    tags = [
        {
            "id": str(world.new_id(opened_at + timedelta(minutes=1))),
            "name": name,
            "moderated": moderated,
            "emoji_id": None,
            "emoji_name": emoji,
        }
        for name, moderated, emoji in (
            ("solved", True, "✅"),
            ("boats", False, "⛵"),
            ("電気", False, None),
        )
    ]
    guidelines = "Say what you tried.\nA picture helps."
    world.update_channel(
        names["questions"],
        available_tags=tags,
        topic=guidelines,
        flags=1 << 4,
        default_reaction_emoji={"emoji_id": None, "emoji_name": "👍"},
    )
    world.update_channel(
        names["general"], topic="Everything | nothing in particular ⚓"
    )
    world.update_channel(names["off-topic"], rate_limit_per_user=5)
    world.guilds[guild_id].update(
        system_channel_id=str(names["introductions"]),
        rules_channel_id=str(names["rules"]),
        public_updates_channel_id=str(names["keepers-only"]),
    )


def is_post_room(world: World, channel_id: int) -> bool:
    """Tell whether talk in a channel happens in posts only."""
    return world.channels[channel_id]["type"] in shapes.HOLD_POSTS


def first_tag(world: World, channel_id: int) -> list[Any]:
    """Return what a post in this channel is tagged with: the second tag, if any."""
    tags = world.channels[channel_id].get("available_tags") or []
    return [tags[1]["id"]] if len(tags) > 1 else []
