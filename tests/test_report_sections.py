"""What each section of the report tells, at its edges."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from scripts.report.data import Connection
from tests.report_guild import page, section, table

ADA = "Ada \\*L\\* (ada)"
BAR = "\N{BROKEN BAR}"
BEHIND = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
WHERE = "https://discord.com/channels/1"


def insert(marts: Connection, table: str, *rows: dict[str, object]) -> None:
    """Put rows into a table, each with the columns that it is about."""
    for row in rows:
        values = ", ".join(f"%({column})s" for column in row)
        marts.execute(f"insert into {table} ({', '.join(row)}) values ({values})", row)


def wrote(marts: Connection, author_id: int, day: str, channel_id: int = 10) -> None:
    """Let somebody write one message."""
    insert(
        marts,
        "marts.daily_user_channel_activity",
        {
            "channel_id": channel_id,
            "author_id": author_id,
            "activity_date": day,
            "guild_id": 1,
            "message_count": 1,
        },
    )


def test_who_came_stayed_and_fell_silent_adds_up(marts: Connection) -> None:
    """Posters stayed, are new or came back; those of before stayed or fell silent."""
    wrote(marts, 105, "2026-10-20")
    wrote(marts, 105, "2026-11-13")  # back after a window of silence
    wrote(marts, 106, "2026-11-06")  # and gone

    assert table(page(), "### Who came, stayed and fell silent") == [
        ["Stayed (retained)", "2", "1", "+1"],
        ["New", "2", "2", "0"],
        ["Came back (resurrected)", "1", "0", "+1"],
        ["Fell silent (dormant)", "1", "0", "+1"],
    ]


def member(marts: Connection, user_id: int, joined: str, *left: str) -> None:
    """List a member, who may have left between two lists."""
    after, before = left or (None, None)
    insert(
        marts,
        "discord.members",
        {
            "guild_id": 1,
            "user_id": user_id,
            "joined_at": joined,
            "observed_at": joined,
            "is_deleted": bool(left),
            "deleted_after": after,
            "deleted_before": before,
        },
    )


def test_members_are_counted_once_when_they_leave(marts: Connection) -> None:
    """Between two lists the middle counts; joined less left is the net change."""
    insert(
        marts,
        "audit.member_lists",
        {"guild_id": 1, "listed_at": "2026-11-01 00:00+00"},
    )
    member(marts, 101, "2025-01-01 00:00+00")
    member(marts, 102, "2026-11-08 00:00+00")
    member(
        marts,
        *(103, "2026-11-07 00:00+00"),
        *("2026-11-07 12:00+00", "2026-11-09 00:00+00"),  # the middle is the 8th
    )
    member(
        marts,
        *(104, "2025-01-01 00:00+00"),
        *("2026-11-14 00:00+00", "2026-11-16 00:00+00"),  # ... and the 15th: later
    )
    member(marts, 105, "2026-11-10 00:00+00")  # a bot

    assert table(page(), "### Members") == [
        ["Members at the end", "3", "3", "0"],
        ["Joined", "1", "1", "0"],
        ["Left", "1", "0", "+1"],
        ["Net", "0", "1", "-1"],
        ["Left within seven days of joining", "1", "0", "+1"],
        ["Welcomes that Discord posted", "0", "0", "0"],
    ]


def test_members_are_unknown_before_the_first_list(marts: Connection) -> None:
    """A list read inside the window knows who is there at its end, no more."""
    insert(
        marts,
        "audit.member_lists",
        {"guild_id": 1, "listed_at": "2026-11-12 00:00+00"},
    )
    member(marts, 101, "2026-11-10 00:00+00")
    marts.execute("update discord.members set observed_at = '2026-11-12 00:00+00'")

    text = page()

    assert "has one person; it was first seen like this on 2026-11-12 00:00." in text
    assert table(text, "### Members")[:2] == [
        ["Members at the end", "1", "unknown", "unknown"],
        ["Joined", "unknown", "unknown", "unknown"],
    ]


def root(marts: Connection, created: str, seconds: int | None, **more: object) -> None:
    """Ask for company, and be answered after so many seconds."""
    insert(
        marts,
        "marts.message_responses",
        {
            "guild_id": 1,
            "channel_id": 10,
            "week_start": "2026-11-09",
            "created_at": created,
            "is_question": False,
            "is_deleted": False,
            "response_seconds": seconds,
            **more,
        },
    )


def test_answers_count_those_old_enough_to_tell(marts: Connection) -> None:
    """What was asked in the last day may still be answered within a day."""
    for seconds in (60, 3600, 3601, 86_400, None):
        root(marts, "2026-11-10 12:00+00", seconds)
    root(marts, "2026-11-14 23:00+00", None, is_question=True)  # ten hours old
    root(marts, "2026-11-15 00:00+00", 1)  # after the window
    root(marts, "2026-11-10 12:00+00", 1, is_deleted=True)

    rows = [row[:2] for row in table(page(), "### Answers")]

    assert rows == [
        ["Messages that ask for company", "6"],
        ["… of them questions", "1"],
        ["Answered within an hour", "33 %"],
        ["Answered within a day", "80 %"],
        ["Median time to the answer", "too few"],
    ]


def question(marts: Connection, message_id: int, **more: object) -> None:
    """Ask what nobody answers, in #general."""
    row: dict[str, object] = {
        "guild_id": 1,
        "channel_id": 10,
        "message_id": message_id,
        "author_id": 101,
        "week_start": "2026-11-02",
        "created_at": "2026-11-08 00:00+00",
        "age_seconds": 604_800,
        "has_inferred_response": False,
        **more,
    }
    insert(marts, "marts.unanswered_questions", row)
    content = {"content": f"Where is number {message_id}?"}
    keys = {key: row[key] for key in ("channel_id", "message_id")}
    insert(marts, "discord.messages", {**keys, **content})


