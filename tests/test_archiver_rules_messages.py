"""What any archiver of Discord has to get right: channels, threads and messages.

Each test is a rule of the list that an archiver should pass, under the rule's number.
The worlds are small and exact; what is asserted is what landed and what was asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from psycopg.rows import dict_row

from tests.archive import connected, ids, landed_messages, query, sync
from tests.fake_discord import FakeDiscord, Fault, Request, World, shapes
from tests.fake_discord import permissions as rights
from tests.fake_discord.state import ALL_INTENTS

START = datetime(2026, 1, 5, tzinfo=UTC)
# so far apart that an increment, which begins five minutes early, meets no other one
LATER = timedelta(hours=1)
EVERYONE_MAY = rights.VIEW_CHANNEL | rights.READ_MESSAGE_HISTORY | rights.CONNECT
HAS_THREAD, HAS_SNAPSHOT, SUPPRESS_EMBEDS = 1 << 5, 1 << 14, 1 << 2

Json = dict[str, Any]
Database = dict[str, str]


class Guild(FakeDiscord):
    """Serves a guild of a writer and the archiving bot, without a channel yet.

    Things can be made to happen in it in the middle of a run.
    """

    def __init__(self) -> None:
        world = World()
        super().__init__(world)
        world.newest_at = START
        self.owner, self.writer = world.add_user("owner"), world.add_user("writer")
        self.bot = world.add_user("archiver", bot=True)
        world.add_account("archiver", "bot", self.bot, intents=ALL_INTENTS)
        self.id = world.add_guild("Quay", self.owner, everyone_may=EVERYONE_MAY)
        world.add_member(self.id, self.writer)
        world.add_member(self.id, self.bot)
        self._due: list[tuple[re.Pattern[str], Callable[[], object]]] = []

    def channel(self, kind: int = shapes.TEXT, name: str = "general") -> int:
        return self.world.add_channel(self.id, kind, name)

    def post(self, channel_id: int, content: str = "x", **fields: Any) -> int:
        """Let the writer (or the `author` given) post, an hour after all others."""
        fields = {"at": self.world.newest_at + LATER, **fields}
        if "author" not in fields:
            fields = {"author_id": self.writer, **fields}
        return self.world.post_message(channel_id, content=content, **fields)

    def thread(self, parent_id: int, name: str = "thread", **fields: Any) -> int:
        """Let the writer open a thread, an hour after all else."""
        fields = {"at": self.world.newest_at + LATER, **fields}
        return self.world.create_thread(parent_id, name, owner_id=self.writer, **fields)

    def let_bot_manage_threads(self) -> None:
        role = self.world.add_role(self.id, "archivist", rights.MANAGE_THREADS)
        self.world.update_member(self.id, self.bot, roles=[str(role)])

    def deny_bot(self, channel_id: int, permission: int) -> None:
        """Take a permission from the bot in one channel; 0 takes nothing."""
        self.world.set_overwrite(channel_id, self.bot, deny=permission)

    def after_next(self, path_regex: str, call: Callable[[], object]) -> None:
        """Let something happen between the next answer for a path and its arrival."""
        self._due.append((re.compile(path_regex), call))

    def keep(self, request: Request) -> None:
        super().keep(request)
        due = [one for one in self._due if one[0].search(request.path)]
        for one in due:
            self._due.remove(one)
            one[1]()

    # --- what was asked -----------------------------------------------------------

    def asked(self, path: str) -> list[Request]:
        return [one for one in self.requests if one.path == path]

    def pages(self, channel_id: int) -> list[dict[str, str]]:
        """Return the queries of all requests for a channel's messages."""
        return [one.query for one in self.asked(f"/channels/{channel_id}/messages")]


@pytest.fixture
def guild() -> Iterator[Guild]:
    with Guild() as served:
        yield served


# --- what landed ----------------------------------------------------------------------


def archive(guild: Guild, database: Database, *arguments: str) -> None:
    """Run a sync that has nothing to complain of."""
    result = sync(guild, database, *arguments)
    assert result.returncode == 0, result.stderr


def landed_pages(database: Database, channel_id: int) -> list[list[int]]:
    """Return the ids on each landed page of a channel, in order of landing."""
    pages = f"select body from landing.messages where channel_id = {channel_id}"
    found = query(database, f"{pages} order by page_id")
    return [[int(message["id"]) for message in body] for (body,) in found]


def checkpoint(database: Database, channel_id: int) -> Json:
    with connected(database) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        found = f"select * from landing.checkpoints where channel_id = {channel_id}"
        return cursor.execute(found.encode()).fetchall()[0]


