"""The pictures of a report: what they say, and that a name does nothing in them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from scripts.report import charts, drawing
from scripts.report.data import WEEKDAYS
from scripts.report.inert import plain
from tests.chromium import browse

CHECKOUT = Path(__file__).resolve().parent.parent
SVG = f"{{{drawing.SVG}}}"
PAPERS = ("#ffffff", "#0d1117")  # GitHub's, by day and by night

Row = dict[str, Any]

MONDAYS = [date(2026, 9, 21) + timedelta(weeks=week) for week in range(8)]
NAMES = [
    "general",
    "how do I quit vim in a thread with a name that goes on and on",
    "日本語チャンネルの名前はとても長いですね本当に長い",
    "ערוץ כללי לשיחות",
    "😀 party $x$ </svg><script>alert('\"1\"')</script>",
    "a\x00b\x1bc\u202ed\ufffee\ud800f",
    "W" * 100,
    "",
]

WEEKS: list[Row] = [
    {"week_start": monday, "message_count": messages, "unique_posters": posters}
    for monday, messages, posters in zip(
        MONDAYS,
        [9999, None, 0, 12_345, 876_543, 9_876_543, 88, 9],
        [1888, None, 0, 134, 99, 188, 1000, 106],
        strict=True,
    )
]
HOURS: list[Row] = [
    {"weekday": 1, "hour": 0, "messages_per_week": Decimal("0.25")},
    {"weekday": 6, "hour": 23, "messages_per_week": Decimal("26.4")},
    {"weekday": 7, "hour": 3, "messages_per_week": None},
]
CHANNELS: list[Row] = [
    {"rank": place, "label": name, "value": value, "value_before": value_before}
    for place, (name, value, value_before) in enumerate(
        zip(
            NAMES,
            [4_210_777, 999_999, 1800, 900, 310, 12, 1, 0],
            [38, 4_300_000, 0, 905, 40, 12, 0, 7],
            strict=True,
        ),
        start=1,
    )
]
COHORTS: list[Row] = [
    {
        "cohort_week": monday,
        "cohort_size": size,
        "weeks_later": later,
        "retention_rate": rate if week + later < 8 and size >= 5 else None,
    }
    for week, (monday, size) in enumerate(
        zip(MONDAYS, [23, 41, 3, 150_000, 18, 7, 5, 12], strict=True)
    )
    for later, rate in enumerate(
        map(Decimal, ("1", "0.37", "0.2", "0.125", "0.08", "0", "1", "0.004"))
    )
]

Draw = Callable[[Sequence[Row]], bytes | None]
PICTURES: dict[str, tuple[Draw, list[Row]]] = {
    "trend": (charts.trend, WEEKS),
    "heatmap": (charts.heatmap, HOURS),
    "top_channels": (charts.top_channels, CHANNELS),
    "retention": (charts.retention, COHORTS),
}

every_picture = pytest.mark.parametrize("name", PICTURES)


def picture(name: str) -> bytes:
    """Return one of the pictures above."""
    draw, rows = PICTURES[name]
    drawn = draw(rows)
    assert drawn
    return drawn


def parsed(drawn: bytes | None) -> ET.Element:
    """Return the root of a picture."""
    assert drawn
    return ET.fromstring(drawn)  # noqa: S314 - just drawn


def words(drawn: bytes | None) -> list[str]:
    """Return all that is written in a picture."""
    return [text.text or "" for text in parsed(drawn).iter(f"{SVG}text")]


def luminance(colour: str) -> float:
    """Return how bright a colour is, as WCAG 2 defines it."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, as WCAG 2 defines it."""
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def over(paper: str, shade: tuple[float, ...]) -> str:
    """Return the colour that a shade has on a paper."""
    *colour, opacity = shade
    mixed = (
        opacity * part + (1 - opacity) * below
        for part, below in zip(colour, to_rgb(paper), strict=True)
    )
    return "#" + "".join(f"{round(part * 255):02x}" for part in mixed)


@every_picture
def test_a_picture_is_told_in_words_and_as_wide_as_a_page(name: str) -> None:
    """Who does not see the picture gets a title and its numbers; 700 px hold it."""
    root = parsed(picture(name))

    assert root.get("role") == "img"
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert all(child.text for child in list(root)[:2])
    assert root.get("width") == "700"
    assert root.get("viewBox") == f"0 0 700 {root.get('height')}"


@every_picture
def test_a_picture_runs_and_loads_nothing(name: str) -> None:
    """Shapes and letters only, and no reference that leaves the picture."""
    root = parsed(picture(name))

    shapes = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert shapes <= {
        *("svg", "title", "desc", "defs", "style", "g", "path", "use", "text"),
        *("clipPath", "rect"),
    }
    for element in root.iter():
        for attribute, value in element.attrib.items():
            assert not attribute.startswith("on")
            assert "href" not in attribute or value.startswith("#")
            assert re.findall(r"url\((?!#)", value) == []


