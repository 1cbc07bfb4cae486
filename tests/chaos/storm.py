"""Faults by seeded chance: what the fake does to requests while a storm lasts."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
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


class Storm(Script):
    """A script of faults that goes on by chance: `rate` is how many requests it hits.

    `is_inside` tells, when a fault strikes, whether the run has a transaction open.
    """

    def __init__(self, rng: Random, is_inside: Callable[[], bool]) -> None:
        super().__init__()
        self.rate = 0.0
        self.dealt: Counter[str] = Counter()
        self.inside: Counter[str] = Counter()
        self._rng = rng
        self._is_inside = is_inside
        self._chance = threading.Lock()
        self._of_429s = 0  # still to come of a storm of them

    def take(self, path: str, target: str) -> Fault | None:
        """Return the fault that befalls a request, if one does."""
        with self._chance:
            return super().take(path, target) or self._by_chance()

    def _by_chance(self) -> Fault | None:
        is_hit = self._of_429s or self._rng.random() < self.rate
        if not (self.rate and is_hit):
            self._of_429s = 0
            return None
        kind = self._kind()
        self.dealt[kind] += 1
        self.inside[kind] += self._is_inside()
        _, made = FAULTS[kind]
        return made(self._rng)

    def _kind(self) -> str:
        if self._of_429s:
            self._of_429s -= 1
            return "429s"
        shares = [share for share, _ in FAULTS.values()]
        (kind,) = self._rng.choices(list(FAULTS), shares)
        if kind == "429s":
            self._of_429s = self._rng.randrange(STORM_OF_429S)
        return kind


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
