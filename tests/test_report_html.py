"""The report as a page for a browser: parsed here, and opened in a real one."""

from __future__ import annotations

import html
import json
import re
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.image import imread

from scripts.report.html import html_page
from scripts.report.inert import inert
from tests.chromium import browse, complaints, screenshot
from tests.test_report_charts import PICTURES, picture

PLAIN = '<svg xmlns="http://www.w3.org/2000/svg" width="70" height="7"/>'
WIDE_NAME = inert("a_channel_name_without_a_single_space_" * 2)

ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "main", "div", "span", "img"),
    *("h1", "h2", "h3", "h4", "p", "ul", "ol", "li", "strong", "em", "a", "blockquote"),
    *("table", "thead", "tbody", "tr", "th", "td", "code", "pre", "hr", "br"),
}


class Page(HTMLParser):
    """All tags of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(markdown: str, pictures: dict[str, str | bytes] | None = None) -> Page:
    return Page(html_page(markdown, pictures or {}, title="Report"))


def report() -> str:
    """Return a whole page with all pictures, a wide table, and names of all sorts."""
    names = ["general", WIDE_NAME, inert("ערוץ כללי"), inert("<b>日本語</b> | 😀")]
    rows = "".join(f"| {name} | 1,234 | 1,000 | +234 |\n" for name in names)
    images = "\n\n".join(f"![The {name}](2026-11-15/{name}.svg)" for name in PICTURES)
    markdown = (
        f"# Report\n\n- **Final:** all is archived.\n\n## {WIDE_NAME}\n\n{images}\n\n"
        f"| Where | Messages | Before | Change |\n| :--- | ---: | ---: | ---: |\n{rows}"
        f"\n> {inert('a quote ' * 30)}\n\n[a message](https://discord.com/channels/1/2/3)\n"
    )
    pictures = {f"2026-11-15/{name}.svg": picture(name) for name in PICTURES}
    return html_page(markdown, pictures, title="Report")


@pytest.fixture
def opened(tmp_path: Path) -> Path:
    """Give the file of a whole page."""
    file = tmp_path / "report.html"
    file.write_text(report())
    return file


@pytest.mark.parametrize("kind", [str, str.encode], ids=["text", "bytes"])
def test_a_picture_is_part_of_the_page(kind: type) -> None:
    """The page needs no file beside it, and says the picture's words all the same."""
    shown = page(
        '![All of *it* & "more"](days/a%20b.svg)', {"days/a b.svg": kind(PLAIN)}
    )

    (image,) = shown.all("img")
    assert image["alt"] == 'All of it & "more"'
    kind_of_data, content = str(image["src"]).split(",")
    assert kind_of_data == "data:image/svg+xml;base64"
    assert b64decode(content).decode() == PLAIN


@pytest.mark.parametrize(
    "address",
    ["gone.svg", "https://e.vil/x.svg", "data:image/svg+xml,x", "javascript:x", ""],
)
def test_a_picture_that_is_not_given_is_its_words(address: str) -> None:
    """No address of a picture reaches the page, and none is left unexplained."""
    shown = page(f"![Messages <by> week]({address})")

    assert shown.all("img") == []
    assert "Messages <by> week" in shown.text


@pytest.mark.parametrize(
    ("markdown", "href"),
    [
        pytest.param(
            "[x](https://discord.com/a/1)", "https://discord.com/a/1", id="ours"
        ),
        pytest.param("<https://discord.com/a>", "https://discord.com/a", id="bare"),
        pytest.param("[x](http://discord.com/a)", None, id="not encrypted"),
        pytest.param("[x](https://discord.com.e.vil/)", None, id="longer host"),
        pytest.param("[x](https://discord.com@e.vil/)", None, id="host as a user"),
        pytest.param("[x](https://e.vil\\@discord.com/)", None, id="backslash"),
        pytest.param("[x](https://discord.com:444/)", None, id="another port"),
        pytest.param("[x](//discord.com/)", None, id="no scheme"),
        pytest.param("[x](https://[::1/)", None, id="no address at all"),
        pytest.param("[x](javascript:alert)", None, id="script"),
        pytest.param("[x](other.md)", None, id="file"),
        pytest.param("[x][1]\n\n[1]: https://e.vil/", None, id="reference"),
        pytest.param("<mailto:a@e.vil>", None, id="mail"),
        pytest.param("https://discord.com/a", None, id="text is no link"),
    ],
)
def test_only_links_to_discord_are_live(markdown: str, href: str | None) -> None:
    """Of every other link the page keeps the text."""
    shown = page(markdown)

    links = shown.all("a")
    assert [link["href"] for link in links] == ([href] if href else [])
    assert all(link["rel"] == "noopener noreferrer" for link in links)
    assert shown.text.strip()


def test_links_inside_of_other_markup_are_cut_too() -> None:
    """Headings, tables and quotes are no way around, and the rest of a line stays."""
    bad = "a [b](https://e.vil) **[c](//e.vil)** [d](https://discord.com/) e"

    shown = page(f"# {bad}\n\n> - {bad}\n\n| {bad} |\n| - |\n| {bad} |\n")

    assert [link["href"] for link in shown.all("a")] == ["https://discord.com/"] * 4
    assert len(re.findall("a b c d e", shown.text)) == 4


