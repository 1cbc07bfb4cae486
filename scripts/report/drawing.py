"""The paper that pictures are drawn on: 700 px wide, legible on white and on black.

Owns colours, lettering, and how a figure of matplotlib becomes an SVG that says the
same in every process. What is drawn is told by charts.py.
"""

from __future__ import annotations

import os
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree as ET

# What matplotlib learns about fonts stays in the checkout, like all that is made here;
# and nobody's own settings change how a report looks.
CHECKOUT = Path(__file__).resolve().parents[2]
os.environ.setdefault("MPLCONFIGDIR", str(CHECKOUT / "target" / "matplotlib"))

from matplotlib import style  # noqa: E402 - reads the variable set above
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.font_manager import findfont, get_font  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.typing import ColorType  # noqa: E402

from scripts.report.inert import plain  # noqa: E402

WIDTH = 700  # as wide as GitHub and mail programs show it without shrinking

# One colour each for both backgrounds, hence the middle tones: text has a contrast of
# 4:1 with white and with GitHub's #0d1117, what is drawn 3:1. Who sees no red or no
# green still tells blue from orange.
TEXT = "#767d86"
BLUE = "#1f78c8"  # messages
ORANGE = "#cf5c0a"  # people, and what was before

SMALL, NORMAL, LARGE = 11, 12, 13  # px

MOST_MARKS = 3  # on one letter: no script needs more

# Letters are the viewer's: no font has all the scripts that people write names in.
FONTS = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
# This one comes with matplotlib and is wide: it tells how much room to leave.
MEASURE = "DejaVu Sans"

_FAMILY = f" font-family: {MEASURE!r};"  # as matplotlib writes it with every text

SVG = "http://www.w3.org/2000/svg"
ET.register_namespace("", SVG)
ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")

_LOOKS: dict[str, object] = {
    "font.family": MEASURE,
    "font.size": NORMAL,
    "text.color": TEXT,
    "text.parse_math": False,  # a name may hold two dollars
    "svg.fonttype": "none",
    "svg.hashsalt": "discord-warehouse",
    "axes.titlesize": LARGE,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": TEXT,
    "legend.frameon": False,
    "legend.fontsize": SMALL,
    "legend.handletextpad": 0.1,
    "legend.columnspacing": 0.8,
    "legend.borderpad": 0,
    "legend.borderaxespad": 0,
}
# What XML cannot hold at all, though it is neither a control nor a format character.
_NOT_XML = dict.fromkeys((0xFFFE, 0xFFFF))


@contextmanager
def looks() -> Iterator[None]:
    """Draw as all pictures of a report are drawn, whatever the user's settings say."""
    with style.context(["default", _LOOKS]), warnings.catch_warnings():
        # the viewer's fonts have the letters that MEASURE has not
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from font", UserWarning)
        yield


def paper(height: float) -> Figure:
    """Return an empty, transparent figure on which a point is a pixel."""
    figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)
    figure.patch.set_visible(False)
    return figure


def panel(
    figure: Figure, *, left: float, right: float, top: float, bottom: float
) -> Axes:
    """Return bare axes that leave so many pixels on each side."""
    high = figure.get_figheight() * 72
    axes = figure.add_axes(
        (
            left / WIDTH,
            bottom / high,
            1 - (left + right) / WIDTH,
            1 - (top + bottom) / high,
        )
    )
    axes.patch.set_visible(False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelcolor=TEXT, labelsize=SMALL)
    return axes


def note(
    axes: Axes,
    words: str,
    *,
    at: tuple[float, float],
    by: tuple[float, float],
    align: Literal["left", "center", "right"],
) -> None:
    """Write a few words so many pixels right of and above a place of the axes."""
    axes.annotate(
        words,
        at,
        xytext=by,
        textcoords="offset points",
        annotation_clip=False,
        fontsize=SMALL,
        horizontalalignment=align,
        verticalalignment="baseline",
    )


def key(label: str, colour: ColorType, marker: str = "s") -> Line2D:
    """Return an entry for a legend."""
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=marker,
        markersize=12,
        markerfacecolor=colour,
        markeredgecolor=TEXT if colour == "none" else colour,
        markeredgewidth=3 if marker == "|" else 0.8 if colour == "none" else 0,
        label=label,
    )


def svg(figure: Figure, *, title: str, description: str) -> bytes:
    """Return a figure as SVG, told in words to who does not see it."""
    buffer = BytesIO()
    facts = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=facts)
    root = ET.fromstring(buffer.getvalue())  # noqa: S314 - written one line above
    high = round(figure.get_figheight() * 72)
    size = {"width": f"{WIDTH}", "height": f"{high}"}
    root.attrib |= size | {"role": "img", "font-family": FONTS}
    for place, (tag, words) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(f"{{{SVG}}}{tag}")
        element.text = words
        root.insert(place, element)
    for text in root.iter(f"{{{SVG}}}text"):
        text.set("style", text.get("style", "").replace(_FAMILY, ""))
    picture: bytes = ET.tostring(root, encoding="utf-8")
    return picture + b"\n"


def short(name: str | None, room: float, size: float = NORMAL) -> str:
    """Return a name as one harmless line, cut where it would leave its room (px)."""
    line = _without_towers(plain(name, limit=None).translate(_NOT_XML))
    ends = list(accumulate(_advance(character, size) for character in line))
    if not ends or ends[-1] <= room:
        return line
    room -= _advance("…", size)
    return line[: sum(end <= room for end in ends)].rstrip() + "…"


def _without_towers(line: str) -> str:
    """Return a line without the marks that would reach into the lines around it."""
    kept: list[str] = []
    marks = 0
    for character in line:
        marks = marks + 1 if _is_mark(character) else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def _is_mark(character: str) -> bool:
    """Tell whether a character is drawn on the one before it."""
    return unicodedata.category(character) in ("Mn", "Me")


def _advance(character: str, size: float) -> float:
    """Return how many pixels a character takes, about so if MEASURE lacks it."""
    if _is_mark(character):
        return 0
    font = get_font(findfont(MEASURE))
    font.set_size(size, 72)
    if glyph := font.get_char_index(ord(character)):
        return font.load_glyph(glyph).linearHoriAdvance / 65536
    # a letter of East Asia fills a square, an emoji a little more
    return size * (1 if unicodedata.category(character) == "Lo" else 1.35)
