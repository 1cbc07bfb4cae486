"""The marts of people over time, where only builds on pages can show what they do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from extractor.embedded import Embedded
from tests.dbt_warehouse import (
    CHANNEL,
    GUILD,
    Json,
    Landing,
    Row,
    Warehouse,
    built_warehouse,
    failure,
    message,
    reaction,
    tell_together,
    user,
)

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)  # a Monday
OTHER_GUILD = 101
MARTS = (
    "cross_guild_users",
    "monthly_membership",
    "weekly_lifecycle",
    "weekly_new_users",
    "weekly_participation",
    "weekly_retention",
    "weekly_top_channels",
    "weekly_top_contributors",
    "weekly_user_lifecycle",
)
# all that they are made from
PARENTS = [f"+{mart}" for mart in MARTS]
GUILDS = count(1_000)


@pytest.fixture
def warehouse(postgres: Embedded, tmp_path: Path) -> Iterator[Warehouse]:
    """Give a database with an empty landing."""
    with built_warehouse(postgres, tmp_path) as made:
        yield made


def week(number: float, **parts: int) -> datetime:
    """Return an instant so many weeks after the first Monday's noon."""
    return BEGIN + timedelta(weeks=number, **parts)


def member(user_id: int, joined_at: datetime, **fields: Json) -> Json:
    """Return a member object."""
    joined = {"joined_at": joined_at.isoformat()}
    return {"user": user(user_id, **fields), "roles": [], **joined}


def joining(user_id: int, number: int, **fields: Json) -> Json:
    """Return Discord's notice of week 5 that somebody has joined."""
    author = user(user_id, **fields)
    return message(week(5), number=number, author=author, type=7, content="")


@dataclass(frozen=True)
class Guild:
    """A guild with one channel, both of one id, where no other story looks."""

    warehouse: Warehouse
    guild_id: int

    @classmethod
    def new(cls, warehouse: Warehouse) -> Guild:
        """Found a guild."""
        return cls(warehouse, next(GUILDS))

    @property
    def landing(self) -> Landing:
        """Where the pages about it go."""
        return self.warehouse.landing

    def posted(self, *messages: Json) -> None:
        """Append a page of messages."""
        ids = {"guild_id": self.guild_id, "channel_id": self.guild_id}
        self.landing.messages(*messages, **ids)

    def synced(self, at: datetime, *, is_backfill_complete: bool = True) -> None:
        """Record that a run reached its end."""
        self.landing.sync(
            at, guild_id=self.guild_id, is_backfill_complete=is_backfill_complete
        )

    def listed(
        self, *members: Json, after: int | None = None, at: datetime = BEGIN
    ) -> int:
        """Append a page of the list of members, asked for after one; return its id."""
        cursor = {"after": after} if after else {}
        request = {"path": f"/guilds/{self.guild_id}/members", "limit": 1000, **cursor}
        return self.landing.page(
            "members",
            list(members),
            guild_id=self.guild_id,
            request=request,
            fetched_at=at,
        )

    def listed_whole(self, *members: Json, at: datetime = BEGIN) -> None:
        """Append the list of members, to the empty page at its end."""
        self.listed(*members, at=at)
        last = max(int(one["user"]["id"]) for one in members)
        self.listed(after=last, at=at)

    def rows(self, mart: str, columns: str) -> list[Row]:
        """Return columns of its rows in a mart, in their order."""
        table = f"select * from marts.{mart} where guild_id = {self.guild_id}"
        return self.warehouse.query(
            f"select {columns} from ({table}) as mart order by 1, 2"
        )


# --- stories, told side by side: where they yield, everything is built ----------------


def an_older_message_changes_other_weeks(warehouse: Warehouse) -> Iterator[None]:
    """Whoever is found to have written earlier is new, returns and stays earlier."""
    guild = Guild.new(warehouse)
    guild.posted(message(week(2)), message(week(3)))
    guild.synced(week(5))
    yield
    first = guild.rows("weekly_user_lifecycle", "week_start::text, tier")
    guild.posted(message(week(0)))
    yield

    assert first == [
        ("2025-01-20", "new"),
        ("2025-01-27", "retained"),
        ("2025-02-03", "dormant"),
    ]
    assert guild.rows("weekly_user_lifecycle", "week_start::text, tier") == [
        ("2025-01-06", "new"),
        ("2025-01-13", "dormant"),
        ("2025-01-20", "resurrected"),
        *first[1:],
    ]
    new_users = guild.rows("weekly_new_users", "week_start::text, message_count")
    assert new_users == [("2025-01-06", 1)]
    returned = "cohort_week::text, weeks_later, active_count"
    assert guild.rows("weekly_retention", returned) == [
        *(("2025-01-06", later, int(later in (0, 2, 3))) for later in range(5)),
        ("2025-01-06", 5, None),
    ]


