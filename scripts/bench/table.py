"""Tables of what was measured, as markdown, and their places in the README."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

HEADINGS = ("What", "Measured", "Floor", "Ratio", "Goal")


@dataclass(frozen=True)
class Row:
    """One thing measured, and how it stands to the least it could be.

    `ratio` is what the goal is about: most often `measured` divided by `floor`, both of
    which say their unit. It is to be at most `goal`, or at least `least`; without
    either the number is only worth knowing.
    """

    what: str
    measured: str
    floor: str = ""
    ratio: float | None = None
    goal: float | None = None
    least: float | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the row's texts, in the order of the headings."""
        ratio = "" if self.ratio is None else number(self.ratio)
        return (self.what, self.measured, self.floor, ratio, self._goal())

    def _goal(self) -> str:
        if self.ratio is None:
            return ""
        if self.goal is not None:
            return f"≤ {self.goal:g}, {_verdict(is_met=self.ratio <= self.goal)}"
        if self.least is not None:
            return f"≥ {self.least:g}, {_verdict(is_met=self.ratio >= self.least)}"
        return ""


def _verdict(*, is_met: bool) -> str:
    return "met" if is_met else "missed"


def number(value: float) -> str:
    """Return a number with the digits that mean something: 0, 1.07, 9.3, 120."""
    if value == int(value) or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def seconds(value: float) -> str:
    """Return a duration."""
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def size(value: float) -> str:
    """Return a number of bytes, in powers of ten."""
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.2f} GB"


def markdown(rows: Iterable[Row]) -> str:
    """Return the rows as a markdown table."""
    ruler = ("---", "---:", "---:", "---:", "---")
    lines = (HEADINGS, ruler, *(row.cells() for row in rows))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def placed(page: str, name: str, text: str) -> str:
    """Return a page with this text between the two markers of that name.

    Raises:
        ValueError: the page has not both markers, once and in order.

    """
    begins, ends = f"<!-- bench:{name}:begin -->", f"<!-- bench:{name}:end -->"
    before, begin, rest = page.partition(begins)
    _, end, after = rest.partition(ends)
    if not begin or not end or begins in rest or ends in after:
        raise ValueError(f"no place marked by one {begins} and one {ends} after it")
    return f"{before}{begins}\n{text}\n{ends}{after}"
