"""The pictures of a report: rows, as the queries give them, to SVG.

Owns what each picture shows, and in what words it is told to who does not see it. The
page prints the exact numbers in a table below. Same rows, same bytes; None when there
is nothing to show.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from scripts.report.data import WEEKDAYS, Row
from scripts.report.drawing import (
    BLUE,
    NORMAL,
    ORANGE,
    SMALL,
    TEXT,
    WIDTH,
    key,
    looks,
    note,
    panel,
    paper,
    short,
    svg,
)

TREND_WEEKS = 8  # a trend has room for so many, and leaves it to those still to come

FAINT = to_rgba(TEXT, 0.2)
# No message, then five levels, for more are not told apart. The paper shines through
# the less, the more messages there are: away from white, and away from black.
SHADES = (FAINT, *(to_rgba(BLUE, part) for part in (0.3, 0.48, 0.65, 0.82, 1.0)))
LEVELS = len(SHADES) - 1
ROUND = tuple(map(Decimal, ("1", "1.5", "2", "2.5", "3", "4", "5", "6", "8", "10")))

NAME_ROOM = 208  # px beside the bars

COHORT_WEEKS = 12
SMALLEST_COHORT = 5  # of fewer people no share is told


@looks()
def trend(weeks: Sequence[Row]) -> bytes | None:
    """Draw messages and posters week by week, the oldest first.

    Rows: week_start, message_count, unique_posters. A number that is None is a gap
    marked as unknown.
    """
    if not any(week["message_count"] or week["unique_posters"] for week in weeks):
        return None
    starts = [week["week_start"] for week in weeks]
    messages = [week["message_count"] for week in weeks]
    posters = [week["unique_posters"] for week in weeks]
    figure, middle = paper(height=176), WIDTH / 2
    left = panel(figure, left=2, right=middle + 12, top=46, bottom=22)
    _columns(left, starts, messages, colour=BLUE)
    left.set_title("Messages a week", pad=22)
    right = panel(figure, left=middle + 12, right=2, top=46, bottom=22)
    _columns(right, starts, posters, colour=ORANGE)
    right.set_title("People who posted", pad=22)
    told = (
        f"week of {start}: {_words(sent)} messages, {_words(people)} people"
        for start, sent, people in zip(starts, messages, posters, strict=True)
    )
    title = "Messages and people who posted, week by week"
    return svg(figure, title=title, description="; ".join(told))


@looks()
def heatmap(hours: Sequence[Row]) -> bytes | None:
    """Draw when people write: weekdays from Monday down, hours across.

    Rows: weekday (1 is Monday), hour, messages_per_week. An hour without a row has
    none, one whose number is None is unknown.
    """
    values: dict[tuple[int, int], Decimal | None]
    values = {(day, hour): Decimal(0) for day in range(1, 8) for hour in range(24)}
    for row in hours:
        value = row["messages_per_week"]
        values[row["weekday"], row["hour"]] = None if value is None else Decimal(value)
    known = {place: value for place, value in values.items() if value}
    if not known:
        return None
    (day, hour), most = max(known.items(), key=lambda cell: cell[1])
    step = _step(most)
    figure = paper(height=250)
    axes = panel(figure, left=38, right=22, top=32, bottom=52)
    _squares(axes, {place: _level(value, step) for place, value in values.items()})
    _clock(axes)
    axes.set_title("Messages by hour of the week", pad=12)
    peak = f"busiest: {WEEKDAYS[day - 1]} {hour:02}:00, {_decimal(most)} a week"
    axes.set_title(peak, loc="right", pad=12, fontsize=SMALL, fontweight="normal")
    names = ["none", *(f"up to {_decimal(step * n)}" for n in range(1, LEVELS + 1))]
    keys = [key(name, SHADES[level]) for level, name in enumerate(names)]
    if None in values.values():
        keys.append(key("unknown", "none"))
    figure.legend(
        handles=keys,
        loc="lower left",
        bbox_to_anchor=(36 / WIDTH, 0.02),
        ncols=len(keys),
    )
    return svg(figure, title="Messages by hour of the week", description=peak)


@looks()
def top_channels(rows: Sequence[Row]) -> bytes | None:
    """Draw the channels with most messages as bars, and how far each came before.

    Rows: rank, label (a name as its owner wrote it), value, value_before.
    """
    if not any(row["value"] or row["value_before"] for row in rows):
        return None
    names = [short(row["label"], NAME_ROOM) for row in rows]
    values = [row["value"] for row in rows]
    before = [row["value_before"] for row in rows]
    places = range(len(rows))
    height = 36 + 30 * len(rows)
    figure = paper(height)
    axes = panel(figure, left=NAME_ROOM + 10, right=60, top=32, bottom=4)
    axes.barh(places, values, height=0.56, color=BLUE)
    low, high = ([place + side for place in places] for side in (-0.44, 0.44))
    axes.vlines(before, low, high, color=ORANGE, linewidth=3, clip_on=False)
    for place, value in enumerate(values):
        end = max(value, before[place])
        note(axes, _compact(value), at=(end, place), by=(7, -4), align="left")
    axes.set(xlim=(0, max(values + before)), ylim=(len(rows) - 0.5, -0.5))
    axes.set_xticks([])
    axes.set_yticks(places, names, fontsize=NORMAL)
    keys = [key("these days", BLUE), key("before", ORANGE, marker="|")]
    corner = (1 - 6 / WIDTH, 1 - 9 / height)
    figure.legend(handles=keys, loc="upper right", bbox_to_anchor=corner, ncols=2)
    axes.set_title("Messages by channel", pad=14)
    told = (
        f"{name}: {value:,} (before: {earlier:,})"
        for name, value, earlier in zip(names, values, before, strict=True)
    )
    title = "Channels with most messages"
    return svg(figure, title=title, description="; ".join(told))


@looks()
def retention(cohorts: Sequence[Row]) -> bytes | None:
    """Draw what share of each week's newcomers wrote again, week by week.

    Rows: cohort_week, cohort_size, weeks_later, retention_rate (1 is all of them). A
    rate that is None stays empty; of a cohort of less than five people nothing is
    told but that. Week 0, in which all of them wrote, is not drawn.
    """
    sizes = {row["cohort_week"]: row["cohort_size"] for row in cohorts}
    rates = {
        (row["cohort_week"], row["weeks_later"]): row["retention_rate"]
        for row in cohorts
        if row["cohort_size"] >= SMALLEST_COHORT
        and row["retention_rate"] is not None
        and 0 < row["weeks_later"] <= COHORT_WEEKS
    }
    if not rates:
        return None
    weeks = sorted(sizes)
    figure = paper(height=64 + 30 * len(weeks))
    axes = panel(figure, left=124, right=4, top=60, bottom=4)
    for (week, later), rate in sorted(rates.items()):
        _share(axes, rate, at=(later, weeks.index(week)))
    columns = range(1, max(TREND_WEEKS, *(later for _, later in rates)) + 1)
    axes.set(xlim=(0.5, len(columns) + 0.5), ylim=(len(weeks) - 0.5, -0.5))
    axes.xaxis.tick_top()
    axes.set_xticks(columns, [f"{n}" for n in columns])
    axes.set_yticks(range(len(weeks)), [_day(week) for week in weeks])
    axes.tick_params(axis="y", pad=62)
    for place, week in enumerate(weeks):
        size = _people(sizes[week])
        note(axes, size, at=(0.5, place), by=(-14, -4), align="right")
    for words, across in (("first week", -62), ("people", -14)):
        note(axes, words, at=(0.5, -0.5), by=(across, 7), align="right")
    axes.set_title("Newcomers who wrote again, by weeks after their first", pad=28)
    told = (
        f"from {week}, {later} weeks later: {rate:.0%}"
        for (week, later), rate in sorted(rates.items())
    )
    title = "Share of newcomers who wrote again, by weeks after their first message"
    return svg(figure, title=title, description="; ".join(told))


def _columns(
    axes: Axes, weeks: Sequence[date], counts: Sequence[int | None], *, colour: str
) -> None:
    """Draw one count a week, its number on top."""
    axes.bar(range(len(weeks)), [count or 0 for count in counts], 0.74, color=colour)
    for place, count in enumerate(counts):
        if count is None:
            axes.text(
                place,
                0,
                " unknown",
                fontsize=SMALL,
                rotation=90,
                rotation_mode="anchor",
                verticalalignment="center",
            )
        else:
            note(axes, _compact(count), at=(place, count), by=(0, 4), align="center")
    room = max(TREND_WEEKS, len(weeks))
    axes.set(
        xlim=(-0.5, room - 0.5), ylim=(0, max(1, *(count or 0 for count in counts)))
    )
    axes.set_xticks(range(len(weeks)), [_day(week) for week in weeks])
    axes.set_yticks([])


def _squares(axes: Axes, levels: Mapping[tuple[int, int], int | None]) -> None:
    """Draw each hour of the week as a square of its level, None as an empty one."""
    for level in (None, *range(LEVELS + 1)):
        places = [place for place, its in levels.items() if its == level]
        days, hours = [day for day, _ in places], [hour for _, hour in places]
        shade = "none" if level is None else SHADES[level]
        edge = TEXT if level is None else "none"
        size = 20 if level is None else 21
        axes.scatter(
            hours,
            days,
            s=size**2,
            marker="s",
            color=shade,
            edgecolor=edge,
            clip_on=False,
        )


def _clock(axes: Axes) -> None:
    """Name the days, Monday on top, and every third hour, where it begins."""
    axes.set(xlim=(-0.5, 23.5), ylim=(7.5, 0.5))
    axes.set_yticks(range(1, 8), WEEKDAYS)
    hours = range(0, 25, 3)
    axes.set_xticks([hour - 0.5 for hour in hours], [f"{hour:02}:00" for hour in hours])


def _step(most: Decimal) -> Decimal:
    """Return how far apart levels are, a round number, for the last to reach `most`."""
    unit = Decimal(1).scaleb((most / LEVELS).adjusted())
    return next(unit * nice for nice in ROUND if unit * nice * LEVELS >= most)


def _level(value: Decimal | None, step: Decimal) -> int | None:
    """Return which level a number belongs to: 0 is none at all, None is unknown."""
    return None if value is None else math.ceil(value / step)


def _share(axes: Axes, rate: Decimal, *, at: tuple[int, int]) -> None:
    """Draw a share as its percentage, and below it as a part of a line."""
    (across, down), whole = at, 0.8
    left, below = across - whole / 2, down + 0.3
    for part, colour in ((whole, FAINT), (whole * float(rate), to_rgba(ORANGE))):
        axes.hlines(below, left, left + part, color=[colour], linewidth=4)
    note(axes, f"{rate:.0%}", at=at, by=(0, -1), align="center")


def _compact(count: int) -> str:
    """Return a count in at most seven characters; the table tells it exactly."""
    if count < 10_000:
        return f"{count:,}"
    if count < 1_000_000:
        return f"{count / 1000:.1f}k" if count < 99_950 else f"{count // 1000}k"
    return f"{count / 1_000_000:,.1f}M"


def _decimal(value: Decimal) -> str:
    """Return a number with as many decimals, up to two, as it has."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _day(day: date) -> str:
    """Return a day as it stands below a column."""
    return f"{day:%b} {day.day}"


def _people(count: int) -> str:
    """Return how many people a cohort has, if they are enough to be told of."""
    return "few" if count < SMALLEST_COHORT else _compact(count)


def _words(count: int | None) -> str:
    """Return a count in a sentence."""
    return "unknown" if count is None else f"{count:,}"
