"""The people of a made-up guild: names in many scripts, roles, bots, and newcomers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.fake_discord import shapes
from tests.fake_discord.snowflake import iso
from tests.fake_discord.state import ALL_INTENTS
from tests.fake_discord.world import World

Json = dict[str, Any]

# user name, display name; None where a person never set one
NAMES: tuple[tuple[str, str | None], ...] = (
    ("marlow", "Marlow"),
    ("pim.the.gull", "Pim 🐦"),
    ("sofia_builds", "Sofía"),
    ("juniper", None),
    ("tarek", "طارق البحّار"),
    ("hana_umi", "波の花"),
    ("devika", "देविका"),
    ("oskar_w", "Oskar | boats & bread"),
    ("minnow", "*minnow*"),
    ("noa", "נועה"),
    ("lighthouse_lu", "`Lu`"),
    ("xiaoyu", "小雨"),
    ("andrei", "Андрей"),
    ("fern", "fern 🌿"),
    ("kit", "Kit\u200b the\u200b Quiet"),
    ("bjorn", "Bjørn"),
    ("amara", "Amara ✨"),
    ("jiho", "지호"),
    ("tove", None),
    ("pascal", "Pascal à la mer"),
    ("zeynep", "Zeynep"),
    ("rio", "rio_~_tide"),
    ("wren", "wren 👩\u200d🔧"),
    ("matej", "Matěj"),
    ("ines", "Inês"),
    ("duck", "🦆"),
    ("lars", "> Lars"),
    ("quill", "Quill (they)"),
    ("anh", "Ánh"),
    ("bo", "\u202eoB"),
    ("saskia", "Saskia"),
    ("eero", "Eero"),
    ("mika", "ミカ"),
    ("olu", "Olú"),
    ("peppi", "Peppi <3"),
    ("gus", "gus & co"),
    ("thea", "Théa"),
    ("ravi", "रवि | Ravi"),
    ("cosmo", "c o s m o"),
    ("uma", None),
)
EVERYONE_MAY = 1 << 10 | 1 << 11 | 1 << 16 | 1 << 20 | 1 << 6 | 1 << 15 | 1 << 35
ARCHIVER_MAY = 0x400110400 | 1 << 43
HELPERS, KEEPERS = range(3, 6), range(3)


@dataclass(frozen=True)
class Person:
    """A member by id, with the moment of joining and how talkative they are."""

    user_id: int
    joined_at: datetime
    weight: float


@dataclass
class Cast:
    """Everybody in a guild, with the roles that matter to the layout."""

    people: list[Person] = field(default_factory=list)
    archiver_id: int = 0
    tide_bot_id: int = 0
    keeper_role: int = 0
    archiver_role: int = 0
    helper_role: int = 0


def gather(
    world: World,
    rng: Random,
    guild_id: int,
    span: tuple[datetime, datetime],
    count: int,
) -> Cast:
    """Make the people of a guild: most from the start, some joining every week."""
    cast = Cast()
    _add_roles(world, guild_id, cast, span[0])
    for rank in range(count):
        joined_at = _joining(rng, rank, count, span)
        user_id = _add_person(world, rng, guild_id, rank, joined_at)
        cast.people.append(Person(user_id, joined_at, 1 / (rank + 1) ** 0.8))
    _add_bots(world, rng, guild_id, cast, span[0])
    for ranks, role in ((KEEPERS, cast.keeper_role), (HELPERS, cast.helper_role)):
        for person in [cast.people[rank] for rank in ranks if rank < count]:
            world.members[guild_id][person.user_id]["roles"].append(str(role))
    return cast


def _joining(
    rng: Random, rank: int, count: int, span: tuple[datetime, datetime]
) -> datetime:
    """Half are newcomers, more and more a week, so that some join in the last one."""
    start, end = span
    if not _is_newcomer(rank):
        return start - timedelta(days=rng.uniform(5, 400))
    newcomers = [r for r in range(count) if _is_newcomer(r)]
    share: float = ((newcomers.index(rank) + 1) / len(newcomers)) ** 0.7
    return start + (end - start) * share - timedelta(hours=rng.uniform(20, 60))


def _is_newcomer(rank: int) -> bool:
    return rank % 5 in {2, 4} or rank % 40 >= 32


def _add_person(
    world: World, rng: Random, guild_id: int, rank: int, joined_at: datetime
) -> int:
    username, shown = NAMES[rank % len(NAMES)]
    if rank >= len(NAMES):
        username = f"{username}{rank // len(NAMES) + 1}"
    # accounts are older than their membership
    user_id = world.new_id(joined_at - timedelta(days=rng.uniform(1, 1500)))
    avatar = f"{rng.getrandbits(128):032x}" if rng.random() < 0.7 else None
    fields: Json = {"global_name": shown, "avatar": avatar}
    if rank == 8:  # never migrated from the old names
        fields["discriminator"] = "4242"
    if rank == 9:
        fields["primary_guild"] = {
            "identity_guild_id": str(guild_id),
            "identity_enabled": True,
            "tag": "HARB",
            "badge": f"{rng.getrandbits(128):032x}",
        }
    world.users[user_id] = shapes.user(user_id, username, **fields)
    nick = "ship's cook | 🍞" if rank == 7 else None
    member = shapes.member(world.users[user_id], iso(joined_at), nick=nick)
    if rank == 6:
        member["premium_since"] = iso(joined_at + timedelta(hours=1))
    world.members[guild_id][user_id] = member
    return user_id


def _add_roles(world: World, guild_id: int, cast: Cast, start: datetime) -> None:
    roles = world.roles[guild_id]
    roles[guild_id] = shapes.role(guild_id, "@everyone", EVERYONE_MAY)
    cast.helper_role = _add_role(world, guild_id, start, "Helper ⚓", 1 << 13)
    cast.keeper_role = _add_role(world, guild_id, start, "Keeper | 灯台守", 1 << 3)
    booster = _add_role(world, guild_id, start, "Booster", 0)
    roles[booster].update(managed=True, tags={"premium_subscriber": None})
    cast.archiver_role = _add_role(world, guild_id, start, "Archivist", ARCHIVER_MAY)


def _add_role(
    world: World, guild_id: int, start: datetime, name: str, permissions: int
) -> int:
    role_id = world.new_id(start - timedelta(days=401))
    position = len(world.roles[guild_id])
    fields: Json = {"position": position, "color": 0x2A6F97 * position % 0xFFFFFF}
    world.roles[guild_id][role_id] = shapes.role(role_id, name, permissions, **fields)
    return role_id


def _add_bots(
    world: World, rng: Random, guild_id: int, cast: Cast, start: datetime
) -> None:
    for name in ("archivist", "tidekeeper"):
        bot_id = world.new_id(start - timedelta(days=600))
        avatar = f"{rng.getrandbits(128):032x}"
        world.users[bot_id] = shapes.user(
            bot_id, name, bot=True, avatar=avatar, discriminator="7001", flags=1 << 19
        )
        joined = iso(start - timedelta(days=400))
        world.members[guild_id][bot_id] = shapes.member(world.users[bot_id], joined)
    cast.archiver_id, cast.tide_bot_id = list(world.users)[-2:]
    role = str(cast.archiver_role)
    world.members[guild_id][cast.archiver_id]["roles"].append(role)
    tags = {"bot_id": str(cast.archiver_id)}
    world.roles[guild_id][cast.archiver_role].update(managed=True, tags=tags)
    world.add_account("archivist", "bot", cast.archiver_id, intents=ALL_INTENTS)
    reader = cast.people[min(3, len(cast.people) - 1)].user_id
    world.add_account("reader", "user", reader)