@every_picture
def test_a_picture_uses_the_colours_that_are_legible_everywhere(name: str) -> None:
    """No stroke, fill or letter has a colour that nobody measured; nor is one small."""
    root = parsed(picture(name))

    styles = [element.get("style", "") for element in root.iter()]
    used = {colour for style in styles for colour in re.findall("#[0-9a-f]{6}", style)}
    assert used <= {drawing.TEXT, drawing.BLUE, drawing.ORANGE}
    for text in root.iter(f"{SVG}text"):
        style = text.get("style", "")
        assert f"fill: {drawing.TEXT}" in style
        assert "opacity" not in style
        assert all(
            float(px) >= 11 for px in re.findall(r"font-size: ([\d.]+)px", style)
        )


@pytest.mark.parametrize("paper", PAPERS)
def test_colours_stand_out_from_white_and_from_black(paper: str) -> None:
    """Text has a contrast of 4:1 on both papers, what is drawn 3:1."""
    assert contrast(drawing.TEXT, paper) >= 4
    assert contrast(drawing.BLUE, paper) >= 3
    assert contrast(drawing.ORANGE, paper) >= 3


@pytest.mark.parametrize("paper", PAPERS)
def test_each_level_of_the_heatmap_stands_out_more(paper: str) -> None:
    """The lowest level is seen on both papers, and every next one is a step away."""
    levels = [contrast(over(paper, shade), paper) for shade in charts.SHADES]

    assert levels[0] >= 1.15
    steps = [after / before for before, after in pairwise(levels)]
    assert min(steps) >= 1.09
    assert levels[-1] >= 3


