"""Faults by seeded chance: what the fake does to requests while a storm lasts."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from random import Random

from rich.console import Console

from extractor.config import Account
from extractor.landing import open_landing
from extractor.progress import Progress
from extractor.summary import Options, Summary
from extractor.sync import Sync
from tests.fake_discord import FakeDiscord, Fault
from tests.fake_discord.faults import Script
from tests.patience import Sleeps, client_of

# how often each kind strikes, of a thousand faults
FAULTS: dict[str, tuple[int, Callable[[Random], Fault]]] = {
    "server errors": (
        240,
        lambda rng: Fault.server_error(rng.choice((500, 502, 503, 504, 520))),
    ),
    "connection resets": (150, lambda _: Fault.connection_reset()),
    "truncated bodies": (180, lambda _: Fault.truncated_body()),
    "answers that are no JSON": (
        150,
        lambda rng: Fault.not_json(
            rng.choice((b"", b"<html>hello</html>", b'[{"id": "1', b"\x00\xff"))
        ),
    ),
    "slow answers": (120, lambda rng: Fault.slow(rng.uniform(0.001, 0.02))),
    "429s": (
        70,
        lambda rng: Fault.rate_limited(
            rng.uniform(0.1, 5.0), rng.choice(("user", "shared", "global"))
        ),
    ),
    "revoked tokens": (4, lambda _: Fault.unauthorized()),
    "bans of the address": (4, lambda _: Fault.banned_page()),
}
STORM_OF_429S = 6  # requests in a row, at most
INSIDE = 10  # transactions, at least, that each kind has to strike
PATIENCE = 0.05  # seconds that a fault lies in wait for one of them


class Storm(Script):
    """A script of faults that goes on by chance: `rate` is how many requests it hits.

    `kinds` are those that strike, `is_inside` tells whether the run has a transaction
    open. A kind that has struck inside too few of them lies in wait for one.
    """

    def __init__(
        self, rng: Random, is_inside: Callable[[], bool] | None = None
    ) -> None:
        super().__init__()
        self.rate = 0.0
        self.kinds: Collection[str] = FAULTS
        self.dealt: Counter[str] = Counter()
        self.inside: Counter[str] = Counter()
        self._rng = rng
        self._is_inside = is_inside
        self._chance = threading.Lock()
        self._of_429s = 0  # still to come of a storm of them

    def missing(self) -> list[str]:
        """Return the kinds that have struck inside too few transactions."""
        return [kind for kind in FAULTS if self.inside[kind] < INSIDE]

    def take(self, path: str, target: str) -> Fault | None:
        """Return the fault that befalls a request, if one does."""
        with self._chance:
            fault = super().take(path, target)
            kind = None if fault else self._by_chance()
        if kind is None:
            return fault
        is_inside = self._lie_in_wait(kind)
        with self._chance:
            self.dealt[kind] += 1
            self.inside[kind] += is_inside
            _, made = FAULTS[kind]
            return made(self._rng)

    def _by_chance(self) -> str | None:
        is_hit = self._of_429s or self._rng.random() < self.rate
        if not (self.rate and is_hit):
            self._of_429s = 0
            return None
        return self._kind()

    def _kind(self) -> str:
        if self._of_429s:
            self._of_429s -= 1
            return "429s"
        kinds = list(self.kinds)
        (kind,) = self._rng.choices(kinds, [FAULTS[kind][0] for kind in kinds])
        if kind == "429s":
            self._of_429s = self._rng.randrange(STORM_OF_429S)
        return kind

    def _lie_in_wait(self, kind: str) -> bool:
        if self._is_inside is None:
            return False
        deadline = time.monotonic() + PATIENCE * (kind in self.missing())
        while not (is_inside := self._is_inside()) and time.monotonic() < deadline:
            time.sleep(0.001)
        return is_inside


def stormy_sync(
    fake: FakeDiscord, database: Mapping[str, str], options: Options
) -> Summary:
    """Run a sync whose waits take no time, with a row in the run log."""
    account = Account.model_validate({"name": "bot", "token": fake.bot_token})
    with open_landing(database, connections=options.workers + 1) as landing:
        landing.start_run("sync", options.as_json())
        run = Sync(landing, options, Progress(Console(quiet=True)))
        run.run([(account, client_of(fake, Sleeps()))])
        summary = run.summary
        landing.finish_run(summary.exit_code, error=None, summary=summary.as_json())
    return summary
