"""What a sync would ask, and about how much: a look ahead that lands nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

from rich.table import Table
from rich.text import Text

from extractor import resources
from extractor.access import Turn, Turns, refusal
from extractor.discover import GuildView, unlisted
from extractor.errors import AccountStoppedError, DiscordError
from extractor.estimates import (
    Estimate,
    Sample,
    estimate,
    first_wanted,
    interval_of,
    needs_sample,
)
from extractor.lists import LIST_ENDPOINTS
from extractor.plan import PAGE, ChannelPlan, plan_listed, plan_unlisted
from extractor.records import Checkpoint
from extractor.schedule import Schedule
from extractor.snapshots import ChannelType
from extractor.snowflake import time_of
from extractor.summary import Options, Summary
from extractor.survey import reader_of_list, survey
from extractor.sync import Accounts, Sync
from extractor.terminal import plain_table, printable, table_console
from extractor.walk import message_ids

REQUESTS_A_SECOND = 50  # Discord's limit of an account; one channel gives about 1
MANY = 10  # quiet channels, or threads: more are one line

_MEMBERS_PAGE = 1000
_PAGES_OF_PEOPLE = frozenset({"reaction_users", "poll_voters", "event_users"})


@dataclass(frozen=True)
class Row:
    """One channel, and what a sync would do about it.

    ``kind`` is read, quiet or unreadable.
    """

    guild_id: int
    guild: str
    channel_id: int
    name: str
    kind: str
    action: str
    reason: str = ""
    estimate: Estimate = field(default_factory=Estimate)
    is_thread: bool = False

    @property
    def digest(self) -> str | None:
        """What it is one of, where there are many of its kind; None: it stands out."""
        if self.kind == "quiet":
            return "quiet channels and threads"
        return "threads to read" if self.kind == "read" and self.is_thread else None


@dataclass(frozen=True)
class Forecast:
    """What a sync would ask: channel by channel, and of accounts and guilds."""

    rows: Sequence[Row]
    list_requests: int
    has_people: bool  # who reacted, voted or is interested is asked for, too

    @property
    def requests(self) -> int:
        """About how many requests a sync would take."""
        return self.list_requests + sum(row.estimate.requests for row in self.rows)

    @property
    def minutes(self) -> float:
        """About how long they take: all at the global limit, a channel's at its own."""
        slowest = max((row.estimate.requests for row in self.rows), default=0)
        return max(self.requests / REQUESTS_A_SECOND, slowest) / 60


def look_ahead(run: Sync, accounts: Accounts, options: Options) -> Forecast:
    """Find out what a sync would do; what fails is named in the run's summary.

    Raises:
        ConfigError: an account lacks an intent.
        DatabaseError: what is known cannot be read.

    """
    with run.accounted(accounts):
        views = survey(run, run.sign_in(accounts), options)
        # a sync would have asked the same until here
        requests = sum(client.counters.requests for _, client in accounts)
        rows: list[Row] = []
        for view, known in views:
            rows += _rows(view, known, run, options)
            requests += _list_requests(view, options)
    return Forecast(
        rows=rows,
        list_requests=requests,
        has_people=bool(options.wanted.resources & _PAGES_OF_PEOPLE),
    )


def _rows(
    view: GuildView, known: Mapping[int, Checkpoint], run: Sync, options: Options
) -> Iterator[Row]:
    if not options.wanted.resources & resources.OF_CHANNELS:
        return
    wanted, scope = options.wanted, run.scope_of(view)
    to_look_at = unlisted(view, known, scope)
    plans = [
        *plan_listed(view, known, wanted, scope),
        *plan_unlisted(view, known, wanted, scope, to_look_at),
    ]
    samples = _Samples(run, options)
    samples.take([plan for plan in plans if needs_sample(plan)])
    for plan in plans:
        yield _row(view, plan, samples)
    for checkpoint in to_look_at:
        yield Row(
            guild_id=view.guild_id,
            guild=view.name,
            channel_id=checkpoint.channel_id,
            name=checkpoint.name or str(checkpoint.channel_id),
            kind="read",
            action="look at it: no list shows it",
            # one for each account, until one may see it
            estimate=Estimate(messages=None, requests=1, is_exact=False),
            is_thread=checkpoint.type in (None, *ChannelType.THREADS),
        )