def interval(row: Json) -> tuple[Any, ...]:
    """Return what a checkpoint says of the messages that are archived."""
    return tuple(
        row[name]
        for name in (
            "oldest_message_id",
            "newest_message_id",
            "is_start_reached",
            "backfill_complete",
            "message_count",
        )
    )


def refusals(database: Database) -> list[tuple[Any, ...]]:
    """Return path, status and Discord's code of all that was refused."""
    found = "select request ->> 'path', status, error_code from landing.fetches"
    return query(database, f"{found} where status <> 200 order by fetch_id")


def shown_last(database: Database, thread_id: int) -> Json:
    """Return a thread as the last list that has it shows it."""
    found = query(
        database,
        f"""
        select element
        from landing.threads
        cross join lateral jsonb_array_elements(body -> 'threads') as element
        where element ->> 'id' = '{thread_id}'
        order by page_id desc
        limit 1
        """,
    )
    (form,) = found[0]
    assert isinstance(form, dict)
    return form


def stamped_as_full(database: Database, channel_id: int) -> list[bool]:
    """Return, page by page, whether texts count as present on it."""
    pages = f"from landing.messages where channel_id = {channel_id}"
    found = f"select has_message_content {pages} order by page_id"
    return [row[0] for row in query(database, found)]


# --- 1, 2: pages ----------------------------------------------------------------------


def test_01_after_pages_come_newest_first_and_none_is_lost(
    guild: Guild, database: Database
) -> None:
    """The next page is after the greatest id of this one, wherever it stands on it."""
    general = guild.channel()
    posted = [guild.post(general) for _ in range(250)]

    archive(guild, database)

    upwards = [posted[:100], posted[100:200], posted[200:]]
    assert landed_pages(database, general) == [page[::-1] for page in upwards]
    assert guild.pages(general) == [
        {"after": str(cursor), "limit": "100"}
        for cursor in (0, posted[99], posted[199])
    ]
    assert ids(landed_messages(database)) == {general: posted}


def test_02_before_pages_go_on_past_a_short_one_and_end_at_an_empty_one(
    guild: Guild, database: Database
) -> None:
    """100, 37, none: only the last says that nothing is older."""
    general = guild.channel()
    older = [guild.post(general) for _ in range(137)]
    since = START + timedelta(days=30)
    recent = [guild.post(general, at=since + LATER * hour) for hour in range(3)]
    archive(guild, database, "--since", f"{since:%Y-%m-%d}")
    assert ids(landed_messages(database)) == {general: recent}
    floor = checkpoint(database, general)["oldest_message_id"]
    guild.clear_requests()

    archive(guild, database)

    downwards = [older[37:][::-1], older[:37][::-1], []]
    assert landed_pages(database, general)[1:] == downwards
    assert guild.pages(general) == [
        {"before": str(cursor), "limit": "100"}
        for cursor in (floor, older[37], older[0])
    ]
    assert ids(landed_messages(database)) == {general: older + recent}
    assert checkpoint(database, general)["backfill_complete"]

    guild.clear_requests()
    archive(guild, database)

    assert guild.pages(general) == []


def short_page(guild: Guild, channel_id: int, picked: list[int]) -> Fault:
    """Script a page of exactly these messages, newest first."""
    page = [guild.world.message(channel_id, one) for one in reversed(picked)]
    return Fault(200, orjson.dumps(page))


@pytest.mark.parametrize("direction", ["after", "before"])
def test_02b_a_short_page_in_the_middle_ends_nothing(
    guild: Guild, database: Database, direction: str
) -> None:
    """No document promises that a page with fewer messages is the last."""
    general = guild.channel()
    older = [guild.post(general) for _ in range(90)]
    since = START + timedelta(days=30)
    recent = guild.post(general, at=since + LATER)
    if direction == "before":
        archive(guild, database, "--since", f"{since:%Y-%m-%d}")
    near = older[:37] if direction == "after" else older[-37:]
    fault = short_page(guild, general, near)
    guild.fail_next(rf"/channels/{general}/messages\?.*{direction}=", fault)

    archive(guild, database)

    assert near[::-1] in landed_pages(database, general)
    assert ids(landed_messages(database)) == {general: [*older, recent]}


# --- 3: an empty page of one who may not read -----------------------------------------

MISSING = {
    "Read Message History": (shapes.TEXT, rights.READ_MESSAGE_HISTORY),
    "Connect": (shapes.VOICE, rights.CONNECT),
}


