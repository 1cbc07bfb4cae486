"""Names made inert: checked with a real CommonMark parser."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from scripts.report.inert import inert, plain
from scripts.report.page import finalize

# letters of everyday names, and all that has a meaning somewhere
TROUBLE = "ab1 \n\t\\`*_{}[]()<>#+-.!|~=$&:@/\"'“é𝔘日שع\u202e\u200b\u2066\u00a0\x00😀"
AT = "\N{FULLWIDTH COMMERCIAL AT}"

names = st.text(st.sampled_from(TROUBLE), max_size=40) | st.text(max_size=40)

PARSER = MarkdownIt("gfm-like", {"linkify": False, "html": True})


def parsed(markdown: str) -> list[Token]:
    """Return all tokens of a page, those inside of lines included."""
    tokens: list[Token] = []
    for token in PARSER.parse(markdown):
        tokens += [token, *(token.children or [])]
    return tokens


def shown(tokens: list[Token]) -> str:
    """Return what a reader sees of plain text."""
    return "".join(t.content for t in tokens if t.type in ("text", "text_special"))


@given(names)
def test_a_name_in_a_table_is_one_cell_of_plain_text(name: str) -> None:
    """Whatever a name holds, a row keeps its cells and the cell shows just the name."""
    tokens = parsed(f"| a | b |\n| --- | --- |\n| {inert(name)} | 7 |\n")

    kinds = {token.type for token in tokens}
    assert kinds <= {
        *("table_open", "table_close", "thead_open", "thead_close", "tbody_open"),
        *("tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open"),
        *("td_close", "inline", "text", "text_special"),
    }
    assert [token.type for token in tokens].count("td_open") == 2
    assert shown(tokens) == "ab" + plain(name).replace("@", AT) + "7"


@given(names)
def test_a_name_in_a_list_is_one_item_of_plain_text(name: str) -> None:
    """A name that begins like a list, a heading or a quote begins none."""
    tokens = parsed(f"- {inert(name) or 'nobody'}\n")

    assert [token.type for token in tokens if token.nesting] == [
        *("bullet_list_open", "list_item_open", "paragraph_open"),
        *("paragraph_close", "list_item_close", "bullet_list_close"),
    ]


@given(names)
def test_a_name_in_a_heading_is_that_heading(name: str) -> None:
    """A name cannot end a heading or begin another block."""
    tokens = parsed(f"## {inert(name) or 'nobody'}\n")

    kinds = [token.type for token in tokens if token.nesting]
    assert kinds == ["heading_open", "heading_close"]


@given(names)
def test_a_name_keeps_no_control_and_no_mention(name: str) -> None:
    """Nothing is left that reorders, hides, breaks a line, pings or is HTML."""
    text = str(inert(name))

    categories = {unicodedata.category(character) for character in text}
    assert not categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not set(text) & set("@<>")


@given(names)
def test_what_is_inert_is_printed_as_it_is(name: str) -> None:
    """The template's last gate escapes what no filter has escaped, and only that."""
    assert finalize(inert(name)) == finalize(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("Ada", "Ada", id="plain"),
        pytest.param("off-topic", "off-topic", id="a hyphen inside is just a hyphen"),
        pytest.param("-rf", "\\-rf", id="a hyphen in front begins a list"),
        pytest.param("a|b", "a\\|b", id="pipe"),
        pytest.param("`rm`", "\\`rm\\`", id="code"),
        pytest.param("[x](http://e.vil)", "\\[x\\](http\\://e\\.vil\\)", id="link"),
        pytest.param("a\r\nb", "a b", id="line break"),
        pytest.param("@everyone", f"{AT}everyone", id="everyone"),
        pytest.param("<@&1>", f"&lt;{AT}&amp;1&gt;", id="role mention"),
        pytest.param("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;", id="HTML"),
        pytest.param("&#64;here", "&amp;\\#64;here", id="entity"),
        pytest.param("abc\u202efed", "abcfed", id="right-to-left override"),
        pytest.param("a\u200bd\u2060m", "adm", id="zero width"),
        pytest.param("\u3164\u200b", "", id="nothing to see"),
        pytest.param(None, "", id="no name"),
        pytest.param("日本語 שלום 😀", "日本語 שלום 😀", id="scripts of the world"),
        pytest.param("x" * 200, "x" * 99 + "…", id="longer than Discord allows"),
    ],
)
def test_a_name_reads_as_expected(name: str | None, expected: str) -> None:
    """Names that people really choose stay readable, traps do not work."""
    assert inert(name) == expected


def test_bare_addresses_are_no_links() -> None:
    """Renderers that turn addresses into links find none in a name."""
    page = inert("https://e.vil www.e.vil a@e.vil")

    assert page == f"https\\://e\\.vil www\\.e\\.vil a{AT}e\\.vil"