class _Samples:
    """The newest and, if that is full, the oldest page of channels never read."""

    def __init__(self, run: Sync, options: Options) -> None:
        self._run = run
        self._workers = options.workers
        self.found: dict[int, Sample] = {}
        self.refused: dict[int, str] = {}

    def take(self, plans: Iterable[ChannelPlan]) -> None:
        """Ask for a page or two of each channel; what cannot be had is left out."""
        schedule = Schedule(self._workers)
        for plan in plans:
            schedule.add(self._taken(plan), partial(self._done, plan))
        schedule.run(self._run.interrupt)

    def _taken(self, plan: ChannelPlan) -> Turns:
        channel_id = plan.channel.channel_id
        if plan.wants_older:  # how dense it is is known, when it began is not
            first = yield from self._page(plan, {"after": plan.wanted.floor})
            self.found[channel_id] = Sample((), first or ())
            return
        newest = yield from self._page(plan, {})
        if newest is None:
            return
        self.found[channel_id] = Sample(newest)
        if len(newest) < PAGE:
            return
        after = max(0, first_wanted(plan) - 1)
        oldest = yield from self._page(plan, {"after": after})
        if oldest is not None:
            self.found[channel_id] = Sample(newest, oldest)

    def _page(
        self, plan: ChannelPlan, cursor: dict[str, str | int]
    ) -> Generator[Turn, None, list[int] | None]:
        """Ask for one page, which is not landed, and return its ids."""
        assert plan.access is not None  # noqa: S101 - or it would need no sample
        client, channel_id = plan.access.login.client, plan.channel.channel_id
        request = resources.MESSAGES.request({"channel_id": channel_id}, cursor)
        yield Turn(client, request)
        answer = client.get(request)
        if answer.status == 200:
            return message_ids(answer)
        self.refused[channel_id] = refusal(answer)
        return None

    def _done(self, plan: ChannelPlan, error: Exception | None) -> None:
        if error is None or isinstance(error, AccountStoppedError):
            return  # a stopped account is named once
        if not isinstance(error, DiscordError):
            raise error
        what = f"#{plan.channel.name} ({plan.channel.channel_id})"
        self._run.summary.failed[what] = str(error)


def _row(view: GuildView, plan: ChannelPlan, samples: _Samples) -> Row:
    channel_id = plan.channel.channel_id
    refused = samples.refused.get(channel_id)
    reason = plan.unreadable_reason or refused
    kind = "unreadable" if reason else "read" if plan.needs_work else "quiet"
    if kind == "read":
        estimated = estimate(plan, samples.found.get(channel_id))
    else:
        estimated = Estimate(requests=1 if refused else 0)
    return Row(
        guild_id=view.guild_id,
        guild=view.name,
        channel_id=channel_id,
        name=plan.channel.name,
        kind=kind,
        action=", ".join(_steps(plan)) if kind == "read" else kind,
        reason=reason or ("" if kind == "read" else _why_quiet(plan)),
        estimate=estimated,
        is_thread=plan.channel.is_thread,
    )


def _steps(plan: ChannelPlan) -> Iterator[str]:
    """Say what is asked of a channel, step by step."""
    if plan.needs_messages:
        yield from _walks(plan)
    if plan.needs_pins:
        yield "pins" if plan.needs_messages else "pins only"
    if plan.needs_people:
        yield "who reacted and voted"


def _walks(plan: ChannelPlan) -> Iterator[str]:
    newest = plan.checkpoint.newest_message_id
    if newest is None:
        first = first_wanted(plan)
        yield f"read from {_day(first)}" if first else "read from the beginning"
        return
    if plan.is_revisited:
        begin = plan.revisit_from
        yield f"read again since {_day(begin)}" if begin else "read again, all of it"
    elif not plan.is_quiet:
        yield f"go on from {_day(newest)}"
    if plan.wants_older:
        yield f"older than {_day(interval_of(plan)[0])}"


def _why_quiet(plan: ChannelPlan) -> str:
    if "messages" not in plan.wanted.resources:
        return "messages are not wanted"
    if plan.checkpoint.newest_message_id is None and plan.wanted.floor:
        return f"nothing since {_day(plan.wanted.floor)}"
    if plan.checkpoint.newest_message_id is None:
        return "empty"
    return "nothing new"


def _day(snowflake: int) -> str:
    return f"{time_of(snowflake):%Y-%m-%d}"


