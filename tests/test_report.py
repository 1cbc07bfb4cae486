"""The report on a guild whose every number was computed by hand."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from extractor.embedded import Embedded
from scripts.render_report import default_output, main, write_atomically
from scripts.report.data import (
    FIGURES,
    BadRequestError,
    Connection,
    Figure,
    Window,
    questions,
    today,
)
from scripts.report.page import change, signed
from tests.dbt_warehouse import DATABASE, dbt_arguments, failure, invoke, parsed
from tests.report_guild import page, report, section, table
from tests.report_tables import tables_read

CHECKOUT = Path(__file__).resolve().parent.parent
AT = "\N{FULLWIDTH COMMERCIAL AT}"
BEHIND = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"


def test_the_figures_are_those_computed_by_hand(marts: Connection) -> None:
    """Each figure stands beside that of the window before, and with its change."""
    assert table(page(), "### Activity") == [
        ["Messages", "20", "5", "+15"],
        ["Unique posters", "4", "2", "+2"],
        ["Wrote three messages or more", "4", "1", "+3"],
        ["Active channels", "3", "1", "+2"],
        ["Seen for the first time", "2", "1", "+1"],
    ]


def test_top_contributors_are_ranked_by_count_then_smallest_id(
    marts: Connection,
) -> None:
    """Ties have one order; names are as people know each other, and inert."""
    assert table(page(), "### Top contributors") == [
        ["1", "Ada \\*L\\* (ada)", "7", "4", "+3"],
        ["2", "Bob", "7", "1", "+6"],
        ["3", "user 103", "3", "0", "+3"],
        ["4", f"{AT}everyone (eve)", "3", "0", "+3"],
    ]


def test_top_channels_show_threads_behind_their_parent(marts: Connection) -> None:
    """A thread's name alone would tell nobody where it is."""
    assert table(page(), "### Top channels") == [
        ["1", "general", "10", "5", "+5"],
        ["2", f"questions {BEHIND} how do I \N{BROKEN BAR} quit", "7", "0", "+7"],
        ["3", "channel 13", "3", "0", "+3"],
    ]


def test_people_seen_for_the_first_time_are_named(marts: Connection) -> None:
    """Who wrote before the window is not new, however quiet since."""
    assert section(page(), "### Seen for the first time") == [
        "- user 103, 2026-11-09, 3 messages",
        f"- {AT}everyone (eve), 2026-11-11, 3 messages",
    ]


def test_only_five_are_at_the_top(marts: Connection) -> None:
    """Of many who wrote the same, the five smallest ids are shown."""
    marts.execute("delete from marts.daily_user_channel_activity")
    marts.execute(
        "insert into discord.channels (channel_id, guild_id, is_thread, audience)"
        " select 20 + n, 1, false, 'public' from generate_series(1, 60) n"
    )
    marts.execute(
        "insert into marts.daily_user_channel_activity"
        " (channel_id, author_id, activity_date, guild_id, message_count)"
        " select 20 + n, 200 + n, '2026-11-10', 1, 1 from generate_series(1, 60) n"
    )

    text = page()

    people = [row[1] for row in table(text, "### Top contributors")]
    assert people == [f"user {200 + n}" for n in range(1, 6)]
    channels = [row[1] for row in table(text, "### Top channels")]
    assert channels == [f"channel {20 + n}" for n in range(1, 6)]
    assert "10 of 60, those who wrote most where" in text
    assert text.count("- user ") == 10


def test_one_day_is_told_beside_the_day_before(marts: Connection) -> None:
    """A window of one day has both of its edges on that day."""
    text = page("--days", "1")

    assert text.startswith("# Discord report, 2026-11-14 to 2026-11-14\n")
    assert "The 1 day up to the end of 2026-11-14 (UTC), beside the 1 before" in text
    rows = table(text, "### Activity")
    assert rows[0] == ["Messages", "2", "0", "+2"]


def test_fewer_messages_have_a_minus(marts: Connection) -> None:
    """A quieter week is told as one, and equal ones as no change."""
    marts.execute(
        "update marts.daily_user_channel_activity set message_count = 4000"
        " where activity_date = '2026-11-07'"
    )

    rows = table(page(), "### Activity")

    assert rows[0] == ["Messages", "20", "4,001", "-3,981"]
    assert signed(0) == "0"