def a_completed_backfill_tells_who_is_new(warehouse: Warehouse) -> Iterator[None]:
    """Of weeks long gone, and though no message came."""
    guild = Guild.new(warehouse)
    counts = "week_start::text, new_count, resurrected_count, active_count"
    guild.posted(message(week(0)))
    guild.synced(week(1), is_backfill_complete=False)
    yield
    before = guild.rows("weekly_lifecycle", counts)
    certain = guild.rows("weekly_new_users", "is_certain, 1")
    guild.synced(week(1, hours=1))
    yield

    weeks = ["2025-01-06", "2025-01-13"]
    assert before == [(weeks[0], None, None, 1), (weeks[1], None, None, 0)]
    assert guild.rows("weekly_lifecycle", counts) == [
        (weeks[0], 1, 0, 1),
        (weeks[1], 0, 0, 0),
    ]
    assert certain == [(False, 1)]
    assert guild.rows("weekly_new_users", "is_certain, 1") == [(True, 1)]


def a_week_in_which_nobody_is_left_has_no_rows(warehouse: Warehouse) -> Iterator[None]:
    """Take authors who turn out to be bots out of all marts of people."""
    guild = Guild.new(warehouse)
    ranks = "week_start::text, rank, user_id"
    person, machine = user(22), user(21, bot=True)
    guild.posted(message(BEGIN, author=user(21)))
    guild.posted(message(BEGIN, number=1, author=person))
    guild.posted(message(week(1), author=user(21)))
    yield
    both = guild.rows("weekly_top_contributors", ranks)
    guild.posted(message(week(1), author=machine))
    guild.posted(message(BEGIN, author=machine))
    yield
    left = guild.rows("weekly_top_contributors", ranks)
    spread = guild.rows("weekly_participation", "week_start::text, unique_posters")
    guild.posted(message(BEGIN, number=1, author={**person, "bot": True}))
    yield

    first, second = "2025-01-06", "2025-01-13"
    assert both == [(first, 1, 21), (first, 2, 22), (second, 1, 21)]
    assert left == [(first, 1, 22)]
    assert spread == [(first, 1)]
    for mart in MARTS:
        if mart.startswith("weekly"):
            assert guild.rows(mart, "guild_id, 1") == [], mart


def a_week_makes_dormant_as_soon_as_it_begins(warehouse: Warehouse) -> Iterator[None]:
    """Though nobody writes; and only who wrote in the week before."""
    guild = Guild.new(warehouse)
    guild.posted(message(week(0), author=user(31)), message(week(1), author=user(32)))
    guild.synced(week(1))
    yield
    tiers = "user_id, week_start::text, tier"
    first = guild.rows("weekly_user_lifecycle", tiers)
    guild.synced(week(2))
    yield

    assert first == [
        (31, "2025-01-06", "new"),
        (31, "2025-01-13", "dormant"),
        (32, "2025-01-13", "new"),
    ]
    assert guild.rows("weekly_user_lifecycle", tiers) == [
        *first,
        (32, "2025-01-20", "dormant"),
    ]


def nobody_is_new_any_more_where_something_is_missing(
    warehouse: Warehouse,
) -> Iterator[None]:
    """All weeks become uncertain by a channel that can be read since lately."""
    guild = Guild.new(warehouse)
    guild.posted(*(message(week(at)) for at in (0, 1, 3)))
    guild.synced(week(3))
    yield
    tiers = "week_start::text, tier"
    certain = guild.rows("weekly_user_lifecycle", tiers)
    guild.synced(week(3, hours=1), is_backfill_complete=False)
    yield

    weeks = ["2025-01-06", "2025-01-13", "2025-01-20", "2025-01-27"]
    known = ["new", "retained", "dormant", "resurrected"]
    assert certain == list(zip(weeks, known, strict=True))
    unknown = [None, "retained", "dormant", None]
    assert guild.rows("weekly_user_lifecycle", tiers) == list(
        zip(weeks, unknown, strict=True)
    )


