"""A made-up guild and what happens in it, by seeded chance.

Owns the truth: what is on Discord at a moment, and what has been there. Which pages
of it anybody lands is dbt_history's.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.dbt_history_messages import (
    change_silently,
    edit,
    new_message,
    people,
    person,
)
from tests.dbt_warehouse import GUILD, Json, message, snowflake, user

BEGIN = datetime(2025, 1, 1, 21, 30, tzinfo=UTC)
OTHER_GUILD = 101
# where messages are, and in which guild: a thread and direct messages (0) among them
GUILDS: Mapping[int, int] = {
    200: GUILD,
    201: GUILD,
    230: GUILD,
    250: OTHER_GUILD,
    260: 0,
}
FIRST_THREAD = 230
# who is where under which key: reactions of a message, votes for an answer, an event
CROWDS: tuple[tuple[Json, ...], ...] = (
    *(("reaction_users", 300, "a", 0), ("reaction_users", 300, "a", 1)),
    *(("reaction_users", 300, "77", 0), ("poll_voters", 301, 1)),
    *(("poll_voters", 301, 2), ("event_users", 400), ("event_users", 401)),
)
Key = tuple[Json, ...]


def role(rng: random.Random, key: int) -> Json:
    """Return a role; the guild's own is everybody's."""
    permissions = rng.choice([rng.getrandbits(60), 0, 0x10400])
    number = {"position": rng.randrange(3), "color": rng.choice([0, 5, None])}
    return {"id": str(key), "name": "r", "permissions": str(permissions), **number}


def emoji(rng: random.Random, key: int) -> Json:
    """Return an emoji, whose name may change."""
    return {"id": str(key), "name": rng.choice("ab"), "user": person(rng)}


def sticker(rng: random.Random, key: int) -> Json:
    """Return a sticker."""
    kind = rng.choice([1, 4, 99])
    return {"id": str(key), "name": rng.choice("ab"), "format_type": kind, "tags": "t"}


def webhook(rng: random.Random, key: int) -> Json:
    """Return a webhook."""
    return {"id": str(key), "type": 1, "name": rng.choice("ab"), "user": person(rng)}


def invite(rng: random.Random, key: int) -> Json:
    """Return an invite, which has a code and no id."""
    uses = rng.choice([0, 3, -1, "many"])
    return {"code": f"code{key}", "uses": uses, "inviter": person(rng)}


def member(rng: random.Random, key: int) -> Json:
    """Return a member, whose nickname and roles may change."""
    nick = rng.choice([None, "n", "m"])
    return {"user": user(key), "nick": nick, "roles": rng.sample(["100", "102"], 1)}


def ban(rng: random.Random, key: int) -> Json:
    """Return a ban."""
    return {"user": user(key), "reason": rng.choice([None, "spam"])}


def event(rng: random.Random, key: int) -> Json:
    """Return an event to come, or one that is over."""
    status = rng.choice([1, 1, 2, 3, 4, 99])
    kind = {"entity_type": rng.choice([2, 3]), "creator": person(rng)}
    return {"id": str(key), "name": rng.choice("ab"), "status": status, **kind}


def channel(rng: random.Random, key: int) -> Json:
    """Return a channel below a category, or a thread below a channel."""
    common = {"id": str(key), "name": rng.choice("abc"), "topic": rng.choice("tu")}
    if key >= FIRST_THREAD:
        archived = {"archived": rng.random() < 0.5, "locked": False}
        thread = {"type": 11 + key % 2, "parent_id": str(parent_of(key))}
        return {**common, **thread, "thread_metadata": archived}
    targets = rng.sample([GUILD, GUILD + 1, 9], rng.randrange(3))
    overwrites = [
        {"id": str(target), "type": 0, "allow": "0", "deny": rng.choice(["0", "1024"])}
        for target in targets
    ]
    kind = rng.choice([0, 0, 2, 5, 15])
    parent = rng.choice([None, "205"])
    return {
        **common,
        "type": kind,
        "parent_id": parent,
        "permission_overwrites": overwrites,
    }


def parent_of(thread_id: int) -> int:
    """Return the channel that a thread is in, for ever."""
    return 220 + thread_id % 4


# what comes and goes by a key, how it is made, and which keys it may have
KINDS: Mapping[str, tuple[Callable[[random.Random, int], Json], range]] = {
    "roles": (role, range(GUILD, GUILD + 6)),
    "emojis": (emoji, range(500, 505)),
    "stickers": (sticker, range(700, 705)),
    "webhooks": (webhook, range(800, 805)),
    "invites": (invite, range(5)),
    "members": (member, range(1, 10)),
    "bans": (ban, range(1, 10)),
    "scheduled_events": (event, range(400, 405)),
    "channels": (channel, range(220, 236)),
}


@dataclass
class Guild:
    """What is on Discord now, and every key that was ever taken away."""

    rng: random.Random
    now: datetime = BEGIN
    messages: dict[int, dict[int, Json]] = field(
        default_factory=lambda: {channel_id: {} for channel_id in GUILDS}
    )
    pins: dict[int, dict[int, datetime]] = field(
        default_factory=lambda: {channel_id: {} for channel_id in GUILDS}
    )
    things: dict[str, dict[int, Json]] = field(
        default_factory=lambda: {kind: {} for kind in KINDS}
    )
    crowds: dict[Key, set[int]] = field(
        default_factory=lambda: {crowd: set() for crowd in CROWDS}
    )
    hidden: set[int] = field(default_factory=set)
    log: list[Json] = field(default_factory=list)
    deleted: list[tuple[int, Json]] = field(default_factory=list)
    ever_gone: dict[str, set[Key]] = field(default_factory=lambda: defaultdict(set))

    def happen(self) -> None:
        """Let one thing happen, some time after the last."""
        self.now += timedelta(seconds=self.rng.randrange(1, 40_000))
        self.rng.choice(HAPPENINGS)(self)

    def some_message(self) -> tuple[int, int] | None:
        """Return a channel and a message in it, if there is one."""
        channel_id = self.rng.choice(list(GUILDS))
        known = sorted(self.messages[channel_id])
        return (channel_id, self.rng.choice(known)) if known else None

    def post(self) -> None:
        """Post a message or three; what is posted may carry a thread."""
        channel_id = self.rng.choice(list(GUILDS))
        for number in range(self.rng.randrange(1, 4)):
            made = new_message(self.rng, snowflake(self.now, number), self.now)
            threads = [t for t in self.things["channels"].values() if is_thread(t)]
            if threads and self.rng.random() < 0.2:
                made["thread"] = self.rng.choice(threads)
            self.messages[channel_id][int(made["id"])] = made

    def post_everywhere(self) -> None:
        """Let one person post thrice in every channel, as hardly anybody does."""
        for channel_id, posts in self.messages.items():
            for number in range(3):
                made = message(self.now, number=channel_id * 3 + number)
                posts[int(made["id"])] = {**made, "pinned": False, "attachments": []}

    def edit(self) -> None:
        """Let an author edit a message."""
        if found := self.some_message():
            edit(self.rng, self.messages[found[0]][found[1]], self.now)

    def change_silently(self) -> None:
        """Change a message without an edit: an embed, reactions, a poll's results."""
        if found := self.some_message():
            change_silently(self.rng, self.messages[found[0]][found[1]])

    def delete_message(self) -> None:
        """Delete a message and its pin."""
        if found := self.some_message():
            channel_id, message_id = found
            self.unpin(channel_id, message_id)
            self.deleted.append((channel_id, self.messages[channel_id].pop(message_id)))
            self.ever_gone["messages"].add(found)

    def bring_back(self) -> None:
        """Show a message again that was gone, as Discord's own faults may."""
        if self.deleted:
            place = self.rng.randrange(len(self.deleted))
            channel_id, post = self.deleted.pop(place)
            self.messages[channel_id][int(post["id"])] = post

    def pin(self) -> None:
        """Pin a message, or take its pin away."""
        if found := self.some_message():
            channel_id, message_id = found
            if message_id in self.pins[channel_id]:
                self.unpin(channel_id, message_id)
            else:
                self.pins[channel_id][message_id] = self.now
                self.messages[channel_id][message_id]["pinned"] = True

    def pin_something(self, channel_id: int) -> None:
        """Pin a channel's newest message if nothing is: no pins prove nothing."""
        posts = self.messages[channel_id]
        if posts and not self.pins[channel_id]:
            self.pins[channel_id][max(posts)] = self.now
            posts[max(posts)]["pinned"] = True

    def unpin(self, channel_id: int, message_id: int) -> None:
        """Take a pin away, if there is one."""
        if self.pins[channel_id].pop(message_id, None):
            self.messages[channel_id][message_id]["pinned"] = False
            self.ever_gone["pins"].add((channel_id, message_id))

    def change_something(self) -> None:
        """Make, change or take away one of the things that lists show."""
        kind = self.rng.choice(list(KINDS))
        make, keys = KINDS[kind]
        key = self.rng.choice(keys)
        if key in self.things[kind] and self.rng.random() < 0.4:
            self.take_away(kind, key)
        elif kind != "channels" or key < FIRST_THREAD or self.exists(parent_of(key)):
            self.things[kind][key] = make(self.rng, key)

    def exists(self, channel_id: int) -> bool:
        """Say whether there is such a channel."""
        return channel_id in self.things["channels"]

    def take_away(self, kind: str, key: int) -> None:
        """Take one thing away; a channel takes its threads along."""
        del self.things[kind][key]
        self.ever_gone[kind].add((f"code{key}" if kind == "invites" else key,))
        for thread_id in [k for k in self.things[kind] if kind == "channels"]:
            if thread_id >= FIRST_THREAD and parent_of(thread_id) == key:
                self.take_away(kind, thread_id)

    def move_crowd(self) -> None:
        """Let somebody react, vote or come, or take that back."""
        crowd = self.rng.choice(CROWDS)
        person_id = self.rng.randrange(1, 10)
        if person_id in self.crowds[crowd]:
            self.ever_gone[crowd[0]].add((*crowd[1:], person_id))
        self.crowds[crowd] ^= {person_id}

    def hide(self) -> None:
        """Hide a channel from the accounts, or show it again."""
        self.hidden ^= {self.rng.choice(KINDS["channels"][1])}

    def be_logged(self) -> None:
        """Write an entry into the audit log."""
        entry = {"id": str(snowflake(self.now)), "user_id": "1", "target_id": "2"}
        changes = [{"key": "nick", "new_value": self.rng.choice("ab")}]
        kind = self.rng.choice([22, 24, 9999])
        self.log.append({**entry, "action_type": kind, "changes": changes})

    def people(self) -> list[Json]:
        """Return some users, as they are shown beside other things."""
        return people(self.rng)

    def present(self) -> dict[str, set[Key]]:
        """Return the keys of all there is, by table."""
        keys: dict[str, set[Key]] = defaultdict(set)
        for kind, things in self.things.items():
            keys[kind] = {(f"code{k}" if kind == "invites" else k,) for k in things}
        for name, rows in (("messages", self.messages), ("pins", self.pins)):
            keys[name] = {
                (place, one) for place, found in rows.items() for one in found
            }
        for crowd, members in self.crowds.items():
            keys[crowd[0]] |= {(*crowd[1:], one) for one in members}
        return keys


def is_thread(body: Json) -> bool:
    """Say whether a channel is a thread."""
    return "thread_metadata" in body


HAPPENINGS: tuple[Callable[[Guild], None], ...] = (
    *[Guild.post] * 4,
    *(Guild.edit, Guild.edit, Guild.change_silently, Guild.change_silently),
    *(Guild.delete_message, Guild.delete_message, Guild.bring_back),
    *(Guild.pin, Guild.pin, Guild.hide, Guild.be_logged),
    *[Guild.change_something] * 10,
    *[Guild.move_crowd] * 5,
)
