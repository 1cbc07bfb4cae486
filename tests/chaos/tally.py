"""What chaos has done and found, counted by kind and told at the end of all tests."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.chaos.landing import Differences

SEED = 20261122


@dataclass
class Tally:
    """Counts of strikes and comparisons.

    `strikes` are by kind, `in_transactions` those of them that were proved to have hit
    an open transaction; `compared` are comparisons with the truth, `reruns` the runs
    that made good what a strike had cut off.
    """

    PROPERTY: ClassVar = "chaos"

    seed: int
    strikes: Counter[str] = field(default_factory=Counter)
    in_transactions: Counter[str] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)
    reruns: int = 0
    lost: int = 0
    doubled: int = 0

    def strike(self, kind: str, *, in_transaction: bool = False) -> None:
        """Count a strike."""
        self.strikes[kind] += 1
        self.in_transactions[kind] += in_transaction

    def rerun(self) -> None:
        """Count a run that was run again, because Discord would not let it end."""
        self.reruns += 1

    def compare(self, what: str, found: Differences) -> None:
        """Count a comparison, and fail with what it found."""
        self.compared[what] += 1
        self.lost += len(found.lost)
        self.doubled += len(found.doubled)
        assert found == Differences(), f"seed {self.seed}: {found}"

    def as_json(self) -> dict[str, Any]:
        """Return what a worker of pytest's can send."""
        return {
            **{name: dict(getattr(self, name)) for name in COUNTED},
            **{
                name: getattr(self, name)
                for name in ("seed", "reruns", "lost", "doubled")
            },
        }


def seed_of_run() -> int:
    """Return the seed that CHAOS_SEED names: with it a failure can be met again."""
    return int(os.environ.get("CHAOS_SEED", SEED))


COUNTED = ("strikes", "in_transactions", "compared")


def lines(tallies: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what a person reads of all tallies of a run; none where there was none."""
    told = list(tallies)
    if not told:
        return []
    strikes, inside, compared = (_sum(told, name) for name in COUNTED)
    lost = sum(one["lost"] for one in told)
    doubled = sum(one["doubled"] for one in told)
    reruns = sum(one["reruns"] for one in told)
    seeds = ", ".join(sorted({str(one["seed"]) for one in told}))
    return [
        *(
            f"{count:,} {kind} ({inside[kind]:,} proved inside an open transaction)"
            for kind, count in strikes.items()
        ),
        *(
            f"{what} compared with the truth {count:,} times"
            for what, count in compared.items()
        ),
        f"{reruns:,} runs ended by faults, and made good by the next",
        f"lost {lost}, doubled {doubled} (seed {seeds})",
    ]


def _sum(tallies: Iterable[Mapping[str, Any]], name: str) -> Counter[str]:
    added: Counter[str] = Counter()
    for one in tallies:
        added.update(one[name])
    return added