def test_same_rows_make_same_bytes_whatever_the_settings(tmp_path: Path) -> None:
    """Another process, another folder, other settings: same pictures, no word of it."""
    (tmp_path / "matplotlibrc").write_text(
        "font.size: 30\naxes.grid: True\nytick.major.pad: 40\nsvg.fonttype: path\n"
    )
    program = (
        "import sys; from tests.test_report_charts import PICTURES, picture;"
        "sys.stdout.buffer.writelines(map(picture, PICTURES))"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=os.environ | {"PYTHONPATH": str(CHECKOUT), "PYTHONHASHSEED": "7"},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    assert done.stderr.decode() == ""
    assert done.stdout == b"".join(map(picture, PICTURES))


@given(st.text(max_size=60))
@settings(max_examples=40, deadline=None)
def test_a_label_is_a_line_of_text_and_nothing_else(label: str) -> None:
    """Whatever a channel is called, the picture shows its name, maybe cut."""
    rows = [{"rank": 1, "label": label, "value": 7, "value_before": 2}]

    shown = words(charts.top_channels(rows))

    assert {"7", "Messages by channel", "these days", "before"} <= set(shown)
    assert len(shown) <= 5
    assert all(
        text in [*shown, ""] for text in [drawing.short(label, charts.NAME_ROOM)]
    )


@pytest.mark.parametrize(
    "label",
    [
        pytest.param("costs $x_1$ or $$", id="mathematics"),
        pytest.param("</svg><script>x()</script>", id="markup"),
        pytest.param("'\" ]]> &lt; <!--", id="quotes and entities"),
        pytest.param("日本語 שלום 😀", id="scripts of the world"),
        pytest.param("\\$ \\n %s {0}", id="escapes"),
    ],
)
def test_a_label_is_shown_as_it_is(label: str) -> None:
    """Nothing in a name has a meaning, neither for XML nor for the library."""
    rows = [{"rank": 1, "label": label, "value": 7, "value_before": 2}]

    assert label in words(charts.top_channels(rows))


@given(st.text(), st.integers(20, 300))
@settings(deadline=None)  # the first call reads a font
def test_a_name_is_cut_to_its_room(name: str, room: int) -> None:
    """A name that was short enough is whole, another ends in an ellipsis and fits."""
    kept = drawing.short(name, room)

    assert len(kept) <= len(plain(name, limit=None)) or kept == "…"
    width = sum(drawing._advance(c, drawing.NORMAL) for c in kept)  # noqa: SLF001
    assert width <= room
    assert not {"\ufffe", "\uffff"} & set(kept)


def test_a_name_cannot_reach_into_other_lines() -> None:
    """Of the marks heaped on a letter some stay, as living scripts need them."""
    assert drawing.short("a" + "\u0301" * 50 + "b", 200) == "a\u0301\u0301\u0301b"


def test_a_trend_labels_every_week_and_says_what_is_unknown() -> None:
    """Eight weeks, two numbers each, the missing ones said to be unknown."""
    shown = words(charts.trend(WEEKS))

    assert shown.count("Sep 21") == shown.count("Nov 9") == 2
    assert [text.strip() for text in shown].count("unknown") == 2
    expected = {"9,999", "0", "12.3k", "876k", "9.9M", "88", "9", "1,888", "106"}
    assert expected <= set(shown)


def test_a_heatmap_has_every_hour_of_the_week() -> None:
    """168 squares: what has no row is none, what is None stays empty."""
    drawn = charts.heatmap(HOURS)

    squares = [
        square.get("style", "")
        for group in parsed(drawn).iter(f"{SVG}g")
        if group.get("id", "").startswith("PathCollection")
        for square in group
        if square.tag != f"{SVG}defs"
    ]
    assert len(squares) == 7 * 24
    assert sum("fill: none" in style for style in squares) == 1
    shown = words(drawn)
    assert "busiest: Sat 23:00, 26.4 a week" in shown
    assert {"none", "up to 6", "up to 30", "unknown"} <= set(shown)
    assert [text for text in shown if text in WEEKDAYS] == [*WEEKDAYS]


@given(st.decimals(Decimal("0.01"), 10**6, places=2), st.data())
def test_levels_are_few_round_and_all_in_use(
    most: Decimal, data: st.DataObject
) -> None:
    """The busiest hour is on one of the two top levels, no other hour on a higher."""
    step = charts._step(most)  # noqa: SLF001
    value = data.draw(st.decimals(0, most, places=2))

    top = charts._level(most, step)  # noqa: SLF001
    level = charts._level(value, step)  # noqa: SLF001
    assert top in (charts.LEVELS - 1, charts.LEVELS)
    assert level is not None
    assert level <= top
    assert (level == 0) == (value == 0)


def test_channels_show_both_counts() -> None:
    """The bar is these days', labelled; the marker and the words tell of before."""
    root = parsed(charts.top_channels(CHANNELS))

    shown = words(charts.top_channels(CHANNELS))
    assert {"general", "4.2M", "999k", "1,800", "0"} <= set(shown)
    described = root.findtext(f"{SVG}desc") or ""
    assert described.startswith("general: 4,210,777 (before: 38); how do I quit")


def test_retention_shows_shares_but_not_of_few() -> None:
    """A share in every cell that has one; of less than five people just 'few'."""
    shown = words(charts.retention(COHORTS))

    assert shown.count("few") == 1
    # five weeks later for three cohorts, one of them few; seven for the first
    assert shown.count("0%") == 3
    assert shown.count("37%") == 6
    assert {"23", "150k", "Sep 21", "12%"} <= set(shown)


def test_retention_never_tells_a_share_of_few() -> None:
    """Even a rate that should not have been asked for stays out of the picture."""
    rows = [{**row, "retention_rate": Decimal("0.5")} for row in COHORTS]

    drawn = charts.retention(rows)

    described = parsed(drawn).findtext(f"{SVG}desc") or ""
    assert str(MONDAYS[1]) in described
    assert str(MONDAYS[2]) not in described


@pytest.mark.parametrize(
    ("draw", "rows"),
    [
        pytest.param(charts.trend, [], id="no weeks"),
        pytest.param(
            charts.trend,
            [WEEKS[1], {**WEEKS[1], "message_count": 0}],
            id="silent or unknown weeks",
        ),
        pytest.param(charts.heatmap, [], id="no hours"),
        pytest.param(charts.heatmap, HOURS[2:], id="unknown hours"),
        pytest.param(charts.top_channels, [], id="no channels"),
        pytest.param(
            charts.top_channels,
            [{"rank": 1, "label": "general", "value": 0, "value_before": 0}],
            id="silent channels",
        ),
        pytest.param(charts.retention, [], id="no cohorts"),
        pytest.param(charts.retention, COHORTS[:1], id="a cohort's own week"),
        pytest.param(charts.retention, COHORTS[16:24], id="few people"),
    ],
)
def test_nothing_to_show_is_no_picture(draw: Draw, rows: list[Row]) -> None:
    """An empty picture says less than its absence."""
    assert draw(rows) is None


# Writes into the page where each text of each picture stands.
MEASURING = """
<script>
for (const svg of document.querySelectorAll("svg")) {
  const origin = svg.getBoundingClientRect();
  for (const text of svg.querySelectorAll("text")) {
    const box = text.getBoundingClientRect();
    const place = [box.left - origin.left, box.right - origin.left,
                   box.top - origin.top, box.bottom - origin.top];
    const line = document.createElement("li");
    line.textContent = [svg.dataset.name, ...place].join(" ");
    document.body.append(line);
  }
}
</script>
"""


def test_texts_fit_the_picture_and_do_not_overlap(tmp_path: Path) -> None:
    """Drawn by a real browser, no text is cut at an edge or stands on another."""
    drawn = "".join(
        picture(name).decode().replace("<svg", f'<svg data-name="{name}"', 1)
        for name in PICTURES
    )
    page = tmp_path / "pictures.html"
    page.write_text(f"<meta charset=utf-8>{drawn}{MEASURING}")

    found = re.findall(r"<li>(\S+) (.*?)</li>", browse(page, "--dump-dom").stdout)

    boxes = [(name, *map(float, place.split())) for name, place in found]
    assert len(boxes) == sum(len(words(picture(name))) for name in PICTURES)
    for place, (name, left, right, top, bottom) in enumerate(boxes):
        assert left >= 0, name
        assert right <= 700, name
        for other, left2, right2, top2, bottom2 in boxes[:place]:
            beside = right <= left2 or right2 <= left
            # a line's box is higher than its letters
            above = bottom - 4 <= top2 or bottom2 - 4 <= top
            assert name != other or beside or above, (name, left, top, left2, top2)
