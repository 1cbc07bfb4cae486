"""The verbs of raised hands: reactions, votes in polls, and who they were.

A message says only how many there are. Who they were is what a test said, and beyond
that members of the guild, chosen when first asked for and kept from then on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from tests.fake_discord.posting import Posting
from tests.fake_discord.shapes import PRIVATE

Json = dict[str, Any]

NORMAL, BURST = 0, 1
POLL = "poll"


class Reactions(Posting):
    """A world in which people react and vote."""

    def add_reaction(
        self,
        channel_id: int,
        message_id: int,
        emoji: str | Json,
        *,
        user_ids: Iterable[int] = (),
        **counts: int,
    ) -> None:
        """Add `normal` and `burst` reactions of an emoji to a message.

        Without either it is one normal reaction, or one for each of `user_ids`. Those
        are whose reactions they are, the normal ones first.
        """
        users = list(user_ids)
        burst = counts.get("burst", 0)
        normal = counts.get("normal", max(len(users) - burst, 0 if burst else 1))
        if len(users) > normal + burst:
            raise ValueError(f"{len(users)} users for {normal + burst} reactions")
        key = {"id": None, "name": emoji} if isinstance(emoji, str) else emoji
        with self.lock:
            body = self.logs[channel_id].bodies[message_id]
            reactions = body.setdefault("reactions", [])
            same = [r for r in reactions if emoji_key(r["emoji"]) == emoji_key(key)]
            if not same:
                same = [_no_reaction(key)]
                reactions += same
            details = same[0]["count_details"]
            details["normal"] += normal
            details["burst"] += burst
            same[0]["count"] = details["normal"] + details["burst"]
            self.raise_hands(message_id, emoji_key(key), NORMAL, users[:normal])
            self.raise_hands(message_id, emoji_key(key), BURST, users[normal:])
            self._forget(channel_id, message_id)

    def clear_reactions(self, channel_id: int, message_id: int) -> None:
        """Take every reaction off a message."""
        with self.lock:
            gone = self.logs[channel_id].bodies[message_id].pop("reactions", [])
            for reaction in gone:
                self.hands[message_id].pop(emoji_key(reaction["emoji"]), None)
            self._forget(channel_id, message_id)

    def reactor_ids(
        self, channel_id: int, message_id: int, emoji: Json, kind: int
    ) -> list[int]:
        """Return who reacted with an emoji of a message, ascending; kind 1 is burst."""
        with self.lock:
            body = self.logs[channel_id].bodies[message_id]
            details = next(
                r["count_details"]
                for r in body["reactions"]
                if emoji_key(r["emoji"]) == emoji_key(emoji)
            )
            counts = {NORMAL: details["normal"], BURST: details["burst"]}
            people = self._people_of(channel_id)
            hands = self.hands_up(message_id, emoji_key(emoji), counts, people)
            return hands[kind]

    def add_vote(
        self, channel_id: int, message_id: int, answer_id: int, *user_ids: int
    ) -> None:
        """Let users vote for an answer of a message's poll."""
        with self.lock:
            poll = self.logs[channel_id].bodies[message_id]["poll"]
            unknown = {"is_finalized": False, "answer_counts": []}
            counts = poll.setdefault("results", unknown)["answer_counts"]
            same = [c for c in counts if c["id"] == answer_id]
            if not same:
                same = [{"id": answer_id, "count": 0, "me_voted": False}]
                counts += same
            same[0]["count"] += len(user_ids)
            self.raise_hands(message_id, POLL, answer_id, user_ids)
            self._forget(channel_id, message_id)

    def voter_ids(self, channel_id: int, message_id: int, answer_id: int) -> list[int]:
        """Return who voted for an answer of a message's poll, ascending."""
        with self.lock:
            poll = self.logs[channel_id].bodies[message_id]["poll"]
            results = poll.get("results") or {"answer_counts": []}
            counts = {c["id"]: c["count"] for c in results["answer_counts"]}
            people = self._people_of(channel_id)
            hands = self.hands_up(message_id, POLL, counts, people)
            return hands.get(answer_id, [])

    def raise_hands(
        self, subject: int, topic: str, choice: int, user_ids: Iterable[int]
    ) -> None:
        """Write down who chose what under a topic of a message or an event."""
        for user_id in user_ids:
            choices = self.hands[subject].setdefault(topic, {})
            chosen = choices.setdefault(choice, [])
            if user_id not in chosen:
                chosen.append(user_id)

    def hands_up(
        self,
        subject: int,
        topic: str,
        counts: Mapping[int, int],
        people: Iterable[int],
    ) -> dict[int, list[int]]:
        """Return who chose what, ascending: as many for each choice as it counts.

        Whom no test named is taken from `people`, nobody twice; there may be too few.
        """
        choices = self.hands[subject].setdefault(topic, {})
        named = {user_id for chosen in choices.values() for user_id in chosen}
        # fixed by the ids alone: a newcomer or a leaver changes nothing that was said
        rest = iter(
            sorted(set(people) - named, key=lambda one: _rank(subject, topic, one))
        )
        for choice, count in counts.items():
            chosen = choices.setdefault(choice, [])
            chosen += islice(rest, max(count - len(chosen), 0))
        return {choice: sorted(choices[choice][: counts[choice]]) for choice in counts}

    def people_of_guild(self, guild_id: int) -> list[int]:
        """Return who may have raised a hand: no bots, and nobody whose token asks.

        What an account did itself would have to say so (`me`), and nothing does.
        """
        asking = {account.user_id for account in self.accounts.values()}
        return [
            user_id
            for user_id, member in self.members[guild_id].items()
            if user_id not in asking and not member["user"].get("bot")
        ]

    def _people_of(self, channel_id: int) -> list[int]:
        if self.channels[channel_id]["type"] in PRIVATE:
            return self.recipient_ids(channel_id)
        return self.people_of_guild(int(self.channels[channel_id]["guild_id"]))


def emoji_key(emoji: Json) -> str:
    """Return what an emoji is known by: the id of a custom one, else itself."""
    return str(emoji["id"] or emoji["name"])


def _rank(subject: int, topic: str, user_id: int) -> bytes:
    return hashlib.blake2s(f"{subject}/{topic}/{user_id}".encode()).digest()


def _no_reaction(emoji: Json) -> Json:
    return {
        "emoji": emoji,
        "count": 0,
        "count_details": {"burst": 0, "normal": 0},
        "burst_colors": [],
        "me": False,
        "me_burst": False,
    }
