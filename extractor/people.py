"""Who reacted and who voted: a call and more for each emoji and each answer.

Both are found on pages that have landed, so a run that is killed, or the first one
that wants them, goes on from the last page that was worked through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from extractor import resources
from extractor.access import GuildAccess, Turns
from extractor.errors import MALFORMED, RefusedError
from extractor.plan import ChannelPlan
from extractor.resources import Endpoint

_NORMAL, _BURST = 0, 1  # Discord's reaction types

# Pages worked through before that is written down: what a kill makes us ask again.
_PAGES_AT_ONCE = 10

Part = dict[str, int | str]
Parts = Callable[[Any], Iterator[Part]]


def reaction_users(access: GuildAccess, plan: ChannelPlan) -> Turns:
    """Ask who reacted to the messages of pages that are new since the last time."""
    return _asked(access, plan, resources.REACTION_USERS, "reactions", _reactions)


def poll_voters(access: GuildAccess, plan: ChannelPlan) -> Turns:
    """Ask who voted in the polls of pages that are new since the last time."""
    return _asked(access, plan, resources.POLL_VOTERS, "poll", _answers)


def _asked(
    access: GuildAccess, plan: ChannelPlan, endpoint: Endpoint, key: str, parts: Parts
) -> Turns:
    channel_id = plan.channel.channel_id
    ids = {"channel_id": channel_id}
    landing = access.landing
    known_to = int(access.known_to(endpoint, ids) or 0)
    while page_ids := landing.message_pages(channel_id, known_to, _PAGES_AT_ONCE):
        found = landing.messages_with(key, channel_id, page_ids)
        # a message on several pages counts as its last page shows it
        latest = {row["message_id"]: row["value"] for row in found}
        for message_id, value in latest.items():
            for part in _readable(parts, value):
                yield from _pages(
                    access, endpoint, {**ids, "message_id": message_id, **part}
                )
        known_to = page_ids[-1]
        access.know(endpoint, ids, str(known_to))


def _readable(parts: Parts, value: Any) -> list[Part]:
    """Return what to ask about one message; one that is odd stops no other."""
    try:
        return list(parts(value))
    except MALFORMED:
        return []


def _pages(access: GuildAccess, endpoint: Endpoint, ids: Part) -> Turns:
    kind = {"type": ids["type"]} if "type" in ids else None
    try:
        yield from access.turns(endpoint, ids, kind, is_remembered=False)
    except RefusedError:
        return  # on record; Discord refuses some emoji though they are there


def _reactions(reactions: Any) -> Iterator[Part]:
    for reaction in reactions if isinstance(reactions, list) else ():
        emoji = reaction.get("emoji") if isinstance(reaction, dict) else None
        if not isinstance(emoji, dict):
            continue
        name = resources.emoji_in_path(emoji)
        counts = reaction.get("count_details") or {"normal": reaction.get("count")}
        if counts.get("normal"):
            yield {"emoji": name, "type": _NORMAL}
        if counts.get("burst"):
            yield {"emoji": name, "type": _BURST}


def _answers(poll: Any) -> Iterator[Part]:
    if not isinstance(poll, dict):
        return
    results = poll.get("results") or {}
    counts = {
        one.get("id"): one.get("count") for one in results.get("answer_counts") or ()
    }
    for answer in poll.get("answers") or ():
        answer_id = answer.get("answer_id")
        # without results nothing is known: ask
        if isinstance(answer_id, int) and counts.get(answer_id, not results):
            yield {"answer_id": answer_id}
