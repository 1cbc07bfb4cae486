"""What can happen in a session: one function each, and how often it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.community import HISTORY, VIEW
from tests.fake_discord.shapes import HOLD_POSTS, TEXT

if TYPE_CHECKING:
    from tests.chaos.session import Session

Json = dict[str, Any]

MOST_CHANNELS, MOST_THREADS, MOST_MESSAGES, MOST_PEOPLE = 5, 10, 600, 30
EMOJI = ("👍", "🔥", "❤️", "⚓")
WORDS = (
    "hello",
    "is the ferry late?",
    "it's \\ 100% 'quoted' \"twice\" -- ; {{ x }} $1",
    "`code`\n\nand more | of it\t\r\n",
    "港の日本語 🚒👩\u200d🚒 \u202eback\u202c a\u0301",
    "x" * 1500,
    "",
)


# --- messages -------------------------------------------------------------------------


def talk(session: Session) -> None:
    """Let people post some messages in a channel or thread."""
    if session.message_count() > MOST_MESSAGES:
        remove_channel(session)
        return
    channel_id = session.rng.choice(session.rooms())
    for _ in range(session.rng.randint(1, 9)):
        _say_something(session, channel_id)


def _say_something(session: Session, channel_id: int) -> None:
    rng, world = session.rng, session.world
    content = f"{rng.choice(WORDS)} {session.number()}"
    fields: Json = {}
    if rng.random() < 0.3:
        mentioned = world.users[session.somebody()]
        fields["mentions"] = [mentioned]
        content += f" <@{mentioned['id']}>"
    if rng.random() < 0.2:
        fields["attachments"] = [_attachment(session)]
    ids = world.logs[channel_id].ids
    if ids and rng.random() < 0.3:
        reference = world.reference(channel_id, rng.choice(ids[-5:]))
        fields |= {"type": 19, "message_reference": reference}
    session.post(channel_id, content, **fields)


def _attachment(session: Session) -> Json:
    attachment_id = session.world.new_id(session.world.newest_at)
    path = f"https://cdn.discordapp.com/attachments/1/{attachment_id}/chart.png"
    return {
        "id": str(attachment_id),
        "filename": "chart.png",
        "size": session.rng.randrange(10_000),
        "url": path,
        "proxy_url": path,
        "content_type": "image/png",
    }


def talk_for_long(session: Session) -> None:
    """Fill a new channel with more than a page."""
    texts = session.channels(frozenset({TEXT}))
    if session.message_count() > MOST_MESSAGES - 250 or len(texts) > MOST_CHANNELS:
        remove_channel(session)
        return
    channel_id = add_channel(session)
    for _ in range(session.rng.randint(101, 230)):
        session.post(channel_id, f"on and on {session.number()}")


def speak_as_webhook(session: Session) -> None:
    """Let a webhook write under a name of its own."""
    webhooks = session.world.webhooks.get(session.guild, {})
    if not webhooks:
        add_webhook(session)
        return
    webhook = session.rng.choice(list(webhooks.values()))
    author = {"id": webhook["id"], "username": "Tide feed", "discriminator": "0000"}
    session.world.post_message(
        int(webhook["channel_id"]),
        content=f"tide {session.number()}",
        author={**author, "avatar": None, "bot": True},
        webhook_id=webhook["id"],
    )


def edit(session: Session) -> None:
    """Edit a message."""
    found = session.some_message()
    if found:
        session.world.edit_message(*found, content=f"edited {session.number()}")


def delete(session: Session) -> None:
    """Delete a message, or the last three of a channel."""
    found = session.some_message()
    if not found:
        return
    channel_id, message_id = found
    if session.rng.random() < 0.2:
        last = session.world.logs[channel_id].ids[-3:]
        session.world.bulk_delete(channel_id, last)
    else:
        session.world.delete_message(channel_id, message_id)


def react(session: Session) -> None:
    """React to a message, or take all reactions off it."""
    found = session.some_message()
    if not found:
        return
    if session.rng.random() < 0.2:
        session.world.clear_reactions(*found)
        return
    emoji: str | Json = session.rng.choice(EMOJI)
    if session.emojis and session.rng.random() < 0.3:
        custom = session.rng.choice(session.emojis)
        emoji = {"id": custom["id"], "name": custom["name"]}
    body = session.world.logs[found[0]].bodies[found[1]]
    if len(body.get("reactions", ())) < 3:
        users = session.rng.sample(session.people(), 2)
        burst = session.rng.randrange(2)
        clear_of(session, found[1], emoji, users)
        session.world.add_reaction(*found, emoji, user_ids=users, burst=burst)


def clear_of(
    session: Session, message_id: int, emoji: str | Json, users: list[int]
) -> None:
    """Leave only those users who have not reacted so before."""
    key = emoji if isinstance(emoji, str) else str(emoji["id"])
    chosen = session.world.hands[message_id].get(key, {})
    known = {one for hands in chosen.values() for one in hands}
    users[:] = [one for one in users if one not in known] or [session.join("fan")]


def pin(session: Session) -> None:
    """Pin a message."""
    found = session.some_message()
    if found:
        session.world.pin_message(*found)


def ask_all(session: Session) -> None:
    """Begin a poll, or vote in it."""
    channel_id = session.rng.choice(session.rooms())
    texts = ("yes", "no")
    poll = {
        "question": {"text": f"poll {session.number()}"},
        "answers": [
            {"answer_id": number, "poll_media": {"text": text}}
            for number, text in enumerate(texts, start=1)
        ],
        "allow_multiselect": False,
        "layout_type": 1,
        "expiry": "2027-01-01T00:00:00+00:00",
    }
    message_id = session.post(channel_id, "", poll=poll)
    voters = session.rng.sample(session.people(), 4)
    session.world.add_vote(channel_id, message_id, 1, *voters[:3])
    session.world.add_vote(channel_id, message_id, 2, *voters[3:])


# --- threads and channels -------------------------------------------------------------


def open_thread(session: Session) -> None:
    """Open a thread: from a message, alone, in private, or as a post."""
    if len(session.threads()) > MOST_THREADS:
        session.world.remove_channel(session.rng.choice(session.threads()))
    parent_id = session.rng.choice(session.parents())
    world, owner = session.world, session.somebody()
    fields: Json = {"content": f"a question {session.number()}"}
    if world.channels[parent_id]["type"] not in HOLD_POSTS:
        fields = {"private": session.rng.random() < 0.2}
        ids = [one for one in world.logs[parent_id].ids if one not in world.channels]
        if ids and session.rng.random() < 0.5:
            fields = {"message_id": session.rng.choice(ids)}
    name = f"thread {session.number()}"
    thread_id = world.create_thread(parent_id, name, owner_id=owner, **fields)
    session.post(thread_id, "first")


def archive_thread(session: Session) -> None:
    """Archive a thread."""
    threads = session.threads()
    if threads:
        session.world.archive_thread(session.rng.choice(threads))


def add_channel(session: Session) -> int:
    """Make a text channel."""
    return session.world.add_channel(session.guild, TEXT, f"channel {session.number()}")


def remove_channel(session: Session) -> None:
    """Delete a thread, or a channel with its threads; make one if there are few."""
    texts = session.channels(frozenset({TEXT}))
    if len(texts) < 3:
        add_channel(session)
        return
    gone = session.rng.choice(texts)
    if session.threads() and session.rng.random() < 0.4:
        gone = session.rng.choice(session.threads())
    session.world.remove_channel(gone)


def rename_channel(session: Session) -> None:
    """Give a channel another name and topic."""
    channel_id = session.rng.choice(session.channels(frozenset({TEXT})))
    number = session.number()
    fields = {"name": f"renamed {number}", "topic": f"topic {number}"}
    session.world.update_channel(channel_id, **fields)


def take_permission(session: Session) -> None:
    """Take from the bot the right to view a channel, or to read its history."""
    channel_id = session.rng.choice(session.channels(frozenset({TEXT})))
    deny = session.rng.choice((VIEW, HISTORY))
    session.world.set_overwrite(channel_id, session.bot, deny=deny)


def give_permission(session: Session) -> None:
    """Give the bot back what was taken from it, everywhere."""
    for channel_id in session.channels(frozenset({TEXT})):
        overwrites = session.world.channels[channel_id]["permission_overwrites"]
        if any(one["id"] == str(session.bot) for one in overwrites):
            session.world.set_overwrite(channel_id, session.bot)


def close_to_everyone(session: Session) -> None:
    """Close a channel to everyone but the bot, or open it again."""
    channel_id = session.rng.choice(session.channels(frozenset({TEXT})))
    deny = session.rng.choice((VIEW, 0))
    session.world.set_overwrite(channel_id, session.bot, allow=VIEW | HISTORY)
    session.world.set_overwrite(channel_id, session.guild, deny=deny)


# --- people ---------------------------------------------------------------------------


def come_or_go(session: Session) -> None:
    """Let somebody join or leave."""
    others = [one for one in session.people() if one != session.owner]
    if len(others) > 8 and session.rng.random() < 0.5:
        session.world.remove_member(session.guild, session.rng.choice(others))
    elif len(others) < MOST_PEOPLE:
        session.join(f"newcomer {session.number()}")


def change_name(session: Session) -> None:
    """Let somebody take another name, and another one a nickname."""
    number = session.number()
    session.world.update_user(session.somebody(), username=f"user {number}")
    fields = {"nick": f"nick {number}"}
    session.world.update_member(session.guild, session.somebody(), **fields)


def change_role(session: Session) -> None:
    """Make a role and give it to somebody, or rename it."""
    world, guild, number = session.world, session.guild, session.number()
    name = f"role {number}"
    if len(world.roles[guild]) < 8:
        role_id = world.add_role(guild, name, 1 << 53)
        fields = {"roles": [str(role_id)]}
        world.update_member(guild, session.somebody(), **fields)
    else:
        world.roles[guild][max(world.roles[guild])]["name"] = name


def ban(session: Session) -> None:
    """Ban somebody, or lift a ban."""
    banned = list(session.world.bans.get(session.guild, ()))
    others = [one for one in session.people() if one != session.owner]
    if banned and session.rng.random() < 0.5:
        session.world.remove_ban(session.guild, session.rng.choice(banned))
    elif len(others) > 8:
        session.world.add_ban(session.guild, session.rng.choice(others), "spam")


# --- what else a guild has ------------------------------------------------------------


def change_emojis(session: Session) -> None:
    """Add an emoji and a sticker, or remove the oldest."""
    if len(session.emojis) > 3:
        del session.emojis[0], session.stickers[0]
        return
    number, at = session.number(), session.world.newest_at
    emoji_id, sticker_id = session.world.new_id(at), session.world.new_id(at)
    session.emojis.append(
        {
            "id": str(emoji_id),
            "name": f"emoji_{number}",
            "roles": [],
            "require_colons": True,
            "managed": False,
            "animated": False,
            "available": True,
        }
    )
    session.stickers.append(
        {
            "id": str(sticker_id),
            "name": f"sticker {number}",
            "description": "",
            "tags": "wave",
            "type": 2,
            "format_type": 1,
            "available": True,
            "guild_id": str(session.guild),
        }
    )


def plan_event(session: Session) -> None:
    """Announce an event, come to it, or end it."""
    events = session.world.events.get(session.guild, [])
    upcoming = [one for one in events if one["status"] == 1]
    if len(upcoming) < 2:
        name = f"event {session.number()}"
        owner = session.owner
        event_id = session.world.add_event(session.guild, name, creator_id=owner)
        session.world.add_event_user(event_id, session.somebody())
        return
    event_id = int(session.rng.choice(upcoming)["id"])
    session.world.end_event(event_id)


def add_invite(session: Session) -> None:
    """Make an invite, or let one run out."""
    codes = list(session.world.invites.get(session.guild, ()))
    if len(codes) > 3:
        session.world.remove_invite(session.rng.choice(codes))
        return
    channel_id = session.rng.choice(session.channels(frozenset({TEXT})))
    session.world.add_invite(channel_id, inviter_id=session.somebody())


def add_webhook(session: Session) -> None:
    """Make a webhook, or delete one."""
    webhooks = list(session.world.webhooks.get(session.guild, ()))
    if len(webhooks) > 2:
        session.world.remove_webhook(session.rng.choice(webhooks))
        return
    channel_id = session.rng.choice(session.channels(frozenset({TEXT})))
    session.world.add_webhook(channel_id, f"webhook {session.number()}")


def write_audit_log(session: Session) -> None:
    """Write an entry into the audit log."""
    session.world.add_audit_entry(
        session.guild, 1, user_id=session.owner, target_id=session.guild
    )


def rename_guild(session: Session) -> None:
    """Give the guild another name."""
    session.world.guilds[session.guild]["name"] = f"Guild {session.number()}"


HAPPENINGS: tuple[tuple[Callable[[Session], object], int], ...] = (
    (talk, 30),
    (talk_for_long, 1),
    (speak_as_webhook, 3),
    (edit, 8),
    (delete, 5),
    (react, 5),
    (pin, 3),
    (ask_all, 1),
    (open_thread, 5),
    (archive_thread, 4),
    (remove_channel, 1),
    (rename_channel, 2),
    (take_permission, 2),
    (give_permission, 3),
    (close_to_everyone, 2),
    (come_or_go, 3),
    (change_name, 3),
    (change_role, 2),
    (ban, 2),
    (change_emojis, 2),
    (plan_event, 2),
    (add_invite, 2),
    (add_webhook, 2),
    (write_audit_log, 2),
    (rename_guild, 1),
)
