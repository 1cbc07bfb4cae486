"""Syncs in this process whose waits take no time, for tests of retries."""

from __future__ import annotations

from rich.console import Console

from extractor.client import Client
from extractor.config import Account
from extractor.landing import open_landing
from extractor.progress import Progress
from extractor.ratelimit import RateLimiter
from extractor.summary import Options, Summary
from extractor.sync import Sync
from tests.fake_discord import FakeDiscord

Database = dict[str, str]


class Sleeps(list[float]):
    """A sleep that only takes note, with the clock that it moves."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)

    def clock(self) -> float:
        # a microsecond for each sleep: sums of floats may fall short of a deadline
        return sum(self) + len(self) * 1e-6


def client_of(fake: FakeDiscord, sleeps: Sleeps, token: str | None = None) -> Client:
    return Client(
        fake.url,
        token or fake.bot_token,
        limiter=RateLimiter(sleeps.clock),
        sleep=sleeps,
    )


def impatient_sync(  # noqa: PLR0913 - each with a default that most tests take
    fake: FakeDiscord,
    database: Database,
    sleeps: Sleeps,
    options: Options = Options(workers=2),  # noqa: B008 - it is frozen
    *,
    progress: Progress | None = None,
    client: Client | None = None,
) -> Summary:
    """Run a sync whose waits take no time."""
    account = Account.model_validate({"name": "bot", "token": fake.bot_token})
    with open_landing(database) as landing:
        run = Sync(landing, options, progress or Progress(Console(quiet=True)))
        run.run([(account, client or client_of(fake, sleeps))])
    return run.summary
