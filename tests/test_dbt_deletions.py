"""What is deleted is found, when and where it can be known, and nothing else is.

First with the real extractor against the loopback Discord, then by hand-made pages for
what that Discord cannot show.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from extractor.embedded import Embedded
from tests.archive import sync
from tests.community import HISTORY, START, Community
from tests.dbt_warehouse import (
    Json,
    Warehouse,
    built_warehouse,
    message,
    snowflake,
    tell_together,
)
from tests.fake_discord import FakeDiscord, Fault

BEGIN = datetime(2025, 1, 6, 12, 0, tzinfo=UTC)
FORUM = 15
TABLES = ("messages", "pins")
CHANNELS = count(1_000)

Interval = tuple[datetime, datetime]


@pytest.fixture(scope="module")
def warehouse(
    postgres: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """Give one database to all tests: each has channels or a guild of its own."""
    with built_warehouse(postgres, tmp_path_factory.mktemp("dbt")) as made:
        yield made


def build(warehouse: Warehouse) -> None:
    """Build what may be deleted."""
    warehouse.must_build("--select", *TABLES)


# --- the whole road: a guild in which messages are deleted ----------------------------


class Deleter:
    """Deletes messages of a world, and remembers when."""

    def __init__(self, home: Community) -> None:
        self.home = home
        self.gone: dict[int, datetime] = {}

    def delete(self, channel_id: int, *message_ids: int) -> None:
        """Delete messages of one channel at once."""
        self.home.world.bulk_delete(channel_id, message_ids)
        self.gone |= dict.fromkeys(message_ids, datetime.now(UTC))

    def ids(self, channel_id: int) -> list[int]:
        """Return what a channel holds, oldest first."""
        return list(self.home.world.logs[channel_id].ids)


def bounds(warehouse: Warehouse, guild_id: int) -> dict[int, Interval | None]:
    """Return between which instants each message of a guild was deleted, if it was."""
    rows = warehouse.query(
        f"""select message_id, is_deleted, deleted_after, deleted_before
        from discord.messages where guild_id = {guild_id}"""
    )
    return {
        message_id: (after, before) if is_deleted else None
        for message_id, is_deleted, after, before in rows
    }


def assert_found(
    warehouse: Warehouse, home: Community, gone: dict[int, datetime]
) -> None:
    """Check that exactly these are deleted, and that the bounds hold when they were."""
    found = bounds(warehouse, home.guild)
    deleted = {one: interval for one, interval in found.items() if interval}
    assert deleted.keys() == gone.keys()
    for message_id, (after, before) in deleted.items():
        assert after <= gone[message_id] <= before


def assert_shown_as_they_are(warehouse: Warehouse, home: Community) -> None:
    """Compare all that is not deleted with the world's own state."""
    stored = warehouse.query(
        f"""select message_id, content, is_pinned from discord.messages
        where guild_id = {home.guild} and not is_deleted"""
    )
    there = [
        (message_id, body["content"], body.get("pinned", False))
        for log in home.world.logs.values()
        for message_id, body in log.bodies.items()
    ]
    assert sorted(stored) == sorted(there)


def unpin(home: Community, channel_id: int, message_id: int) -> None:
    """Take a pin away: the channel does not say when."""
    with home.world.lock:
        del home.world.pins[channel_id][message_id]
        home.world.alter_message(channel_id, message_id, pinned=False)


