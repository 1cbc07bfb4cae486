"""The loopback Discord's direct messages, and what people's accounts are listed."""

from __future__ import annotations

from tests.fake_discord import FakeDiscord, World
from tests.fake_discord.client import Client, ids, named
from tests.fake_discord.permissions import VIEW_CHANNEL


def test_people_are_listed_channels_that_they_cannot_view(
    world: World, fake: FakeDiscord, bot: Client, person: Client
) -> None:
    """A person's list is whole, a bot's is not; asking for one is refused to both."""
    guild_id, general = world.guild_ids[0], named(world, "general")
    for token in (fake.bot_token, fake.user_token):
        user_id = world.account(token).user_id
        world.set_overwrite(general, user_id, deny=VIEW_CHANNEL)
    path = f"/guilds/{guild_id}/channels"

    listed = ids(person.json(path))

    rooms = [c for c, form in world.channels.items() if "thread_metadata" not in form]
    assert listed == rooms
    assert general not in ids(bot.json(path))
    for client in (bot, person):
        assert client.refusal(f"/channels/{general}") == (403, 50001)
        assert client.refusal(f"/channels/{general}/messages") == (403, 50001)


def test_a_direct_message_is_between_two(
    world: World, fake: FakeDiscord, bot: Client, person: Client
) -> None:
    """The account is told the other one; to everybody else it is closed."""
    reader, friend = world.account(fake.user_token).user_id, world.add_user("friend")
    dm = world.add_dm([reader, friend])
    said = [world.post_message(dm, author_id=friend, content=f"{n}") for n in range(3)]
    world.reply(dm, said[0], author_id=reader, content="yes?")
    world.pin_message(dm, said[1])
    path = f"/channels/{dm}"

    form = person.json(path)
    page = person.json(f"{path}/messages", after=0, limit=4)
    pins = person.json(f"{path}/messages/pins")

    assert (form["type"], ids(form["recipients"])) == (1, [friend])
    assert not {"guild_id", "parent_id", "name"} & set(form)
    assert form["last_message_id"] == page[0]["id"]
    assert [m["content"] for m in page] == ["yes?", "2", "1", "0"]
    assert page[0]["referenced_message"]["content"] == "0"
    assert "guild_id" not in page[0]["message_reference"]
    assert ids([item["message"] for item in pins["items"]]) == [said[1]]
    assert bot.refusal(path) == (403, 50001)
    assert bot.refusal(f"{path}/messages") == (403, 50001)


def test_a_group_has_a_name_and_an_owner(
    world: World, fake: FakeDiscord, person: Client
) -> None:
    """Three people, or a name, make a group of type 3; the first one owns it."""
    reader = world.account(fake.user_token).user_id
    first, second = world.add_user("first"), world.add_user("second")
    trip = world.add_dm([first, reader, second], name="Trip")
    nameless = world.add_dm([reader, first, second])
    pair = world.add_dm([reader, first], name="Us")

    form = person.json(f"/channels/{trip}")

    assert (form["type"], form["name"], form["owner_id"]) == (3, "Trip", str(first))
    assert ids(form["recipients"]) == [first, second]
    assert person.json(f"/channels/{nameless}")["name"] is None
    assert person.json(f"/channels/{pair}")["type"] == 3


def test_direct_messages_belong_to_no_guild(
    world: World, fake: FakeDiscord, person: Client
) -> None:
    """No list of a guild names them, and no threads hang below them."""
    guild_id = world.guild_ids[0]
    reader, friend = world.account(fake.user_token).user_id, world.add_user("friend")
    before = person.json(f"/guilds/{guild_id}/channels")
    dm = world.add_dm([reader, friend])
    category = world.add_channel(guild_id, 4, "deck")
    world.remove_channel(category)

    assert person.json(f"/guilds/{guild_id}/channels") == before
    assert dm not in world.channel_ids(guild_id)
    assert dm not in world.readable_channel_ids(guild_id, fake.user_token)
    assert person.refusal(f"/channels/{dm}/threads/search") == (400, 50024)
    assert person.refusal(f"/channels/{dm}/threads/archived/public") == (400, 50024)
    world.remove_channel(dm)
    assert person.refusal(f"/channels/{dm}") == (404, 10003)


def test_everything_about_messages_works_in_direct_messages(
    world: World, fake: FakeDiscord, person: Client
) -> None:
    """Edits, deletes, reactions, and changes of a profile."""
    reader, friend = world.account(fake.user_token).user_id, world.add_user("friend")
    dm = world.add_dm([reader, friend])
    kept, gone = (world.post_message(dm, author_id=friend) for _ in range(2))
    world.edit_message(dm, kept, content="better")
    world.delete_message(dm, gone)
    world.add_reaction(dm, kept, "⚓")
    world.update_user(friend, username="mate")

    (message,) = person.json(f"/channels/{dm}/messages")
    reactors = person.json(f"/channels/{dm}/messages/{kept}/reactions/⚓")

    assert (message["content"], message["author"]["username"]) == ("better", "mate")
    assert message["edited_timestamp"]
    assert len(reactors) == 1
    assert ids(reactors)[0] in {reader, friend}


def test_what_is_written_to_a_bot_is_not_withheld(
    world: World, fake: FakeDiscord, bot: Client
) -> None:
    """Direct messages to a bot are whole, whatever its intents."""
    me, friend = world.account(fake.bot_token).user_id, world.add_user("friend")
    world.set_intents(fake.bot_token, ())
    dm = world.add_dm([friend, me])
    world.post_message(dm, author_id=friend, content="psst")

    assert bot.json(f"/channels/{dm}/messages")[0]["content"] == "psst"