def test_a_guild_without_messages_in_the_window_is_told(marts: Connection) -> None:
    """Silence that is known is zero, and said in words where a table would be empty."""
    done = report("--as-of", "2026-12-31")

    text = Path(done.stdout.strip()).read_text()
    assert "| Messages | 0 | 0 | 0 |" in text
    assert text.count("Nobody wrote in these days.") == 2
    assert "Nobody new wrote in these days." in text


def test_a_guild_that_was_never_archived_whole_is_unknown(
    marts: Connection,
) -> None:
    """A guild without a name, a message or a complete run still has its section."""
    marts.execute("insert into discord.guilds (guild_id, name) values (2, null)")

    section = page().split("## guild 2\n")[1]

    assert "**Not complete yet:**" in section
    assert "| Seen for the first time | unknown | unknown | unknown |" in section
    assert "Unknown until the backfill is complete" in section


@pytest.mark.parametrize("archived_until", ["2026-11-08 00:00+00", None])
def test_days_that_are_not_archived_are_not_called_silent(
    marts: Connection, archived_until: str | None
) -> None:
    """What nobody has read is unknown: neither people nor channels fell silent."""
    marts.execute(
        "delete from marts.daily_user_channel_activity"
        " where activity_date >= '2026-11-08'"
    )
    for day in ("2026-10-12", "2026-10-20", "2026-11-07"):
        marts.execute(
            "insert into marts.daily_user_channel_activity"
            " (channel_id, author_id, activity_date, guild_id, message_count)"
            " values (12, 110, %s, 1, 1)",
            [day],
        )
    told_before = page()
    marts.execute(
        "update audit.guild_coverage set archived_until = %s", [archived_until]
    )

    text = page()

    unknown = ["Unknown: nothing of these days is archived yet."]
    assert "**Silent:**" in told_before
    assert "user 110" in told_before
    assert "**Silent:**" not in text
    assert "**Unknown:** nothing of these days is archived yet." in text
    assert section(text, "### Gone quiet") == unknown
    assert section(text, "### Channels up, down and silent") == unknown


def test_no_question_waits_only_where_that_is_known(marts: Connection) -> None:
    """Before the first complete run nobody can tell what was answered."""
    heading = "### Waiting for an answer"
    (none,) = section(page(), heading)
    marts.execute("delete from audit.guild_coverage")

    assert none.startswith("No question of the last four weeks waits")
    assert section(page(), heading) == [
        "Unknown until a run has reached the end of every channel."
    ]


def test_many_people_are_told_like_any_number(marts: Connection) -> None:
    """The first line writes thousands as the tables below do."""
    marts.execute(
        "insert into marts.daily_user_channel_activity"
        " (channel_id, author_id, activity_date, guild_id, message_count)"
        " select 10, 1000 + n, '2026-11-10', 1, 1 from generate_series(1, 1200) n"
    )

    assert "1,220 messages (+1,215) by 1,204 people (+1,202)" in page()


def test_one_point_is_one() -> None:
    """A change of a share is told in points, of which one is a point."""
    before = Decimal("0.5")
    shares = [before + Decimal(points) / 100 for points in (1, -1, 0)]

    told = [change(Figure("figure", "share", share, before)) for share in shares]

    assert told == ["+1 point", "-1 point", "0 points"]


def test_an_archive_without_guilds_says_what_to_do(
    marts: Connection,
) -> None:
    """The very first report may have nothing to tell."""
    marts.execute("delete from discord.guilds")

    assert "No guild is archived yet: run `make extract`" in page()


def test_first_timers_are_unknown_until_the_backfill_is_complete(
    marts: Connection,
) -> None:
    """Neither names nor numbers are certain while an older message may be missing."""
    marts.execute("update audit.guild_coverage set is_backfill_complete = false")

    text = page()

    assert "**Final:**" not in text
    assert "all that was posted up to" not in text

    assert "| Seen for the first time | unknown | unknown | unknown |" in text
    assert "**Backfill not complete:**" in text
    assert "an older message of theirs may still be found." in text


