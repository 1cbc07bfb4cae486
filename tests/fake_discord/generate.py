"""A world from a seed: same arguments, same world, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from tests.fake_discord import exhibits, shapes
from tests.fake_discord.cast import gather
from tests.fake_discord.chatter import Stage, talk
from tests.fake_discord.fittings import fit_out
from tests.fake_discord.layout import furnish
from tests.fake_discord.machines import run_machines
from tests.fake_discord.world import World

# beside what is said at moments of its own: an arrival and a hello for each newcomer,
# and about this many first messages of threads and posts
OPENERS_A_WEEK = 8


@dataclass(frozen=True)
class Size:
    """How large a guild is to be."""

    messages: int
    people: int
    weeks: int
    is_tiny: bool = False


SIZES = {
    "tiny": Size(60, 6, 2, is_tiny=True),
    "small": Size(3_000, 40, 10),
    "large": Size(200_000, 400, 52),
}


def generate_world(
    seed: int = 7,
    size: str | int = "small",
    end: datetime | None = None,
    *,
    hostile: bool | None = None,
) -> World:
    """Make a community that lived up to `end` (default: the last midnight UTC).

    `size` is "tiny", "small", "large" or about how many messages. `hostile` puts in
    texts that break naive storage; small and larger worlds have them by default.
    """
    chosen = _size(size)
    end = end or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    end = end.astimezone(UTC)
    span = (end - timedelta(weeks=chosen.weeks), end)
    # text seeds are hashed alike in every process and version
    rng = Random(f"{seed}/{size}/{end.isoformat()}")
    world = World()
    stage = _found_guild(world, rng, span, chosen)
    if not chosen.is_tiny:
        fit_out(stage)
        exhibits.show(stage)
        run_machines(stage)
    talk(stage, _left_to_say(stage, chosen))
    if hostile if hostile is not None else not chosen.is_tiny:
        exhibits.show_hostile(stage)
    return world


def _left_to_say(stage: Stage, size: Size) -> int:
    newcomers = sum(p.joined_at > stage.span[0] for p in stage.cast.people)
    openers = 0 if size.is_tiny else OPENERS_A_WEEK * size.weeks
    said = stage.world.message_count(stage.world.guild_ids[0])
    return max(size.messages - said - 2 * newcomers - openers, 1)


def _size(size: str | int) -> Size:
    if isinstance(size, int):
        people = min(max(size // 75, 8), 600)
        return Size(size, people, 10 if size <= 6_000 else 52)
    if size not in SIZES:
        known = ", ".join(SIZES)
        raise ValueError(f"{size!r} is no size: pass one of {known}, or a number")
    return SIZES[size]


def _found_guild(
    world: World, rng: Random, span: tuple[datetime, datetime], size: Size
) -> Stage:
    founded = span[0] - timedelta(days=402)
    guild_id = world.new_id(founded)
    world.roles[guild_id] = {}
    world.members[guild_id] = {}
    cast = gather(world, rng, guild_id, span, size.people)
    owner_id = cast.people[0].user_id
    world.guilds[guild_id] = shapes.guild(guild_id, "Harbour Lights ⚓", owner_id)
    rooms = furnish(world, guild_id, cast, founded, small=size.is_tiny)
    return Stage(world, rng, cast, rooms, span)