def whom_six_others_address_becomes_vital(warehouse: Warehouse) -> Iterator[None]:
    """In three weeks of four, whether or not they write in these themselves."""
    guild = Guild.new(warehouse)
    at_last = message(week(3), author=user(40))

    def addressed(number: int) -> list[Json]:
        return [
            message(
                week(number, hours=hour),
                number=other,
                author=user(other),
                mentions=[user(40)],
            )
            for other in range(41, 47)
            for hour in range(5)
        ]

    guild.posted(*addressed(0), *addressed(1), at_last)
    yield
    vital = "user_id, week_start::text, is_vital"
    before = guild.rows("weekly_user_lifecycle", vital)
    third = addressed(2)
    guild.posted(*third)
    yield
    became = guild.rows("weekly_user_lifecycle", vital)
    guild.posted(*({**one, "mentions": []} for one in third))
    yield

    assert before[0] == (40, "2025-01-27", False)
    assert became[0] == (40, "2025-01-27", True)
    assert guild.rows("weekly_user_lifecycle", vital)[0] == before[0]


def a_list_is_known_since_it_was_first_read_to_its_end(
    warehouse: Warehouse,
) -> Iterator[None]:
    """Not by a member seen alone, nor by a page; and for good, before any sync."""
    guild = Guild.new(warehouse)
    lists = "select page_id, listed_at from audit.member_lists where guild_id = {}"
    one = member(1, week(-60))
    alone = {"path": f"/guilds/{guild.guild_id}/members/1"}
    guild.landing.page(
        "members", one, guild_id=guild.guild_id, request=alone, item_count=1
    )
    guild.listed(one, at=week(0))
    yield
    nothing = warehouse.query(lists.format(guild.guild_id))
    end = guild.listed(after=1, at=week(1))
    yield
    guild.landing.seen_again("members", end, week(2))
    guild.synced(week(2))
    yield

    assert nothing == []
    assert warehouse.query(lists.format(guild.guild_id)) == [(end, week(1))]
    assert guild.rows("monthly_membership", "distinct listed_at, 1") == [(week(1), 1)]


def who_joins_and_leaves_is_counted_by_month(warehouse: Warehouse) -> Iterator[None]:
    """By the list and by Discord's notices, and no bot, not even our own."""
    guild = Guild.new(warehouse)
    old, bot = member(1, week(-60)), member(29, week(-70), bot=True)
    second, third = member(2, week(5)), member(3, week(6))
    # the fourth is gone before the list is read again
    guild.posted(joining(2, 0), joining(4, 1), joining(28, 2, bot=True))
    guild.listed_whole(old, bot, at=week(0))
    guild.synced(week(0))
    yield
    begun = guild.rows("monthly_membership", "month_start::text, member_count")
    guild.listed_whole(old, second, third, bot, at=week(6, days=1))
    guild.listed_whole(old, second, bot, at=week(7))
    guild.listed_whole(second, bot, at=week(12))
    guild.synced(week(12))
    yield

    counts = """month_start::text, is_known, member_count, join_count,
        join_message_count, leave_count, possible_leave_count, leaves_under_7_days"""
    assert begun[0] == ("2023-11-01", None)
    assert begun[-1] == ("2025-01-01", 1)
    assert guild.rows("monthly_membership", counts)[-3:] == [
        ("2025-01-01", False, 1, None, 0, None, None, None),
        # the third came and left, and the first was last seen
        ("2025-02-01", True, 1, 3, 2, 1, 1, 1),
        ("2025-03-01", True, 1, 0, 0, 0, 1, 0),
    ]


def who_joined_after_the_first_message_has_joined_again(
    warehouse: Warehouse,
) -> Iterator[None]:
    """To the millisecond; the days between are the calendar's."""
    guild = Guild.new(warehouse)
    guild.posted(*(message(BEGIN, number=n, author=user(n)) for n in (1, 2, 3)))
    early = BEGIN.replace(hour=23, minute=59) - timedelta(days=3)
    late = BEGIN + timedelta(milliseconds=1)
    guild.listed(member(1, BEGIN), member(2, late), member(3, early))
    yield

    days = "user_id, joined_at, days_to_first_message"
    assert guild.rows("weekly_new_users", days) == [
        (1, BEGIN, 0),
        (2, None, None),
        (3, early, 3),
    ]


STORIES = (
    an_older_message_changes_other_weeks,
    a_completed_backfill_tells_who_is_new,
    a_week_in_which_nobody_is_left_has_no_rows,
    a_week_makes_dormant_as_soon_as_it_begins,
    nobody_is_new_any_more_where_something_is_missing,
    whom_six_others_address_becomes_vital,
    a_list_is_known_since_it_was_first_read_to_its_end,
    who_joins_and_leaves_is_counted_by_month,
    who_joined_after_the_first_message_has_joined_again,
)


