"""How much was said: what models/weekly/definitions.md calls activity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from tests.marts_oracle.history import (
    JOINED,
    WEEK,
    History,
    Message,
    Row,
    grouped,
    share,
)

RANKS = 10
STEP = timedelta(minutes=15)


def daily_user_channel_activity(history: History) -> Iterator[Row]:
    """Give channels, authors and days."""
    days = grouped(
        ((one.channel_id, history.day(one.created_at)), one)
        for one in history.messages.values()
    )
    for (channel_id, day), posted in days.items():
        page_id = max(one.told_by.page_id for one in posted)
        for author_id, said in grouped((one.author_id, one) for one in posted).items():
            human = [one for one in said if one.is_human]
            yield {
                "channel_id": channel_id,
                "activity_date": day,
                "author_id": author_id,
                "guild_id": said[0].guild_id,
                "message_count": len(human),
                "bot_message_count": sum(one.is_automated for one in said),
                "system_message_count": sum(
                    not one.is_automated and not one.is_human for one in said
                ),
                "deleted_message_count": sum(one.is_deleted for one in human),
                "reaction_count": sum(one.reaction_count for one in said),
                "last_archived_at": max(
                    (one.archived_at for one in human), default=None
                ),
                "observed_at": max(one.told_by.at for one in said),
                "first_posted_at": min((one.created_at for one in human), default=None),
                "join_message_count": sum(
                    one.type == JOINED and not one.is_automated for one in said
                ),
                "page_id": page_id,
            }


def weekly_guild_activity(history: History) -> Iterator[Row]:
    """Give guilds and weeks without gaps."""
    everything = grouped(
        ((one.guild_id, history.week(one.created_at)), one)
        for one in history.messages.values()
    )
    for guild_id in history.guilds:
        for week in history.spine(guild_id):
            posted = everything.get((guild_id, week), [])
            yield guild_week(history, guild_id, week, posted)


def guild_week(
    history: History, guild_id: int, week: date, posted: Sequence[Message]
) -> Row:
    """Return one guild's week."""
    said = [one for one in posted if one.is_human]
    people = Counter(one.author_id for one in said)
    newcomers = [
        user_id
        for (place, user_id), first in history.first_messages.items()
        if place == guild_id and history.week(first.created_at) == week
    ]
    closings = [
        sync.finished_at
        for sync in history.syncs
        if sync.guild_id == guild_id
        and sync.is_complete
        and sync.is_backfill_complete
        and sync.started_at >= history.midnight(week + WEEK)
    ]
    closed_at = closings[0] if closings else None
    known = sum(1 for one in said if closed_at and one.archived_at <= closed_at)
    return {
        "guild_id": guild_id,
        "week_start": week,
        "message_count": len(said),
        "message_count_at_close": known if closed_at else None,
        "deleted_message_count": sum(one.is_deleted for one in said),
        "unique_posters": len(people),
        "three_message_posters": sum(count >= 3 for count in people.values()),
        "active_channels": len({one.channel_id for one in said}),
        "new_users": len(newcomers) if history.is_backfilled(guild_id) else None,
        "bot_message_count": sum(one.is_automated for one in posted),
        "reaction_count": sum(one.reaction_count for one in posted),
        "is_final": history.is_final(guild_id, week),
        "closed_at": closed_at,
        "data_as_of": max((one.told_by.at for one in posted), default=None),
    }


def weekly_channel_activity(history: History) -> Iterator[Row]:
    """Give channels and weeks in which anything was posted."""
    everything = grouped(
        ((one.channel_id, history.week(one.created_at)), one)
        for one in history.messages.values()
    )
    for (channel_id, week), posted in everything.items():
        said = [one for one in posted if one.is_human]
        yield {
            "channel_id": channel_id,
            "week_start": week,
            "guild_id": posted[0].guild_id,
            "message_count": len(said),
            "deleted_message_count": sum(one.is_deleted for one in said),
            "unique_posters": len({one.author_id for one in said}),
            "bot_message_count": sum(one.is_automated for one in posted),
            "reaction_count": sum(one.reaction_count for one in posted),
            "last_archived_at": max((one.archived_at for one in said), default=None),
            "data_as_of": max(one.told_by.at for one in posted),
        }


def weekly_user_activity(history: History) -> Iterator[Row]:
    """Give guilds, weeks and people who posted; reactions also to their notices."""
    everything = grouped(
        ((one.guild_id, history.week(one.created_at), one.author_id), one)
        for one in history.messages.values()
    )
    for (guild_id, week), said in history.by_week.items():
        for user_id, own in grouped((one.author_id, one) for one in said).items():
            posted = everything[guild_id, week, user_id]
            yield {
                "guild_id": guild_id,
                "week_start": week,
                "user_id": user_id,
                "message_count": len(own),
                "active_channels": len({one.channel_id for one in own}),
                "active_days": len({history.day(one.created_at) for one in own}),
                "reaction_count": sum(one.reaction_count for one in posted),
                "first_posted_at": min(one.created_at for one in own),
            }


def weekly_top_contributors(history: History) -> Iterator[Row]:
    """Give the ten people of each guild and week who wrote most."""
    for (guild_id, week), said in history.by_week.items():
        people = Counter(one.author_id for one in said)
        best = sorted(people.items(), key=lambda found: (-found[1], found[0]))[:RANKS]
        for rank, (user_id, count) in enumerate(best, 1):
            yield {
                "guild_id": guild_id,
                "week_start": week,
                "rank": rank,
                "user_id": user_id,
                "message_count": count,
                "message_share": share(count, len(said)),
            }


def weekly_top_channels(history: History) -> Iterator[Row]:
    """Give the ten channels of each guild and week in which most was written."""
    for (guild_id, week), said in history.by_week.items():
        places = grouped((one.channel_id, one) for one in said)
        best = sorted(places.items(), key=lambda found: (-len(found[1]), found[0]))
        for rank, (channel_id, there) in enumerate(best[:RANKS], 1):
            yield {
                "guild_id": guild_id,
                "week_start": week,
                "rank": rank,
                "channel_id": channel_id,
                "message_count": len(there),
                "unique_posters": len({one.author_id for one in there}),
                "message_share": share(len(there), len(said)),
            }


def activity_heatmap(history: History) -> Iterator[Row]:
    """Give guilds, weeks and the hours of the clock in which anything was said."""
    exposures: dict[date, Counter[tuple[int, int]]] = {}
    for (guild_id, week), said in history.by_week.items():
        if week not in exposures:
            exposures[week] = exposure(history, week)
        hours = grouped((clock(history, one), one) for one in said)
        for (weekday, hour), then in hours.items():
            steps = exposures[week][weekday, hour]
            yield {
                "guild_id": guild_id,
                "week_start": week,
                "weekday": weekday,
                "hour": hour,
                "message_count": len(then),
                "unique_posters": len({one.author_id for one in then}),
                "exposure_hours": Decimal(steps) / 4,
            }


def clock(history: History, one: Message) -> tuple[int, int]:
    """Return weekday and hour of a message."""
    local = history.local(one.created_at)
    return local.isoweekday(), local.hour


def exposure(history: History, week: date) -> Counter[tuple[int, int]]:
    """Count the quarters of an hour that each hour of the clock lasted."""
    lasted: Counter[tuple[int, int]] = Counter()
    instant = history.midnight(week)
    while instant < history.midnight(week + WEEK):
        local = history.local(instant)
        lasted[local.isoweekday(), local.hour] += 1
        instant += STEP
    return lasted
