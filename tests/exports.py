"""Made-up exports of DiscordChatExporter, as each of its versions writes them.

Owns the shape of the documents; what a warehouse makes of them is the tests'.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

Json = Any
Version = tuple[int, ...]

DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
NEWEST: Version = (2, 47)

# the releases in which what a reader sees changed, and one before each boundary
VERSIONS: tuple[Version, ...] = (
    (2, 18),
    (2, 20),
    (2, 21),
    (2, 23),
    (2, 24),
    (2, 25),
    (2, 26),
    (2, 27),
    (2, 28),
    (2, 33),
    (2, 35),
    (2, 36),
    (2, 38),
    (2, 39),
    (2, 40),
    (2, 40, 1),
    (2, 40, 4),
    (2, 41),
    (2, 42, 3),
    (2, 42, 6),
    (2, 44),
    (2, 45),
    (2, 46),
    (2, 46, 1),
    (2, 47),
)

_TYPE_NAMES = {
    0: "Default",
    1: "RecipientAdd",
    2: "RecipientRemove",
    3: "Call",
    4: "ChannelNameChange",
    5: "ChannelIconChange",
    6: "ChannelPinnedMessage",
    7: "GuildMemberJoin",
}


def posted_at(message_id: int) -> datetime:
    """Return the instant that is in an id."""
    return DISCORD_EPOCH + timedelta(milliseconds=message_id >> 22)


def instant(moment: datetime, *, offset_hours: int = 0) -> str:
    """Return an instant as the exporter writes it: trailing zeros cut off, never Z."""
    local = moment + timedelta(hours=offset_hours)
    seconds = local.strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{local.microsecond:06d}".rstrip("0").rstrip(".")
    return f"{seconds}{fraction}{offset_hours:+03d}:00"


def type_name(number: int, version: Version = NEWEST) -> str:
    """Return how a version names a type of message; unknown ones go by number."""
    names = dict(_TYPE_NAMES)
    if version >= (2, 26):
        names[19] = "Reply"
    if version >= (2, 36):
        names[18] = "ThreadCreated"
    return names.get(number, str(number))


def user(
    user_id: int,
    name: str,
    version: Version = NEWEST,
    *,
    roles: Json = None,
    **own: Json,
) -> Json:
    """Return an author; `roles` is what later versions add to it."""
    written: Json = {"id": str(user_id), "name": name, "discriminator": "0000"}
    if version >= (2, 27):
        written |= {"nickname": name.title(), "color": None}
    written["isBot"] = False
    if version >= (2, 40, 1):
        written["roles"] = roles or []
    written["avatarUrl"] = f"https://cdn.discordapp.com/avatars/{user_id}/a1.png"
    return {**written, **own}


def mentioned(user_id: int, name: str, version: Version = NEWEST) -> Json:
    """Return a user among the mentions of a message."""
    written: Json = {
        "id": str(user_id),
        "name": name,
        "discriminator": 7 if version < (2, 27) else "0007",
        "nickname": name.title(),
        "isBot": False,
    }
    if version >= (2, 38):
        whole = user(user_id, name, version)
        return {**whole, "discriminator": "0007"}
    return written


def emoji(name: str, emoji_id: int | None = None, version: Version = NEWEST) -> Json:
    """Return an emoji; a standard one has no id, or an empty one."""
    nothing = "" if version >= (2, 33) else None
    written: Json = {"id": nothing if emoji_id is None else str(emoji_id), "name": name}
    if version >= (2, 38):
        written["code"] = name
    return {**written, "isAnimated": False, "imageUrl": "https://cdn.example/e.svg"}


def reaction(
    name: str,
    count: int,
    version: Version = NEWEST,
    *,
    emoji_id: int | None = None,
    users: Iterable[tuple[int, str]] = (),
) -> Json:
    """Return a reaction; later versions tell who reacted, or some of them."""
    written: Json = {"emoji": emoji(name, emoji_id, version), "count": count}
    if version >= (2, 40, 4):
        people = [user(number, called, version) for number, called in users]
        for person in people:
            person.pop("roles", None)
        written["users"] = people
    return written


def message(  # noqa: PLR0913 - what a test may choose, each with a default
    message_id: int,
    content: str = "hello",
    version: Version = NEWEST,
    *,
    author: Json = None,
    type: int = 0,  # noqa: A002 - Discord's own word
    offset_hours: int = 0,
    **own: Json,
) -> Json:
    """Return a message as that version writes it; `own` are keys beside."""
    written: Json = {
        "id": str(message_id),
        "type": type_name(type, version),
        "timestamp": instant(posted_at(message_id), offset_hours=offset_hours),
        "timestampEdited": None,
    }
    if version >= (2, 23):
        written["callEndedTimestamp"] = None
    written |= {
        "isPinned": False,
        "content": content,
        "author": author or user(11, "okapi", version),
        "attachments": [],
        "embeds": [],
    }
    if version >= (2, 33):
        written["stickers"] = []
    written["reactions"] = []
    if version >= (2, 25):
        written["mentions"] = []
    if version >= (2, 44):
        written["inlineEmojis"] = []
    return {**written, **own}


def document(  # noqa: PLR0913 - what a test may choose, each with a default
    messages: Iterable[Json],
    version: Version = NEWEST,
    *,
    guild_id: int = 100,
    channel_id: int = 200,
    exported_at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC),
    channel: Json = None,
    guild: Json = None,
    **own: Json,
) -> Json:
    """Return a whole export; `exported_at` is written by versions that do so."""
    whole = list(messages)
    place: Json = {"id": str(channel_id), "type": "GuildTextChat"}
    if version >= (2, 27):
        place["categoryId"] = "300"
    if version >= (2, 20):
        place["category"] = "Talk"
    written: Json = {
        "guild": {
            "id": str(guild_id),
            "name": "Sundial",
            "iconUrl": "https://cdn.example/g.png",
            **(guild or {}),
        },
        "channel": {**place, "name": "general", "topic": None, **(channel or {})},
        "dateRange": {"after": None, "before": None},
    }
    if version >= (2, 40, 1):
        written["exportedAt"] = instant(exported_at)
    return {**written, "messages": whole, "messageCount": len(whole), **own}


def attachment(attachment_id: int, name: str = "plan.png", url: str = "") -> Json:
    """Return an attachment; `url` is a path where assets were downloaded, too."""
    place = f"https://cdn.discordapp.com/attachments/200/{attachment_id}/{name}"
    return {
        "id": str(attachment_id),
        "url": url or f"{place}?ex=1&is=2&hm=3",
        "fileName": name,
        "fileSizeBytes": 1234,
    }


def sticker(sticker_id: int, version: Version = NEWEST) -> Json:
    """Return a sticker; an animated one changed its name once."""
    return {
        "id": str(sticker_id),
        "name": "wave",
        "format": "PngAnimated" if version < (2, 39) else "Apng",
        "sourceUrl": f"https://cdn.discordapp.com/stickers/{sticker_id}.png",
    }


def embed(version: Version = NEWEST, **own: Json) -> Json:
    """Return an embed with all that a version writes of one."""
    image = {"url": "https://proxy.example/i.png", "width": 8, "height": 9}
    icon = {"iconUrl": "https://proxy.example/o.png"}
    if version >= (2, 46, 1):
        image["canonicalUrl"] = "https://example.org/i.png"
        icon["iconCanonicalUrl"] = "https://example.org/o.png"
    written: Json = {
        "title": "News" if version >= (2, 20) else None,
        "url": "https://example.org/",
        "timestamp": None,
        "description": "",
    }
    if version >= (2, 24):
        written["color"] = "#F58231"
    written |= {"author": {"name": "Mira", "url": None, **icon}, "image": image}
    if version >= (2, 42, 3):
        written["video"] = {"url": "https://example.org/v.mp4", "width": 8, "height": 9}
    written["footer"] = {"text": "the end", **icon}
    if version >= (2, 35):
        written["images"] = [image]
    written["fields"] = [{"name": "a", "value": "b", "isInline": False}]
    if version >= (2, 44):
        written["inlineEmojis"] = []
    return {**written, **own}


def reference(message_id: int, version: Version = NEWEST, *, kind: str = "") -> Json:
    """Return what a reply or a forward refers to; it names its kind since 2.47."""
    named = {"type": kind or "Default"} if version >= (2, 47) else {}
    place = {"channelId": "200", "guildId": "100"}
    return {**named, "messageId": str(message_id), **place}


def forwarded(content: str = "look", moment: str = "") -> Json:
    """Return what a message of 2.47 forwards; it may be of .NET's least instant."""
    return {
        "timestamp": moment or "0001-01-01T00:00:00+00:00",
        "timestampEdited": None,
        "content": content,
        "attachments": [],
        "embeds": [],
        "stickers": [],
    }


