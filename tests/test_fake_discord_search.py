"""The loopback Discord's search for threads, which people's accounts may use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.fake_discord import FakeDiscord, Fault, World
from tests.fake_discord.client import Client, ids, named
from tests.fake_discord.permissions import READ_MESSAGE_HISTORY

END = datetime(2026, 11, 21, tzinfo=UTC)


def search(channel_id: int) -> str:
    return f"/channels/{channel_id}/threads/search"


def open_threads(world: World, room: int, count: int) -> list[int]:
    owner = next(iter(world.users))
    return [world.create_thread(room, f"t{n}", owner_id=owner) for n in range(count)]


def test_the_search_finds_active_and_archived_threads(
    world: World, bot: Client, person: Client
) -> None:
    """Bots and people alike get both, or one of them, with a count of all."""
    general = named(world, "general")
    first, second, third = open_threads(world, general, 3)
    world.archive_thread(second)

    for client in (bot, person):
        everything = client.json(search(general))
        assert ids(everything["threads"]) == [third, second, first]
        assert (everything["total_results"], everything["has_more"]) == (3, False)
        archived = client.json(search(general), archived="true")
        assert ids(archived["threads"]) == [second]
        active = client.json(search(general), archived="false")
        assert ids(active["threads"]) == [third, first]


def test_the_search_is_paged_by_offset(world: World, person: Client) -> None:
    """Twenty-five a page at most; the last page says that there are no more."""
    general = named(world, "general")
    made = open_threads(world, general, 27)

    first = person.json(search(general))
    second = person.json(search(general), offset=25)

    assert ids(first["threads"]) + ids(second["threads"]) == made[::-1]
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert (first["total_results"], second["total_results"]) == (27, 27)
    assert person.json(search(general), offset=27)["threads"] == []
    assert person.refusal(search(general), limit=26) == (400, 50035)
    assert person.refusal(search(general), offset=9976) == (400, 50035)


def test_the_search_sorts_as_it_is_told(world: World, person: Client) -> None:
    """By creation, last message or archiving, in either direction."""
    general, author = named(world, "general"), next(iter(world.users))
    first, second, third = open_threads(world, general, 3)
    world.archive_thread(third, at=END + timedelta(days=1))
    world.archive_thread(first, at=END + timedelta(days=2))
    world.archive_thread(second, at=END + timedelta(days=3))
    world.post_message(first, author_id=author)
    world.archive_thread(first, at=END + timedelta(days=2))

    def found(**query: object) -> list[int]:
        return ids(person.json(search(general), **query)["threads"])

    assert found(sort_by="creation_time") == [third, second, first]
    assert found(sort_by="relevance") == [third, second, first]
    assert found(sort_by="last_message_time") == [first, third, second]
    assert found() == [first, third, second]
    assert found(sort_by="archive_time") == [second, first, third]
    assert found(sort_by="archive_time", sort_order="asc") == [third, first, second]
    assert person.refusal(search(general), sort_by="name") == (400, 50035)
    assert person.refusal(search(general), sort_order="up") == (400, 50035)


def test_ids_bound_the_search(world: World, person: Client) -> None:
    """`min_id` and `max_id` themselves are left out, as all bounds are."""
    general = named(world, "general")
    made = open_threads(world, general, 4)

    page = person.json(search(general), min_id=made[0], max_id=made[3])

    assert ids(page["threads"]) == [made[2], made[1]]
    assert page["total_results"] == 2


def test_the_search_finds_what_the_caller_can_view(
    world: World, fake: FakeDiscord, bot: Client, person: Client
) -> None:
    """Private threads are for their members and for those who manage threads."""
    general, owner = named(world, "general"), next(iter(world.users))
    reader = world.account(fake.user_token).user_id
    stranger = world.create_thread(general, "s", owner_id=owner, private=True)
    joined = world.create_thread(general, "j", owner_id=owner, private=True)
    world.join_thread(joined, reader)

    by_person = person.json(search(general))

    assert ids(by_person["threads"]) == [joined]
    assert [m["user_id"] for m in by_person["members"]] == [str(reader)]
    assert ids(bot.json(search(general))["threads"]) == [joined, stranger]


def test_what_holds_no_threads_cannot_be_searched(
    world: World, fake: FakeDiscord, person: Client
) -> None:
    """Voice rooms, categories and threads say so; without history it is refused."""
    guild_id, general = world.guild_ids[0], named(world, "general")
    (thread,) = open_threads(world, general, 1)
    rooms = [world.add_channel(guild_id, kind, "room") for kind in (2, 4, 13)]
    for room in (thread, *rooms):
        assert person.refusal(search(room)) == (400, 50024)
    assert person.json(search(world.add_channel(guild_id, 15, "f")))["threads"] == []

    reader = world.account(fake.user_token).user_id
    world.set_overwrite(general, reader, deny=READ_MESSAGE_HISTORY)

    assert person.refusal(search(general)) == (403, 50013)
    assert person.refusal(search(named(world, "keepers-only"))) == (403, 50001)


def test_an_index_that_is_not_ready_asks_for_patience(
    world: World, fake: FakeDiscord, person: Client
) -> None:
    """A 202 with a code and a wait; asked again, the search answers."""
    general = named(world, "general")
    fake.fail_next("/threads/search", Fault.index_not_ready(2))

    early = person.get(search(general))

    assert early.status_code == 202
    assert (early.json()["code"], early.json()["retry_after"]) == (110000, 2)
    assert person.json(search(general))["total_results"] == 0
