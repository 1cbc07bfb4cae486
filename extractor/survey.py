"""A look at all guilds, for a look ahead: what is there, and nothing is landed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from extractor import resources
from extractor.access import GuildAccess, Turns
from extractor.discover import GuildView, listing_of
from extractor.errors import AccountStoppedError
from extractor.resources import Endpoint
from extractor.schedule import Schedule
from extractor.summary import Options, Summary
from extractor.sync import Logins, Sync, Views


def survey(run: Sync, logins: Logins, options: Options) -> Views:
    """Look at every guild wanted, its threads listed, and at what is known of it.

    What Discord does not give, or could not be had, is in the run's summary. A guild
    in which an account was stopped is left out.
    """
    views = run.views(logins)
    schedule = Schedule(options.workers)
    stopped: set[int] = set()
    if options.wanted.resources & resources.OF_CHANNELS:
        for view, _ in views:
            _list_threads(view, run, schedule, stopped)
        schedule.run(run.interrupt)
    reached = [looked for looked in views if looked[0].guild_id not in stopped]
    for view, _ in reached:
        _note(view, run.summary)
    return reached


def _list_threads(
    view: GuildView, run: Sync, schedule: Schedule, stopped: set[int]
) -> None:
    def add(work: Turns, ended: Callable[[], None]) -> None:
        def done(error: Exception | None) -> None:
            if isinstance(error, AccountStoppedError):
                stopped.add(view.guild_id)  # named once, with its account
            elif error is not None:
                raise error
            ended()

        schedule.add(work, done)

    listing_of(view, run.scope_of(view), add=add, on_end=lambda: None).start()


def _note(view: GuildView, summary: Summary) -> None:
    what = f"{view.name}: threads may be missing"
    for reason in view.unknown:
        summary.unknown[what] = reason
    for reason in view.failed:
        summary.failed[what] = reason
    summary.add_guild()


def reader_of_list(
    accesses: Iterable[GuildAccess], endpoint: Endpoint
) -> GuildAccess | None:
    """Return the first account that has the rights to read a list of its guild."""
    return next((one for one in accesses if one.missing_right(endpoint) is None), None)