def test_marts_of_people_follow_what_turns_out(warehouse: Warehouse) -> None:
    """Messages and members found late; a rebuild says the same."""
    tell_together(warehouse, STORIES, *PARENTS)

    warehouse.assert_rebuilt_the_same("member_lists", *MARTS)


# --- any history ----------------------------------------------------------------------


@dataclass
class Community:
    """People of two guilds who write, and pages that show it in no order."""

    warehouse: Warehouse
    rng: random.Random
    shown: dict[int, list[Json]] = field(default_factory=dict)
    bots: set[int] = field(default_factory=set)

    PLACES = ((CHANNEL, GUILD), (CHANNEL + 1, GUILD), (CHANNEL + 2, OTHER_GUILD))

    def author(self, user_id: int) -> Json:
        """Return an author, who may have turned out to be a bot."""
        return user(user_id, **({"bot": True} if user_id in self.bots else {}))

    def post(self) -> Json:
        """Return a message of some week by somebody; some weeks nobody writes."""
        at = week(self.rng.choice([0, 1, 2, 3, 5, 6, 9]), hours=self.rng.randrange(160))
        kind = self.rng.choice([{}] * 9 + [{"type": 7, "content": ""}])
        author = self.author(self.rng.choice([1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9]))
        return message(at, number=self.rng.randrange(9), author=author, **kind)

    def happen(self) -> None:
        """Land a page: news, the same changed, or the rest of what is deleted."""
        channel_id, guild_id = self.rng.choice(self.PLACES)
        known = self.shown.setdefault(channel_id, [])
        what = self.rng.choice(["news", "news", "news", "again", "deleted", "lists"])
        if what == "lists":
            self.read_members()
        elif what == "deleted" and known:
            kept = self.rng.sample(known, len(known) * 9 // 10)
            self.land(channel_id, guild_id, kept, after=1)
            known[:] = kept
        elif what == "again" and known:
            again = [
                {**one, "reactions": [reaction("a", 2)], "author": author}
                for one in self.rng.sample(known, min(5, len(known)))
                for author in [self.author(int(one["author"]["id"]))]
            ]
            self.land(channel_id, guild_id, again)
        else:
            news = {one["id"]: one for one in (self.post() for _ in range(12))}
            known += [one for one in news.values() if one not in known]
            self.land(channel_id, guild_id, list(news.values()))

    def land(
        self, channel_id: int, guild_id: int, posts: list[Json], **cursor: int
    ) -> None:
        """Land a page of messages."""
        self.warehouse.landing.messages(
            *posts,
            channel_id=channel_id,
            guild_id=guild_id,
            is_history_readable=True,
            request={"path": f"/channels/{channel_id}/messages", **cursor},
            fetched_at=week(self.rng.randrange(12)),
        )

    def read_members(self) -> None:
        """Land the guild's list without some, and perhaps without its end."""
        listed = [
            member(one, week(self.rng.randrange(-9, 9)))
            for one in sorted(self.rng.sample(range(1, 10), 7))
        ]
        at = week(self.rng.randrange(12))
        guild = Guild(self.warehouse, GUILD)
        guild.listed(*listed, at=at)
        if self.rng.random() < 0.7:
            guild.listed(after=int(listed[-1]["user"]["id"]), at=at)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_any_history_of_people_ends_like_a_rebuild(
    warehouse: Warehouse, seed: int
) -> None:
    """Messages late, changed and deleted, bots found out, lists in parts, syncs."""
    community = Community(warehouse, random.Random(seed))
    for number in range(5):
        for _ in range(8):
            community.happen()
        community.bots |= {community.rng.randrange(4, 10)} if number == 2 else set()
        warehouse.landing.sync(week(4 + 2 * number), is_backfill_complete=number > 1)
        selected = community.rng.sample(MARTS, 4) if number < 4 else MARTS
        warehouse.must_build("--select", *(f"+{mart}" for mart in selected))
    before = warehouse.contents(*MARTS)
    warehouse.must_build("--select", *PARENTS)

    assert all(before.values())
    assert warehouse.contents(*MARTS) == before
    added_up = warehouse.invoke("test", "--select", "assert_weekly_lifecycle_adds_up")
    assert added_up.success, failure(added_up)
    warehouse.assert_rebuilt_the_same(*MARTS)