def test_what_waits_for_an_answer_begins_with_newcomers(marts: Connection) -> None:
    """Then the oldest; what was asked four weeks ago is told no more."""
    question(marts, 1, created_at="2026-10-17 23:59+00", week_start="2026-10-12")
    question(marts, 2, has_inferred_response=True, age_seconds=90_061)
    question(marts, 3, created_at="2026-11-09 00:00+00", week_start="2026-11-09")
    question(
        marts,
        4,
        created_at="2026-11-10 00:00+00",
        week_start="2026-11-09",
        asker_first_week="2026-11-09",
    )

    def said(number: int) -> str:
        return f"“Where is number {number}?” [open]({WHERE}/10/{number})"

    assert table(page(), "### Waiting for an answer") == [
        ["7 d", "Ada \\*L\\* (ada), new", "general", said(4)],
        ["1 d 1 h", "Ada \\*L\\* (ada)", "general", f"{said(2)} (maybe answered)"],
        ["7 d", "Ada \\*L\\* (ada)", "general", said(3)],
    ]


@pytest.mark.parametrize("days", ["1", "7", "400"])
def test_who_is_a_newcomer_does_not_depend_on_the_window(
    marts: Connection, days: str
) -> None:
    """Somebody who first wrote a year ago is not new, however long the report."""
    question(marts, 1, asker_first_week="2025-11-10")
    question(marts, 2, asker_first_week="2026-10-12")

    who = [row[1] for row in table(page("--days", days), "### Waiting for an answer")]

    assert who == [f"{ADA}, new", ADA]


def test_ten_questions_are_told_at_most(marts: Connection) -> None:
    """A page that is read on Sunday ends somewhere."""
    for number in range(1, 13):
        question(marts, number)

    assert len(table(page(), "### Waiting for an answer")) == 10


def test_regulars_who_fell_silent_are_told(marts: Connection) -> None:
    """Three of the four windows before make a regular, one message ends the silence."""
    for week in ("2026-10-12", "2026-10-20", "2026-11-07"):
        wrote(marts, 110, week)
    for week in ("2026-10-12", "2026-10-20", "2026-11-07", "2026-11-14"):
        wrote(marts, 111, week)
    for week in ("2026-10-10", "2026-10-20", "2026-11-07"):  # the first is too long ago
        wrote(marts, 112, week)

    assert table(page(), "### Gone quiet") == [["user 110", "3", "2026-11-07"]]