def test_a_guild_whose_first_run_has_not_ended_is_not_certain(
    marts: Connection,
) -> None:
    """Messages may be there before any run has reached the guild's end."""
    marts.execute("delete from audit.guild_coverage")

    text = page()

    assert "**Not complete yet:**" in text
    assert "| Seen for the first time | unknown | unknown | unknown |" in text


@pytest.mark.parametrize(
    ("zone", "archived_until", "expected"),
    [
        pytest.param(
            "UTC",
            "2026-11-15 00:00+00",
            "**Final:** all that was posted up to 2026-11-15 00:00 is archived.",
            id="at midnight",
        ),
        pytest.param(
            "UTC",
            "2026-11-14 23:59:59+00",
            "**Not final:** all that was posted up to 2026-11-14 23:59 is archived",
            id="a second before",
        ),
        pytest.param(
            "America/New_York",
            "2026-11-15 04:59:59+00",
            "**Not final:** all that was posted up to 2026-11-14 23:59 is archived",
            id="a second before, in New York",
        ),
        pytest.param(
            "Asia/Tokyo",
            "2026-11-14 15:00+00",
            "**Final:** all that was posted up to 2026-11-15 00:00 is archived.",
            id="at midnight, in Tokyo",
        ),
    ],
)
def test_days_are_final_when_all_of_them_are_archived(
    marts: Connection, zone: str, archived_until: str, expected: str
) -> None:
    """The archive must reach the window's last midnight in the reporting zone."""
    marts.execute("update audit.build_state set reporting_timezone = %s", [zone])
    marts.execute(
        "update audit.guild_coverage set archived_until = %s", [archived_until]
    )

    assert expected in page()


def test_channels_out_of_reach_are_named_as_unknown(
    marts: Connection,
) -> None:
    """Channels that cannot be read, or failed, are told: they are not silent."""
    marts.execute(
        "update audit.guild_coverage"
        " set unreadable_channel_count = 2, failed_channel_count = 1"
    )

    text = page()

    assert "**Out of reach:** 2 channels that" in text
    assert "**Failed:** 1 channel at the last run" in text
    assert "**Final:** all that was posted up to 2026-11-15 09:00" in text


def test_only_the_guilds_asked_for_are_told(
    marts: Connection,
) -> None:
    """Guilds come in the order of their ids, or as chosen."""
    marts.execute(
        "insert into discord.guilds (guild_id, name) values (2, 'Two'), (3, 'Three')"
    )

    everything, chosen = page(), page("--guild-id", "3", "--guild-id", "2")

    def names(text: str) -> list[str]:
        return [line[3:] for line in text.splitlines() if line.startswith("## ")]

    testers, how = "Testers \\| &lt;b&gt;\\#1&lt;/b&gt;", "How to read this"
    assert names(everything) == [testers, "Two", "Three", how]
    assert names(chosen) == ["Two", "Three", how]


def test_same_data_same_bytes(marts: Connection) -> None:
    """Neither the hour nor the place of rows in their tables shows on the page."""
    first = page("--output", "first.md")
    marts.execute("update marts.daily_user_channel_activity set guild_id = guild_id")
    marts.execute("set timezone = 'Asia/Tokyo'")

    assert page("--output", "second.md") == first


def test_the_page_is_clean_markdown(marts: Connection) -> None:
    """No double blank lines, no trailing blanks, one line's end at the end."""
    marts.execute("insert into discord.guilds (guild_id, name) values (2, 'Two')")

    text = page()

    assert "\n\n\n" not in text
    assert not [line for line in text.splitlines() if line != line.rstrip()]
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "None" not in text


