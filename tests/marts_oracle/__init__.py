"""The marts of made-up communities, computed anew from models/weekly/definitions.md.

An independent program: it shares no code with the models, and was written from what
they promise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.marts_oracle import activity, answers, people, talk
from tests.marts_oracle.history import History, Row

# each mart, with the columns that name a row of it
KEYS = {
    "daily_user_channel_activity": ("channel_id", "activity_date", "author_id"),
    "weekly_guild_activity": ("guild_id", "week_start"),
    "weekly_channel_activity": ("channel_id", "week_start"),
    "weekly_user_activity": ("guild_id", "week_start", "user_id"),
    "weekly_top_contributors": ("guild_id", "week_start", "rank"),
    "weekly_top_channels": ("guild_id", "week_start", "rank"),
    "activity_heatmap": ("guild_id", "week_start", "weekday", "hour"),
    "weekly_new_users": ("guild_id", "user_id"),
    "weekly_retention": ("guild_id", "cohort_week", "weeks_later"),
    "weekly_user_lifecycle": ("guild_id", "week_start", "user_id"),
    "weekly_lifecycle": ("guild_id", "week_start"),
    "weekly_participation": ("guild_id", "week_start"),
    "cross_guild_users": ("user_id", "guild_id", "other_guild_id"),
    "monthly_membership": ("guild_id", "month_start"),
    "message_responses": ("channel_id", "message_id"),
    "weekly_responses": ("guild_id", "week_start"),
    "unanswered_questions": ("channel_id", "message_id"),
    "thread_activity": ("channel_id",),
    "weekly_threads": ("guild_id", "week_start"),
    "weekly_conversations": ("channel_id", "week_start", "conversation_id"),
    "weekly_interactions": ("guild_id", "week_start", "from_user_id", "to_user_id"),
    "weekly_emoji_use": ("guild_id", "week_start", "emoji_key"),
    "weekly_highlights": ("guild_id", "week_start", "channel_id", "message_id"),
}
MODULES = (activity, people, answers, talk)


def marts() -> dict[str, Callable[[History], Iterable[Row]]]:
    """Return how each mart is computed, by its name."""
    return {
        name: next(getattr(module, name) for module in MODULES if hasattr(module, name))
        for name in KEYS
    }