def test_channels_that_gained_lost_and_fell_silent_are_told(marts: Connection) -> None:
    """The largest gain first, the largest loss last."""
    wrote(marts, 101, "2026-11-02", channel_id=12)

    rows = [
        row[0] + " " + row[-1]
        for row in table(page(), "### Channels up, down and silent")
    ]

    assert rows == [
        f"questions {BEHIND} how do I {BAR} quit up",
        "general up",
        "channel 13 up",
        "questions silent",
    ]


def thread(marts: Connection, opened: str, seconds: int | None, people: int) -> None:
    """Open a thread that was last written in when it was opened."""
    insert(
        marts,
        "marts.thread_activity",
        {
            "guild_id": 1,
            "channel_id": 11,
            "opener_id": 9,
            "week_start": "2026-11-02",
            "opened_at": opened,
            "last_message_at": opened,
            "message_count": people,
            "participant_count": people,
            "response_seconds": seconds,
        },
    )


def test_threads_are_those_opened_in_the_window(marts: Connection) -> None:
    """Open and silent for more than seven days at the last sync is what waits."""
    thread(marts, "2026-11-08 00:00+00", None, 1)
    for number in range(4):
        thread(marts, f"2026-11-08 12:00:0{number}+00", 60 * number, 2)
    thread(marts, "2026-11-07 23:59+00", 60, 2)

    assert table(page(), "### Threads and posts") == [
        ["Opened", "5", "1", "+4"],
        ["With an answer", "80 %", "too few", "too few"],
        ["Median time to the answer", "too few", "too few", "too few"],
        ["Median messages", "2", "too few", "too few"],
        ["With a single author", "1", "0", "+1"],
        ["Open and silent for seven days", "1", "1", "0"],
    ]


def final_week(marts: Connection, week: str, **more: object) -> None:
    """Let a week be final."""
    insert(
        marts,
        "marts.weekly_guild_activity",
        {
            "guild_id": 1,
            "week_start": week,
            "is_final": True,
            "message_count": 70,
            "message_count_at_close": 70,
            "unique_posters": 7,
            **more,
        },
    )


def test_eight_final_weeks_are_told_the_oldest_first(marts: Connection) -> None:
    """Weeks that are not final, or end after the window, are not told."""
    for day in range(1, 10):
        final_week(marts, f"2026-{8 + day // 5:02}-0{day}")
    final_week(marts, "2026-11-02", is_final=False)
    final_week(marts, "2026-11-09")

    weeks = [row[0] for row in table(page(), "### The last final weeks")]

    assert weeks == [f"2026-{8 + day // 5:02}-0{day}" for day in range(2, 10)]


def test_hours_are_the_mean_of_four_final_weeks(marts: Connection) -> None:
    """A week of silence counts, and an hour that lasted two counts half."""
    for week in ("2026-10-05", "2026-10-12", "2026-10-19", "2026-10-26", "2026-11-02"):
        final_week(marts, week)
    for week, count, exposure in (
        ("2026-10-05", 1000, 1),  # the fifth week is too long ago
        ("2026-10-26", 16, 2),
        ("2026-11-02", 4, 1),
    ):
        insert(
            marts,
            "marts.activity_heatmap",
            {
                "guild_id": 1,
                "week_start": week,
                "weekday": 7,
                "hour": 1,
                "message_count": count,
                "exposure_hours": exposure,
            },
        )

    rows = table(page(), "### When people write")

    assert [row[0] for row in rows] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert rows[6] == ["Sun", "3.0", *["0.0"] * 7]


def test_an_hour_that_clocks_skip_is_no_hour_of_silence(marts: Connection) -> None:
    """Nobody could write in it: the mean is of the weeks that had it."""
    marts.execute("update audit.build_state set reporting_timezone = 'Europe/Berlin'")
    for week in ("2026-03-16", "2026-03-23"):  # the second ends with summer's begin
        final_week(marts, week)
    hour = {"weekday": 7, "hour": 2, "message_count": 8, "exposure_hours": 1}
    insert(
        marts,
        "marts.activity_heatmap",
        {"guild_id": 1, "week_start": "2026-03-16", **hour},
    )

    rows = table(page("--as-of", "2026-03-30"), "### When people write")

    assert rows[6] == ["Sun", "8.0", *["0.0"] * 7]


