"""What the typed tables must hold: of each, the rows as the guild itself tells them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from tests.chaos.session import Session
from tests.community import VIEW
from tests.fake_discord.reactions import BURST, NORMAL, emoji_key
from tests.fake_discord.shapes import PRIVATE_THREAD

Json = dict[str, Any]
Row = tuple[Any, ...]
Rows = set[Row]


# --- what a session shows -------------------------------------------------------------


def messages(session: Session) -> Iterator[tuple[int, int, Json]]:
    """Yield all messages that can be read, with channel and id."""
    for channel_id, ids in session.readable().items():
        for message_id in ids:
            yield channel_id, message_id, session.world.message(channel_id, message_id)


def visible(session: Session) -> dict[int, Json]:
    """Return the channels and threads that the bot is shown."""
    account = session.world.account(session.token)
    return {
        channel_id: form
        for channel_id, form in session.world.channels.items()
        if session.world.can_view(account, channel_id)
    }


def number(value: Any) -> int | None:
    """Return an id as a number."""
    return None if value is None else int(value)


def instant(value: str | None) -> datetime | None:
    """Return an instant as Postgres does."""
    return None if value is None else datetime.fromisoformat(value)


# --- messages and what hangs on them --------------------------------------------------


def message_rows(session: Session) -> Rows:
    """Return messages as they are."""
    return {
        (
            channel_id,
            message_id,
            int(form["author"]["id"]),
            number(form.get("webhook_id")),
            form["type"],
            form["content"],
            form["flags"],
            form["pinned"],
            instant(form["edited_timestamp"]),
        )
        for channel_id, message_id, form in messages(session)
    }


def latest_versions(session: Session) -> Rows:
    """Return what messages say now."""
    return {(one, two, form["content"]) for one, two, form in messages(session)}


def children(key: str, columns: Callable[[Json], Row]) -> Callable[[Session], Rows]:
    """Return a function that gives the elements of a list in each message."""

    def rows(session: Session) -> Rows:
        return {
            (channel_id, message_id, *columns(element))
            for channel_id, message_id, form in messages(session)
            for element in form.get(key) or ()
        }

    return rows


def references(session: Session) -> Rows:
    """Return what messages point at."""
    found = set()
    for channel_id, message_id, form in messages(session):
        reference = form.get("message_reference")
        if reference:
            target = (
                number(reference.get(key)) for key in ("channel_id", "message_id")
            )
            found.add((channel_id, message_id, *target))
    return found


def polls(session: Session) -> Rows:
    """Return the questions of polls."""
    return {
        (channel_id, message_id, form["poll"]["question"]["text"])
        for channel_id, message_id, form in messages(session)
        if "poll" in form
    }


def poll_answers(session: Session) -> Rows:
    """Return the answers of polls with their votes."""
    found = set()
    for channel_id, message_id, form in messages(session):
        poll = form.get("poll", {"answers": []})
        votes = {
            one["id"]: one["count"]
            for one in poll.get("results", {"answer_counts": ()})["answer_counts"]
        }
        for answer in poll["answers"]:
            answer_id = answer["answer_id"]
            found.add((channel_id, message_id, answer_id, votes.get(answer_id, 0)))
    return found


def poll_voters(session: Session) -> Rows:
    """Return who voted."""
    return {
        (channel_id, message_id, answer_id, user_id)
        for channel_id, message_id, answer_id, votes in poll_answers(session)
        if votes
        for user_id in session.world.voter_ids(channel_id, message_id, answer_id)
    }


def reaction_users(session: Session) -> Rows:
    """Return who reacts with what."""
    return {
        (channel_id, message_id, emoji_key(one["emoji"]), kind == BURST, user_id)
        for channel_id, message_id, form in messages(session)
        for one in form.get("reactions", ())
        for kind in (NORMAL, BURST)
        for user_id in session.world.reactor_ids(
            channel_id, message_id, one["emoji"], kind
        )
    }


def pins(session: Session) -> Rows:
    """Return what is pinned."""
    return {
        (channel_id, message_id)
        for channel_id in session.readable()
        for message_id in session.world.pins.get(channel_id, ())
    }


# --- channels -------------------------------------------------------------------------


def channels(session: Session) -> Rows:
    """Return the channels and threads that are shown."""
    return {
        (
            channel_id,
            number(form["parent_id"]),
            form["type"],
            form["name"],
            form.get("topic"),
            number(form.get("last_message_id")),
            form.get("thread_metadata", {}).get("archived"),
        )
        for channel_id, form in visible(session).items()
    }


def names_of_channels(session: Session) -> Rows:
    """Return what the channels that are shown are called."""
    return {
        (channel_id, form["name"], form.get("topic"))
        for channel_id, form in visible(session).items()
    }


def audiences(session: Session) -> Rows:
    """Return who may read each channel that is shown."""
    shown = visible(session)
    return {
        (channel_id, _audience(session, form)) for channel_id, form in shown.items()
    }


def _audience(session: Session, form: Json) -> str:
    if form["type"] == PRIVATE_THREAD:
        return "private"
    if "thread_metadata" in form:
        form = session.world.channels[int(form["parent_id"])]
    everyone = str(session.guild)
    overwrites = form["permission_overwrites"]
    denied = [int(one["deny"]) & VIEW for one in overwrites if one["id"] == everyone]
    return "restricted" if any(denied) else "public"


# --- people and the guild -------------------------------------------------------------


def guilds(session: Session) -> Rows:
    """Return the guild."""
    form = session.world.guilds[session.guild]
    members = len(session.world.members[session.guild])
    return {(session.guild, form["name"], session.owner, members)}


def roles(session: Session) -> Rows:
    """Return the roles."""
    listed = session.world.roles[session.guild].items()
    return {(one, form["name"], int(form["permissions"])) for one, form in listed}


def named(listed: Callable[[Session], list[Json]]) -> Callable[[Session], Rows]:
    """Return a function that gives ids and names of a list."""
    return lambda session: {(int(one["id"]), one["name"]) for one in listed(session)}


def members(session: Session) -> Rows:
    """Return the members."""
    return {
        (user_id, form["nick"], tuple(int(one) for one in form["roles"]))
        for user_id, form in session.world.members[session.guild].items()
    }


def nicks(session: Session) -> Rows:
    """Return the nicknames of members."""
    return {(user_id, nick) for user_id, nick, _ in members(session) if nick}


def user_names(session: Session) -> Rows:
    """Return what the members are called everywhere."""
    listed = session.world.members[session.guild]
    users = {user_id: session.world.users[user_id] for user_id in listed}
    return {(one, form["username"], form["global_name"]) for one, form in users.items()}


def ever_called(session: Session) -> Rows:
    """Return what anybody was ever called."""
    return session.ever["user_names"]


def bans(session: Session) -> Rows:
    """Return who is banned, and why."""
    return set(session.world.bans.get(session.guild, {}).items())


def invites(session: Session) -> Rows:
    """Return the invites."""
    listed = session.world.invites.get(session.guild, {}).items()
    return {
        (code, int(form["channel_id"]), int(form["inviter"]["id"]))
        for code, form in listed
    }


def webhooks(session: Session) -> list[Json]:
    """Return the webhooks."""
    return list(session.world.webhooks.get(session.guild, {}).values())


def audit_log(session: Session) -> Rows:
    """Return the entries of the audit log."""
    listed = session.world.audit_log.get(session.guild, {}).items()
    return {(one, int(form["user_id"]), form["action_type"]) for one, form in listed}


def upcoming(session: Session) -> list[Json]:
    """Return the events that have not ended."""
    events = session.world.events.get(session.guild, [])
    return [one for one in events if one["status"] == 1]


def event_rows(events: Callable[[Session], list[Json]]) -> Callable[[Session], Rows]:
    """Return a function that gives events."""
    return lambda session: {
        (int(one["id"]), one["name"], one["status"], one["user_count"])
        for one in events(session)
    }


def event_users(session: Session) -> Rows:
    """Return who is interested in what is to come."""
    return {
        (int(one["id"]), user_id)
        for one in upcoming(session)
        for user_id in session.world.event_user_ids(int(one["id"]))
    }