def _list_requests(view: GuildView, options: Options) -> int:
    """Return about how many requests the lists of a guild beside threads take."""
    if options.channel_ids:
        return 0
    accesses = [sight.access for sight in view.sights]
    requests = 0
    for name, endpoint in LIST_ENDPOINTS.items():
        access = reader_of_list(accesses, endpoint)
        if name in options.wanted.resources and access is not None:
            requests += _pages_of_list(name, view.member_count)
    return requests


def _pages_of_list(name: str, member_count: int) -> int:
    if name in _PAGES_OF_PEOPLE:
        return 0  # as many as there are events, and people at each: not estimated
    if name == "members":
        return math.ceil(member_count / _MEMBERS_PAGE) + 1
    # what is read by a cursor ends with an empty page
    return 2 if name in ("bans", "audit_log") else 1


# --- in print -------------------------------------------------------------------------


def print_forecast(forecast: Forecast, summary: Summary, *, is_verbose: bool) -> None:
    """Print what a sync would do, and what it would cost."""
    console = table_console()
    rows = forecast.rows if is_verbose else _digested(forecast.rows)
    for guild, group in groupby(rows, key=_guild_of):
        console.print(Text(f"\n{printable(guild)}"))
        console.print(_table(group))
    if not forecast.rows and summary.failed:
        return  # there is nothing to plan for
    for line in _totals(forecast, summary):
        console.print(printable(line), markup=False, highlight=False, soft_wrap=True)


def _digested(rows: Iterable[Row]) -> list[Row | list[Row]]:
    """Put rows of which a guild has many into one list, where the first one stood."""
    groups: dict[tuple[int, str | int], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.guild_id, row.digest or row.channel_id), []).append(row)
    digested: list[Row | list[Row]] = []
    for group in groups.values():
        if len(group) > MANY:
            digested.append(group)
        else:
            digested += group
    return digested


def _guild_of(row: Row | list[Row]) -> str:
    return row[0].guild if isinstance(row, list) else row.guild


def _table(rows: Iterable[Row | list[Row]]) -> Table:
    table = plain_table("channel", "id", "action", "why not")
    table.columns[1].no_wrap = True
    table.add_column("messages", justify="right", no_wrap=True)
    table.add_column("requests", justify="right", no_wrap=True)
    for row in rows:
        cells = _cells_of_many(row) if isinstance(row, list) else _cells(row)
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


def _cells(row: Row) -> tuple[str, ...]:
    return (
        f"#{row.name}",
        str(row.channel_id),
        row.action,
        row.reason,
        *_counts(row.estimate),
    )


def _cells_of_many(rows: Sequence[Row]) -> tuple[str, ...]:
    total = sum((row.estimate for row in rows), Estimate())
    what = f"{len(rows)} {rows[0].digest}"
    return (what, "", rows[0].kind, "", *_counts(total))


def _counts(estimated: Estimate) -> tuple[str, str]:
    if not estimated.requests:
        return "", ""
    if estimated.messages is None:
        return "?", str(estimated.requests)
    sign = "" if estimated.is_exact else "~"
    return f"{sign}{estimated.messages}", f"{sign}{estimated.requests}"


def _totals(forecast: Forecast, summary: Summary) -> Iterator[str]:
    skipped = Counter(
        row.reason if row.kind == "unreadable" else row.kind
        for row in forecast.rows
        if row.kind != "read"
    )
    reasons = ", ".join(f"{count} {why}" for why, count in skipped.most_common())
    read = sum(row.kind == "read" for row in forecast.rows)
    yield f"{read} channels to read; {skipped.total()} to skip: {reasons or 'none'}"
    messages = sum(row.estimate.messages or 0 for row in forecast.rows)
    yield (
        f"estimated: {messages} messages, {forecast.requests} requests "
        f"({forecast.list_requests} of them for accounts, guilds and their lists), "
        f"{forecast.minutes:.1f} minutes"
    )
    yield (
        "~ is an estimate: from Discord's own count for threads, from the newest and "
        f"oldest {PAGE} messages of other new channels, from what is archived for the "
        "rest; "
        "? is unknown until it is read"
    )
    if forecast.has_people:
        yield "who reacted, voted or is interested in events is not in the estimate"
    for what, reason in summary.unknown.items():
        yield f"unknown: {what}: {reason}"