def reacted(marts: Connection, message_id: int, count: int, **more: object) -> None:
    """Post a message that gets so many of one reaction."""
    row: dict[str, object] = {
        "channel_id": 10,
        "message_id": message_id,
        "author_id": 101,
        "content": f"number {message_id}",
        "created_at": "2026-11-08 12:00+00",
        "is_human": True,
        "is_deleted": False,
        **more,
    }
    insert(marts, "discord.messages", row)
    keys = {key: row[key] for key in ("channel_id", "message_id")}
    insert(marts, "discord.reactions", {**keys, "emoji_key": "⚓", "count": count})
    insert(
        marts,
        "marts.daily_user_channel_activity",
        {
            "channel_id": row["channel_id"],
            "author_id": row["author_id"],
            "activity_date": str(row["created_at"])[:10],
            "guild_id": 1,
            "message_count": 1,
            "reaction_count": count,
        },
    )


def test_highlights_are_one_per_author_and_channel(marts: Connection) -> None:
    """Of an author's messages in a channel the best, of equals the older."""
    reacted(marts, 1, 5)
    reacted(marts, 2, 5)
    reacted(marts, 3, 4, author_id=102)
    reacted(marts, 4, 9, author_id=103, channel_id=13)
    reacted(marts, 5, 99, created_at="2026-11-15 00:00+00")  # after the window
    reacted(marts, 6, 99, is_human=False)

    assert section(page(), "### Highlights") == [
        f"1. “number 4” [open]({WHERE}/13/4), user 103 in channel 13, 9 reactions",
        f"2. “number 1” [open]({WHERE}/10/1), {ADA} in general, 5 reactions",
        f"3. “number 3” [open]({WHERE}/10/3), Bob in general, 4 reactions",
    ]


def test_balance_is_told_of_ten_people_and_more(marts: Connection) -> None:
    """Nine people say nothing about inequality."""
    for author in range(201, 206):
        wrote(marts, author, "2026-11-12")
    few = table(page(), "### Balance")
    wrote(marts, 206, "2026-11-12")

    rows = [row[:2] for row in table(page(), "### Balance")]

    assert {row[1] for row in few} == {"too few"}
    # 7, 7, 3, 3 and six times 1, on 11 person-days
    assert rows == [
        ["Messages per poster", "2.6"],
        ["Median messages per poster", "1"],
        ["Posters of an average day, of all posters (stickiness)", "16 %"],
        ["Messages of the ten most active people", "100 %"],
        ["People who wrote half of all (absence factor)", "2"],
        ["Inequality (Gini: 0 is all the same)", "0.4308"],
    ]


def test_those_who_stay_are_told_in_percent(marts: Connection) -> None:
    """Groups under five tell no rate, nor weeks that the window has not seen whole."""
    final_week(marts, "2026-10-26")
    final_week(marts, "2026-11-02")
    for cohort, size, later, rate in (
        ("2026-10-26", 8, 1, "0.625"),
        ("2026-10-26", 8, 2, "0.5"),  # the week of 2026-11-09 ends after the window
        ("2026-11-02", 4, 1, "0.5"),
    ):
        insert(
            marts,
            "marts.weekly_retention",
            {
                "guild_id": 1,
                "cohort_week": cohort,
                "cohort_size": size,
                "weeks_later": later,
                "retention_rate": rate,
            },
        )

    assert table(page(), "### Who stays") == [
        ["2026-10-26", "8", "62 %", *[""] * 6],
        ["2026-11-02", "4", *[""] * 7],
    ]


def test_people_of_two_guilds_are_a_number_from_five_on(marts: Connection) -> None:
    """Nobody is named, and only guilds of the same report are."""
    marts.execute("insert into discord.guilds (guild_id, name) values (2, 'Two')")
    for user_id in range(1, 6):
        insert(
            marts,
            "marts.cross_guild_users",
            {"user_id": user_id, "guild_id": 1, "other_guild_id": 2, "weight": 3},
        )
    five = table(page(), "### In more than one guild")
    alone = page("--guild-id", "1")
    marts.execute("delete from marts.cross_guild_users where user_id = 1")

    assert five == [["Two", "5"]]
    assert "### In more than one guild" not in alone
    assert table(page(), "### In more than one guild") == [["Two", "under five"]]


