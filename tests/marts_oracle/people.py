"""Who is new, who stays, who falls silent, who joins and who leaves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import combinations

from tests.marts_oracle.history import (
    JOINED,
    WEEK,
    History,
    Member,
    Message,
    Row,
    grouped,
    median,
    rounded,
    share,
)
from tests.marts_oracle.talk import weekly_interactions

COHORT_WEEKS = 12
DAY = timedelta(days=1)
WINDOW = timedelta(days=28)


def weekly_new_users(history: History) -> Iterator[Row]:
    """Give each person of a guild once, in their first week."""
    for (guild_id, user_id), first in history.first_messages.items():
        week = history.week(first.created_at)
        posted_on = history.day(first.created_at)
        member = history.members.get((guild_id, user_id))
        joined_at = member.joined_at if member else None
        if joined_at and joined_at > first.created_at:
            joined_at = None
        yield {
            "guild_id": guild_id,
            "user_id": user_id,
            "week_start": week,
            "first_posted_on": posted_on,
            "message_count": history.posted[guild_id][week][user_id],
            "joined_at": joined_at,
            "days_to_first_message": (
                (posted_on - history.day(joined_at)).days if joined_at else None
            ),
            "is_certain": history.is_backfilled(guild_id),
        }


def weekly_retention(history: History) -> Iterator[Row]:
    """Give how many of those who were new in a week came again, and when."""
    cohorts = grouped(
        ((guild_id, history.week(first.created_at)), user_id)
        for (guild_id, user_id), first in history.first_messages.items()
    )
    for (guild_id, cohort_week), people in cohorts.items():
        for later in range(COHORT_WEEKS + 1):
            week = cohort_week + later * WEEK
            if week > history.spine(guild_id)[-1]:
                break
            posters = history.posted[guild_id].get(week, {})
            active = len(posters.keys() & set(people))
            is_known = history.is_final(guild_id, cohort_week) and history.is_final(
                guild_id, week
            )
            yield {
                "guild_id": guild_id,
                "cohort_week": cohort_week,
                "weeks_later": later,
                "cohort_size": len(people),
                "active_count": active if is_known else None,
                "retention_rate": share(active, len(people)) if is_known else None,
            }


@dataclass
class Attendance:
    """Who posted, and who was tied to many, in the weeks of a guild."""

    posted: Mapping[date, Mapping[int, int]]
    tied: Mapping[date, AbstractSet[int]] = field(default_factory=dict)

    def was_there(self, user_id: int, week: date) -> bool:
        """Say whether somebody posted in a week."""
        return user_id in self.posted.get(week, {})

    def is_consistent(self, user_id: int, week: date) -> bool:
        """Say whether they did so in three of four weeks, the last one included."""
        there = sum(self.was_there(user_id, one) for one in last_four(week))
        return self.was_there(user_id, week) and there >= 3

    def is_vital(self, user_id: int, week: date) -> bool:
        """Say whether they were tied to many in three of four weeks."""
        return sum(user_id in self.tied.get(one, ()) for one in last_four(week)) >= 3


def last_four(week: date) -> list[date]:
    """Return the four weeks of which this is the last."""
    return [week - number * WEEK for number in range(4)]


def tied_people(history: History) -> dict[int, dict[date, set[int]]]:
    """Return who had more than five strong ties, by guild and week."""
    strong: Counter[tuple[int, date, int]] = Counter()
    for tie in weekly_interactions(history):
        if tie["interaction_count"] >= 5:
            for end in ("from_user_id", "to_user_id"):
                strong[tie["guild_id"], tie["week_start"], tie[end]] += 1
    tied: dict[int, dict[date, set[int]]] = defaultdict(lambda: defaultdict(set))
    for (guild_id, week, user_id), count in strong.items():
        if count > 5:
            tied[guild_id][week].add(user_id)
    return tied


def weekly_user_lifecycle(history: History) -> Iterator[Row]:
    """Give everybody who posted in a week or in the one before."""
    tied = tied_people(history)
    for guild_id in history.guilds:
        attendance = Attendance(history.posted[guild_id], tied[guild_id])
        for week in history.spine(guild_id):
            now = attendance.posted.get(week, {})
            before = attendance.posted.get(week - WEEK, {})
            for user_id in now.keys() | before.keys():
                yield {
                    "guild_id": guild_id,
                    "week_start": week,
                    "user_id": user_id,
                    "tier": tier(history, guild_id, week, user_id),
                    "is_consistent": attendance.is_consistent(user_id, week),
                    "has_been_consistent": attendance.is_consistent(
                        user_id, week - WEEK
                    ),
                    "is_vital": attendance.is_vital(user_id, week),
                    "message_count": now.get(user_id, 0),
                }


def tier(history: History, guild_id: int, week: date, user_id: int) -> str | None:
    """Return what somebody is to a guild in a week."""
    attendance = Attendance(history.posted[guild_id])
    first = history.first_messages[guild_id, user_id]
    if not attendance.was_there(user_id, week):
        return "dormant"
    if attendance.was_there(user_id, week - WEEK):
        return "retained"
    if not history.is_backfilled(guild_id):
        return None
    return "new" if history.week(first.created_at) == week else "resurrected"


def weekly_lifecycle(history: History) -> Iterator[Row]:
    """Give how many are what, in each week of each guild."""
    people = grouped(
        ((row["guild_id"], row["week_start"]), row)
        for row in weekly_user_lifecycle(history)
    )
    for guild_id in history.guilds:
        is_known = history.is_backfilled(guild_id)
        for week in history.spine(guild_id):
            rows = people.get((guild_id, week), [])
            tiers = Counter(row["tier"] for row in rows)
            dormant = [row for row in rows if row["tier"] == "dormant"]
            yield {
                "guild_id": guild_id,
                "week_start": week,
                "active_count": len(rows) - len(dormant),
                "retained_count": tiers["retained"],
                "new_count": tiers["new"] if is_known else None,
                "resurrected_count": tiers["resurrected"] if is_known else None,
                "dormant_count": len(dormant),
                "consistent_count": sum(row["is_consistent"] for row in rows),
                "vital_count": sum(row["is_vital"] for row in rows),
                "dormant_consistent_count": sum(
                    row["has_been_consistent"] for row in dormant
                ),
            }


def weekly_participation(history: History) -> Iterator[Row]:
    """Give how a week's messages are spread over people and days."""
    for (guild_id, week), said in history.by_week.items():
        counts = sorted(history.posted[guild_id][week].values())
        total, people = sum(counts), len(counts)
        days = grouped((one.author_id, history.day(one.created_at)) for one in said)
        attended = Counter(len(set(on)) for on in days.values())
        weighted = sum(place * count for place, count in enumerate(counts, 1))
        gini = Fraction(2 * weighted, people * total) - Fraction(people + 1, people)
        yield {
            "guild_id": guild_id,
            "week_start": week,
            "unique_posters": people,
            "stickiness": share(
                sum(number * count for number, count in attended.items()), 7 * people
            ),
            **{f"active_days_{number}": attended[number] for number in range(1, 8)},
            "messages_per_poster": rounded(Fraction(total, people), 2),
            "median_messages_per_poster": rounded(median(counts) or 0, 2),
            "gini": rounded(gini, 4),
            "top_ten_share": share(sum(counts[-10:]), total),
            "top_percent_share": share(sum(counts[-max(people // 100, 1) :]), total),
            "absence_factor": absence_factor(counts),
        }


def absence_factor(counts: list[int]) -> int:
    """Return the fewest people who wrote half of everything."""
    written = 0
    for people, count in enumerate(reversed(counts), 1):
        written += count
        if 2 * written >= sum(counts):
            return people
    return 0


def cross_guild_users(history: History) -> Iterator[Row]:
    """Give people who write in two guilds."""
    untils = archived_untils(history)
    if not untils:
        return
    end = history.day(max(untils))
    written: dict[int, Counter[int]] = defaultdict(Counter)
    for one in history.humans:
        if one.guild_id and end - WINDOW <= history.day(one.created_at) < end:
            written[one.author_id][one.guild_id] += 1
    for user_id, counts in written.items():
        often = sorted(guild_id for guild_id, count in counts.items() if count >= 3)
        for guild_id, other_id in combinations(often, 2):
            yield {
                "user_id": user_id,
                "guild_id": guild_id,
                "other_guild_id": other_id,
                "message_count": counts[guild_id],
                "other_message_count": counts[other_id],
                "weight": min(counts[guild_id], counts[other_id]),
            }


def archived_untils(history: History) -> list[datetime]:
    """Return how far the archives of all guilds reach."""
    guilds = {sync.guild_id for sync in history.syncs}
    untils = [history.archived_until(guild_id) for guild_id in guilds]
    return [until for until in untils if until]


@dataclass(frozen=True)
class Month:
    """A month of a guild, and the instants at which it begins and ends."""

    guild_id: int
    first_day: date
    begins: datetime
    ends: datetime

    def holds(self, instant: datetime) -> bool:
        """Say whether something was in it."""
        return self.begins <= instant < self.ends


def monthly_membership(history: History) -> Iterator[Row]:
    """Give who joined and left, by month."""
    people = {
        key: member
        for key, member in history.members.items()
        if key[1] not in history.bots
    }
    for guild_id in {sync.guild_id for sync in history.syncs}:
        own = {user: one for (place, user), one in people.items() if place == guild_id}
        until = history.archived_until(guild_id)
        beginnings = [one.joined_at for one in own.values()]
        posted = [one for one in history.messages.values() if one.guild_id == guild_id]
        beginnings += [one.created_at for one in posted]
        if until and beginnings:
            first = history.day(min(beginnings)).replace(day=1)
            while first <= history.day(until):
                following = (first + 31 * DAY).replace(day=1)
                ends = history.midnight(following)
                month = Month(guild_id, first, history.midnight(first), ends)
                yield membership(history, month, own)
                first = following


def membership(history: History, month: Month, people: Mapping[int, Member]) -> Row:
    """Return one month of a guild."""
    listed_at = history.listed_at.get(month.guild_id)
    notices = [
        one
        for one in history.messages.values()
        if one.type == JOINED
        and one.guild_id == month.guild_id
        and one.author_id not in history.bots
        and not one.is_automated
        and month.holds(one.created_at)
    ]
    row: Row = {
        "guild_id": month.guild_id,
        "month_start": month.first_day,
        "listed_at": listed_at,
        "is_known": listed_at is not None and month.begins >= listed_at,
        "join_message_count": len(notices),
    }
    is_told = listed_at is not None and month.ends > listed_at
    row["member_count"] = members_at_the_end(month, people) if is_told else None
    counts = counted(month, people, notices)
    return row | (counts if row["is_known"] else dict.fromkeys(counts))


def members_at_the_end(month: Month, people: Mapping[int, Member]) -> int:
    """Count who was there when a month ended."""
    return sum(
        one.joined_at < month.ends
        and (one.missed_at is None or one.seen_at >= month.ends)
        for one in people.values()
    )


def counted(month: Month, people: Mapping[int, Member], notices: list[Message]) -> Row:
    """Count who came and went in a month."""
    joined = {user for user, one in people.items() if month.holds(one.joined_at)}
    joined |= {one.author_id for one in notices}
    left = [
        one
        for one in people.values()
        if one.missed_at and month.holds(one.seen_at) and month.holds(one.missed_at)
    ]
    overlapping = [
        one
        for one in people.values()
        if one.missed_at and one.seen_at < month.ends and one.missed_at >= month.begins
    ]
    stays = [one.seen_at - one.joined_at for one in left]
    return {
        "join_count": len(joined),
        "leave_count": len(left),
        "possible_leave_count": len(overlapping) - len(left),
        "leaves_under_1_day": sum(stay < DAY for stay in stays),
        "leaves_under_7_days": sum(stay < 7 * DAY for stay in stays),
        "leaves_under_28_days": sum(stay < 28 * DAY for stay in stays),
        "leaves_later": sum(stay >= 28 * DAY for stay in stays),
    }
