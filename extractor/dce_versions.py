"""Which versions of DiscordChatExporter can have written a document.

A file does not name the version that wrote it: what it holds tells the oldest one that
knew of it. A message more never makes a file older.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Version = tuple[int, ...]

OLDEST: Version = (2, 18)

_OFFSET = re.compile(r"[+-]\d\d:\d\d$")


def oldest_of_head(head: dict[str, Any]) -> Version:
    """Return the oldest version that can have written these root keys."""
    channel = _object(head.get("channel"))
    if "category" in channel and channel["category"] is None:
        return (2, 41)
    if "exportedAt" in head:
        return (2, 40, 1)
    if "categoryId" in channel:
        return (2, 27)
    return OLDEST


def oldest_of_message(message: dict[str, Any], known: Version = OLDEST) -> Version:
    """Return the oldest version that can have written this message, and is not older.

    `known` is what the file's other messages tell: what could not tell more than that
    is not looked at.
    """
    for version, has_it in _SIGNS:
        if version <= known:
            break
        if has_it(message):
            return version
    return known


def written(version: Version) -> str:
    """Return a version as it is written: 2.40.1."""
    return ".".join(map(str, version))


def parsed(text: str) -> Version:
    """Return the version that is written so."""
    return tuple(map(int, text.split(".")))


def _has_forward(message: dict[str, Any]) -> bool:
    return "forwardedMessage" in message or "type" in _object(message.get("reference"))


def _has_canonical_url(message: dict[str, Any]) -> bool:
    return any(
        "canonicalUrl" in part or "iconCanonicalUrl" in part
        for embed in _objects(message.get("embeds"))
        for part in _parts(embed)
    )


def _has_inline_emojis(message: dict[str, Any]) -> bool:
    return "inlineEmojis" in message or _has_embed_key(message, "inlineEmojis")


def _has_video(message: dict[str, Any]) -> bool:
    return _has_embed_key(message, "video")


def _has_offset(message: dict[str, Any]) -> bool:
    moments = (message.get("timestamp"), message.get("timestampEdited"))
    offsets = (_OFFSET.search(one) for one in moments if isinstance(one, str))
    return any(found is not None and found[0] != "+00:00" for found in offsets)


def _has_reaction_users(message: dict[str, Any]) -> bool:
    return any("users" in one for one in _objects(message.get("reactions")))


def _has_roles(message: dict[str, Any]) -> bool:
    return any("roles" in person for person in _people(message))


def _has_interaction(message: dict[str, Any]) -> bool:
    reactions = _objects(message.get("reactions"))
    return "interaction" in message or any(
        "code" in _object(one.get("emoji")) for one in reactions
    )


def _has_images(message: dict[str, Any]) -> bool:
    return _has_embed_key(message, "images")


def _has_stickers(message: dict[str, Any]) -> bool:
    return "stickers" in message


def _has_nickname(message: dict[str, Any]) -> bool:
    return "nickname" in _object(message.get("author"))


def _has_mentions(message: dict[str, Any]) -> bool:
    return "mentions" in message


# the newest first: the first one found is the answer
_SIGNS = (
    ((2, 47), _has_forward),
    ((2, 46, 1), _has_canonical_url),
    ((2, 44), _has_inline_emojis),
    ((2, 42, 3), _has_video),
    ((2, 41), _has_offset),
    ((2, 40, 4), _has_reaction_users),
    ((2, 40, 1), _has_roles),
    ((2, 38), _has_interaction),
    ((2, 35), _has_images),
    ((2, 33), _has_stickers),
    ((2, 27), _has_nickname),
    ((2, 25), _has_mentions),
)


def _has_embed_key(message: dict[str, Any], key: str) -> bool:
    return any(key in embed for embed in _objects(message.get("embeds")))


def _parts(embed: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what of an embed has an address."""
    for key in ("author", "footer", "image", "thumbnail", "video"):
        yield _object(embed.get(key))
    yield from _objects(embed.get("images"))


def _people(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield _object(message.get("author"))
    yield from _objects(message.get("mentions"))
    yield _object(_object(message.get("interaction")).get("user"))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list) else []
    return [one for one in listed if isinstance(one, dict)]