@pytest.mark.parametrize("missing", MISSING)
def test_03_a_channel_without_the_permission_is_unreadable_and_not_empty(
    guild: Guild, database: Database, missing: str
) -> None:
    """It is not asked, for it would answer an empty page; what is archived stays."""
    kind, permission = MISSING[missing]
    channel = guild.channel(kind)
    posted = [guild.post(channel) for _ in range(3)]
    archive(guild, database)
    before = checkpoint(database, channel)
    guild.deny_bot(channel, permission)
    guild.post(channel)
    guild.clear_requests()

    archive(guild, database, "--revisit-days", "all")

    assert guild.pages(channel) == []
    assert landed_pages(database, channel) == [posted[::-1]]
    after = checkpoint(database, channel)
    assert after["unreadable_reason"] == f"no {missing} permission"
    assert not after["is_deleted"]
    assert interval(after) == interval(before)


@pytest.mark.parametrize("missing", MISSING)
def test_03b_an_empty_page_is_not_believed_when_the_permission_is_lost_in_mid_run(
    guild: Guild, database: Database, missing: str
) -> None:
    """A message known to be there is asked for: refused, it says what was missing."""
    kind, permission = MISSING[missing]
    channel = guild.channel(kind)
    posted = [guild.post(channel) for _ in range(3)]
    archive(guild, database)
    before = checkpoint(database, channel)
    unseen = guild.post(channel)
    guild.after_next("/channels$", lambda: guild.deny_bot(channel, permission))
    if missing == "Connect":  # the fake refuses; an empty page is the harder case
        guild.fail_next(rf"/channels/{channel}/messages$", Fault(200, b"[]"))
    guild.clear_requests()

    archive(guild, database, "--revisit-days", "all")

    (page,) = guild.asked(f"/channels/{channel}/messages")
    probes = guild.asked(f"/channels/{channel}/messages/{unseen}")
    assert (page.status, [one.status for one in probes]) == (200, [403])
    refused = [one for one in refusals(database) if "/messages" in one[0]]
    assert [status for _, status, _ in refused] == [403]
    assert landed_pages(database, channel) == [posted[::-1]]
    after = checkpoint(database, channel)
    assert after["unreadable_reason"].startswith("Discord answered 403")
    assert not after["is_deleted"]
    assert interval(after) == interval(before)

    guild.deny_bot(channel, 0)
    archive(guild, database)

    assert ids(landed_messages(database)) == {channel: [*posted, unseen]}
    assert checkpoint(database, channel)["unreadable_reason"] is None


# --- 4, 5: which channels -------------------------------------------------------------


def test_04_all_that_holds_messages_is_read_and_nothing_else_is_asked(
    guild: Guild, database: Database
) -> None:
    """Voice, stage, announcements, each kind of thread; no category, forum, media."""
    guild.let_bot_manage_threads()
    world, kinds = guild.world, (shapes.VOICE, shapes.STAGE)
    text, news = guild.channel(), guild.channel(shapes.ANNOUNCEMENT)
    forum, media = guild.channel(shapes.FORUM), guild.channel(shapes.MEDIA)
    guild.channel(shapes.CATEGORY)
    talked_in = [text, news, *(guild.channel(kind) for kind in kinds)]
    for is_archived in (False, True):
        opened = [guild.thread(parent) for parent in (text, news, forum, media)]
        opened.append(guild.thread(text, private=True))
        talked_in += opened
        for thread in opened:
            guild.post(thread)
            if is_archived:
                world.archive_thread(thread)
    for channel in talked_in[:4]:
        guild.post(channel)

    archive(guild, database)

    types = Counter(world.channels[one]["type"] for one in talked_in)
    assert types == {0: 1, 2: 1, 5: 1, 13: 1, 10: 2, 11: 6, 12: 2}
    assert ids(landed_messages(database)) == {
        one: world.logs[one].ids for one in talked_in
    }
    asked = re.compile(r"/channels/(\d+)/messages")
    matches = (asked.fullmatch(one.path) for one in guild.requests)
    assert {int(match[1]) for match in matches if match} == set(talked_in)
    assert {one.status for one in guild.requests} == {200}


