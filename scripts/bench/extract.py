"""An extract that no limit holds up, against a bare loop of GET and INSERT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from urllib.parse import urlencode

import click

from scripts.bench.bench import Bench
from scripts.bench.table import Row
from tests.archive import environment_of, process
from tests.fake_discord import FakeDiscord, World, generate_world

PART = 10  # of --messages are extracted
GOAL_ONE = 0.7
GOAL_ALL = 1.2
EXTRACTS = 3
END = datetime(2026, 11, 21, tzinfo=UTC)

_TIMEOUT = 600


def rows(bench: Bench) -> list[Row]:
    """Measure one worker, all of them and the floor in turn.

    The floor asks what the extractor has asked, for the same pages. The loopback
    Discord has this process for itself: who asks it is in another.
    """
    messages = max(1000, bench.messages // PART)
    few, many, bare = [], [], []
    with FakeDiscord(made_up(messages)) as fake:
        for _ in range(bench.times(EXTRACTS)):
            few.append(_extract(bench, fake, "--workers", "1"))
            targets = _targets(fake)
            many.append(_extract(bench, fake))
            bare.append(_bare(bench, fake, targets))
    floor = median(bare)
    return [
        _row(f"Extract of {messages:,} messages, one worker", few, floor, GOAL_ONE),
        _row("… the usual 16 workers", many, floor, GOAL_ALL),
    ]


def made_up(messages: int) -> World:
    """Make a community that has written about so much, nothing that jsonb refuses."""
    world = generate_world(size=messages, end=END, hostile=False)
    for channel_id, log in world.logs.items():
        for message_id in log.ids:
            world.encoded(channel_id, message_id)  # else whoever asks first would wait
    return world


def run(
    module: str, environment: Mapping[str, str], *arguments: str, given: str = ""
) -> None:
    """Run a program to its end.

    Raises:
        click.ClickException: it failed, with what it said.

    """
    done = process(
        environment, *arguments, module=module, given=given, timeout=_TIMEOUT
    )
    if done.returncode:
        shown = " ".join((module, *arguments))
        raise click.ClickException(f"{shown} failed:\n{done.stderr.strip()}")


def _extract(bench: Bench, fake: FakeDiscord, *options: str) -> float:
    environment = environment_of(fake, bench.database("bench_extract"))
    fake.clear_requests()
    run("scripts.bench.unlimited", environment, "sync", *options)
    return _note(bench, " ".join(("extract", *options)), fake)


def _bare(bench: Bench, fake: FakeDiscord, targets: Sequence[str]) -> float:
    environment = environment_of(fake, bench.database("bench_extract"))
    fake.clear_requests()
    run("scripts.bench.bare_loop", environment, given="\n".join(targets))
    return _note(bench, "bare loop", fake)


def _targets(fake: FakeDiscord) -> list[str]:
    pages = [one for one in fake.requests if one.status == 200]
    return [f"{one.path}?{urlencode(one.query)}" for one in pages]


def _note(bench: Bench, what: str, fake: FakeDiscord) -> float:
    """Tell, and return, how many pages a second were asked for."""
    at = [one.at for one in fake.requests if one.status == 200]
    rate = len(at) / (max(at) - min(at))
    bench.tell(f"  {what}: {_shown(rate)}")
    return rate


def _row(what: str, rates: Sequence[float], floor: float, least: float) -> Row:
    rate = median(rates)
    against = f"{_shown(floor)}: a bare loop of GET and INSERT"
    return Row(what, _shown(rate), against, rate / floor, least=least)


def _shown(rate: float) -> str:
    return f"{rate:.0f} pages/s"