def test_nothing_is_written_to_the_database(
    marts: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report works for somebody who may only read."""
    monkeypatch.setenv("PGOPTIONS", "-c default_transaction_read_only=on")

    assert "| Messages | 20 |" in page()


def test_options_come_from_the_environment_too(
    marts: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cron and make set variables rather than options."""
    monkeypatch.setenv("REPORT_DAYS", "14")
    monkeypatch.setenv("REPORT_AS_OF", "2026-11-15")
    monkeypatch.setenv("REPORT_GUILD_ID", "1")
    monkeypatch.setenv("REPORT_OUTPUT", "here/report.md")

    done = CliRunner().invoke(main, [])

    assert done.stdout == "here/report.md\n"
    assert "| Messages | 25 | 9 | +16 |" in Path("here/report.md").read_text()


def test_today_is_a_day_of_the_reporting_zone() -> None:
    """At midday in UTC it is tomorrow in Kiritimati."""
    noon = datetime(2026, 11, 14, 12, tzinfo=UTC)

    assert today("UTC", noon) == date(2026, 11, 14)
    assert today("Pacific/Kiritimati", noon) == date(2026, 11, 15)


def test_without_as_of_the_report_tells_up_to_last_midnight(
    marts: Connection,
) -> None:
    """The default is today, in the zone of the marts."""
    before = today("UTC", datetime.now(UTC))
    done = CliRunner().invoke(main, [])
    after = today("UTC", datetime.now(UTC))

    assert Path(done.stdout.strip()) in {default_output(before), default_output(after)}


def test_a_week_is_told_from_monday_to_sunday(marts: Connection) -> None:
    """Any day of it names it, and the page is kept under the day after it."""
    done = CliRunner().invoke(main, ["--week", "2026-11-11"])

    assert done.stdout == "reports/2026-11-16.md\n"
    text = Path("reports/2026-11-16.md").read_text()
    assert text.startswith("# Discord report, 2026-11-09 to 2026-11-15\n")


@given(st.dates(date(2015, 5, 13), date(2200, 1, 1)))
def test_a_week_is_the_iso_week_of_its_day(day: date) -> None:
    """The first day is a Monday, and the day lies in between."""
    window = Window.of_week(day)

    assert window.first_day.isocalendar() == (*day.isocalendar()[:2], 1)
    assert window.first_day <= day <= window.last_day
    assert window.days == 7


@pytest.mark.parametrize("other", [("--days", "7"), ("--as-of", "2026-11-15")])
def test_a_week_leaves_nothing_else_to_say(other: tuple[str, str]) -> None:
    """Two ways to say which days would contradict each other."""
    done = CliRunner().invoke(main, ["--week", "2026-11-09", *other])

    assert done.exit_code == 2
    assert done.stderr == (
        "Error: --week says which days: leave out --days and --as-of.\n"
    )


def test_a_week_is_told_whatever_the_environment_says(
    marts: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable of cron's does not forbid to look at another week by hand."""
    monkeypatch.setenv("REPORT_DAYS", "14")

    done = CliRunner().invoke(main, ["--week", "2026-11-09"])

    assert done.exit_code == 0
    assert "The 7 days up to" in Path(done.stdout.strip()).read_text()


@given(st.dates(date(2015, 5, 13), date(2200, 1, 1)), st.integers(1, 400))
def test_windows_touch_and_are_equally_long(as_of: date, days: int) -> None:
    """Between a window and the one before it no day is lost or told twice."""
    window = Window.up_to(as_of, days)

    assert window.days == days
    assert (as_of - window.last_day).days == 1
    assert window.as_of == as_of
    assert (window.first_day - window.before.last_day).days == 1
    assert window.before.days == days


def test_a_window_before_the_calendar_is_refused() -> None:
    """The first days of the year 1 have no days before them."""
    with pytest.raises(BadRequestError, match="has no 7 days before 0001-01-16"):
        Window.up_to(date(1, 1, 16), 7)
    with pytest.raises(BadRequestError, match="The calendar ends in the week of 9999"):
        Window.of_week(date(9999, 12, 31))


def test_every_question_says_what_it_asks() -> None:
    """Each number is one query that opens with a sentence about it."""
    asked = {**questions(), **questions(FIGURES)}

    assert len(asked) > 20
    for name, query in asked.items():
        assert query.startswith("-- "), name


def test_pictures_lie_beside_the_page_that_shows_them(marts: Connection) -> None:
    """A folder moves with its page, and holds no picture of an earlier one."""
    stale = Path("here/my report_files/1-hours.svg")
    stale.parent.mkdir(parents=True)
    stale.write_text("of an earlier page")

    text = page("--pictures", "--output", "here/my report.md")

    assert "](my%20report_files/1-top-channels.svg)" in text
    assert [path.name for path in stale.parent.iterdir()] == ["1-top-channels.svg"]
    assert page("--output", "here/my report.md") == re.sub(r"!\[.*\n\n", "", text)
    assert list(stale.parent.iterdir()) == []


def test_pictures_of_others_stay_where_they_are(marts: Connection) -> None:
    """A browser that saved a page of that name used the same folder."""
    folder = Path("saved_files")
    folder.mkdir()
    (folder / "logo.svg").write_text("theirs")
    (folder / "2-trend.svg").write_text("of an earlier page")

    page("--output", "saved.md")

    assert [path.name for path in folder.iterdir()] == ["logo.svg"]


def test_the_page_for_a_browser_is_the_same(marts: Connection) -> None:
    """It stands beside the other, with the pictures inside."""
    done = report("--pictures", "--html", "--output", "here/report.md")

    assert done.stdout == "here/report.md\nhere/report.html\n"
    shown = Path("here/report.html").read_text()
    assert "<title>Discord report, 2026-11-08 to 2026-11-14</title>" in shown
    assert "data:image/svg+xml;base64," in shown
    assert "Testers | &lt;b&gt;#1&lt;/b&gt;</h2>" in shown


def test_pictures_are_found_whatever_the_page_is_called(marts: Connection) -> None:
    """What looks like a part of an address is a part of the name."""
    report("--pictures", "--html", "--output", "50%20 off.md")

    assert "data:image/svg+xml;base64," in Path("50%20 off.html").read_text()


def test_a_file_without_a_name_is_refused() -> None:
    """A script's empty variable makes no page."""
    done = CliRunner().invoke(main, ["--output", ""])

    assert done.exit_code == 2
    assert "--output names a file" in done.stderr


def test_a_timeout_that_is_no_number_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The variable is named before any connection."""
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "soon")

    done = report()

    assert done.exit_code == 2
    assert done.stderr == "Error: PGCONNECT_TIMEOUT is no number of seconds: soon\n"


def test_an_env_file_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    """As a program of its own: exit code 1, one line on stderr, no traceback."""
    (tmp_path / ".env").write_bytes(b"REPORT_OUTPUT=\xff\n")

    done = subprocess.run(
        [sys.executable, "-m", "scripts.render_report"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(CHECKOUT),
            "DISCORD_WAREHOUSE_ENV_FILE": ".env",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("Error: .env cannot be read: ")
    assert done.stderr.count("\n") == 1


def test_both_pages_need_a_name_of_their_own() -> None:
    """The page of markdown cannot be called what the other one is called."""
    done = CliRunner().invoke(main, ["--html", "--output", "report.html"])

    assert done.exit_code == 2
    assert "--output names the page of markdown" in done.stderr


def test_env_file_says_how_to_report(marts: Connection) -> None:
    """What cron needs stands in one file; nothing of it moves the database."""
    Path(".env").write_text("REPORT_DAYS=1\nREPORT_AS_OF=2026-11-15\nPGHOST=nowhere\n")

    done = subprocess.run(
        [sys.executable, "-m", "scripts.render_report", "--no-pictures"],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "REPORT_DAYS": "2"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "reports/2026-11-15.md\n"
    assert "The 2 days up to" in Path("reports/2026-11-15.md").read_text()


def test_an_existing_report_is_replaced_whole(tmp_path: Path) -> None:
    """Writing again leaves the new text, open to whom files usually are, no draft."""
    path = tmp_path / "reports" / "x.md"

    write_atomically(path, b"old and much longer\n")
    write_atomically(path, b"new\n")

    assert path.read_text() == "new\n"
    assert list(path.parent.iterdir()) == [path]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_a_place_that_cannot_be_written_is_one_line(marts: Connection) -> None:
    """The error names the file and leaves what was there."""
    Path("taken").write_text("mine")

    done = report("--output", "taken/report.md")

    assert done.exit_code == 1
    assert done.stderr.startswith("Error: Cannot write taken/report.md: ")
    assert done.stderr.count("\n") == 1
    assert Path("taken").read_text() == "mine"


def test_marts_that_are_not_built_are_one_line(
    database: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty database is told apart from one that is down."""
    for name, value in database.items():
        monkeypatch.setenv(name, value)

    done = report()

    assert done.exit_code == 1
    assert "The marts are not built" in done.stderr
    assert "run make build first" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_mart_that_never_finished_is_one_line(
    marts: Connection,
) -> None:
    """A first build that stopped half way leaves no zeros that look like an answer."""
    marts.execute("delete from audit.build_state")

    done = report()

    assert done.exit_code == 1
    assert "has never been built: run make build first" in done.stderr


def test_a_time_zone_unknown_here_is_one_line(marts: Connection) -> None:
    """Postgres knows zones by more names than Python does."""
    marts.execute("update audit.build_state set reporting_timezone = 'Mars/Olympus'")

    done = report()

    assert done.exit_code == 1
    assert "was built in time zone Mars/Olympus, which Python" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("style", ["German,DMY", "SQL,MDY", "Postgres,MDY"])
def test_the_date_style_of_the_server_does_not_matter(
    marts: Connection, monkeypatch: pytest.MonkeyPatch, style: str
) -> None:
    """A server with customs of its own tells the same."""
    monkeypatch.setenv("PGOPTIONS", f"-c datestyle={style}")

    assert "up to 2026-11-15 09:00 is archived" in page()


def test_the_exposure_names_what_the_report_reads() -> None:
    """Each table once, but for dbt's own state."""
    read = {table.split(".")[1] for table in tables_read()}
    exposures = CHECKOUT / "models" / "weekly" / "_weekly__exposures.yml"

    named = re.findall(r"ref\('(\w+)'\)", exposures.read_text())

    assert set(named) == read
    assert len(named) == len(set(named))


KINDS = ("--resource-type", "model", "--resource-type", "seed")


def test_the_selector_of_the_report_builds_what_it_needs(
    postgres: Embedded, tmp_path: Path
) -> None:
    """What the exposure names and all that is made from, and nothing besides."""
    environment = postgres.environment(DATABASE)
    project, _ = parsed(tuple(sorted(environment.items())))
    exposure = project.exposures["exposure.discord_warehouse.weekly_report"]
    needed = set(exposure.depends_on.nodes)
    waiting = list(needed)
    while waiting:
        node = project.nodes.get(waiting.pop())
        parents = set(node.depends_on_nodes if node else ()) - needed
        needed |= parents
        waiting += parents

    listing = ["ls", "--selector", "weekly_report", *KINDS]
    named = ["--output", "json", "--output-keys", "unique_id"]
    outcome = invoke(environment, dbt_arguments(tmp_path, *listing, *named), project)

    assert outcome.success, failure(outcome)
    assert isinstance(outcome.result, list)
    listed = {json.loads(line)["unique_id"] for line in outcome.result}
    assert listed == needed & project.nodes.keys()


def test_an_unknown_guild_is_one_line(marts: Connection) -> None:
    """The error lists the guilds there are."""
    done = report("--guild-id", "7")

    assert done.exit_code == 2
    assert done.stderr == "Error: Guild 7 is not in the archive, which holds: 1.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--as-of", "yesterday"), id="a date that is none"),
        pytest.param(("--as-of", "2026-02-30"), id="a day that never was"),
        pytest.param(("--days", "0"), id="no days"),
        pytest.param(("--days", "week"), id="days that are no number"),
        pytest.param(("--guild-id", "x"), id="a guild that is no number"),
        pytest.param(("--week", "46"), id="a week that is no day"),
        pytest.param(("--audience", "all"), id="readers that are unknown"),
    ],
)
def test_a_bad_option_is_named(arguments: tuple[str, str]) -> None:
    """Wrong use is exit code 2 and names the option, before any connection."""
    done = CliRunner().invoke(main, arguments)

    assert done.exit_code == 2
    assert f"Invalid value for '{arguments[0]}'" in done.stderr


def test_a_database_that_is_down_is_one_line(tmp_path: Path) -> None:
    """As a program of its own: exit code 1, one line on stderr, no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts.render_report"],
        cwd=CHECKOUT,
        env={"PATH": os.defpath, "PGHOST": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: Cannot use the database (")
    assert done.stderr.count("\n") == 1