def test_05_a_channel_gone_from_the_list_is_hidden_or_deleted_as_discord_says(
    guild: Guild, database: Database
) -> None:
    """403 is no deletion; 404 with code 10003 is; what is archived of both stays."""
    hidden, gone = guild.channel(name="hidden"), guild.channel(name="gone")
    posted = {one: [guild.post(one)] for one in (hidden, gone, guild.channel())}
    archive(guild, database)
    before = checkpoint(database, hidden)
    guild.deny_bot(hidden, rights.VIEW_CHANNEL)
    unseen = guild.post(hidden)
    guild.world.remove_channel(gone)
    guild.clear_requests()

    archive(guild, database, "--revisit-days", "all")

    singly = {one: guild.asked(f"/channels/{one}") for one in (hidden, gone)}
    assert [one.status for one in singly[hidden]] == [403]
    assert [one.status for one in singly[gone]] == [404]
    assert set(refusals(database)) == {
        (f"/channels/{hidden}", 403, 50001),
        (f"/channels/{gone}", 404, 10003),
    }
    kept, lost = checkpoint(database, hidden), checkpoint(database, gone)
    assert (kept["is_deleted"], lost["is_deleted"]) == (False, True)
    assert kept["unreadable_reason"] == "hidden: Discord answered 403, code 50001"
    assert lost["unreadable_reason"] == "deleted: Discord answered 404, code 10003"
    assert (kept["name"], kept["type"]) == ("hidden", shapes.TEXT)
    assert interval(kept) == interval(before)
    assert ids(landed_messages(database)) == posted
    unreadable = "select unreadable_channel_count from landing.guild_syncs"
    assert query(database, f"{unreadable} order by page_id") == [(0,), (1,)]

    guild.deny_bot(hidden, 0)
    archive(guild, database)

    shown = checkpoint(database, hidden)
    assert (shown["is_deleted"], shown["unreadable_reason"]) == (False, None)
    assert landed_messages(database)[hidden][-1]["id"] == str(unseen)
    assert len(guild.asked(f"/channels/{gone}")) == 1


def test_05b_a_404_that_does_not_name_the_channel_is_no_deletion(
    guild: Guild, database: Database
) -> None:
    """Anything on the way may answer 404; only Discord's code 10003 is proof."""
    hidden, seen = guild.channel(name="hidden"), guild.channel()
    posted = {one: [guild.post(one)] for one in (hidden, seen)}
    archive(guild, database)
    guild.deny_bot(hidden, rights.VIEW_CHANNEL)
    guild.fail_next(rf"/channels/{hidden}$", Fault.error(404))

    archive(guild, database)

    assert refusals(database) == [(f"/channels/{hidden}", 404, 0)]
    kept = checkpoint(database, hidden)
    assert not kept["is_deleted"]
    assert kept["unreadable_reason"] == "hidden: Discord answered 404"
    assert ids(landed_messages(database)) == posted


def test_05c_a_deleted_channel_takes_its_threads_with_it(
    guild: Guild, database: Database
) -> None:
    """Archived ones too, which no list would show anyway: they are not hidden."""
    gone, stays = guild.channel(name="gone"), guild.channel(name="stays")
    threads = [guild.thread(gone) for _ in range(2)]
    posted = {one: [guild.post(one)] for one in (*threads, stays)}
    guild.world.archive_thread(threads[0])
    archive(guild, database)
    guild.world.remove_channel(gone)

    archive(guild, database)

    landed = ids(landed_messages(database))
    assert {one: landed[one] for one in posted} == posted
    rows = [checkpoint(database, one) for one in (gone, *threads)]
    assert [row["is_deleted"] for row in rows] == [True, True, True]


# --- 6, 7: parameters -----------------------------------------------------------------

PUBLIC, PRIVATE, JOINED = (
    "threads/archived/public",
    "threads/archived/private",
    "users/@me/threads/archived/private",
)


def archived_threads(guild: Guild, parent_id: int, at: datetime, **how: Any) -> None:
    """Make 101 archived threads, one more than a page holds; the oldest closed last.

    The order of ids is so the reverse of the order of archive timestamps.
    """
    for number in range(101):
        thread = guild.thread(parent_id, **how)
        guild.world.archive_thread(thread, at=at - timedelta(seconds=number))


def cursors(guild: Guild, parent_id: int, route: str) -> list[str | None]:
    asked = guild.asked(f"/channels/{parent_id}/{route}")
    assert {one.status for one in asked} <= {200}
    return [one.query.get("before") for one in asked]


def by_archive(guild: Guild, kind: int) -> list[str]:
    """Return the archive timestamps of threads of a type, newest first, as sent."""
    found = [
        form["thread_metadata"]["archive_timestamp"]
        for form in guild.world.channels.values()
        if form["type"] == kind
    ]
    return sorted(found, key=datetime.fromisoformat, reverse=True)


def known_channels(database: Database) -> set[int]:
    return {row[0] for row in query(database, _KNOWN_CHANNELS)}