def test_a_page_forbids_everything_but_its_own_style_and_pictures() -> None:
    """The policy stands in front of all that it governs."""
    shown = page("x")

    assert [tag for tag, _ in shown.tags[:4]] == ["html", "head", "meta", "meta"]
    assert shown.all("html") == [{"lang": "en"}]
    charset, policy, *_ = shown.all("meta")
    assert charset == {"charset": "utf-8"}
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert str(policy["content"]).split("; ") == [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_cells_run_in_the_direction_of_their_text() -> None:
    """A Hebrew name does not drag the number beside it along; sides stay."""
    shown = page("| a | b |\n| :- | -: |\n| שלום | 7 |\n")

    cells = shown.all("th") + shown.all("td")
    assert [cell["dir"] for cell in cells] == ["auto"] * 4
    assert [cell["style"] for cell in cells] == [
        "text-align:left",
        "text-align:right",
    ] * 2


def test_html_is_shown_and_not_obeyed() -> None:
    """Neither in blocks nor in lines nor in the title."""
    bad = "<script>x</script> <b onclick=x> &lt;i&gt;"

    made = html_page(f"{bad}\n\na {bad}\n", {}, title="</title><script>x")

    shown = Page(made)
    assert {tag for tag, _ in shown.tags} <= ALLOWED
    assert shown.text.count("<script>x</script> <b onclick=x> <i>") == 2
    assert "&lt;/title&gt;&lt;script&gt;x" in made


@given(st.text(), st.text())
@settings(deadline=None)  # the first call compiles the template
def test_names_add_no_tag_to_a_page(name: str, quote: str) -> None:
    """Whoever is called whatever: same tags, and no attribute of theirs."""
    expected = page("# n\n\n| n | 7 |\n| - | - |\n| n | 8 |\n\n> n\n")

    n, q = inert(name) or "n", inert(quote) or "n"
    shown = page(f"# {n}\n\n| {n} | 7 |\n| - | - |\n| {n} | 8 |\n\n> {q}\n")

    assert shown.tags == expected.tags


@given(st.text())
@settings(deadline=None)
def test_even_raw_text_makes_only_harmless_tags(markdown: str) -> None:
    """Should a text ever come in unescaped, it still loads and runs nothing."""
    shown = page(markdown)

    assert {tag for tag, _ in shown.tags} <= ALLOWED
    assert all(
        str(link["href"]).startswith("https://discord.com") for link in shown.all("a")
    )
    assert shown.all("img") == []


def test_same_report_makes_same_page() -> None:
    """Nothing of the moment or the machine is in a page."""
    assert report() == report()


def measured(file: Path, width: int) -> dict[str, list[int]]:
    """Return what a browser makes of a page that is so many pixels wide.

    The page itself, its policy included, is in a frame; who measures stands outside.
    """
    frame = file.with_name(f"frame{width}.html")
    frame.write_text(
        f"""<!DOCTYPE html><meta charset="utf-8">
        <iframe style="border: 0" width="{width}" height="900"
          srcdoc="{html.escape(file.read_text())}"></iframe>
        <pre></pre>
        <script>
        addEventListener("load", () => {{
          const inside = document.querySelector("iframe").contentDocument;
          document.querySelector("pre").textContent = JSON.stringify({{
            widths: [inside.documentElement.clientWidth,
                     inside.documentElement.scrollWidth, inside.body.scrollWidth],
            images: [...inside.images].map(image => image.naturalWidth),
            shown: [...inside.images].map(image => image.clientHeight),
          }});
        }});
        </script>"""
    )
    dom = browse(frame, "--dump-dom").stdout
    found = re.search("<pre>(.+)</pre>", dom)
    assert found, dom
    answer: dict[str, list[int]] = json.loads(found[1])
    return answer


@pytest.mark.parametrize("width", [700, 390])
def test_a_browser_shows_pictures_and_scrolls_nothing_aside(
    opened: Path, width: int
) -> None:
    """On a desk and on a phone: all pictures have a size, the page has one width."""
    seen = measured(opened, width)

    assert seen["widths"] == [width] * 3
    assert seen["images"] == [700] * len(PICTURES)
    assert min(seen["shown"]) > 100


def test_a_browser_finds_nothing_to_complain_about(opened: Path) -> None:
    """The policy forbids nothing that the page needs."""
    assert complaints(opened) == []


def test_a_browser_refuses_what_the_page_should_not_hold(opened: Path) -> None:
    """Were a script or a foreign picture smuggled in, the policy would stop both."""
    smuggled = (
        "<script>console.log('it ran')</script><img src='http://127.0.0.1:9/x.png'>"
        "<main>"
    )
    opened.write_text(opened.read_text().replace("<main>", smuggled))

    told = complaints(opened)

    assert len(told) == 2
    assert all("Content Security Policy" in line for line in told)


@pytest.mark.parametrize(
    ("scheme", "paper"), [("light", (255, 255, 255)), ("dark", (13, 17, 23))]
)
def test_a_page_is_legible_by_day_and_by_night(
    opened: Path, tmp_path: Path, scheme: str, paper: tuple[int, int, int]
) -> None:
    """The paper follows the desktop; letters and both colours of charts are on it."""
    shot = tmp_path / f"{scheme}.png"

    screenshot(opened, shot, width=700, scheme=scheme)

    pixels = np.rint(imread(shot)[:, :, :3] * 255).astype(int)
    assert pixels.shape[1] == 700
    assert tuple(pixels[0, 0]) == paper
    inked = np.abs(pixels - np.array(paper)).sum(axis=2) > 90
    assert 0.02 < inked.mean() < 0.6
    for colour in ((31, 120, 200), (207, 92, 10)):
        assert (np.abs(pixels - np.array(colour)).sum(axis=2) < 9).sum() > 500
