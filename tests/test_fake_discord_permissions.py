"""Who sees what in the loopback Discord: overwrites, threads, voice, time-outs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fake_discord import FakeDiscord, World, generate_world
from tests.fake_discord.client import Client, ids, named
from tests.fake_discord.permissions import (
    ADMINISTRATOR,
    CONNECT,
    EVERYTHING,
    MANAGE_THREADS,
    READ_MESSAGE_HISTORY,
    VIEW_CHANNEL,
    channel_permissions,
    guild_permissions,
)
from tests.fake_discord.shapes import role

END = datetime(2026, 11, 21, tzinfo=UTC)
GUILD, RED, BLUE, ME = 10, 20, 30, 40
SEE = VIEW_CHANNEL | READ_MESSAGE_HISTORY

Json = dict[str, Any]


def overwrite(target: int, *, allow: int = 0, deny: int = 0) -> Json:
    return {"id": str(target), "allow": str(allow), "deny": str(deny)}


@pytest.mark.parametrize(
    ("overwrites", "expected"),
    [
        pytest.param([], SEE, id="none"),
        pytest.param([overwrite(GUILD, deny=VIEW_CHANNEL)], 0, id="everyone-denied"),
        pytest.param(
            [overwrite(GUILD, deny=VIEW_CHANNEL), overwrite(RED, allow=VIEW_CHANNEL)],
            SEE,
            id="a-role-beats-everyone",
        ),
        pytest.param(
            [overwrite(BLUE, deny=VIEW_CHANNEL), overwrite(RED, allow=VIEW_CHANNEL)],
            SEE,
            id="among-roles-allow-beats-deny",
        ),
        pytest.param(
            [overwrite(RED, allow=VIEW_CHANNEL), overwrite(ME, deny=VIEW_CHANNEL)],
            0,
            id="the-member-comes-last",
        ),
        pytest.param([overwrite(99, deny=VIEW_CHANNEL)], SEE, id="a-strange-role"),
        pytest.param(
            [overwrite(RED, deny=READ_MESSAGE_HISTORY)], VIEW_CHANNEL, id="no-history"
        ),
    ],
)
def test_overwrites_apply_in_discords_order(
    overwrites: list[Json], expected: int
) -> None:
    """Everyone first, then all roles at once, then the member; unseen means nothing."""
    member = {"user": {"id": str(ME)}, "roles": [str(RED), str(BLUE)]}
    channel = {"permission_overwrites": overwrites}

    assert channel_permissions(SEE, member, GUILD, channel) == expected


def test_owners_and_administrators_stand_above_overwrites() -> None:
    """Both may do everything; other roles add up."""
    guild = {"id": str(GUILD), "owner_id": "1"}
    roles = {
        GUILD: role(GUILD, "@everyone", VIEW_CHANNEL),
        RED: role(RED, "red", READ_MESSAGE_HISTORY),
        BLUE: role(BLUE, "blue", ADMINISTRATOR),
    }
    closed = {"permission_overwrites": [overwrite(GUILD, deny=VIEW_CHANNEL)]}

    def base(user_id: int, *held: int) -> int:
        member = {"user": {"id": str(user_id)}, "roles": [str(i) for i in held]}
        return guild_permissions(guild, roles, member)

    assert base(1) == EVERYTHING
    assert base(ME, BLUE) == EVERYTHING
    assert base(ME, RED) == VIEW_CHANNEL | READ_MESSAGE_HISTORY
    assert channel_permissions(base(ME, BLUE), {}, GUILD, closed) == EVERYTHING


def test_a_hidden_channel_is_left_out_and_answers_403(
    world: World, bot: Client
) -> None:
    """The guild's list does not name it, asking for it by id is refused."""
    hidden = named(world, "keepers-only")

    listed = ids(bot.json(f"/guilds/{world.guild_ids[0]}/channels"))

    assert hidden not in listed
    assert named(world, "general") in listed
    assert bot.refusal(f"/channels/{hidden}") == (403, 50001)
    assert bot.refusal(f"/channels/{hidden}/messages") == (403, 50001)


def test_without_history_a_channel_looks_empty(
    world: World, fake: FakeDiscord, bot: Client
) -> None:
    """Messages answer an empty 200, archives and single messages are refused."""
    general = named(world, "general")
    message = ids(world.messages(general))[0]
    me = world.account(fake.bot_token).user_id

    world.set_overwrite(general, me, deny=READ_MESSAGE_HISTORY)

    path = f"/channels/{general}"
    assert bot.json(f"{path}/messages") == []
    assert bot.json(f"{path}/messages/pins") == {"items": [], "has_more": False}
    assert bot.refusal(f"{path}/messages/{message}") == (403, 50013)
    assert bot.refusal(f"{path}/threads/archived/public") == (403, 50013)
    assert general not in world.readable_channel_ids(world.guild_ids[0], fake.bot_token)