_KNOWN_CHANNELS = "select channel_id from landing.checkpoints"


def test_06_archived_threads_are_paged_by_the_timestamp_to_the_letter(
    guild: Guild, database: Database
) -> None:
    """Microseconds or none, +00:00 and not Z; a bare + would arrive as a space.

    The cursor is the last instant but one: others may share the last, beyond the edge.
    """
    guild.let_bot_manage_threads()
    general = guild.channel()
    at = START + timedelta(days=60)
    archived_threads(guild, general, at)
    archived_threads(guild, general, at + timedelta(microseconds=123_457), private=True)

    archive(guild, database, "--only", "pins")

    public = by_archive(guild, shapes.PUBLIC_THREAD)
    private = by_archive(guild, shapes.PRIVATE_THREAD)
    assert public[98].endswith(":22+00:00")
    assert private[98].endswith(":22.123457+00:00")
    assert cursors(guild, general, PUBLIC) == [None, public[98]]
    assert cursors(guild, general, PRIVATE) == [None, private[98]]
    assert cursors(guild, general, JOINED) == []
    assert known_channels(database) == set(guild.world.channels)


def test_06a_threads_of_one_instant_are_found_on_both_sides_of_a_pages_edge(
    guild: Guild, database: Database
) -> None:
    """Discord compares with "earlier than": the rest of that instant would be lost."""
    general = guild.channel()
    at = START + timedelta(days=60)
    for number in range(130):
        thread = guild.thread(general)
        instant = at - timedelta(seconds=min(number, 95))
        guild.world.archive_thread(thread, at=instant)

    archive(guild, database, "--only", "pins")

    assert known_channels(database) == set(guild.world.channels)
    assert len(cursors(guild, general, PUBLIC)) == 2


def test_06a_more_than_a_page_of_one_instant_is_not_called_complete(
    guild: Guild, database: Database
) -> None:
    """No cursor shows the rest: that is said, and the guild stays incomplete."""
    general = guild.channel()
    for _ in range(130):
        guild.world.archive_thread(guild.thread(general), at=START + timedelta(days=60))

    result = sync(guild, database)

    assert result.returncode == 0, result.stderr
    assert "more than a page were archived at one instant" in result.stdout
    assert query(database, "select is_complete from landing.guild_syncs") == [(False,)]


def test_06b_joined_private_threads_are_paged_by_thread_id(
    guild: Guild, database: Database
) -> None:
    """Their list is in order of ids, and takes no instant."""
    general = guild.channel()
    archived_threads(guild, general, START + timedelta(days=60), private=True)
    threads = sorted(guild.world.thread_members, reverse=True)
    for thread in threads:
        guild.world.join_thread(thread, guild.bot)

    archive(guild, database, "--only", "pins")

    assert cursors(guild, general, JOINED) == [None, str(threads[99])]
    assert cursors(guild, general, PRIVATE) == []
    assert known_channels(database) == {general, *threads}


def test_07_every_limit_is_sent_and_within_what_discord_takes(
    guild: Guild, database: Database
) -> None:
    """Archives 2 to 100, messages 1 to 100; members 1000, for the default is one."""
    general = guild.channel()
    for private in (False, True):
        thread = guild.thread(general, private=private)
        guild.world.join_thread(thread, guild.bot)
        guild.world.archive_thread(thread)
    posted = [guild.post(general) for _ in range(3)]
    since = START + timedelta(days=30)
    guild.post(general, at=since + LATER)

    archive(guild, database, "--since", f"{since:%Y-%m-%d}")
    guild.let_bot_manage_threads()
    archive(guild, database)
    archive(guild, database, "--revisit-days", "all")

    limits: dict[str, set[int]] = {}
    for one in guild.requests:
        route = re.sub(r"\d{15,}", "{}", one.path)
        limits.setdefault(route, set()).add(int(one.query.get("limit", 0)))
    for route in (PUBLIC, PRIVATE, JOINED):
        assert min(limits[f"/channels/{{}}/{route}"]) >= 2
        assert max(limits[f"/channels/{{}}/{route}"]) <= 100
    assert min(limits["/channels/{}/messages"]) >= 1
    assert max(limits["/channels/{}/messages"]) <= 100
    assert limits["/guilds/{}/members"] == {1000}
    assert {one.status for one in guild.requests} == {200}
    assert set(posted) < set(ids(landed_messages(database))[general])
    listed = query(
        database,
        "select element #>> '{user,id}' from landing.members"
        " cross join lateral jsonb_array_elements(body) as element"
        " where jsonb_typeof(body) = 'array'",
    )
    assert {int(row[0]) for row in listed} == {guild.owner, guild.writer, guild.bot}


