"""Forgetting, as a function of JSON: pages in, pages without a person out.

A person who is forgotten becomes Discord's own "Deleted User", and their messages stay
as messages of nobody that say nothing. What stands for "none" is what Discord sends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

# what Discord shows in place of an account that is gone
DELETED_USER_ID = "456226577798135808"
DELETED_USER = "Deleted User"
DELETED_CHANNEL = "deleted-channel"
_PICTURE = "embed/avatars/0.png"  # one that nobody chose
_AVATAR = f"https://cdn.discordapp.com/{_PICTURE}"

_ID = re.compile(r"(?<![0-9])[0-9]{15,20}(?![0-9])")
# types of threads, of Discord and of the exporter
THREADS = (
    *(10, 11, 12, "10", "11", "12"),
    *("GuildNewsThread", "GuildPublicThread", "GuildPrivateThread"),
)
_IS_CROSSPOST = 1 << 1  # message flag: a copy of a message of another channel
_POLL_RESULT = (46, "46")  # message type: repeats the question and the answer
# in which the exporter writes a name into the text
_NAMED_IN_TEXT = ("RecipientAdd", "RecipientRemove")

# a user object has one of these beside its id; the exporter's have the last four
_OF_USERS = ("username", "discriminator", "global_name", "isBot", "nickname")
_OF_MEMBERSHIPS = ("join_timestamp", "joined_at", "nick")
# what a message says, and how Discord says that it says nothing
_EMPTIED: Mapping[str, Any] = {
    "content": "",
    "attachments": [],
    "embeds": [],
    "components": [],
    "sticker_items": [],
    "stickers": [],
    "inlineEmojis": [],
}
# the same, for what is not there where there is none
_LEFT_OUT = (
    *("message_snapshots", "forwardedMessage", "poll", "nonce", "resolved"),
    *("interaction", "interaction_metadata", "activity", "shared_client_theme"),
)
# how far a list had been read: ids, and none that may change its place among others
_CURSORS = ("after", "before")
_STEP = 1 << 54  # some fifty days of ids


class Number(str):
    """A number of JSON, as it is written."""

    __slots__ = ()


@dataclass(frozen=True)
class Erasure:
    """What is to be forgotten: ids, as JSON spells them.

    ``messages`` say nothing any more, whoever wrote them.
    """

    users: frozenset[str] = frozenset()
    messages: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.users or self.messages or self.channels)

    def ids(self) -> frozenset[str]:
        """Return all of them."""
        return self.users | self.messages | self.channels


@dataclass
class Found:
    """What is known of the people to be forgotten: to be looked for elsewhere, too."""

    names: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)


def ids_in(text: str) -> set[str]:
    """Return what may be an id in a text."""
    return set(_ID.findall(text))


def loads(text: str | bytes) -> Any:
    """Read JSON; numbers stay as they are written.

    Raises:
        ValueError: it is none.
        RecursionError: it is nested too deeply.

    """
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number)


def dumps(value: Any, *, is_ascii: bool = False) -> str:
    """Write what ``loads`` has read."""
    write = partial(dumps, is_ascii=is_ascii)
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, list):
        return f"[{','.join(map(write, value))}]"
    if isinstance(value, dict):
        pairs = (f"{write(key)}:{write(one)}" for key, one in value.items())
        return f"{{{','.join(pairs)}}}"
    return json.dumps(value, ensure_ascii=is_ascii)


def erased(value: Any, erasure: Erasure) -> Any:
    """Return JSON without what is to be forgotten; the value given is left alone."""
    return _Eraser(erasure).value(value)


def erased_text(text: str, erasure: Erasure, names: Iterable[str] = ()) -> str:
    """Return a text without ids of people, and without names, where they are words."""
    text = _Eraser(erasure).text(text)
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", DELETED_USER, text)
    return text


def without_names(value: Any, names: Iterable[str]) -> Any:
    """Return JSON without names, where they are words of a text."""
    return _texts(partial(erased_text, erasure=Erasure(), names=list(names)), value)


def erased_request(request: Any, body: Any, erasure: Erasure) -> Any:
    """Return a request; a cursor that is a person stays in its place.

    The person after whom a list goes on is the last of the page before: the new cursor
    lies between the two, next to the first that the page shows, else far beyond.
    """
    moved = erased(request, erasure)
    if not isinstance(request, dict):
        return moved
    for key in _CURSORS:
        if str(request.get(key)) in erasure.users:
            moved[key] = _moved(request[key], body, erasure)
    return moved


def _moved(cursor: Any, body: Any, erasure: Erasure) -> str | int:
    listed = body.get("users") if isinstance(body, dict) else body
    found = [_user_id(one) for one in listed] if isinstance(listed, list) else []
    beyond = [
        int(one)
        for one in found
        if one is not None and one not in erasure.users and int(one) > int(cursor)
    ]
    place = min(beyond) - 1 if beyond else (int(cursor) // _STEP + 1) * _STEP
    # a number where it was one: requests are compared as they are written
    return str(place) if type(cursor) is str else place


def _user_id(one: Any) -> str | None:
    """Return whose an element of a list of people is."""
    if not isinstance(one, dict):
        return None
    user = one.get("user")
    held = one.get("user_id") or (user.get("id") if isinstance(user, dict) else None)
    found = str(held or one.get("id"))
    return found if found.isascii() and found.isdecimal() else None


def found_in(value: Any, users: frozenset[str]) -> Found:
    """Return the names and the messages that a page shows of people."""
    found = Found()
    for one in _objects(value):
        if _is_user(one) and str(one["id"]) in users:
            found.names |= _names(one)
        user = one.get("user")
        if _is_user(user) and str(_id_of(user)) in users:
            found.names |= _names(one)
        if _is_message(one) and _author_id(one) in users:
            found.messages.add(str(one["id"]))
            # a message from a guild brings who its author is there
            found.names |= _names(one.get("member"))
    return found


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            yield one
            todo += one.values()
        elif isinstance(one, list):
            todo += one


def _names(one: Any) -> set[str]:
    keys = ("username", "global_name", "display_name", "nick", "nickname")
    if not isinstance(one, dict):
        return set()
    told = [one.get(key) for key in keys]
    if "isBot" in one or "discriminator" in one:
        told.append(one.get("name"))
    return {name for name in told if isinstance(name, str) and name} - {DELETED_USER}


def _is_user(one: Any) -> bool:
    return (
        isinstance(one, dict) and "id" in one and any(key in one for key in _OF_USERS)
    )


def _is_message(one: Mapping[str, Any]) -> bool:
    return "id" in one and "content" in one and isinstance(one.get("author"), dict)


def _author_id(message: Mapping[str, Any]) -> str:
    return str(message["author"].get("id"))


class _Gone:
    """What stands for an element that leaves its list."""


_GONE = _Gone()
_Json = Any


class _Eraser:
    """The walk through a page."""

    def __init__(self, erasure: Erasure) -> None:
        self._users = erasure.users
        self._messages = erasure.messages
        self._channels = erasure.channels
        alternatives = "|".join(sorted(self._users))
        number = rf"(?<![0-9])(?:{alternatives})(?![0-9])"
        self._number = re.compile(number) if self._users else None
        self._picture = re.compile(
            rf"(?:guilds/[0-9]+/users|avatars|banners)/{number}[^\s\"'?)>]*"
        )

    def value(self, value: _Json, *, is_element: bool = False) -> _Json:
        if isinstance(value, dict):
            return self._object(value, is_element=is_element)
        if isinstance(value, list):
            listed = (self.value(one, is_element=True) for one in value)
            return [one for one in listed if one is not _GONE]
        if isinstance(value, Number):
            return Number(DELETED_USER_ID) if value in self._users else value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, int) and str(value) in self._users:
            return int(DELETED_USER_ID)
        return value

    def text(self, text: str) -> str:
        if self._number is None or not self._number.search(text):
            return text
        return self._number.sub(DELETED_USER_ID, self._picture.sub(_PICTURE, text))

    def _object(self, one: dict[str, _Json], *, is_element: bool) -> _Json:
        if _is_user(one) and self._is_one(one["id"]):
            return _GONE if is_element else _deleted_user(one)
        if is_element and (self._is_theirs(one) or self._is_channel(one)):
            return _GONE
        if self._is_channel(one):
            return {**self._fields(one), "name": DELETED_CHANNEL}
        if _is_message(one):
            one = self._message(one)
        elif "action_type" in one:
            one = self._audit_log_entry(one)
        elif self._is_one(_id_of(one.get("user"))) and _is_membership(one):
            kept = ("user", "joined_at", "user_id", "guild_id")
            empty: dict[str, _Json] = {"roles": []} if "roles" in one else {}
            one = {key: one[key] for key in one if key in kept} | empty
        return self._fields(one)

    def _fields(self, one: Mapping[str, _Json]) -> dict[str, _Json]:
        """Return an object with its fields walked through."""
        is_about_one = self._is_one(_id_of(one.get("author") or one.get("user")))
        kept: dict[str, _Json] = {}
        for key, value in one.items():
            if is_about_one and key == "member" and isinstance(value, dict):
                continue  # who its user is in the guild
            if key in self._users and isinstance(value, dict) and not _is_user(value):
                continue  # the same, by id
            kept[self.text(key)] = self.value(value)
        return kept

    def _is_one(self, value: _Json) -> bool:
        return str(value) in self._users

    def _is_theirs(self, one: Mapping[str, _Json]) -> bool:
        """Tell whether an element is a person's membership of something, or rights."""
        if "allow" in one and "deny" in one:
            return self._is_one(one.get("id"))
        is_of_one = self._is_one(one.get("user_id")) or self._is_one(
            _id_of(one.get("user"))
        )
        return is_of_one and ("id" not in one or _is_membership(one))

    def _is_channel(self, one: Mapping[str, _Json]) -> bool:
        """Tell whether an object is a channel to be forgotten, or a thread in it."""
        # the first channel of an old guild has the id of the guild, and its first role
        looks_so = "type" in one or "join_timestamp" in one
        if not (self._channels and looks_so) or "allow" in one or _is_message(one):
            return False
        is_thread = _number(one.get("type")) in THREADS and (
            str(one.get("parent_id")) in self._channels
        )
        return is_thread or str(one.get("id")) in self._channels

    # --- messages -------------------------------------------------------------------

    def _message(self, one: dict[str, _Json]) -> dict[str, _Json]:
        if (
            str(one["id"]) in self._messages
            or _author_id(one) in self._users
            or str(one.get("channel_id")) in self._channels
        ):
            return _emptied(one)
        if self._repeats(one):
            if _number(one.get("type")) in _POLL_RESULT or _is_crosspost(one):
                return _emptied(one)
            return {k: v for k, v in one.items() if not _is_snapshot(k)}
        return self._unnamed(one)

    def _repeats(self, one: Mapping[str, _Json]) -> bool:
        """Tell whether a message refers to one that says nothing any more."""
        for key in ("message_reference", "reference"):
            reference = one.get(key)
            if isinstance(reference, dict) and (
                str(reference.get("message_id", reference.get("messageId")))
                in self._messages
                or str(reference.get("channel_id", reference.get("channelId")))
                in self._channels
            ):
                return True
        return False

    def _unnamed(self, one: dict[str, _Json]) -> dict[str, _Json]:
        """Return a message of an export without the names of those it mentions."""
        mentions = one.get("mentions")
        if "username" in one["author"] or not isinstance(mentions, list):
            return one
        theirs = [
            user for user in mentions if _is_user(user) and self._is_one(user["id"])
        ]
        names = set[str]().union(*map(_names, theirs))
        if not names:
            return one
        told = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        mark = "@?" if one.get("type") in _NAMED_IN_TEXT else "@"
        mention = re.compile(rf"({mark})(?:{told})(?!\w)")
        rename = partial(mention.sub, rf"\1{DELETED_USER}")
        return {
            key: _texts(rename, value) if key in ("content", "embeds") else value
            for key, value in one.items()
        }

    def _audit_log_entry(self, one: dict[str, _Json]) -> dict[str, _Json]:
        target = str(one.get("target_id"))
        if target in self._users or target in self._channels:
            empty: dict[str, _Json] = {"changes": []} if "changes" in one else {}
            left = ("changes", "options", "reason")
            return {key: one[key] for key in one if key not in left} | empty
        if self._is_one(one.get("user_id")):  # why they did it is in their own words
            return {key: one[key] for key in one if key != "reason"}
        return one


