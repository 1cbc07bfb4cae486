"""The loopback Discord's lists of people: reactions, votes, events, bans."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from tests.fake_discord import FakeDiscord, World, generate_world
from tests.fake_discord.client import Client, ids, named
from tests.fake_discord.permissions import (
    BAN_MEMBERS,
    READ_MESSAGE_HISTORY,
    VIEW_CHANNEL,
)

END = datetime(2026, 11, 21, tzinfo=UTC)

Json = dict[str, Any]


@pytest.fixture
def general(world: World) -> int:
    return named(world, "general")


@pytest.fixture
def message(world: World, general: int) -> int:
    return world.post_message(general, author_id=next(iter(world.users)))


def reactions(channel_id: int, message_id: int, emoji: str) -> str:
    shown = quote(emoji, safe="")
    return f"/channels/{channel_id}/messages/{message_id}/reactions/{shown}"


def poll_of(*answers: str) -> Json:
    return {
        "question": {"text": "When?"},
        "answers": [
            {"answer_id": number, "poll_media": {"text": text}}
            for number, text in enumerate(answers, start=1)
        ],
        "expiry": None,
        "allow_multiselect": False,
        "layout_type": 1,
    }


def test_reactions_of_named_users_are_listed_and_paged_by_user(
    world: World, bot: Client, general: int, message: int
) -> None:
    """Ascending by user id, twenty-five a page unless a limit says otherwise."""
    people = [world.add_user(f"gull{n}") for n in range(30)]
    world.add_reaction(general, message, "👩\u200d🔧", user_ids=people[::-1])
    path = reactions(general, message, "👩\u200d🔧")

    first = ids(bot.json(path))
    second = ids(bot.json(path, after=first[-1]))
    third = bot.json(path, after=people[-1])
    tens = ids(bot.json(path, limit=10, after=people[4]))

    assert first == people[:25]
    assert second == people[25:]
    assert third == []
    assert tens == people[5:15]
    shown = bot.json(f"/channels/{general}/messages/{message}")["reactions"][0]
    assert (shown["count"], shown["count_details"]["normal"]) == (30, 30)
    assert bot.refusal(path, limit=101) == (400, 50035)
    assert bot.refusal(path, limit=0) == (400, 50035)


def test_normal_and_burst_reactions_are_two_lists(
    world: World, bot: Client, general: int, message: int
) -> None:
    """`type` chooses the list, normal without it; other types do not exist."""
    people = [world.add_user(f"gull{n}") for n in range(3)]
    world.add_reaction(general, message, "⚓", user_ids=people, burst=1)
    path = reactions(general, message, "⚓")

    assert ids(bot.json(path)) == people[:2]
    assert ids(bot.json(path, type=1)) == people[2:]
    assert bot.refusal(path, type=2) == (400, 50035)


def test_custom_emojis_are_asked_for_by_name_and_id(
    world: World, bot: Client, general: int, message: int
) -> None:
    """The id decides, any name goes; what is not on the message is unknown."""
    first, second = world.add_user("gull"), world.add_user("tern")
    lost: Json = {"id": "78", "name": None}
    world.add_reaction(general, message, {"id": "77", "name": "wave"}, user_ids=[first])
    world.add_reaction(general, message, lost, user_ids=[second])

    assert ids(bot.json(reactions(general, message, "wave:77"))) == [first]
    assert ids(bot.json(reactions(general, message, "_:78"))) == [second]
    for stranger in ("77", ":77", "wave", "wave:79", "a:wave:77", "⚓"):
        path = reactions(general, message, stranger)
        assert bot.refusal(path) == (400, 10014), stranger


def test_reactions_need_history_and_a_message(
    world: World, fake: FakeDiscord, bot: Client, general: int, message: int
) -> None:
    """Without the right 403, without the message 404; votes are guarded alike."""
    world.add_reaction(general, message, "⚓")
    votes = f"/channels/{general}/polls/1/answers/1"
    unknown = [bot.refusal(reactions(general, 1, "⚓")), bot.refusal(votes)]
    me = world.account(fake.bot_token).user_id

    world.set_overwrite(general, me, deny=READ_MESSAGE_HISTORY)
    closed = [bot.refusal(reactions(general, message, "⚓")), bot.refusal(votes)]
    world.set_overwrite(general, me, deny=VIEW_CHANNEL)

    assert unknown == [(404, 10008)] * 2
    assert closed == [(403, 50013)] * 2
    assert bot.refusal(reactions(general, message, "⚓")) == (403, 50001)


def test_generated_reactions_have_as_many_users_as_they_count() -> None:
    """Every list is as long as its message says, nobody is in it twice."""
    world = generate_world(seed=7, size="small", end=END)
    bots = {int(u["id"]) for u in world.users.values() if u.get("bot")}
    asked = 0

    with FakeDiscord(world) as fake, Client(fake) as bot:
        guild_id, token = world.guild_ids[0], fake.bot_token
        for channel_id in world.readable_channel_ids(guild_id, token):
            for said in world.messages(channel_id)[-200:]:
                for reaction in said.get("reactions", ())[:2]:
                    emoji = reaction["emoji"]
                    name = f"_:{emoji['id']}" if emoji["id"] else emoji["name"]
                    path = reactions(channel_id, int(said["id"]), name)
                    normal = ids(bot.json(path, limit=100))
                    burst = ids(bot.json(path, limit=100, type=1))
                    counts = reaction["count_details"]
                    assert len(normal) == counts["normal"]
                    assert len(burst) == counts["burst"]
                    assert not set(normal) & (set(burst) | bots)
                    assert normal == sorted(set(normal))
                    asked += 1

    assert asked > 100


def test_who_reacted_does_not_change_when_people_come_and_go(
    world: World, bot: Client, general: int, message: int
) -> None:
    """A list once shown stays as it is, and grows and shrinks with its count."""
    guild_id = world.guild_ids[0]
    world.add_reaction(general, message, "⚓", normal=2)
    path = reactions(general, message, "⚓")
    before = ids(bot.json(path))

    world.remove_member(guild_id, before[0])
    world.add_member(guild_id, world.add_user("newcomer"))
    after = ids(bot.json(path))
    world.add_reaction(general, message, "⚓")
    grown = ids(bot.json(path))
    (reaction,) = world.message(general, message)["reactions"]
    reaction["count_details"]["normal"] = reaction["count"] = 1
    world.alter_message(general, message, reactions=[reaction])

    assert len(ids(bot.json(path))) == 1
    assert len(before) == 2
    assert after == before
    assert len(grown) == 3
    assert set(before) < set(grown)


def test_cleared_reactions_are_forgotten(
    world: World, bot: Client, general: int, message: int
) -> None:
    """After clearing the emoji is unknown, and later users are the new ones."""
    old, new = world.add_user("gull"), world.add_user("tern")
    world.add_reaction(general, message, "⚓", user_ids=[old])
    path = reactions(general, message, "⚓")

    world.clear_reactions(general, message)
    cleared = bot.refusal(path)
    world.add_reaction(general, message, "⚓", user_ids=[new])

    assert cleared == (400, 10014)
    assert ids(bot.json(path)) == [new]


def test_more_users_than_reactions_is_a_mistake(
    world: World, general: int, message: int
) -> None:
    """The verb says so, instead of losing somebody."""
    with pytest.raises(ValueError, match="2 users for 1 reactions"):
        world.add_reaction(general, message, "⚓", user_ids=[1, 2], normal=1)


def test_voters_are_listed_for_each_answer(
    world: World, bot: Client, general: int
) -> None:
    """Votes count in the poll's results and are paged by user id."""
    people = [world.add_user(f"gull{n}") for n in range(4)]
    author = people[0]
    polled = world.post_message(
        general, author_id=author, poll=poll_of("Saturday", "Sunday")
    )
    world.add_vote(general, polled, 1, *people[:3])
    path = f"/channels/{general}/polls/{polled}/answers"

    pages = [bot.json(f"{path}/1", limit=2), bot.json(f"{path}/1", after=people[1])]

    assert [ids(page["users"]) for page in pages] == [people[:2], people[2:3]]
    assert bot.json(f"{path}/2") == {"users": []}
    assert bot.refusal(f"{path}/3") == (404, 10008)
    assert bot.refusal(f"{path}/1", limit=101) == (400, 50035)
    results = bot.json(f"/channels/{general}/messages/{polled}")["poll"]["results"]
    assert results["answer_counts"] == [{"id": 1, "count": 3, "me_voted": False}]