# --- 8, 9, 10: threads ----------------------------------------------------------------


def named_by_message(guild: Guild, parent_id: int) -> int:
    """Open a thread that its message shows, but does not flag."""
    opener = guild.post(parent_id)
    thread = guild.thread(parent_id, message_id=opener)
    shown = guild.world.channels[thread]
    guild.world.alter_message(parent_id, opener, flags=0, thread=shown)
    return thread


def named_by_flag(guild: Guild, parent_id: int) -> int:
    """Open a thread that its message flags, but does not show."""
    opener = guild.post(parent_id)
    thread = guild.thread(parent_id, message_id=opener)
    message = guild.world.message(parent_id, opener)
    assert message["flags"] & HAS_THREAD
    del message["thread"]
    page = Fault(200, orjson.dumps([message]))
    guild.fail_next(rf"/channels/{parent_id}/messages$", page)
    return thread


def named_by_type_18(guild: Guild, parent_id: int) -> int:
    """Open a thread of its own, which a system message announces."""
    thread = guild.thread(parent_id)
    (announced,) = guild.world.messages(parent_id)
    assert announced["type"] == 18
    return thread


@pytest.mark.parametrize(
    "named",
    [
        pytest.param(named_by_message, id="message.thread"),
        pytest.param(named_by_flag, id="HAS_THREAD"),
        pytest.param(named_by_type_18, id="type 18"),
    ],
)
def test_08_a_thread_that_only_a_message_names_is_found_and_read(
    guild: Guild, database: Database, named: Callable[[Guild, int], int]
) -> None:
    """Lists of a converted channel leave out the threads of its former type."""
    parent = guild.channel()
    thread = named(guild, parent)
    said = guild.post(thread)
    guild.world.archive_thread(thread)
    guild.world.update_channel(parent, type=shapes.ANNOUNCEMENT)

    archive(guild, database)

    listed = query(database, "select body -> 'threads' from landing.threads")
    assert [row[0] for row in listed] == [[]] * len(listed)
    assert len(guild.asked(f"/channels/{parent}/threads/archived/public")) == 1
    assert [one.status for one in guild.asked(f"/channels/{thread}")] == [200]
    landed = ids(landed_messages(database))
    assert landed[thread] == guild.world.logs[thread].ids
    assert landed[thread][-1] == said
    row = checkpoint(database, thread)
    assert (row["parent_id"], row["type"], row["is_archived"]) == (parent, 11, True)
    assert row["backfill_complete"]
    forms = f"select body ->> 'id' from landing.channels where channel_id = {thread}"
    assert query(database, forms) == [(str(thread),)]

    guild.clear_requests()
    archive(guild, database)

    assert guild.pages(thread) + guild.asked(f"/channels/{thread}") == []


def test_09_a_thread_archived_between_two_lists_counts_once_as_archived(
    guild: Guild, database: Database
) -> None:
    """The active list shows it, then the archived one does: the later holds."""
    general = guild.channel()
    thread = guild.thread(general)
    posted = guild.post(thread)
    guild.after_next("threads/active$", lambda: guild.world.archive_thread(thread))

    archive(guild, database)

    states = query(
        database,
        "select element #>> '{thread_metadata,archived}' from landing.threads"
        " cross join lateral jsonb_array_elements(body -> 'threads') as element"
        " order by page_id",
    )
    assert states == [("false",), ("true",)]
    assert shown_last(database, thread)["thread_metadata"]["archived"]
    assert checkpoint(database, thread)["is_archived"]
    assert len(guild.pages(thread)) == 1
    assert landed_pages(database, thread) == [[posted]]
    assert known_channels(database) == {general, thread}


def test_09b_a_thread_that_wakes_between_two_lists_counts_once_as_active(
    guild: Guild, database: Database
) -> None:
    """And what woke it is not missed."""
    general = guild.channel()
    thread = guild.thread(general)
    first = guild.post(thread)
    guild.world.archive_thread(thread)
    posted = [first]
    guild.after_next(
        "threads/archived/public$", lambda: posted.append(guild.post(thread))
    )

    archive(guild, database)

    assert not shown_last(database, thread)["thread_metadata"]["archived"]
    assert not checkpoint(database, thread)["is_archived"]
    assert len(guild.pages(thread)) == 1
    assert landed_pages(database, thread) == [posted[::-1]]


