"""The loopback Discord's invites, webhooks and audit log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.fake_discord import FakeDiscord, World, generate_world
from tests.fake_discord.client import Client, ids, named
from tests.fake_discord.permissions import (
    MANAGE_GUILD,
    MANAGE_WEBHOOKS,
    VIEW_AUDIT_LOG,
)

END = datetime(2026, 11, 21, tzinfo=UTC)
USE = {"uses", "max_uses", "max_age", "temporary", "created_at"}


@pytest.fixture
def guild_id(world: World) -> int:
    return world.guild_ids[0]


def let(fake: FakeDiscord, permissions: int) -> None:
    """Give the bot a role with these rights, and no other."""
    world, me = fake.world, fake.world.account(fake.bot_token).user_id
    guild_id = world.guild_ids[0]
    role = world.add_role(guild_id, "Clerk", permissions)
    world.update_member(guild_id, me, roles=[str(role)])


@pytest.mark.parametrize("name", ["invites", "webhooks", "bans", "audit-logs"])
def test_what_is_for_those_who_run_a_guild_is_closed_to_others(
    bot: Client, guild_id: int, name: str
) -> None:
    """Members without the right get 403, whatever they may read."""
    assert bot.refusal(f"/guilds/{guild_id}/{name}") == (403, 50013)
    assert bot.refusal(f"/guilds/1/{name}") == (404, 10004)


def test_only_managers_see_how_invites_are_used(
    world: World, fake: FakeDiscord, bot: Client, guild_id: int
) -> None:
    """Who may read the audit log sees the invites without their use."""
    general, inviter = named(world, "general"), next(iter(world.users))
    code = world.add_invite(general, inviter_id=inviter, max_age=3600, at=END)
    path = f"/guilds/{guild_id}/invites"

    let(fake, VIEW_AUDIT_LOG)
    by_clerk = bot.json(path)
    let(fake, MANAGE_GUILD)
    by_manager = bot.json(path)

    assert [invite["code"] for invite in by_clerk] == [code]
    assert set(by_manager[0]) - set(by_clerk[0]) == USE
    assert by_manager[0]["expires_at"] == (END + timedelta(hours=1)).isoformat()
    assert by_manager[0]["inviter"]["id"] == str(inviter)
    assert by_manager[0]["channel"]["id"] == str(general)
    world.remove_invite(code)
    assert bot.json(path) == []


def test_invites_show_their_channel_as_it_is_now(
    world: World, fake: FakeDiscord, bot: Client, guild_id: int
) -> None:
    """A renamed channel is renamed in them; a removed one takes them along."""
    let(fake, MANAGE_GUILD | MANAGE_WEBHOOKS)
    general = named(world, "general")
    world.add_invite(general)
    world.add_webhook(general, "Feed")
    path = f"/guilds/{guild_id}/invites"

    world.update_channel(general, name="quay")
    renamed = [invite["channel"]["name"] for invite in bot.json(path)]
    world.remove_channel(general)

    assert renamed == ["quay"]
    assert bot.json(path) == []
    assert bot.json(f"/guilds/{guild_id}/webhooks") == []


def test_webhooks_come_with_their_secrets(
    world: World, fake: FakeDiscord, bot: Client, guild_id: int
) -> None:
    """Incoming ones carry a token and a URL that holds it; followers have neither."""
    let(fake, MANAGE_WEBHOOKS)
    general = named(world, "general")
    incoming = world.add_webhook(general, "Feed")
    follower = world.add_webhook(general, "News", kind=2)
    path = f"/guilds/{guild_id}/webhooks"

    first, second = bot.json(path)
    world.remove_webhook(incoming)

    assert ids([first, second]) == [incoming, follower]
    assert first["url"].endswith(f"/{incoming}/{first['token']}")
    assert not {"token", "url"} & set(second)
    assert ids(bot.json(path)) == [follower]


def test_webhooks_that_write_in_a_generated_guild_are_listed() -> None:
    """Their ids are those under which their messages stand."""
    world = generate_world(seed=7, size="small", end=END)
    writing = {
        m["webhook_id"]
        for c in world.logs
        for m in world.messages(c)
        if m["author"]["discriminator"] == "0000"
    }

    with FakeDiscord(world) as fake, Client(fake) as bot:
        let(fake, MANAGE_WEBHOOKS)
        found = bot.json(f"/guilds/{world.guild_ids[0]}/webhooks")

    assert {webhook["id"] for webhook in found} == writing
    assert sorted(webhook["type"] for webhook in found) == [1, 2]


def test_the_audit_log_is_paged_down_and_up(
    world: World, fake: FakeDiscord, bot: Client, guild_id: int
) -> None:
    """Newest first, but `after` climbs: the only list that turns round."""
    let(fake, VIEW_AUDIT_LOG)
    entries = [world.add_audit_entry(guild_id, 1) for _ in range(60)]
    path = f"/guilds/{guild_id}/audit-logs"

    def page(**query: object) -> list[int]:
        return ids(bot.json(path, **query)["audit_log_entries"])

    assert page() == entries[:9:-1]
    assert page(limit=3, before=entries[10]) == entries[9:6:-1]
    assert page(limit=3, after=entries[10]) == entries[11:14]
    assert page(limit=100, after=entries[-1]) == []
    assert bot.refusal(path, limit=101) == (400, 50035)


def test_the_audit_log_can_be_narrowed(
    world: World, fake: FakeDiscord, bot: Client, guild_id: int
) -> None:
    """By who did it, to what, and by the kind of deed."""
    let(fake, VIEW_AUDIT_LOG)
    keeper, helper = list(world.users)[:2]
    kick = world.add_audit_entry(guild_id, 20, user_id=keeper, target_id=helper)
    update = world.add_audit_entry(guild_id, 1, user_id=keeper, target_id=guild_id)
    path = f"/guilds/{guild_id}/audit-logs"

    def page(**query: object) -> list[int]:
        return ids(bot.json(path, **query)["audit_log_entries"])

    assert page(user_id=keeper) == [update, kick]
    assert page(target_id=helper) == [kick]
    assert page(action_type=1) == [update]
    assert page(user_id=helper) == []


def test_the_audit_log_brings_what_its_entries_name(
    world: World, fake: FakeDiscord, bot: Client, guild_id: int
) -> None:
    """People, webhooks (secrets too), events and threads stand beside the entries."""
    let(fake, VIEW_AUDIT_LOG)
    general, keeper = named(world, "general"), next(iter(world.users))
    webhook = world.add_webhook(general, "Feed")
    event = world.add_event(guild_id, "Regatta", creator_id=keeper)
    thread = world.create_thread(general, "talk", owner_id=keeper)
    for action_type, target in ((50, webhook), (100, event), (110, thread)):
        world.add_audit_entry(
            guild_id, action_type, user_id=keeper, target_id=target, reason="tidy"
        )

    log = bot.json(f"/guilds/{guild_id}/audit-logs")

    assert [entry["action_type"] for entry in log["audit_log_entries"]] == [
        110,
        100,
        50,
    ]
    assert ids(log["users"]) == [keeper]
    assert ids(log["webhooks"]) == [webhook]
    assert log["webhooks"][0]["token"]
    assert ids(log["guild_scheduled_events"]) == [event]
    assert ids(log["threads"]) == [thread]
    assert log["integrations"] == []


def test_audit_entries_are_kept_for_45_days(
    world: World, fake: FakeDiscord, bot: Client, guild_id: int
) -> None:
    """An entry vanishes as the world grows older."""
    let(fake, VIEW_AUDIT_LOG)
    world.add_audit_entry(guild_id, 1, at=END)
    path = f"/guilds/{guild_id}/audit-logs"
    before = len(bot.json(path)["audit_log_entries"])

    young = world.add_audit_entry(guild_id, 1, at=END + timedelta(days=46))

    assert before == 1
    assert ids(bot.json(path)["audit_log_entries"]) == [young]


def test_a_removed_guild_takes_everything_along(world: World, bot: Client) -> None:
    """Nothing of it is left to be found under its id."""
    guild_id, general = world.guild_ids[0], named(world, "general")
    keeper = next(iter(world.users))
    world.add_invite(general)
    world.add_ban(guild_id, keeper)
    world.add_event(guild_id, "Regatta", creator_id=keeper)

    world.remove_guild(guild_id)

    assert bot.refusal(f"/guilds/{guild_id}/invites") == (404, 10004)
    assert not any((world.invites, world.bans, world.events, world.channels))
