"""The command line: options, wiring, exit codes. What commands do stands elsewhere."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from extractor import __version__
from extractor.bodies import storable_text
from extractor.check import check as check_accounts
from extractor.check import print_report
from extractor.cli_database import database_of, db
from extractor.cli_forget import forget
from extractor.client import Client
from extractor.config import Account, Settings, database_environment, load
from extractor.database import only_import, only_sync
from extractor.dce import Import
from extractor.dce_files import Found, find
from extractor.dce_landing import DceLanding
from extractor.dce_progress import ImportProgress, ImportSummary
from extractor.dry_run import look_ahead, print_forecast
from extractor.embedded import EmbeddedError, checkout_server
from extractor.errors import ConfigError, DatabaseError, WarehouseError
from extractor.landing import Landing, Preview, open_landing, open_preview
from extractor.logs import log_to
from extractor.options import (
    DaysType,
    IdType,
    ResourceType,
    chosen_resources,
    config_option,
    debug_option,
    log_file_option,
    log_folder_option,
    option,
    verbose_option,
)
from extractor.plan import Wanted
from extractor.progress import Progress
from extractor.ratelimit import RateLimiter, RefusalGuard
from extractor.resources import DEFAULT, ON_REQUEST
from extractor.run_logs import RunLog, kept_log
from extractor.snowflake import first_at
from extractor.status import STALE_DAYS, Asked, print_status
from extractor.summary import Options, Summary
from extractor.sync import Sync
from extractor.terminal import error_console, printable, printable_lines

AnySummary = Summary | ImportSummary

CONNECTIONS = 8  # statements are short: fewer than workers are enough


class _Group(click.Group):
    """Turns our errors into one line and their exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (WarehouseError, EmbeddedError) as error:
            click.echo(printable_lines(f"Error: {error}"), err=True)
            ctx.exit(getattr(error, "exit_code", 1))
        except KeyboardInterrupt:
            click.echo("Interrupted: run again to go on from there", err=True)
            ctx.exit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Archive Discord guilds as raw pages in Postgres."""


main.add_command(db)
main.add_command(forget)


@main.command()
@config_option
@option("--account", multiple=True, help="Only these accounts; repeatable.")
@option(
    "--guild-id", multiple=True, type=IdType(), help="Only these guilds; repeatable."
)
@option(
    "--channel-id",
    multiple=True,
    type=IdType(),
    help="Only these channels and what hangs under them.",
)
@option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Begin here (UTC); a later run without it fetches what is older.",
)
@option(
    "--revisit-days",
    type=DaysType(),
    default="7",
    help="Read the last N days of active channels again, for edits, reactions, pins "
    "and deletions; all: read everything again.",
)
@option(
    "--only",
    multiple=True,
    type=ResourceType(),
    help=f"Only these resources. default: {', '.join(DEFAULT)}; on request: "
    f"{', '.join(ON_REQUEST)}; all: both.",
)
@option("--skip", multiple=True, type=ResourceType(), help="None of these resources.")
@option(
    "--workers",
    type=click.IntRange(1, 64),
    default=16,
    help="Requests under way at the same time.",
)
@option(
    "--allow-missing-content",
    is_flag=True,
    help="Archive without the Message Content intent: messages come without text.",
)
@option(
    "--dry-run",
    is_flag=True,
    help="Print what would be read, and about how much; archive nothing.",
)
@verbose_option
@debug_option
@log_file_option
@log_folder_option
def sync(  # noqa: PLR0913 - one argument an option
    *,
    config: Path,
    account: tuple[str, ...],
    guild_id: tuple[int, ...],
    channel_id: tuple[int, ...],
    since: datetime | None,
    revisit_days: int | None,
    only: tuple[frozenset[str], ...],
    skip: tuple[frozenset[str], ...],
    workers: int,
    allow_missing_content: bool,
    dry_run: bool,
    verbose: bool,
    debug: bool,
    log_file: Path | None,
    log_folder: Path,
) -> None:
    """Archive what is new: whole channels at first, then what came since.

    Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 done but for some
    channels or guilds, which are named.
    """
    console = error_console()
    log_to(console, log_file, verbose=verbose, debug=debug)
    options = Options(
        guild_ids=guild_id,
        channel_ids=channel_id,
        wanted=Wanted(
            resources=chosen_resources(only, skip),
            floor=0 if since is None else first_at(since.replace(tzinfo=UTC)),
            revisit_days=revisit_days,
        ),
        workers=workers,
        allow_missing_content=allow_missing_content,
    )
    if dry_run:
        settings = load(config)
        accounts = _chosen(settings, account)
        look = _look_ahead(settings, accounts, options, console, is_verbose=verbose)
        raise SystemExit(look)
    with kept_log(log_folder, "sync") as log:
        settings = load(config)
        accounts = _chosen(settings, account)
        raise SystemExit(_sync(settings, accounts, options, console, log))


def _look_ahead(
    settings: Settings,
    accounts: tuple[Account, ...],
    options: Options,
    console: Console,
    *,
    is_verbose: bool,
) -> int:
    """Print what a sync would do; one may be under way, for nothing is written."""
    environment = database_environment(settings, checkout_server())
    with _terminated_as_interrupted(), open_preview(environment) as preview:
        run = Sync(preview, options, Progress(console))
        clients = _clients(accounts, settings, console)
        with console.status("looking at guilds, channels and threads"):
            forecast = look_ahead(run, clients, options)
    print_forecast(forecast, run.summary, is_verbose=is_verbose)
    _print_failed(run.summary.failed)
    return run.summary.exit_code


def _clients(
    accounts: tuple[Account, ...], settings: Settings, console: Console
) -> list[tuple[Account, Client]]:
    """Return a client for each account; they share what the address may ask."""
    guard = RefusalGuard()
    for account in accounts:
        _warn_of_terms(account, console)
    return [(one, _client(one, settings, guard)) for one in accounts]


def _print_failed(failed: Mapping[str, str]) -> None:
    for what, error in failed.items():
        click.echo(printable(f"failed: {what}: {error}"), err=True)


def _sync(
    settings: Settings,
    accounts: tuple[Account, ...],
    options: Options,
    console: Console,
    log: RunLog,
) -> int:
    clients = _clients(accounts, settings, console)
    environment = database_environment(settings, checkout_server())
    progress = Progress(console)
    with (
        _terminated_as_interrupted(),
        only_sync(environment),
        open_landing(environment, connections=CONNECTIONS) as landing,
    ):
        landing.start_run("sync", options.as_json())
        log.name_run(landing.run_id)
        run = Sync(landing, options, progress)
        try:
            with progress.shown():
                run.run(clients)
        except BaseException as problem:
            _close_run(landing, run.summary, problem)
            raise
        exit_code = run.summary.exit_code
        landing.finish_run(exit_code, error=None, summary=run.summary.as_json())
    _print_summary(run.summary, log)
    return exit_code


@main.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@config_option
@option("--dry-run", is_flag=True, help="Say what each file is; import nothing.")
@verbose_option
@debug_option
@log_file_option
@log_folder_option
def import_dce(  # noqa: PLR0913 - one argument an option
    *,
    paths: tuple[str, ...],
    config: Path,
    dry_run: bool,
    verbose: bool,
    debug: bool,
    log_file: Path | None,
    log_folder: Path,
) -> None:
    """Import exports of DiscordChatExporter (JSON, of any version since 2.18).

    PATH is a file, a folder with all that is in it, or a pattern; files may be packed
    by gzip or lie in a .zip. What was imported before is known by its content, and
    skipped.

    Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 done but for some files,
    which are named.
    """
    console = error_console()
    log_to(console, log_file, verbose=verbose, debug=debug)
    if dry_run:
        raise SystemExit(_look_at_exports(load(config), find(paths), console))
    with kept_log(log_folder, "import-dce") as log:
        code = _import_exports(load(config), paths, find(paths), console, log)
        raise SystemExit(code)


def _progress(found: Found, console: Console) -> ImportProgress:
    size = sum(one.size for one in found.sources)
    return ImportProgress(console, len(found.sources), size)


def _look_at_exports(settings: Settings, found: Found, console: Console) -> int:
    """Print what an import would do; there need be no database to do it in."""
    progress = _progress(found, console)
    with ExitStack() as opened:
        opened.enter_context(_terminated_as_interrupted())
        preview = Preview()
        if settings.database or checkout_server().is_made:
            try:
                environment = database_environment(settings, checkout_server())
                preview = opened.enter_context(open_preview(environment))
            except DatabaseError as error:
                click.echo(f"what is imported already is not known: {error}", err=True)
        run = Import(DceLanding(preview), progress)
        with progress.shown():
            run.look(found, lambda line: click.echo(printable(line)))
    _print_summary(run.summary, RunLog())
    return run.summary.exit_code


def _import_exports(
    settings: Settings,
    paths: Sequence[str],
    found: Found,
    console: Console,
    log: RunLog,
) -> int:
    progress = _progress(found, console)
    environment = database_environment(settings, checkout_server())
    with (
        _terminated_as_interrupted(),
        only_import(environment),
        open_landing(environment) as landing,
    ):
        arguments = {"paths": [storable_text(path) for path in paths]}
        landing.start_run("import-dce", arguments)
        log.name_run(landing.run_id)
        run = Import(DceLanding(landing), progress)
        try:
            with progress.shown():
                run.run(found)
        except BaseException as problem:
            _close_run(landing, run.summary, problem)
            raise
        exit_code = run.summary.exit_code
        landing.finish_run(exit_code, error=None, summary=run.summary.as_json())
    _print_summary(run.summary, log)
    return exit_code


def _close_run(landing: Landing, summary: AnySummary, problem: BaseException) -> None:
    """Note how a run broke off; where the database is what broke, it cannot be."""
    with suppress(DatabaseError):
        landing.finish_run(
            getattr(problem, "exit_code", 1),
            error=str(problem) or "interrupted",
            summary=summary.as_json(),
        )


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does: terminal restored, run log closed."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _chosen(settings: Settings, names: tuple[str, ...]) -> tuple[Account, ...]:
    if not settings.accounts:
        raise ConfigError(
            "no account: put DISCORD_TOKEN=… into .env (see .env.example), or accounts "
            "into config.json (see config.example.json)"
        )
    known = {account.name: account for account in settings.accounts}
    for name in names:
        if name not in known:
            raise ConfigError(
                f"--account {name}: there is no such account, only {', '.join(known)}"
            )
    chosen = tuple(known[name] for name in names or known)
    for account in chosen:
        account.secret()  # a missing token ends the run before it begins
    return chosen


def _client(account: Account, settings: Settings, guard: RefusalGuard) -> Client:
    return Client(
        settings.api_base_url,
        account.secret(),
        account_type=account.type,
        user_agent=account.user_agent,
        limiter=RateLimiter(guard=guard),
    )


def _warn_of_terms(account: Account, console: Console) -> None:
    if account.type == "user":
        console.print(
            f"account {account.name}: driving a user account by program breaks "
            "Discord's terms and may end the account; use a bot where you can",
            style="yellow",
            soft_wrap=True,
        )


def _print_summary(summary: AnySummary, log: RunLog) -> None:
    for line in summary.lines():
        click.echo(printable(line))
        log.note(line)
    _print_failed(summary.failed)


@main.command()
@config_option
@option("--account", multiple=True, help="Only these accounts; repeatable.")
@option(
    "--guild-id", multiple=True, type=IdType(), help="Only these guilds; repeatable."
)
@option(
    "--allow-missing-content",
    is_flag=True,
    help="Do without the Message Content intent: messages come without text.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check(
    *,
    config: Path,
    account: tuple[str, ...],
    guild_id: tuple[int, ...],
    allow_missing_content: bool,
    as_json: bool,
) -> None:
    """Show what accounts may read, and what is missing; needs no database.

    Exit codes: 0 a sync has all it needs, 1 an account or a guild cannot be reached,
    2 an intent is missing, usage or configuration.
    """
    console = error_console()
    log_to(console, None, verbose=False, debug=False)
    settings = load(config)
    chosen = _chosen(settings, account)
    options = Options(
        guild_ids=guild_id, workers=16, allow_missing_content=allow_missing_content
    )
    with _terminated_as_interrupted():
        # a missing intent is to be reported, not to end the run
        lenient = replace(options, allow_missing_content=True)
        preview = Preview()
        run = Sync(preview, lenient, Progress(console))
        clients = _clients(chosen, settings, console)
        with console.status("looking at guilds, channels and threads"):
            report = check_accounts(run, clients, options)
    print_report(report, as_json=as_json)
    for problem in report.problems:
        click.echo(printable(f"Error: {problem}"), err=True)
    _print_failed(report.failed)
    raise SystemExit(report.exit_code)


@main.command()
@config_option
@option(
    "--guild-id", multiple=True, type=IdType(), help="Only these guilds; repeatable."
)
@option(
    "--stale-days",
    type=click.IntRange(0),
    default=STALE_DAYS,
    help="Call a channel stale that was not known to its end for so many days.",
)
@log_folder_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def status(
    *,
    config: Path,
    guild_id: tuple[int, ...],
    stale_days: int,
    log_folder: Path,
    as_json: bool,
) -> None:
    """Show what last succeeded, what failed, and how far each channel is archived.

    The keys of the JSON document are succeeded, failed, logs, runs, guilds, channels
    and lists; ids are strings, instants ISO 8601 in UTC, null is what is not known.
    """
    wanted = Asked(guild_id, stale_days, log_folder)
    print_status(database_of(config), wanted, as_json=as_json)
