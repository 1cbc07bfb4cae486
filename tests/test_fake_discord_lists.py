"""The loopback Discord's intents, headers, pins, threads and channels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fake_discord import FakeDiscord, World, generate_world
from tests.fake_discord.client import Client, ids, named

END = datetime(2026, 11, 21, tzinfo=UTC)

Json = dict[str, Any]


def test_without_the_content_intent_texts_are_withheld(
    bot: Client, fake: FakeDiscord, world: World
) -> None:
    """Texts, embeds and files go; what mentions the bot, or is its own, stays."""
    general = named(world, "general")
    me = world.account(fake.bot_token).user_id
    author = next(i for i in world.users if i != me)
    filled: Json = {"embeds": [{"type": "rich"}], "attachments": [], "poll": {"any": 1}}
    world.post_message(general, author_id=author, content="secret", **filled)
    mention: Json = {"content": "hi bot", "mentions": [world.users[me]]}
    world.post_message(general, author_id=author, **mention)
    world.post_message(general, author_id=me, content="mine")
    path = f"/channels/{general}/messages"

    with_intent = [m["content"] for m in bot.json(path, limit=3)]
    world.set_intents(fake.bot_token, {"guild_members"})
    page = bot.json(path, limit=3)

    assert with_intent == ["mine", "hi bot", "secret"]
    assert [m["content"] for m in page] == ["mine", "hi bot", ""]
    assert page[2]["embeds"] == []
    assert "poll" not in page[2]


def test_the_application_tells_its_intents(
    bot: Client, fake: FakeDiscord, world: World
) -> None:
    """Bits 15 and 19 of the flags stand for members and message content."""
    both = bot.json("/applications/@me")["flags"]
    world.set_intents(fake.bot_token, {"message_content"})
    one = bot.json("/applications/@me")["flags"]

    assert both & 1 << 15
    assert both & 1 << 19
    assert one == 1 << 19


def test_every_genuine_answer_has_date_and_via(bot: Client) -> None:
    """Clients tell Discord's own answers from a proxy's ban by these headers."""
    headers = bot.get("/users/@me").headers

    assert headers["Via"]
    assert headers["Date"].endswith("GMT")


def test_answers_are_compressed_when_asked_for_and_switched_on(world: World) -> None:
    """With `compress` large answers come as gzip, equal to the plain ones."""
    general = named(world, "general")
    with FakeDiscord(world, compress=True) as fake:
        client = Client(fake)
        response = client.get(f"/channels/{general}/messages")
        client.session.close()

    assert response.headers["Content-Encoding"] == "gzip"
    assert ids(response.json()) == ids(world.messages(general))[-50:][::-1]


def test_pins_are_paged_by_the_time_of_pinning(world: World, bot: Client) -> None:
    """Newest pin first, bounded by pinned_at, without reactions inside."""
    general = named(world, "general")
    chosen = ids(world.messages(general))[:3]
    world.add_reaction(general, chosen[0], "⚓")
    for hour, message_id in enumerate(chosen):
        world.pin_message(general, message_id, at=END + timedelta(hours=hour))
    path = f"/channels/{general}/messages/pins"

    first = bot.json(path, limit=2)
    last = first["items"][-1]["pinned_at"]
    second = bot.json(path, limit=2, before=last)

    pages = [ids([i["message"] for i in p["items"]]) for p in (first, second)]
    assert pages == [[chosen[2], chosen[1]], [chosen[0]]]
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert "reactions" not in second["items"][0]["message"]


def test_archived_threads_are_paged_by_their_time_verbatim(
    world: World, bot: Client
) -> None:
    """Three pages of two, cut by the archive timestamp of the last one seen."""
    general, author = named(world, "general"), next(iter(world.users))
    made = []
    for number in range(5):
        made.append(world.create_thread(general, f"t{number}", owner_id=author))
        at = END + timedelta(days=9 - number, microseconds=number)
        world.archive_thread(made[-1], at=at)
    path = f"/channels/{general}/threads/archived/public"
    found: list[int] = []
    more, cursor = True, dict[str, str]()

    while more:
        page = bot.json(path, limit=2, **cursor)
        found += ids(page["threads"])
        cursor = {"before": page["threads"][-1]["thread_metadata"]["archive_timestamp"]}
        more = page["has_more"]

    assert found == made
    assert bot.refusal(path, limit=1) == (400, 50035)
    assert bot.refusal(path, before="yesterday") == (400, 50035)


def test_a_message_wakes_an_archived_thread(world: World, bot: Client) -> None:
    """Speaking in an archived thread moves it to the active ones."""
    general, author = named(world, "general"), next(iter(world.users))
    thread = world.create_thread(general, "sleepy", owner_id=author)
    world.archive_thread(thread)
    path = f"/guilds/{world.guild_ids[0]}/threads/active"
    asleep = ids(bot.json(path)["threads"])

    world.post_message(thread, author_id=author, content="hello?")

    assert thread not in asleep
    assert ids(bot.json(path)["threads"]) == sorted([*asleep, thread], reverse=True)


def test_a_thread_from_a_message_has_its_id(world: World, bot: Client) -> None:
    """The message carries the thread, the thread starts with a pointer back."""
    general, author = named(world, "general"), next(iter(world.users))
    message = world.post_message(general, author_id=author, content="let us talk")

    thread = world.create_thread(general, "talk", owner_id=author, message_id=message)

    opener = bot.json(f"/channels/{general}/messages/{message}")
    starter = bot.json(f"/channels/{thread}/messages")[0]
    assert thread == message
    assert (opener["thread"]["id"], opener["flags"]) == (str(thread), 1 << 5)
    assert (starter["type"], starter["content"]) == (21, "")
    assert starter["referenced_message"]["content"] == "let us talk"


def test_a_thread_of_its_own_is_announced_by_its_name(
    world: World, bot: Client
) -> None:
    """A public thread leaves a type 18 in its parent; a private one leaves nothing."""
    general, author = named(world, "general"), next(iter(world.users))

    public = world.create_thread(general, "harbour fair", owner_id=author)
    world.create_thread(general, "surprise", owner_id=author, private=True)

    newest = bot.json(f"/channels/{general}/messages", limit=1)[0]
    assert (newest["type"], newest["content"]) == (18, "harbour fair")
    assert newest["message_reference"]["channel_id"] == str(public)
    assert "message_id" not in newest["message_reference"]


def test_a_removed_channel_takes_its_threads_along(world: World, bot: Client) -> None:
    """After removal channel and thread are unknown, not merely hidden."""
    general, author = named(world, "general"), next(iter(world.users))
    thread = world.create_thread(general, "doomed", owner_id=author)

    world.remove_channel(general)

    assert bot.refusal(f"/channels/{general}") == (404, 10003)
    assert bot.refusal(f"/channels/{thread}/messages") == (404, 10003)
    assert str(general) not in bot.get(f"/guilds/{world.guild_ids[0]}/channels").text


def test_the_public_archive_leaves_out_foreign_types(world: World, bot: Client) -> None:
    """A channel turned into an announcement channel hides its older threads."""
    general, author = named(world, "general"), next(iter(world.users))
    thread = world.create_thread(general, "old", owner_id=author)
    world.archive_thread(thread)
    path = f"/channels/{general}/threads/archived/public"
    before = ids(bot.json(path)["threads"])

    world.update_channel(general, type=5)

    assert before == [thread]
    assert bot.json(path)["threads"] == []


@pytest.mark.parametrize(("before", "after"), [(0, 5), (5, 0)])
def test_a_converted_channel_keeps_its_older_threads_out_of_sight(
    world: World, bot: Client, before: int, after: int
) -> None:
    """The archive lists threads of the new kind alone; older ones answer by id."""
    guild_id, author = world.guild_ids[0], next(iter(world.users))
    room = world.add_channel(guild_id, before, "news")
    older = world.create_thread(room, "older", owner_id=author)
    world.post_message(older, author_id=author, content="still here")
    world.archive_thread(older)

    world.update_channel(room, type=after)
    newer = world.create_thread(room, "newer", owner_id=author)
    world.archive_thread(newer)

    archive = bot.json(f"/channels/{room}/threads/archived/public")
    shown = bot.json(f"/channels/{older}")
    assert ids(archive["threads"]) == [newer]
    assert shown["parent_id"] == str(room)
    assert shown["type"] == (10 if before == 5 else 11)
    assert shown["thread_metadata"]["archived"] is True
    assert bot.json(f"/channels/{older}/messages")[0]["content"] == "still here"
    search = bot.json(f"/channels/{room}/threads/search")
    assert ids(search["threads"]) == [newer, older]


def test_new_signatures_change_urls_but_not_files() -> None:
    """Re-signing moves the query of an attachment's URL and leaves its path."""
    world = generate_world(seed=3, size=400, end=END)
    guild_id = world.guild_ids[0]

    def urls() -> list[str]:
        return [
            a["url"]
            for c in world.readable_channel_ids(guild_id, next(iter(world.accounts)))
            for m in world.messages(c)
            for a in m["attachments"]
        ]

    before = urls()
    world.resign_attachments(0x70000000)
    after = urls()

    assert len(before) > 5
    assert all(a != b for a, b in zip(before, after, strict=True))
    assert [u.partition("?")[0] for u in before] == [u.partition("?")[0] for u in after]


def test_a_second_guild_is_listed_after_the_first(
    world: World, fake: FakeDiscord, bot: Client
) -> None:
    """A guild made by hand is served like a generated one, in order of age."""
    me, owner = world.account(fake.bot_token).user_id, world.add_user("keeper")
    guild_id = world.add_guild("Second pier", owner, everyone_may=1 << 10)
    world.add_member(guild_id, me)
    role_id = world.add_role(guild_id, "Diver", 0)
    room = world.add_channel(guild_id, 0, "dock")

    listed = bot.json("/users/@me/guilds", limit=1, after=world.guild_ids[0])

    assert ids(listed) == [guild_id]
    assert ids(bot.json(f"/guilds/{guild_id}/channels")) == [room]
    assert ids(bot.json(f"/guilds/{guild_id}/roles")) == [guild_id, role_id]
    assert bot.json("/users/@me/guilds", before=guild_id) != listed