def test_weeks_that_changed_after_they_closed_say_so(marts: Connection) -> None:
    """Both counts stand beside each other."""
    final_week(
        marts,
        "2026-11-02",
        message_count_at_close=64,
        closed_at="2026-11-09 09:00+00",
    )

    assert "Weeks that count other messages now" in page()
    assert table(
        page(), "Weeks that count other messages now than when they were first final:"
    ) == [
        ["2026-11-02", "2026-11-09 09:00", "64", "70", "+6"],
    ]


def test_coverage_begins_with_what_is_missing(marts: Connection) -> None:
    """Then the channels in which people wrote most."""
    reason = "no Read Message History permission"
    for channel_id, why in ((10, None), (11, None), (12, reason)):
        insert(
            marts,
            "audit.channel_coverage",
            {
                "guild_id": 1,
                "channel_id": channel_id,
                "unreadable_reason": why,
                "is_backfill_complete": not why,
                "archived_from": None if why else "2026-01-01 00:00+00",
                "archived_to": None if why else "2026-11-14 12:00+00",
            },
        )

    text = page()

    heading = "### Where these numbers come from"
    assert "2 of 3 channels that may be named here are archived" in text
    whole = ["2026-01-01 00:00", "2026-11-14 12:00", "whole"]
    assert table(text, heading) == [
        ["questions", "", "", reason],
        ["general", *whole],
        [f"questions {BEHIND} how do I {BAR} quit", *whole],
    ]


HEADINGS = (
    "Activity",
    "Members",
    "Who came, stayed and fell silent",
    "The last final weeks",
    "Top contributors",
    "Seen for the first time",
    "Answers",
    "Waiting for an answer",
    "Gone quiet",
    "Top channels",
    "Channels up, down and silent",
    "Threads and posts",
    "When people write",
    "Highlights",
    "Balance",
    "Who stays",
    "Where these numbers come from",
)


def test_headings_are_all_there_in_their_order(marts: Connection) -> None:
    """An empty section says so in words: nobody looks for what is not there."""
    marts.execute("insert into discord.guilds (guild_id, name) values (2, 'Empty')")

    for part in page().split("\n## ")[1:3]:
        found = [line[4:] for line in part.splitlines() if line.startswith("### ")]
        assert tuple(found) == HEADINGS
        assert all(section(part, f"### {heading}") for heading in found)


def test_no_section_runs_past_ten_rows(marts: Connection) -> None:
    """However much there is of everything: who wants more asks the marts."""
    for number in range(1, 31):
        channel_id, user_id = 100 + number, 200 + number
        channel = {"channel_id": channel_id, "guild_id": 1, "is_thread": False}
        insert(marts, "discord.channels", {**channel, "audience": "public"})
        for day in ("2026-10-15", "2026-10-20", "2026-11-01", "2026-11-08"):
            wrote(marts, user_id, day, channel_id)
            wrote(marts, 500 + number, day.replace("11-08", "11-07"), channel_id)
        question(marts, number, channel_id=channel_id)
        reacted(marts, number, number, channel_id=channel_id, author_id=user_id)
        week = str(date(2026, 11, 2) - timedelta(weeks=number))
        final_week(marts, week, message_count_at_close=69, closed_at="2026-11-09")
        guild = {"guild_id": 1000 + number, "name": f"guild {number}"}
        insert(marts, "discord.guilds", guild)
        pair = {"user_id": 1, "guild_id": 1, "other_guild_id": 1000 + number}
        insert(marts, "marts.cross_guild_users", {**pair, "weight": 3})
        coverage: dict[str, object] = {"channel_id": channel_id, "guild_id": 1}
        insert(
            marts, "audit.channel_coverage", coverage | {"is_backfill_complete": False}
        )

    part = page().split("\n## ")[1]

    lengths = {
        heading: len(section(part, f"### {heading}"))
        for heading in (*HEADINGS, "In more than one guild")
    }
    assert max(lengths.values()) <= 2 * (10 + 2) + 3, lengths  # two tables in the last
    tables = part.replace("\n\n", "\n#").split("\n#")
    rows = [
        sum(line.startswith("|") for line in table.splitlines()) for table in tables
    ]
    assert max(rows) == 10 + 2  # the header's
    assert sum(count == 10 + 2 for count in rows) >= 5