@pytest.mark.parametrize("kind", [2, 13])
def test_the_text_of_voice_channels_needs_connect(
    world: World, fake: FakeDiscord, bot: Client, kind: int
) -> None:
    """Without CONNECT the channel is listed, its messages are not to be had."""
    guild_id, me = world.guild_ids[0], world.account(fake.bot_token).user_id
    room = world.add_channel(guild_id, kind, "cabin")
    world.post_message(room, author_id=me, content="ahoy")
    opened = bot.json(f"/channels/{room}/messages")

    world.set_overwrite(room, me, deny=CONNECT)

    assert [m["content"] for m in opened] == ["ahoy"]
    assert room in ids(bot.json(f"/guilds/{guild_id}/channels"))
    assert bot.refusal(f"/channels/{room}/messages") == (403, 50001)
    assert room not in world.readable_channel_ids(guild_id, fake.bot_token)


@pytest.mark.parametrize("kind", [4, 15, 16])
def test_channels_without_messages_say_so(world: World, bot: Client, kind: int) -> None:
    """Categories, forums and media channels have no messages of their own."""
    room = world.add_channel(world.guild_ids[0], kind, "shelf")

    assert bot.refusal(f"/channels/{room}/messages") == (400, 50024)


def test_a_category_shows_as_soon_as_a_child_does(
    world: World, fake: FakeDiscord, bot: Client
) -> None:
    """Denied itself, a category is listed while any of its channels can be seen."""
    guild_id, me = world.guild_ids[0], world.account(fake.bot_token).user_id
    category = world.add_channel(guild_id, 4, "deck")
    child = world.add_channel(guild_id, 0, "mast", parent_id=str(category))
    path = f"/guilds/{guild_id}/channels"

    world.set_overwrite(category, guild_id, deny=VIEW_CHANNEL)
    with_child = ids(bot.json(path))
    world.set_overwrite(child, me, deny=VIEW_CHANNEL)

    assert category in with_child
    assert category not in ids(bot.json(path))


def test_threads_are_as_open_as_their_parent(
    world: World, fake: FakeDiscord, bot: Client
) -> None:
    """A denied parent hides its threads, even from those who joined them."""
    general, author = named(world, "general"), next(iter(world.users))
    me = world.account(fake.bot_token).user_id
    thread = world.create_thread(general, "talk", owner_id=author)
    world.join_thread(thread, me)
    active = f"/guilds/{world.guild_ids[0]}/threads/active"
    before = bot.json(active)

    world.set_overwrite(general, me, deny=VIEW_CHANNEL)

    assert thread in ids(before["threads"])
    assert before["members"][0]["user_id"] == str(me)
    assert bot.json(active)["threads"] == []
    assert bot.refusal(f"/channels/{thread}/messages") == (403, 50001)


def test_private_threads_are_for_members_and_managers(
    world: World, fake: FakeDiscord, bot: Client
) -> None:
    """MANAGE_THREADS opens all of them; without it only the joined ones are there."""
    general, author = named(world, "general"), next(iter(world.users))
    me = world.account(fake.bot_token).user_id
    joined, foreign = (
        world.create_thread(general, name, owner_id=author, private=True)
        for name in ("joined", "foreign")
    )
    world.join_thread(joined, me)
    active = f"/guilds/{world.guild_ids[0]}/threads/active"
    as_manager = set(ids(bot.json(active)["threads"]))

    world.set_overwrite(general, me, deny=MANAGE_THREADS)

    as_member = set(ids(bot.json(active)["threads"]))
    assert as_manager - as_member == {foreign}
    assert joined in as_member
    assert bot.refusal(f"/channels/{foreign}") == (403, 50001)
    assert bot.json(f"/channels/{joined}")["member"]["user_id"] == str(me)


