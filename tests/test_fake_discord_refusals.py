"""What the loopback Discord refuses, and how."""

from __future__ import annotations

import pytest

from tests.fake_discord import FakeDiscord, World
from tests.fake_discord.client import Client, ids, named


@pytest.mark.parametrize("text", ["Bot nonsense", "nonsense", "Bearer x", "Bot "])
def test_a_wrong_token_is_answered_401(fake: FakeDiscord, text: str) -> None:
    """Tokens nobody has get Discord's bare 401, whatever their prefix."""
    client = Client(fake, text)

    response = client.get("/users/@me")
    client.session.close()

    assert response.status_code == 401
    assert response.json() == {"message": "401: Unauthorized", "code": 0}


def test_the_prefix_must_fit_the_kind_of_account(fake: FakeDiscord) -> None:
    """A bot's token without "Bot", and a person's with it, are both refused."""
    for text in (fake.bot_token, f"Bot {fake.user_token}"):
        client = Client(fake, text)
        assert client.refusal("/users/@me") == (401, 0)
        client.session.close()


def test_a_revoked_token_is_refused_at_once(fake: FakeDiscord, bot: Client) -> None:
    """Revoking works in the middle of a session."""
    bot.json("/users/@me")

    fake.world.revoke_token(fake.bot_token)

    assert bot.refusal("/users/@me") == (401, 0)


def test_what_is_unknown_is_404(bot: Client, world: World) -> None:
    """Channels, guilds, users, members, messages and paths that do not exist."""
    guild_id, general = world.guild_ids[0], named(world, "general")
    stranger = 5
    world.users[stranger] = dict(next(iter(world.users.values())), id="5")

    assert bot.refusal("/channels/1/messages") == (404, 10003)
    assert bot.refusal("/guilds/1") == (404, 10004)
    assert bot.refusal("/users/1") == (404, 10013)
    assert bot.refusal(f"/guilds/{guild_id}/members/{stranger}") == (404, 10007)
    assert bot.refusal(f"/channels/{general}/messages/1") == (404, 10008)
    assert bot.refusal("/no/such/path") == (404, 0)


def test_bots_have_endpoints_of_their_own(
    person: Client, bot: Client, world: World
) -> None:
    """People's accounts are kept out of what only bots may ask."""
    guild_id = world.guild_ids[0]
    for path in ("/applications/@me", f"/guilds/{guild_id}/threads/active"):
        assert bot.get(path).status_code == 200
        assert person.refusal(path) == (403, 20002)


def test_the_member_list_needs_the_privileged_intent(
    bot: Client, fake: FakeDiscord, world: World
) -> None:
    """Without it the list answers 403, single members still answer."""
    path = f"/guilds/{world.guild_ids[0]}/members"
    members = sorted(world.members[world.guild_ids[0]])

    first = ids([m["user"] for m in bot.json(path)])
    rest = ids([m["user"] for m in bot.json(path, limit=1000, after=first[0])])
    world.set_intents(fake.bot_token, {"message_content"})

    assert first + rest == members
    assert bot.refusal(path) == (403, 50001)
    assert bot.get(f"{path}/{members[0]}").status_code == 200


def test_a_guild_one_is_not_in_is_closed(
    bot: Client, fake: FakeDiscord, world: World
) -> None:
    """Thrown out, the bot finds the guild and its channels shut."""
    guild_id, general = world.guild_ids[0], named(world, "general")

    world.remove_member(guild_id, world.account(fake.bot_token).user_id)

    assert bot.refusal(f"/guilds/{guild_id}/channels") == (403, 50001)
    assert bot.refusal(f"/channels/{general}/messages") == (403, 50001)
    assert bot.json("/users/@me/guilds") == []


def test_nothing_can_be_written_over_http(bot: Client, world: World) -> None:
    """A client that posts is told so: this is an archive's test double."""
    path = f"{bot.base}/channels/{named(world, 'general')}/messages"

    response = bot.session.post(path, json={"content": "hi"}, timeout=5)

    assert response.status_code == 405