def test_a_generated_poll_has_as_many_voters_as_it_counts() -> None:
    """The poll of the small world: seven for Saturday, none for Sunday."""
    world = generate_world(seed=7, size="small", end=END)
    room = named(world, "general")
    polled = next(int(m["id"]) for m in world.messages(room) if "poll" in m)

    with FakeDiscord(world) as fake, Client(fake) as bot:
        path = f"/channels/{room}/polls/{polled}/answers"
        counts = [len(bot.json(f"{path}/{n}")["users"]) for n in (1, 3)]

    assert counts == [7, 0]


def test_an_event_that_ended_is_still_to_be_had_by_its_id(
    world: World, bot: Client
) -> None:
    """The list forgets it, its own address tells its last status."""
    guild_id, creator = world.guild_ids[0], next(iter(world.users))
    event_id = world.add_event(guild_id, "Regatta", creator_id=creator)
    path = f"/guilds/{guild_id}/scheduled-events"
    listed = ids(bot.json(path))

    world.end_event(event_id)

    assert listed == [event_id]
    assert bot.json(path) == []
    assert bot.json(f"{path}/{event_id}")["status"] == 3
    assert "user_count" not in bot.json(f"{path}/{event_id}")
    assert bot.json(f"{path}/{event_id}", with_user_count="true")["user_count"] == 0
    assert bot.refusal(f"{path}/1") == (404, 10070)
    assert bot.refusal(f"{path}/1/users") == (404, 10070)


