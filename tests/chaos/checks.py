"""What of the typed tables is held against the truth: one `Check` for each of them.

Its query and its function give the same rows right after everything was read and built.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos import truth
from tests.chaos.session import Session
from tests.chaos.truth import Rows
from tests.fake_discord.reactions import emoji_key


@dataclass(frozen=True)
class Check:
    """A table, a query of what is in it now, and the rows that it has to give.

    `may_hold` are rows that it may give beside these: of what was there once, or came
    and went between two looks. The query may use %(readable)s and %(visible)s: the
    channels whose messages can be read, and those that are shown.
    """

    table: str
    query: str
    must_hold: Callable[[Session], Rows]
    may_hold: Callable[[Session], Rows] = lambda _: set()


PRESENT = """
    inner join discord.messages as message using (channel_id, message_id)
    where not message.is_deleted and channel_id = any(%(readable)s)"""

CHECKS = (
    Check(
        "messages",
        """select channel_id, message_id, author_id, webhook_id, type, content, flags,
            is_pinned, edited_at
        from discord.messages
        where not is_deleted and channel_id = any(%(readable)s)""",
        truth.message_rows,
    ),
    Check(
        "message_versions",
        f"""select channel_id, message_id, child.content
        from discord.message_versions as child {PRESENT} and valid_to is null""",
        truth.latest_versions,
    ),
    Check(
        "attachments",
        f"""select channel_id, message_id, attachment_id, filename, size_bytes
        from discord.attachments as child {PRESENT}""",
        truth.children(
            "attachments", lambda one: (int(one["id"]), one["filename"], one["size"])
        ),
    ),
    Check(
        "mentions",
        f"""select channel_id, message_id, child.type, mentioned_id
        from discord.mentions as child {PRESENT}""",
        truth.children("mentions", lambda one: ("user", int(one["id"]))),
    ),
    Check(
        "reactions",
        f"""select channel_id, message_id, emoji_key, count, burst_count
        from discord.reactions as child {PRESENT}""",
        truth.children(
            "reactions",
            lambda one: (
                emoji_key(one["emoji"]),
                one["count"],
                one["count_details"]["burst"],
            ),
        ),
    ),
    Check(
        "message_references",
        f"""select channel_id, message_id, child.referenced_channel_id,
            child.referenced_message_id
        from discord.message_references as child {PRESENT}""",
        truth.references,
    ),
    Check(
        "polls",
        f"""select channel_id, message_id, question
        from discord.polls as child {PRESENT}""",
        truth.polls,
    ),
    Check(
        "poll_answers",
        f"""select channel_id, message_id, answer_id, vote_count
        from discord.poll_answers as child {PRESENT}""",
        truth.poll_answers,
    ),
    Check(
        "poll_voters",
        f"""select channel_id, message_id, answer_id, user_id
        from discord.poll_voters as child {PRESENT} and not child.is_deleted""",
        truth.poll_voters,
    ),
    Check(
        "reaction_users",
        f"""select channel_id, message_id, emoji_key, is_burst, user_id
        from discord.reaction_users as child {PRESENT} and not child.is_deleted
            -- of a reaction that is no more nobody is asked
            and exists (
                select from discord.reactions as known
                where known.channel_id = child.channel_id
                    and known.message_id = child.message_id
                    and known.emoji_key = child.emoji_key
                    and (
                        case
                            when child.is_burst then known.burst_count
                            else known.normal_count
                        end
                    ) > 0
            )""",
        truth.reaction_users,
    ),
    Check(
        "pins",
        # that the last pin of a channel is gone no list tells
        f"""select channel_id, message_id
        from discord.pins as child {PRESENT}
            and message.is_pinned and not child.is_deleted""",
        truth.pins,
    ),
    Check(
        "channels",
        """select channel_id, parent_id, type, name, topic, last_message_id, is_archived
        from discord.channels
        where not is_deleted and not is_hidden and channel_id = any(%(visible)s)""",
        truth.channels,
    ),
    Check(
        "channel_history",
        """select channel_id, name, topic
        from discord.channel_history
        where valid_to is null and not is_hidden and not is_deleted
            and channel_id = any(%(visible)s)""",
        truth.names_of_channels,
    ),
    Check(
        "channel_audiences",
        """select channel_id, audience
        from discord.channel_audiences
        where valid_to is null and channel_id = any(%(visible)s)""",
        truth.audiences,
    ),
    Check(
        "guilds",
        """select guild_id, name, owner_id, approximate_member_count
        from discord.guilds""",
        truth.guilds,
    ),
    Check(
        "roles",
        "select role_id, name, permissions from discord.roles where not is_deleted",
        truth.roles,
    ),
    Check(
        "role_history",
        """select role_id, name, permissions from discord.role_history
        where valid_to is null and not is_deleted""",
        truth.roles,
    ),
    Check(
        "emojis",
        "select emoji_id, name from discord.emojis where not is_deleted",
        truth.named(lambda session: session.emojis),
    ),
    Check(
        "stickers",
        "select sticker_id, name from discord.stickers where not is_deleted",
        truth.named(lambda session: session.stickers),
    ),
    Check(
        "webhooks",
        "select webhook_id, name from discord.webhooks where not is_deleted",
        truth.named(truth.webhooks),
    ),
    Check(
        "invites",
        """select code, channel_id, inviter_id from discord.invites
        where not is_deleted""",
        truth.invites,
    ),
    Check(
        "bans",
        "select user_id, reason from discord.bans where not is_deleted",
        truth.bans,
    ),
    Check(
        "audit_log_entries",
        """select audit_log_entry_id, user_id, action_type
        from discord.audit_log_entries""",
        truth.audit_log,
    ),
    Check(
        "scheduled_events",
        """select event_id, name, status, user_count from discord.scheduled_events
        where not is_deleted""",
        truth.event_rows(truth.upcoming),
        # one that came and went between two looks is in no list
        truth.event_rows(lambda session: session.world.events.get(session.guild, [])),
    ),
    Check(
        "event_users",
        """select event_id, user_id
        from discord.event_users as child
        inner join discord.scheduled_events as event using (event_id)
        where not child.is_deleted and event.status = 1""",
        truth.event_users,
    ),
    Check(
        "members",
        "select user_id, nick, role_ids from discord.members where not is_deleted",
        truth.members,
    ),
    Check(
        "member_names",
        "select user_id, nick from discord.member_names",
        truth.nicks,
        lambda session: session.ever["member_names"],
    ),
    Check(
        "users",
        "select user_id, username, global_name from discord.users",
        truth.user_names,
        truth.ever_called,
    ),
    Check(
        "user_names",
        "select user_id, username, global_name from discord.user_names",
        truth.user_names,
        truth.ever_called,
    ),
    Check(
        "user_profiles",
        "select distinct user_id, username, global_name from discord.user_profiles",
        truth.user_names,
        truth.ever_called,
    ),
)
