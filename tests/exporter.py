"""What DiscordChatExporter writes of messages that the API shows.

Owns the way from Discord's shape to the exporter's; its versions are of exports.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tests import exports
from tests.exports import Json, Version
from tests.fake_discord.world import World


def exported(
    message: Json, version: Version = exports.NEWEST, *, is_formatted: bool = False
) -> Json:
    """Return a message as an export holds it; `is_formatted` puts names in its text."""
    mentions = [one for one in message.get("mentions") or [] if "username" in one]
    own: dict[str, Any] = {
        "timestampEdited": message.get("edited_timestamp"),
        "isPinned": bool(message.get("pinned")),
        "attachments": [
            {
                "id": file["id"],
                "url": file.get("url", "files\\x.png"),
                "fileName": file.get("filename", "x.png"),
                "fileSizeBytes": file.get("size", 1),
            }
            for file in message.get("attachments") or []
            if "id" in file
        ],
        "reactions": [
            exports.reaction(
                one["emoji"]["name"],
                one["count"],
                version,
                emoji_id=int(one["emoji"]["id"]) if one["emoji"].get("id") else None,
            )
            for one in message.get("reactions") or []
            if isinstance(one.get("emoji"), dict)
        ],
    }
    if version >= (2, 25):
        own["mentions"] = [person(one, version) for one in mentions]
    reference = message.get("message_reference")
    if version >= (2, 26) and isinstance(reference, dict):
        own["reference"] = {
            "messageId": reference.get("message_id"),
            "channelId": reference.get("channel_id"),
            "guildId": reference.get("guild_id"),
        }
    text = message.get("content") or ""
    return exports.message(
        int(message["id"]),
        formatted(text, mentions) if is_formatted else text,
        version,
        author=person(message["author"], version, roles=[]),
        type=message["type"],
        **own,
    )


def person(user: Json, version: Version, *, roles: list[Json] | None = None) -> Json:
    """Return a user; who has no discriminator any more has four zeros."""
    discriminator = user.get("discriminator", "0")
    written = exports.user(int(user["id"]), user.get("username", ""), version)
    if roles is None and version < (2, 40, 1):
        written.pop("roles", None)
    return {
        **written,
        "discriminator": discriminator.zfill(4),
        "isBot": bool(user.get("bot")),
    }


def formatted(text: str, mentions: Iterable[Mapping[str, Any]]) -> str:
    """Return a text with names in place of mentions and emoji."""
    names = {one["id"]: one.get("global_name") or one["username"] for one in mentions}
    text = re.sub(
        r"<@!?(\d+)>", lambda found: "@" + names.get(found[1], "Unknown"), text
    )
    return re.sub(r"<a?(:\w+:)\d+>", r"\1", text)


def export(
    world: World,
    channel_id: int,
    posts: Iterable[Json],
    exported_at: datetime,
    version: Version = exports.NEWEST,
) -> Json:
    """Return an export of messages of a channel, the oldest first."""
    channel = world.channels[channel_id]
    guild_id = int(channel["guild_id"])
    parent = world.channels.get(int(channel.get("parent_id") or 0))
    in_order = sorted(posts, key=lambda one: int(one["id"]))
    return exports.document(
        [exported(one, version) for one in in_order],
        version,
        guild_id=guild_id,
        channel_id=channel_id,
        exported_at=exported_at,
        guild={"name": world.guilds[guild_id]["name"]},
        channel={
            "name": channel["name"],
            "topic": channel.get("topic"),
            "categoryId": parent and parent["id"],
            "category": parent and parent["name"],
        },
    )


def export_and_purge(
    world: World, channel_id: int, before_id: int, exported_at: datetime
) -> Json:
    """Return an export of what was posted in a channel before an id, and delete it."""
    old = [one for one in world.messages(channel_id) if int(one["id"]) < before_id]
    document = export(world, channel_id, old, exported_at)
    for one in old:
        world.delete_message(channel_id, int(one["id"]))
    return document
