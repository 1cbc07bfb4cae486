"""Who talks with whom, and about what: highlights, emojis, ties, conversations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction

from tests.marts_oracle.history import History, Message, Row, grouped, rounded

SILENCE = timedelta(minutes=30)
CUSTOM_EMOJI = re.compile(r"<a?:\w+:(\d+)>")
TIES = ("reply_count", "mention_count", "reaction_count")


def weekly_highlights(history: History) -> Iterator[Row]:
    """Give the messages of each guild and week that most people reacted to."""
    for (guild_id, week), said in history.by_week.items():
        posters = {
            channel_id: len({one.author_id for one in there})
            for channel_id, there in by_channel(said).items()
        }
        liked = [one for one in said if one.reaction_count and not one.is_deleted]
        best: list[Message] = []
        for there in by_channel(ordered(history, liked)).values():
            of_author: dict[int, Message] = {}
            for one in there:
                of_author.setdefault(one.author_id, one)
            best += list(of_author.values())[:3]
        for rank, one in enumerate(ordered(history, best), 1):
            yield {
                "guild_id": guild_id,
                "week_start": week,
                "channel_id": one.channel_id,
                "message_id": one.message_id,
                "rank": rank,
                "author_id": one.author_id,
                "reaction_count": one.reaction_count,
                "emoji_count": emoji_count(one),
                "reply_count": reply_count(history, one),
                "reactions_per_poster": rounded(
                    Fraction(one.reaction_count, posters[one.channel_id]), 2
                ),
                "observed_at": one.sightings[-1].at,
            }


def by_channel(messages: Sequence[Message]) -> dict[int, list[Message]]:
    """Gather messages by channel."""
    return grouped((one.channel_id, one) for one in messages)


def ordered(history: History, messages: Sequence[Message]) -> list[Message]:
    """Return messages, those that most was made of first."""

    def key(one: Message) -> tuple[int, ...]:
        replies = reply_count(history, one)
        return -one.reaction_count, -emoji_count(one), -replies, one.message_id

    return sorted(messages, key=key)


def emoji_count(one: Message) -> int:
    """Return how many kinds of emoji a message got."""
    return sum(count > 0 for count in one.reactions.values())


def reply_count(history: History, one: Message) -> int:
    """Return how many replies of people a message got."""
    return len(history.replies.get((one.channel_id, one.message_id), []))


def weekly_emoji_use(history: History) -> Iterator[Row]:
    """Give the emojis of each guild and week."""
    for (guild_id, week), said in history.by_week.items():
        reactions: Counter[str] = Counter()
        reacted: Counter[str] = Counter()
        written: Counter[str] = Counter()
        for one in said:
            reactions.update(one.reactions)
            reacted.update(key for key, count in one.reactions.items() if count)
            written.update(set(CUSTOM_EMOJI.findall(one.content)))
        for key in reactions | written:
            is_custom = key.isascii() and key.isdigit()
            yield {
                "guild_id": guild_id,
                "week_start": week,
                "emoji_key": key,
                "emoji_id": int(key) if is_custom else None,
                "emoji_name": history.emoji_names[int(key)] if is_custom else key,
                "reaction_count": reactions[key],
                "reacted_message_count": reacted[key],
                "message_count": written[key],
            }


def weekly_interactions(history: History) -> Iterator[Row]:
    """Give pairs of people, one of whom turned to the other."""
    for (guild_id, week), said in history.by_week.items():
        ties = {kind: Counter[tuple[int, int]]() for kind in TIES}
        for one in said:
            for kind, from_id, to_id in turns(history, one):
                if from_id != to_id:
                    ties[kind][from_id, to_id] += 1
        total = sum(ties.values(), Counter())
        for pair, count in total.items():
            yield {
                "guild_id": guild_id,
                "week_start": week,
                "from_user_id": pair[0],
                "to_user_id": pair[1],
                **{kind: ties[kind][pair] for kind in TIES},
                "interaction_count": count,
            }


def turns(history: History, one: Message) -> Iterator[tuple[str, int, int]]:
    """Give who turned to whom with a message, and who reacted to it."""
    answered = history.messages.get((one.channel_id, one.answers_id or 0))
    if answered and answered.is_human:
        yield "reply_count", one.author_id, answered.author_id
    for user_id in set(one.mentions):
        if not answered or answered.author_id != user_id:
            yield "mention_count", one.author_id, user_id
    for user_id in history.reacted.get((one.channel_id, one.message_id), []):
        yield "reaction_count", user_id, one.author_id


def weekly_conversations(history: History) -> Iterator[Row]:
    """Give what was said together."""
    kept = [one for one in history.humans if not one.is_deleted and one.guild_id]
    places = grouped(
        ((one.channel_id, history.week(one.created_at)), one) for one in kept
    )
    for (channel_id, week), said in places.items():
        is_thread = history.is_thread(channel_id)
        for talk in [said] if is_thread else conversations(said):
            yield conversation(channel_id, week, talk, is_thread=is_thread)


def conversations(said: Sequence[Message]) -> list[list[Message]]:
    """Cut what was said at silences, but not before a reply to what was said."""
    talks: list[list[Message]] = []
    for one in said:
        talk = talks[-1] if talks else []
        if not talk or ends_before(talk, one):
            talks.append([one])
        else:
            talk.append(one)
    return talks


def ends_before(talk: Sequence[Message], one: Message) -> bool:
    """Say whether a conversation is over when a message comes."""
    is_silent = one.created_at - talk[-1].created_at >= SILENCE
    return is_silent and one.answers_id not in {said.message_id for said in talk}


def conversation(
    channel_id: int, week: date, talk: Sequence[Message], *, is_thread: bool
) -> Row:
    """Return one conversation."""
    people = sorted({one.author_id for one in talk})
    return {
        "channel_id": channel_id,
        "week_start": week,
        "conversation_id": talk[0].message_id,
        "guild_id": talk[0].guild_id,
        "started_at": talk[0].created_at,
        "ended_at": talk[-1].created_at,
        "last_message_id": talk[-1].message_id,
        "message_count": len(talk),
        "participant_count": len(people),
        "participant_ids": people,
        "reaction_count": sum(one.reaction_count for one in talk),
        "is_thread": is_thread,
    }
