"""How fast a log of requests could have been under the limits, and what it cost."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from tests.fake_discord.limits import Rate, Rates
from tests.fake_discord.wire import Request


def least_seconds(requests: Iterable[Request], rates: Rates) -> float:
    """Return the least time from first to last request that the limits allow.

    All that the limits let through counts, what was then answered 403 or 404 too.
    Routes without a limit count nowhere.
    """
    counted = [r for r in requests if r.rate is not None and r.status != 429]
    buckets = Counter((r.rate or "", r.bucket, r.major, r.account) for r in counted)
    accounts = Counter(r.account for r in counted)
    least = [_least(count, rates.named(key[0])) for key, count in buckets.items()]
    least += [_least(count, rates.overall) for count in accounts.values()]
    return max(least, default=0.0)


def avoidable_429s(requests: Iterable[Request]) -> int:
    """Count the 429s that a client could have avoided by asking less or later.

    Those of scripted faults, and of channels that others use up, it could not.
    """
    return sum(r.scope in {"user", "global"} for r in requests)


def _least(count: int, rate: Rate) -> float:
    return (math.ceil(count / rate.limit) - 1) * rate.seconds