def test_exactly_what_was_deleted_is_found_within_the_bounds(  # noqa: PLR0915 - a story
    warehouse: Warehouse,
) -> None:
    """Alone, in masses, at every edge, in threads; below what is read again, later."""
    database = warehouse.environment
    home = Community()
    now, world = datetime.now(UTC), home.world
    silent = home.channel("silent", 0)
    half = home.channel("half silent", 0)
    old = home.write(silent, 3, at=now - timedelta(days=40))
    old_half = home.write(half, 3, at=now - timedelta(days=40))
    world.newest_at = now - timedelta(days=20)
    home.write(half, 2)
    long, emptied, tail = (
        home.channel(name, number)
        for name, number in (("long", 250), ("emptied", 5), ("tail", 3))
    )
    forum = world.add_channel(home.guild, FORUM, "forum")
    post = world.create_thread(forum, "post", owner_id=home.owner, content="opens")
    starter = home.write(tail)[0]
    hanging = home.thread(tail, "hanging", message_id=starter, is_archived=False)
    archived = home.thread(tail, "archived")
    home.write(hanging, 3)
    home.write(archived, 3)
    world.archive_thread(archived)
    pinned = home.write(long, 3)
    for one in pinned:
        world.pin_message(long, one)
    deleter = Deleter(home)
    with FakeDiscord(world) as fake:
        assert sync(fake, database).returncode == 0
        build(warehouse)
        assert_found(warehouse, home, {})

        listed = deleter.ids(long)
        edges = (0, 99, 100, 199, 200, len(listed) - 1)
        deleter.delete(long, *(listed[n] for n in edges))
        deleter.delete(long, *listed[120:160], *listed[240:245])
        deleter.delete(emptied, *deleter.ids(emptied))
        deleter.delete(tail, starter, deleter.ids(tail)[2])
        deleter.delete(hanging, deleter.ids(hanging)[0], deleter.ids(hanging)[-1])
        deleter.delete(archived, deleter.ids(archived)[-1])
        deleter.delete(post, post)
        deleter.delete(half, deleter.ids(half)[-1])
        seen = dict(deleter.gone)
        deleter.delete(half, old_half[1])
        deleter.delete(silent, old[-1])
        world.edit_message(long, listed[1], content="edited", at=datetime.now(UTC))
        unpin(home, long, pinned[0])
        world.pin_message(long, listed[2], at=datetime.now(UTC))
        home.write(emptied, 2)
        home.write(long, 120)

        assert sync(fake, database, "--revisit-days", "30").returncode == 0
        build(warehouse)
        assert_found(warehouse, home, seen)
        pins = (
            f"select message_id, is_deleted from discord.pins where channel_id = {long}"
        )
        assert dict(warehouse.query(pins)) == {
            pinned[0]: True,
            pinned[1]: False,
            pinned[2]: True,
            listed[2]: False,
        }

        deleter.delete(long, *deleter.ids(long)[-120:])
        assert sync(fake, database, "--revisit-days", "60").returncode == 0
        build(warehouse)

    assert_found(warehouse, home, deleter.gone)
    assert_shown_as_they_are(warehouse, home)
    warehouse.assert_rebuilt_the_same(*TABLES)