def test_an_event_in_a_hidden_channel_is_hidden(
    world: World, fake: FakeDiscord, bot: Client
) -> None:
    """Who cannot view its channel sees neither the event nor who will come."""
    guild_id, creator = world.guild_ids[0], next(iter(world.users))
    room = world.add_channel(guild_id, 2, "cabin")
    event_id = world.add_event(guild_id, "Tea", creator_id=creator, channel_id=room)
    path = f"/guilds/{guild_id}/scheduled-events/{event_id}"
    kind = bot.json(path)["entity_type"]

    world.set_overwrite(room, world.account(fake.bot_token).user_id, deny=VIEW_CHANNEL)

    assert kind == 2
    assert bot.refusal(path) == (403, 50001)
    assert bot.refusal(f"{path}/users") == (403, 50001)


def test_who_will_come_is_paged_both_ways(world: World, bot: Client) -> None:
    """Always ascending; `before` wins over `after`; membership on request alone."""
    guild_id, creator = world.guild_ids[0], next(iter(world.users))
    people = [world.add_user(f"gull{n}") for n in range(5)]
    world.add_member(guild_id, people[0])
    event_id = world.add_event(guild_id, "Regatta", creator_id=creator)
    world.add_event_user(event_id, *people[::-1])
    path = f"/guilds/{guild_id}/scheduled-events/{event_id}/users"

    def page(**query: object) -> list[int]:
        return [int(row["user_id"]) for row in bot.json(path, **query)]

    assert page() == people
    assert page(limit=2) == people[:2]
    assert page(limit=2, after=people[1]) == people[2:4]
    assert page(limit=2, before=people[4]) == people[2:4]
    assert page(limit=2, before=people[4], after=people[3]) == people[2:4]
    with_member = bot.json(path, with_member="true")
    assert [int(row["user_id"]) for row in with_member if "member" in row] == [
        people[0]
    ]
    assert "member" not in bot.json(path)[0]
    assert bot.refusal(path, limit=101) == (400, 50035)


def test_generated_events_have_as_many_people_as_they_count() -> None:
    """Also the one that is over."""
    world = generate_world(seed=7, size="small", end=END)
    guild_id = world.guild_ids[0]

    with FakeDiscord(world) as fake, Client(fake) as bot:
        path = f"/guilds/{guild_id}/scheduled-events"
        events = world.events[guild_id]
        counts = [len(bot.json(f"{path}/{event['id']}/users")) for event in events]

    assert counts == [event["user_count"] for event in events] == [5, 6, 7]


def test_bans_are_for_those_who_may_ban(
    world: World, fake: FakeDiscord, bot: Client
) -> None:
    """Ascending by user id with their reasons; a banned member is gone."""
    guild_id, me = world.guild_ids[0], world.account(fake.bot_token).user_id
    path = f"/guilds/{guild_id}/bans"
    closed = bot.refusal(path)
    role = world.add_role(guild_id, "Warden", BAN_MEMBERS)
    world.update_member(guild_id, me, roles=[str(role)])
    people = [world.add_user(f"pirate{n}") for n in range(4)]
    world.add_member(guild_id, people[0])
    for user_id in people[::-1]:
        world.add_ban(guild_id, user_id, "plunder" if user_id == people[0] else None)

    def page(**query: object) -> list[int]:
        return ids([ban["user"] for ban in bot.json(path, **query)])

    assert closed == (403, 50013)
    assert people[0] not in world.members[guild_id]
    assert page() == people
    assert page(limit=2, after=people[0]) == people[1:3]
    assert page(limit=2, before=people[3], after=people[2]) == people[1:3]
    assert bot.json(path)[0]["reason"] == "plunder"
    assert bot.refusal(path, limit=1001) == (400, 50035)
    world.remove_ban(guild_id, people[0])
    assert page() == people[1:]