@pytest.mark.parametrize("is_deleted", [False, True])
def test_10_the_first_message_of_a_post_lands_under_its_thread(
    guild: Guild, database: Database, *, is_deleted: bool
) -> None:
    """Its id is the thread's; deleted, it is missing and the replies are not."""
    forum = guild.channel(shapes.FORUM)
    post = guild.thread(forum, content="first words")
    reply = guild.post(post)
    if is_deleted:
        guild.world.delete_message(post, post)

    archive(guild, database)

    expected = [reply] if is_deleted else [post, reply]
    assert ids(landed_messages(database)) == {post: expected}
    assert guild.pages(forum) == []
    assert checkpoint(database, post)["parent_id"] == forum
    if not is_deleted:
        (first, _) = landed_messages(database)[post]
        assert (first["type"], first["content"]) == (0, "first words")
        assert first["channel_id"] == str(post)


@pytest.mark.parametrize("is_deleted", [False, True])
def test_10b_the_message_a_thread_hangs_from_lands_under_the_parent(
    guild: Guild, database: Database, *, is_deleted: bool
) -> None:
    """In the thread there is only a pointer to it, of type 21, which is no content."""
    general = guild.channel()
    opener = guild.post(general, "let us talk")
    thread = guild.thread(general, message_id=opener)
    (pointer,) = guild.world.logs[thread].ids
    if is_deleted:
        guild.world.delete_message(general, opener)

    archive(guild, database)

    landed = landed_messages(database)
    in_thread = {thread: [pointer]}
    assert ids(landed) == (
        in_thread if is_deleted else {general: [opener], **in_thread}
    )
    (found,) = landed[thread]
    assert (found["type"], found["content"]) == (21, "")
    assert found["message_reference"]["message_id"] == str(opener)
    assert found["message_reference"]["channel_id"] == str(general)
    if is_deleted:
        assert found["referenced_message"] is None
    else:
        assert found["referenced_message"]["content"] == "let us talk"
    assert checkpoint(database, general)["unreadable_reason"] is None
    # a page whose only text is a pointer's is not one whose texts are withheld
    assert stamped_as_full(database, thread) == [True]


def test_10c_starters_deleted_between_two_runs_leave_their_threads_in_place(
    guild: Guild, database: Database
) -> None:
    """Read again, pages lack them; threads, replies and the old pages are kept."""
    general, forum = guild.channel(), guild.channel(shapes.FORUM)
    opener = guild.post(general, "let us talk")
    thread = guild.thread(general, message_id=opener)
    (pointer,) = guild.world.logs[thread].ids
    post = guild.thread(forum, content="first words")
    reply = guild.post(post)
    archive(guild, database)
    guild.world.delete_message(general, opener)
    guild.world.delete_message(post, post)

    archive(guild, database, "--revisit-days", "all")

    assert landed_pages(database, general) == [[opener], []]
    assert landed_pages(database, thread) == [[pointer], [pointer]]
    assert landed_pages(database, post) == [[reply, post], [reply]]
    (found,) = landed_messages(database)[thread]
    assert found["referenced_message"] is None
    for one in (general, thread, post):
        assert not checkpoint(database, one)["is_deleted"]
        assert checkpoint(database, one)["unreadable_reason"] is None


# --- 11, 12, 13: shapes of messages ---------------------------------------------------


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param("plain", id="a page as sent"),
        pytest.param("a NUL: \0", id="a page cleaned for jsonb"),
    ],
)
def test_11_absent_null_and_given_referenced_messages_stay_apart(
    guild: Guild, database: Database, beside: str
) -> None:
    """Unknown, deleted, and the message as it is now: three states of a reply."""
    general = guild.channel()
    kept, lost = guild.post(general, "asked"), guild.post(general, "asked, and gone")
    reply = guild.world.reply
    given = reply(general, kept, author_id=guild.writer)
    deleted = reply(general, lost, author_id=guild.writer)
    unloaded = reply(general, kept, author_id=guild.writer)
    guild.world.delete_message(general, lost)
    guild.world.unloaded.add(unloaded)
    guild.post(general, beside)

    archive(guild, database)

    states = query(
        database,
        "select (element ->> 'id')::bigint, element ? 'referenced_message',"
        " jsonb_typeof(element -> 'referenced_message'),"
        " element #>> '{referenced_message,content}'"
        " from landing.messages"
        " cross join lateral jsonb_array_elements(body) as element"
        " where element ->> 'type' = '19' order by 1",
    )
    assert states == [
        (given, True, "object", "asked"),
        (deleted, True, "null", None),
        (unloaded, False, None, None),
    ]


