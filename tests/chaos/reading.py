"""What runs read in a session, and how what they landed is held against the truth."""

from __future__ import annotations

from dataclasses import replace

from extractor.plan import Wanted
from extractor.resources import DEFAULT, ON_REQUEST
from extractor.summary import Options
from tests.archive import query
from tests.chaos import landing
from tests.chaos.checks import CHECKS
from tests.chaos.landing import Database
from tests.chaos.session import Session
from tests.chaos.storm import stormy_sync
from tests.chaos.tables import Witness
from tests.chaos.tally import Tally
from tests.dbt_warehouse import Warehouse
from tests.fake_discord import FakeDiscord

NEWS = Options(workers=4)
EVERYTHING = replace(
    NEWS,
    wanted=Wanted(resources=frozenset({*DEFAULT, *ON_REQUEST}), revisit_days=None),
)

WITHOUT_MARTS = ("--exclude", "weekly", "audit")
# a message counts once, in the base of all marts
COUNTED = """
    select 'counted in marts', *
    from (
        select
            (select sum(message_count)::bigint from marts.daily_user_channel_activity),
            (select count(*) from discord.messages where is_human)
    ) as counts (marts, messages)
    where coalesce(marts, 0) <> messages"""


def must_read(fake: FakeDiscord, database: Database, options: Options = NEWS) -> None:
    """Archive something, which must not fail."""
    assert stormy_sync(fake, database, options).failed == {}


def compare_landing(
    database: Database, session: Session, tally: Tally, options: Options = NEWS
) -> None:
    """See after a run that nothing is missing and nothing twice.

    Where it read everything again, each message must be what it is now, too.
    """
    found = landing.differences(database, session, is_complete=True)
    if options == EVERYTHING:
        found.lost += landing.outdated(database, session)
    tally.compare("landing", found)


def compare_what_was_cut_off(
    database: Database, session: Session, tally: Tally
) -> None:
    """See in the midst of things that checkpoints tell what landed, and not more."""
    found = landing.differences(database, session, is_complete=False)
    tally.compare("cut off landing", found)


def compare_tables(
    warehouse: Warehouse,
    session: Session,
    tally: Tally,
    witness: Witness,
    *,
    has_marts: bool = True,
) -> None:
    """Build all that a run which read everything has landed, and look at each table.

    Without marts a build takes two thirds of the time.
    """
    typed = {one for one in warehouse.tables() if one.startswith("discord.")}
    assert typed <= {f"discord.{check.table}" for check in CHECKS}
    warehouse.must_build(*(() if has_marts else WITHOUT_MARTS))
    found = witness.differences(warehouse.environment, session)
    if has_marts:
        found.doubled += query(warehouse.environment, COUNTED)
    tally.compare("typed tables", found)
