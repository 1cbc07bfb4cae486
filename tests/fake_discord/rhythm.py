"""When people speak, and who: evenings, weekends, and a few who say most."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from tests.fake_discord.cast import Person

HOURS = (2, 1, 1, 1, 1, 2, 4, 6, 7, 7, 7, 8, 9, 8, 8, 8, 9, 11, 14, 16, 17, 15, 10, 5)
DAYS = (8, 8, 9, 9, 10, 14, 13)  # Monday first


class Crowd:
    """Who may speak at an instant: all who joined before it, by their weight."""

    def __init__(self, people: list[Person]) -> None:
        self._people = sorted(people, key=lambda person: person.joined_at)
        self._joined = [person.joined_at for person in self._people]
        self._totals = list(accumulate(person.weight for person in self._people))

    def speaker(self, rng: Random, at: datetime) -> Person:
        """Draw one of those present."""
        present = bisect_left(self._joined, at)
        drawn = rng.random() * self._totals[present - 1]
        return self._people[bisect_right(self._totals, drawn)]


def moments(rng: Random, count: int, span: tuple[datetime, datetime]) -> list[datetime]:
    """Return when people speak: `count` sorted instants in the rhythm of the week."""
    start, end = span
    first_monday = start - timedelta(days=start.weekday())
    weights = [day * hour for day in DAYS for hour in HOURS]
    totals = list(accumulate(weights))
    weeks = (end - first_monday).days // 7 + 1
    # a guild that grows a little, with better and worse weeks
    moods = [(1 + w / weeks) * rng.uniform(0.75, 1.25) for w in range(weeks)]
    mood_totals = list(accumulate(moods))
    found: list[datetime] = []
    while len(found) < count:
        week = bisect_right(mood_totals, rng.random() * mood_totals[-1])
        hour = bisect_right(totals, rng.random() * totals[-1])
        at = first_monday + timedelta(
            days=7 * week, hours=hour, milliseconds=rng.randrange(3_600_000)
        )
        if start <= at < end:
            found.append(at)
    return sorted(found)