def test_12_a_forward_keeps_its_snapshot_and_counts_for_who_forwarded_it(
    guild: Guild, database: Database
) -> None:
    """The snapshot has content, attachments and embeds, and no author at all."""
    quay, pier = guild.channel(name="quay"), guild.channel(name="pier")
    content: Json = {
        "content": "High water at 04:12",
        "attachments": [{"id": "91000000000000004", "filename": "boots.png"}],
        "embeds": [{"type": "rich", "title": "Log of the bay"}],
    }
    original = guild.post(quay, author_id=guild.owner, **content)
    message = guild.world.message(quay, original)
    left_out = {"id", "channel_id", "author", "pinned", "tts", "mention_everyone"}
    snapshot = {key: message[key] for key in message.keys() - left_out}
    forward = guild.post(
        pier,
        "",
        flags=HAS_SNAPSHOT,
        message_reference=guild.world.reference(quay, original) | {"type": 1},
        message_snapshots=[{"message": snapshot}],
    )

    archive(guild, database)

    landed = landed_messages(database)
    (found,) = landed[pier]
    assert (found["id"], found["type"], found["content"]) == (str(forward), 0, "")
    (wrapped,) = found["message_snapshots"]
    assert wrapped == {"message": snapshot}
    assert "author" not in wrapped["message"]
    assert {key: wrapped["message"][key] for key in content} == content
    # it has its text in the snapshot: nothing was withheld on its page
    assert stamped_as_full(database, pier) == [True]
    authors = {one: [m["author"]["id"] for m in landed[one]] for one in landed}
    assert authors == {quay: [str(guild.owner)], pier: [str(guild.writer)]}
    counts = [checkpoint(database, one)["message_count"] for one in (quay, pier)]
    assert counts == [1, 1]


WEBHOOK_ID = 95_000_000_000_000_001


def disguised(name: str) -> Json:
    """Shape what makes a message a webhook's: an author whose name is this one's."""
    author = shapes.user(WEBHOOK_ID, name, bot=True, discriminator="0000")
    return {"author": author, "webhook_id": str(WEBHOOK_ID)}


def landed_members(database: Database) -> list[tuple[Any, ...]]:
    return query(database, "select page_id, body from landing.members order by 1")


def test_13_three_names_of_one_webhook_are_no_user_and_touch_none(
    guild: Guild, database: Database
) -> None:
    """Each message keeps the name it was posted under; nobody is looked up for it."""
    feed = guild.channel(name="feed")
    archive(guild, database)
    members = landed_members(database)
    names = ["Tide feed", "Wind feed", "Ferry feed"]
    for name in names:
        # links whose previews a moderator took away: nothing is left to read
        guild.post(feed, "", flags=SUPPRESS_EMBEDS, **disguised(name))
    guild.clear_requests()

    archive(guild, database)

    landed = landed_messages(database)[feed]
    assert landed == guild.world.messages(feed)
    assert [one["author"] for one in landed] == [
        disguised(name)["author"] for name in names
    ]
    assert {one["author"]["id"] for one in landed} == {
        one["webhook_id"] for one in landed
    }
    assert landed_members(database) == members
    assert str(WEBHOOK_ID) not in str(members)
    assert not [one for one in guild.requests if str(WEBHOOK_ID) in one.path]
    # nor are its empty posts taken for texts of people that were withheld
    assert stamped_as_full(database, feed)[-1] is True


def test_13b_an_answer_to_a_command_keeps_the_bot_that_gave_it(
    guild: Guild, database: Database
) -> None:
    """It has a webhook_id too, the application's; its author is a real user."""
    general = guild.channel()
    tide_bot = guild.world.add_user("tide-bot", bot=True, discriminator="4321")
    guild.world.add_member(guild.id, tide_bot)
    asker = guild.world.users[guild.writer]
    asked = {"id": "96000000000000001", "type": 2, "user": asker}
    guild.post(
        general,
        "High water at 16:40",
        author_id=tide_bot,
        type=20,
        application_id=str(tide_bot),
        webhook_id=str(tide_bot),
        interaction_metadata=asked | {"authorizing_integration_owners": {}},
        interaction=asked | {"name": "tide"},
    )

    archive(guild, database)

    (found,) = landed_messages(database)[general]
    assert found["author"] == guild.world.users[tide_bot]
    assert found["webhook_id"] == found["application_id"] == str(tide_bot)
    assert found["interaction_metadata"]["user"] == asker
    assert found["author"] in [
        member["user"]
        for _, body in landed_members(database)
        for member in (body if isinstance(body, list) else [])
    ]
