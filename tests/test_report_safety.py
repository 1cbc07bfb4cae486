"""What the report may not do: show what its readers may not see, or act for anybody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.report.data import Audience, Connection
from scripts.report.quotes import quote, readable
from tests.report_guild import page, section, table
from tests.test_report_sections import question, reacted, wrote

AT = "\N{FULLWIDTH COMMERCIAL AT}"
BAR = "\N{BROKEN BAR}"
COUNCIL, VAULT = 14, 15  # restricted, private


def say_everywhere(marts: Connection) -> None:
    """Let people be noticed who write only in the council, or only in the vault."""
    for author_id, channel_id in ((120, COUNCIL), (121, VAULT)):
        for day in ("2026-10-12", "2026-10-20", "2026-11-07"):
            wrote(marts, author_id, day, channel_id)
        wrote(marts, author_id + 10, "2026-11-10", channel_id)
        reacted(marts, author_id, 50, author_id=author_id, channel_id=channel_id)
        question(marts, author_id, channel_id=channel_id, author_id=author_id)
    marts.execute(
        "insert into audit.channel_coverage"
        " (guild_id, channel_id, is_backfill_complete)"
        " select 1, channel_id, false from discord.channels"
    )


@pytest.mark.parametrize(
    ("audience", "hidden"),
    [
        (Audience.PUBLIC, ("council", "vault")),
        (Audience.RESTRICTED, ("vault",)),
        (Audience.PRIVATE, ()),
    ],
)
def test_nothing_is_named_that_readers_may_not_see(
    marts: Connection, audience: Audience, hidden: tuple[str, ...]
) -> None:
    """Neither channels nor people nor words of them, in any section."""
    before = page("--audience", audience.value)
    say_everywhere(marts)

    text = page("--audience", audience.value)

    secrets = {
        "council": ("council", "user 120", "user 130", f"/{COUNCIL}/", "number 120"),
        "vault": ("vault", "user 121", "user 131", f"/{VAULT}/", "number 121"),
    }
    for name, words in secrets.items():
        shown = [word for word in words if word in text]
        assert shown == [] if name in hidden else shown == list(words)
    assert before != text  # but all channels are counted
    assert ["Active channels", "5", "3", "+2"] in table(text, "### Activity")


def test_nobody_learns_when_newcomers_wrote_out_of_sight(marts: Connection) -> None:
    """Somebody's first day is the first on which all readers may have seen them."""
    wrote(marts, 130, "2026-11-09", VAULT)
    wrote(marts, 130, "2026-11-12")

    listed = section(page(), "### Seen for the first time")

    assert "- user 130, 2026-11-12, 1 message" in listed


def test_newcomers_out_of_sight_are_a_number(marts: Connection) -> None:
    """Those who are named are not said to have written more than those who are not."""
    for day in ("2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12"):
        wrote(marts, 131, day, VAULT)

    told, *listed = section(page(), "### Seen for the first time")

    assert told == "2 of 3, those who wrote most where all readers may see it:"
    assert len(listed) == 2


def test_who_reads_it_is_said_at_the_top(marts: Connection) -> None:
    """Somebody about to forward the page must know for whom it was made."""
    assert "every member may see" in page().split("\n## ")[0]
    assert "**Not for everybody:**" in page("--audience", "restricted")
    assert "private ones included" in page("--audience", "private").split("\n## ")[0]


def test_an_archive_of_exports_alone_names_all_and_says_so(marts: Connection) -> None:
    """Where permissions were never seen there is nothing to go by."""
    say_everywhere(marts)
    marts.execute("update discord.channels set audience = 'unknown'")

    text = page()

    assert "**Nothing is known about who may see what:**" in text
    assert "council" in text
    assert "vault" in text


def test_a_private_thread_among_exports_says_nothing_of_other_channels(
    marts: Connection,
) -> None:
    """It is known to be private without any permission: the others stay visible."""
    say_everywhere(marts)
    marts.execute("update discord.channels set audience = 'unknown'")
    marts.execute(
        "update discord.channels set audience = 'private', type_name = 'private_thread'"
        " where channel_id = 15"
    )

    text = page()

    assert "**Nothing is known about who may see what:**" in text
    assert "council" in text
    assert "vault" not in text
    assert "vault" in page("--audience", "private")