def interaction(interaction_id: int, version: Version = NEWEST) -> Json:
    """Return what a command's answer says about who gave the command."""
    asker = user(12, "mira", version)
    return {"id": str(interaction_id), "name": "roll", "user": asker}


def telling(message_id: int, version: Version = NEWEST, **own: Json) -> Json:
    """Return a message that shows everything its version can write."""
    parts: Json = {
        "attachments": [attachment(message_id + 1)],
        "embeds": [embed(version)],
        "reactions": [reaction("ok", 3, version, users=[(12, "mira")])],
    }
    if version >= (2, 25):
        parts["mentions"] = [mentioned(12, "mira", version)]
    if version >= (2, 26):
        parts["reference"] = reference(message_id - 1, version)
    if version >= (2, 33):
        parts["stickers"] = [sticker(message_id + 2, version)]
    if version >= (2, 38):
        parts["interaction"] = interaction(message_id + 3, version)
    if version >= (2, 41):
        own = {"offset_hours": 2, **own}
    if version >= (2, 47):
        parts["forwardedMessage"] = forwarded()
    return message(message_id, "see <@12>", version, **{**parts, **own})


def direct_messages(messages: Iterable[Json], version: Version = NEWEST) -> Json:
    """Return the export of a conversation with one other person."""
    nobody = {"id": "0", "name": "Direct Messages"}
    person = {"type": "DirectTextChat", "name": "Mira", "category": None}
    if version >= (2, 27):
        person["categoryId"] = None
    return document(messages, version, guild=nobody, channel=person)


def forum_post(messages: Iterable[Json]) -> Json:
    """Return the export of a post of a forum: its category is the forum."""
    place = {"categoryId": "300", "category": "help", "name": "how do I?"}
    return document(messages, channel={"type": "GuildPublicThread", **place})