def _id_of(user: _Json) -> _Json:
    return user.get("id") if isinstance(user, dict) else None


def _number(value: _Json) -> _Json:
    """Return a number of ``loads`` as one; all else as it is."""
    is_whole = isinstance(value, Number) and value.isdecimal() and len(value) < 9
    return int(value) if is_whole else value


def _is_membership(one: Mapping[str, _Json]) -> bool:
    return any(key in one for key in _OF_MEMBERSHIPS)


def _is_snapshot(key: str) -> bool:
    return key in ("message_snapshots", "forwardedMessage")


def _is_crosspost(one: Mapping[str, _Json]) -> bool:
    flags = _number(one.get("flags"))
    return isinstance(flags, int) and bool(flags & _IS_CROSSPOST)


def _emptied(one: Mapping[str, _Json]) -> dict[str, _Json]:
    """Return a message that says nothing."""
    return {
        key: _EMPTIED.get(key, value)
        for key, value in one.items()
        if key not in _LEFT_OUT
    }


def _deleted_user(one: Mapping[str, _Json]) -> dict[str, _Json]:
    """Return Discord's deleted user in another's shape; whether it is a bot stays."""
    is_exported = "name" in one and "username" not in one
    shape: dict[str, _Json] = {
        "id": DELETED_USER_ID,
        **(
            {"name": DELETED_USER, "nickname": DELETED_USER, "avatarUrl": _AVATAR}
            if is_exported
            else {"username": DELETED_USER, "global_name": None, "avatar": None}
        ),
        "discriminator": "0000",
        "color": None,
        "roles": [],
        "public_flags": 0,
        "flags": 0,
    }
    kept = ("bot", "system", "isBot")
    deleted = {
        key: shape.get(key, value)
        for key, value in one.items()
        if key in shape or key in kept
    }
    # what the exporter calls a bot, and has none, is a webhook
    if one.get("isBot") is True and one.get("discriminator") != "0000":
        deleted["discriminator"] = "0001"
    needed = ("id", "name" if is_exported else "username")
    return {key: shape[key] for key in needed} | deleted


def _texts(change: Callable[[str], str], value: _Json) -> _Json:
    """Return JSON with each of its texts changed."""
    if isinstance(value, Number):
        return value
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_texts(change, one) for one in value]
    if isinstance(value, dict):
        return {key: _texts(change, one) for key, one in value.items()}
    return value