def test_where_all_was_hidden_from_the_archive_all_is_private(
    marts: Connection,
) -> None:
    """A bot that lost its access did not lose what it knew of permissions."""
    say_everywhere(marts)
    marts.execute("update discord.channels set audience = 'private', is_hidden = true")
    marts.execute("update discord.channels set type_name = 'private_thread'")

    assert "council" not in page()


def test_one_known_channel_makes_the_unknown_ones_private(marts: Connection) -> None:
    """What is unknown among what is known may be anything."""
    say_everywhere(marts)
    marts.execute(
        "update discord.channels set audience = 'unknown' where channel_id = 14"
    )

    assert "council" not in page("--audience", "restricted")
    assert "council" in page("--audience", "private")
    assert "Nothing is known" not in page()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("is_nsfw = true", id="age limit"),
        pytest.param("is_deleted = true", id="deleted"),
    ],
)
@pytest.mark.parametrize(
    ("channel_id", "changed"),
    [pytest.param(10, 10, id="channel"), pytest.param(11, 12, id="thread's parent")],
)
def test_some_channels_are_never_quoted(
    marts: Connection, change: str, channel_id: int, changed: int
) -> None:
    """Behind an age limit, nor where links lead nowhere; their threads neither."""
    reacted(marts, 1, 5, channel_id=channel_id)
    question(marts, 2, channel_id=channel_id)
    quoted_before = page()
    marts.execute(f"update discord.channels set {change} where channel_id = {changed}")

    text = page("--audience", "private")

    assert "number 1" in quoted_before
    assert "Where is number 2" in quoted_before
    assert "“number" not in text
    assert "Where is" not in text


def test_deleted_messages_are_never_quoted(marts: Connection) -> None:
    """Who took words back is not quoted with them."""
    reacted(marts, 1, 5, is_deleted=True)

    assert "number 1" not in page()


def test_quotes_cannot_break_out_of_their_table(marts: Connection) -> None:
    """Newlines, pipes and markup are shown, not obeyed."""
    question(marts, 1)
    marts.execute(
        "update discord.messages set content = %s",
        ["| a |\n| --- |\n# **Free** `x` ||the ending|| <@1> @everyone <b>?"],
    )

    (row,) = table(page(), "### Waiting for an answer")

    assert row[3].split(" [open](")[0] == (
        f"“{BAR} a {BAR} {BAR} --- {BAR} \\# \\*\\*Free\\*\\* \\`x\\` \\[spoiler\\]"
        f" {AT}somebody {AT}everyone &lt;b&gt;?”"
    )


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("hello <@123> and <@!123>", "hello @somebody and @somebody"),
        ("<@&9> in <#10>", "@role in #channel"),
        ("<a:wave:123><:boat:5>", ":wave::boat:"),
        ("at <t:1700000000:R>", "at [time]"),
        ("use </play:99> in <id:browse>", "use /play in [channel]"),
        ("see https://user:pw@example.org/a?b=c now", "see [link to example.org] now"),
        ("<https://example.org>", "[link to example.org]"),
        ("join discord.gg/abc", "join [invite]"),
        ("he ||dies\nat the end|| !", "he [spoiler] !"),
        ("http://[bad", "[link]"),
        ("1https://example.org/x", "1[link to example.org]"),
        ("  \n ", ""),
        (None, ""),
    ],
)
def test_discords_own_markup_is_read_like_a_person_would(
    said: str | None, shown: str
) -> None:
    """Nobody is pinged, no link is live, spoilers stay covered."""
    assert readable(said) == shown


@given(st.text(max_size=400))
def test_a_quote_is_one_line_without_a_live_mark(text: str) -> None:
    """Whatever was written, it ends no line, no cell and pings nobody."""
    shown = quote(text)

    assert "\n" not in shown
    assert "@" not in shown
    assert "<" not in shown
    for mark in "|`*_[]":
        assert f"\\{mark}" * shown.count(mark) == "".join(
            shown[place - 1 : place + 1]
            for place in range(len(shown))
            if shown[place] == mark
        )


def test_a_long_quote_is_cut(marts: Connection) -> None:
    """Somebody who writes a novel fills one line of it."""
    reacted(marts, 1, 5, content="tide " * 500)

    (line,) = section(page(), "### Highlights")

    assert "…”" in line
    assert len(line) < 400