def test_archived_private_threads_fall_back_to_the_joined_ones(
    world: World, fake: FakeDiscord, bot: Client
) -> None:
    """The full list needs MANAGE_THREADS; the joined list is paged by thread id."""
    general, author = named(world, "general"), next(iter(world.users))
    me = world.account(fake.bot_token).user_id
    threads = [
        world.create_thread(general, f"p{n}", owner_id=author, private=True)
        for n in range(4)
    ]
    for thread in threads:
        world.archive_thread(thread)
        if thread != threads[0]:
            world.join_thread(thread, me)
    everything = f"/channels/{general}/threads/archived/private"
    own = f"/channels/{general}/users/@me/threads/archived/private"
    managed = ids(bot.json(everything)["threads"])

    world.set_overwrite(general, me, deny=MANAGE_THREADS)
    first = bot.json(own, limit=2)
    second = bot.json(own, limit=2, before=first["threads"][-1]["id"])

    assert sorted(managed) == threads
    assert bot.refusal(everything) == (403, 50013)
    assert ids(first["threads"]) == [threads[3], threads[2]]
    assert ids(second["threads"]) == [threads[1]]
    assert (first["has_more"], second["has_more"]) == (True, False)


def test_a_time_out_leaves_sight_and_history_alone(
    world: World, fake: FakeDiscord
) -> None:
    """While it runs CONNECT and MANAGE_THREADS are gone; a past one means nothing."""
    world.clock = lambda: END
    guild_id, account = world.guild_ids[0], world.account(fake.bot_token)
    general = named(world, "general")

    def granted(until: datetime) -> int:
        stamp = until.isoformat()
        world.update_member(
            guild_id, account.user_id, communication_disabled_until=stamp
        )
        return world.permissions(account, general)

    assert granted(END + timedelta(hours=1)) == SEE
    assert granted(END - timedelta(hours=1)) & MANAGE_THREADS


def test_what_is_called_readable_is_what_answers_with_messages() -> None:
    """`readable_channel_ids` names exactly the channels whose pages are whole."""
    world = generate_world(seed=7, size=800, end=END)
    guild_id = world.guild_ids[0]

    with FakeDiscord(world) as fake:
        readable = world.readable_channel_ids(guild_id, fake.bot_token)
        with Client(fake) as bot:
            found = {c for c in world.logs if _answers_all(world, bot, c)}

    # an empty channel answers alike whether its history may be read or not
    empty = {c for c in world.logs if not world.logs[c].ids}
    assert found - empty == readable - empty
    assert 0 < len(readable) < len(world.logs)


def test_verbs_alone_make_guilds_and_bots_with_rights_of_their_own() -> None:
    """Two guilds, three bots: one in both, one without history, one that manages."""
    world = World()
    owner = world.add_user("owner")
    guilds = [world.add_guild(n, owner, everyone_may=0) for n in ("Pier", "Quay")]
    rooms = [world.add_channel(guild_id, 0, "dock") for guild_id in guilds]
    said = [world.post_message(room, author_id=owner) for room in rooms]

    def bot(name: str, *rights: int) -> str:
        user_id = world.add_user(name, bot=True)
        for guild_id, right in zip(guilds, rights, strict=False):
            role = world.add_role(guild_id, name, right)
            world.add_member(guild_id, user_id, roles=[str(role)])
        return world.add_account(name, "bot", user_id)

    def seen(fake: FakeDiscord, token: str) -> list[object]:
        """Return the guilds, then the dock's messages and the bans of each guild."""
        with Client(fake, f"Bot {token}") as client:
            paths = [f"/channels/{room}/messages" for room in rooms]
            paths += [f"/guilds/{guild_id}/bans" for guild_id in guilds]
            pages = [client.get(path) for path in paths]
            found = [p.json() if p.ok else p.json()["code"] for p in pages]
            listed = [ids(page) if isinstance(page, list) else page for page in found]
            return [ids(client.json("/users/@me/guilds")), *listed]

    tokens = [bot("both", SEE, SEE), bot("blind", VIEW_CHANNEL), bot("boss", 1 << 3)]
    with FakeDiscord(world) as fake:
        both, blind, boss = (seen(fake, token) for token in tokens)
        accounts = {request.account for request in fake.requests}

    assert both == [guilds, [said[0]], [said[1]], 50013, 50013]
    assert blind == [guilds[:1], [], 50001, 50013, 50001]
    assert boss == [guilds[:1], [said[0]], 50001, [], 50001]
    assert accounts == {"both", "blind", "boss"}


def _answers_all(world: World, bot: Client, channel_id: int) -> bool:
    response = bot.get(f"/channels/{channel_id}/messages", limit=100)
    newest = ids(world.messages(channel_id))[-100:][::-1]
    return response.status_code == 200 and ids(response.json()) == newest