def test_no_answer_without_proof_deletes_anything(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused, empty without the right to read, or nothing that a table can hold."""
    # another guild than that of the test above
    monkeypatch.setattr("tests.community.START", START - timedelta(days=1))
    home = Community()
    home.world.newest_at = datetime.now(UTC) - timedelta(days=5)
    answers: dict[str, Callable[[list[int]], list[Fault]]] = {
        "refused": lambda _: [Fault.forbidden()],
        "not found": lambda _: [Fault.not_found()],
        "empty, as if it had ended": lambda _: [Fault(200, b"[]")],
        "null": lambda _: [Fault(200, b"null")],
        "beyond jsonb, one message": lambda ids: [Fault(200, strange(ids[-1:]))],
        "beyond jsonb, two": lambda ids: [Fault(200, strange(ids[1:]))],
        "an id that is none": lambda ids: [Fault(200, odd(ids[-1], '"id": "x"'))],
        "no id": lambda ids: [Fault(200, odd(ids[-1], '"content": "x"'))],
        "no object": lambda ids: [Fault(200, f'[{{"id": "{ids[-1]}"}}, 7]'.encode())],
    }
    channels = {name: home.channel("c", 3) for name in answers}
    blind = home.channel("blind", 3)
    closed = home.channel("closed", 3)
    with FakeDiscord(home.world) as fake:
        assert sync(fake, warehouse.environment).returncode == 0
        build(warehouse)
        for name, channel_id in channels.items():
            listed = home.world.logs[channel_id].ids
            for fault in answers[name](listed):
                fake.fail_next(rf"/channels/{channel_id}/messages$", fault)
        # the right is lost between the look at permissions and the page
        fake.fail_next(rf"/channels/{blind}/messages$", Fault(200, b"[]"))
        fake.fail_next(rf"/channels/{blind}/messages/", Fault.forbidden(50013))
        home.world.set_overwrite(closed, home.guild, deny=HISTORY)

        fake.clear_requests()
        sync(fake, warehouse.environment, "--revisit-days", "30")
        asked = {request.path for request in fake.requests}

    assert asked >= {f"/channels/{one}/messages" for one in (*channels.values(), blind)}
    build(warehouse)
    assert_found(warehouse, home, {})
    warehouse.assert_rebuilt_the_same(*TABLES)


def strange(message_ids: Iterable[int]) -> bytes:
    """Return a page with a number that jsonb cannot hold."""
    listed = (f'{{"id": "{one}", "strange": 1e999999}}' for one in message_ids)
    return f"[{', '.join(listed)}]".encode()


def odd(message_id: int, member: str) -> bytes:
    """Return a page of a message and of another thing."""
    return f'[{{"id": "{message_id}"}}, {{{member}}}]'.encode()


# --- by hand: a channel whose messages are one minute apart, from number 1 on ---------

SECOND = timedelta(seconds=1)
FOR_EVER = BEGIN + timedelta(days=365)  # Date of an answer, long after all messages


def posted(number: int) -> datetime:
    """Return when a message was posted, to which number 0 is the beginning of all."""
    return BEGIN + timedelta(minutes=number)


def id_of(number: int) -> int:
    """Return the id of a message."""
    return snowflake(posted(number))


@dataclass(frozen=True)
class Room:
    """One channel: what Discord says of it, and what is made of that."""

    warehouse: Warehouse
    channel_id: int

    @classmethod
    def new(cls, warehouse: Warehouse) -> Room:
        """Open a channel that no other test has."""
        return cls(warehouse, next(CHANNELS))

    def page(
        self,
        *numbers: int,
        responded_at: datetime | None = FOR_EVER,
        is_history_readable: bool | None = True,
        fetched_at: datetime = FOR_EVER,
        **cursor: int,
    ) -> int:
        """Append a page of messages, asked for from a message on."""
        asked = {name: str(id_of(number)) for name, number in cursor.items()}
        return self.warehouse.landing.messages(
            *(message(posted(number)) for number in numbers),
            channel_id=self.channel_id,
            is_history_readable=is_history_readable,
            fetched_at=fetched_at,
            responded_at=responded_at,
            request={"path": self.path, "limit": 100, **asked},
        )

    def pins(self, *numbers: int) -> int:
        """Append the list of pins."""
        pins = [{"pinned_at": None, "message": message(posted(n))} for n in numbers]
        body = {"items": pins, "has_more": False}
        return self.warehouse.landing.page("pins", body, channel_id=self.channel_id)

    def refused(
        self, number: int, status: int = 404, code: int = 10008, **place: str
    ) -> int:
        """Record what Discord answers who asks for one message."""
        path = place.get("path", f"{self.path}/{id_of(number)}")
        return self.warehouse.landing.refusal(
            place.get("resource", "messages"),
            status,
            code,
            request={"path": path},
            channel_id=self.channel_id,
        )

    @property
    def path(self) -> str:
        """Where its messages are asked for."""
        return f"/channels/{self.channel_id}/messages"

    def gone(self) -> dict[int, int]:
        """Return the page that told of it, by the number of each deleted message."""
        rows = self.warehouse.query(
            f"""select created_at, deletion_page_id from discord.messages
            where channel_id = {self.channel_id} and is_deleted"""
        )
        return {(at - BEGIN) // timedelta(minutes=1): page for at, page in rows}

    def message_row(self, number: int, columns: str) -> Json:
        """Return columns of a message."""
        (row,) = self.warehouse.query(
            f"""select {columns} from discord.messages
            where channel_id = {self.channel_id} and message_id = {id_of(number)}"""
        )
        return row


# Stories, told side by side: where they yield, messages and pins are built.


def every_answer_tells_of_what_it_must_have_shown(
    warehouse: Warehouse,
) -> Iterator[None]:
    """From where it was asked for to its other end; an empty one, of all there is."""
    tellers: dict[str, tuple[Callable[[Room], int], set[int]]] = {
        "a gap": (lambda room: room.page(1, 2, 4, 5, after=0), {3}),
        "its begin": (lambda room: room.page(3, 4, after=1), {2}),
        "not below, not above": (lambda room: room.page(4, after=2), {3}),
        "downwards": (lambda room: room.page(2, 4, before=5), {3}),
        "its end": (lambda room: room.page(2, 3, before=5), {4}),
        "nothing newer": (lambda room: room.page(after=3), {4, 5}),
        "nothing older": (lambda room: room.page(before=3), {1, 2}),
        "nothing at all": (lambda room: room.page(after=0), {1, 2, 3, 4, 5}),
        "unknown message": (lambda room: room.refused(3), {3}),
        "an answer of that minute": (
            lambda room: room.page(after=2, responded_at=posted(5) - SECOND),
            {3},
        ),
    }
    rooms = {name: Room.new(warehouse) for name in tellers}
    pages = {}
    for name, room in rooms.items():
        room.page(1, 2, 3, 4, 5, after=0)
        tell, _ = tellers[name]
        pages[name] = tell(room)

    yield

    assert {name: room.gone() for name, room in rooms.items()} == {
        name: dict.fromkeys(gone, pages[name]) for name, (_, gone) in tellers.items()
    }


def what_does_not_tell_all_tells_of_nothing(warehouse: Warehouse) -> Iterator[None]:
    """Without proof, a direction, an id or a time; of another channel; from before."""
    other = Room.new(warehouse)
    answers: dict[str, Callable[[Room], object]] = {
        "no proof": lambda room: room.page(1, 5, after=0, is_history_readable=None),
        "no right": lambda room: room.page(after=0, is_history_readable=False),
        "no direction": lambda room: room.page(1, 5),
        "around": lambda room: room.page(1, 5, around=3),
        "only its part": lambda room: room.page(2, 3, after=1),
        "no Date": lambda room: room.page(after=0, responded_at=None),
        "a Date before": lambda room: room.page(after=0, responded_at=BEGIN),
        "as it was posted": lambda room: room.page(after=4, responded_at=posted(5)),
        "another channel's": lambda _: other.page(after=0),
        "another's message": lambda _: other.refused(3),
        "no access": lambda room: room.refused(3, 403, 50001),
        "no permission": lambda room: room.refused(3, 403, 50013),
        "unknown channel": lambda room: room.refused(3, 404, 10003),
        "unknown, of a reaction": lambda room: room.refused(
            3, resource="reaction_users"
        ),
        "unknown, without an id": lambda room: room.refused(3, path=f"{room.path}/x"),
        "pins": lambda room: room.pins(1),
        "no pins": lambda room: room.pins(),
        "an id that is none": lambda room: warehouse.landing.page(
            "messages",
            [{"id": "0300"}],
            channel_id=room.channel_id,
            is_history_readable=True,
            request={"path": room.path, "after": 0},
        ),
        "not even a page": lambda room: spoil(room, room.page(1, after=0)),
    }
    rooms = {name: Room.new(warehouse) for name in answers}
    before = Room.new(warehouse)
    before.page(after=0)
    before.page(1, 5, after=0)
    before.page(1, 2, 3, 4, 5, after=0)
    for name, room in rooms.items():
        room.page(1, 2, 3, 4, 5, after=0)
        answers[name](room)

    yield

    gone = {name: room.gone() for name, room in rooms.items()}
    assert {name: found for name, found in gone.items() if found} == {}
    assert before.gone() == {}


def spoil(room: Room, page_id: int) -> None:
    """Put what is landed for a body that jsonb cannot hold into a page."""
    room.warehouse.connection.execute(
        "update landing.messages set body = 'null', raw = '1e999999' "
        f"where page_id = {page_id}"
    )


def a_message_seen_again_is_alive_until_it_is_missing_anew(
    warehouse: Warehouse,
) -> Iterator[None]:
    """On a page or among pins; deleted again, it is so from the new sighting on."""
    days = [FOR_EVER + timedelta(days=day) for day in range(5)]
    room, pinned = Room.new(warehouse), Room.new(warehouse)
    columns = "is_deleted, deleted_after, deleted_before, deletion_page_id"
    alive = (False, None, None, None)
    found = []

    room.page(1, 2, 3, after=0, fetched_at=days[0])
    pinned.page(1, 2, 3, after=0)
    yield
    found.append(room.message_row(2, columns))
    first = room.page(1, 3, after=0, fetched_at=days[1])
    pinned.page(1, 3, after=0)
    yield
    found.append(room.message_row(2, columns))
    room.page(1, 3, after=0, fetched_at=days[2])  # still gone: the first one told
    yield
    found.append(room.message_row(2, columns))
    room.page(1, 2, 3, after=0, fetched_at=days[3])
    pinned.pins(2)
    yield
    found.append(room.message_row(2, columns))
    assert pinned.gone() == {}
    last = room.page(1, 3, after=0, fetched_at=days[4])
    again = pinned.refused(2)
    yield
    found.append(room.message_row(2, columns))

    assert found == [
        alive,
        (True, days[0], days[1], first),
        (True, days[0], days[1], first),
        alive,
        (True, days[3], days[4], last),
    ]
    assert pinned.gone() == {2: again}


# --- any history ----------------------------------------------------------------------

LAST = 12


@dataclass
class Witness:
    """Knows what pages tell: what each showed, and what it must have shown."""

    room: Room
    seen: dict[int, int]
    gone: dict[int, int]

    @classmethod
    def new(cls, warehouse: Warehouse) -> Witness:
        """Begin a channel of which nothing is known."""
        return cls(Room.new(warehouse), {}, {})

    def hear(self, page_id: int, shown: Iterable[int], covered: Iterable[int]) -> None:
        """Take note of one answer."""
        for number in shown:
            self.seen[number] = page_id
            self.gone.pop(number, None)
        for number in covered:
            if number in self.seen and number not in shown:
                self.gone.setdefault(number, page_id)

    def happen(self, rng: random.Random) -> None:
        """Let Discord give one answer, and take note of it."""
        room, cursor = self.room, rng.randrange(LAST)
        shown = sorted(rng.sample(range(1, LAST + 1), rng.randrange(LAST)))
        above = [number for number in shown if number > cursor][:4]
        below = [number for number in shown if number < cursor][-4:]
        kind = rng.randrange(6)
        if kind <= 1:
            end = max(above, default=LAST)
            page_id = room.page(*above, after=cursor)
            self.hear(page_id, above, range(cursor + 1, end + 1))
        elif kind == 2:
            page_id = room.page(*below, before=cursor)
            self.hear(page_id, below, range(min(below, default=1), cursor))
        elif kind == 3:
            self.hear(room.pins(*above), above, ())
        elif kind == 4:
            page_id = room.page(*shown, is_history_readable=False, after=0)
            self.hear(page_id, shown, ())
        else:
            self.hear(room.refused(cursor), (), (cursor,))


def any_history_in_any_builds_tells_the_same(warehouse: Warehouse) -> Iterator[None]:
    """Answers at random, builds at random in between: as told by plain Python."""
    rng = random.Random(5)
    witnesses = [Witness.new(warehouse) for _ in range(8)]
    for _ in range(6):
        for _ in range(rng.choice([1, 12, 40])):
            rng.choice(witnesses).happen(rng)
        yield
        assert [one.room.gone() for one in witnesses] == [one.gone for one in witnesses]

    assert any(one.gone for one in witnesses)


STORIES = (
    every_answer_tells_of_what_it_must_have_shown,
    what_does_not_tell_all_tells_of_nothing,
    a_message_seen_again_is_alive_until_it_is_missing_anew,
    any_history_in_any_builds_tells_the_same,
)


def test_answers_tell_of_what_is_gone(warehouse: Warehouse) -> None:
    """As each story above has it; and a rebuild tells the same of all of them."""
    tell_together(warehouse, STORIES, *TABLES)

    warehouse.assert_rebuilt_the_same(*TABLES)
