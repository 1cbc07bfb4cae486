"""What a person sees of a run: bars on a terminal, lines in a pipe, sums, logs."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from extractor.permissions import Permission
from extractor.progress import Progress
from extractor.summary import Summary
from tests.archive import REPOSITORY, environment_of, readable_messages, sync
from tests.fake_discord import FakeDiscord, Fault, generate_world

END = datetime(2026, 11, 15, tzinfo=UTC)
ESCAPE = "\x1b"
HARBOUR, BAY = 1, 2  # guilds
Database = dict[str, str]


@pytest.fixture
def fake() -> Iterator[FakeDiscord]:
    """Serve a guild of four channels and some 60 messages."""
    with FakeDiscord(generate_world(5, "tiny", END)) as served:
        yield served


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal:
    """A progress on a made-up terminal, and what it shows."""

    def __init__(self, width: int = 100, height: int = 24) -> None:
        self.output = io.StringIO()
        self.console = Console(
            file=self.output,
            force_terminal=True,
            width=width,
            height=height,
            _environ={"TERM": "xterm-256color"},
        )
        self.clock = Clock()
        self.progress = Progress(self.console, self.clock)

    def lines(self) -> list[str]:
        """Return what is on the screen now, without colours."""
        with self.console.capture() as captured:
            self.console.print(self.progress.frame())
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", captured.get())
        return [line.rstrip() for line in plain.splitlines()]


class Pipe:
    """A progress in a pipe, and what came through."""

    def __init__(self) -> None:
        self.output = io.StringIO()
        self.progress = Progress(Console(file=self.output, force_terminal=False))

    def lines(self) -> list[str]:
        """Return what was printed."""
        return self.output.getvalue().splitlines()


# --- on a terminal --------------------------------------------------------------------


def test_a_guild_has_a_line_of_what_is_done_how_fast_and_how_much_is_left() -> None:
    """Ten pages in ten seconds, 19 requests left: one a second, so 19 seconds."""
    shown = Terminal()
    progress = shown.progress
    progress.guild(HARBOUR, "Harbour")
    progress.guild_grows(HARBOUR, 5)
    for page in range(10):
        shown.clock.now += 1
        progress.page(HARBOUR, "general", 100, remaining=25 - page)
    progress.channel_done(HARBOUR, "quiet-corner", "0 messages, 0 new")

    heading, guild, channel = shown.lines()

    assert heading.split() == ["channels", "messages", "per", "second", "time", "left"]
    assert guild.split()[1:2] == ["Harbour"]
    assert guild.split()[-5:] == ["1/5", "1,000", "100", "0:10", "0:19"]
    assert channel.split()[0] == "#general"
    assert channel.split()[-2:] == ["38%", "1,000"]  # 10 of 26 requests


def test_time_left_is_no_less_than_the_longest_channel_takes() -> None:
    """Fifty requests a second help nobody when one channel gives one a second."""
    shown = Terminal()
    shown.progress.guild(HARBOUR, "Harbour")
    shown.progress.guild_grows(HARBOUR, 100)
    for number in range(100):
        shown.progress.page(HARBOUR, f"channel-{number}", 100, remaining=1)
    shown.clock.now += 1
    shown.progress.page(HARBOUR, "channel-7", 100, remaining=7_200)

    assert shown.lines()[1].split()[-1] == "2:00:00"


def test_only_the_channels_with_the_most_left_have_bars_until_they_are_done() -> None:
    """Eight of twelve; the one that ends makes room for another."""
    shown = Terminal()
    shown.progress.guild(HARBOUR, "Harbour")
    shown.progress.guild_grows(HARBOUR, 12)
    for number in range(12):
        shown.progress.page(HARBOUR, f"channel-{number}", 100, remaining=10 * number)
    before = "\n".join(shown.lines())
    shown.progress.channel_done(HARBOUR, "channel-11", "100 messages, 100 new")
    after = "\n".join(shown.lines())

    assert re.findall(r"#channel-(\d+)", before) == [str(one) for one in range(4, 12)]
    assert re.findall(r"#channel-(\d+)", after) == [str(one) for one in range(3, 11)]


def test_a_channel_on_the_screen_does_not_flicker() -> None:
    """One that has a little less left than another stays where it is."""
    shown = Terminal(height=4)
    shown.progress.guild(HARBOUR, "Harbour")
    shown.progress.guild_grows(HARBOUR, 2)
    shown.progress.page(HARBOUR, "first", 100, remaining=100)
    shown.progress.page(HARBOUR, "second", 100, remaining=99)

    assert "#first" in shown.lines()[-1]
    shown.progress.page(HARBOUR, "first", 100, remaining=98)
    assert "#first" in shown.lines()[-1]
    shown.progress.page(HARBOUR, "first", 100, remaining=50)
    assert "#second" in shown.lines()[-1]


def test_a_channel_that_failed_leaves_the_screen_and_is_told() -> None:
    """The bar goes, a line with the reason stays above the bars."""
    shown = Terminal()
    shown.progress.guild(HARBOUR, "Harbour")
    shown.progress.guild_grows(HARBOUR, 1)
    shown.progress.page(HARBOUR, "general", 100, remaining=9)

    shown.progress.channel_failed(HARBOUR, "general")
    shown.progress.failed("#general (12)", "Discord answered 502", HARBOUR)

    assert "#general" not in "\n".join(shown.lines())
    assert "#general (12): failed, Discord answered 502" in shown.output.getvalue()


@pytest.mark.parametrize("guild_count", [1, 3, 40])
@pytest.mark.parametrize(
    ("width", "height"),
    [(100, 24), (200, 60), (80, 24), (60, 5), (40, 3), (20, 2), (10, 1), (3, 1)],
)
def test_bars_never_outgrow_the_terminal(
    width: int, height: int, guild_count: int
) -> None:
    """Else a terminal would scroll, and each frame would be seen twice."""
    shown = Terminal(width, height)
    for guild_id in range(guild_count):
        shown.progress.guild(guild_id, f"Guild of the long name number {guild_id} 港")
        shown.progress.guild_grows(guild_id, 5_000)
        for number in range(20):
            name = f"{'港の日本語' * 9}-{number}"
            shown.progress.page(guild_id, name, 100, remaining=1_000)

    lines = shown.lines()

    assert 1 <= len(lines) <= max(1, height - 1)
    assert max(map(len, lines)) <= width


def test_what_is_left_on_the_terminal_says_how_each_guild_ended() -> None:
    """A tick for the whole ones and the quiet ones, a cross for the others."""
    shown = Terminal()
    with shown.progress.shown():
        for guild_id, channel_count in ((1, 1), (2, 0), (3, 2)):
            shown.progress.guild(guild_id, f"guild-{guild_id}")
            shown.progress.guild_grows(guild_id, channel_count)
        shown.progress.channel_done(1, "general", "3 messages, 3 new")
        shown.progress.page(3, "general", 100, remaining=50)

    assert sorted(line[:9] for line in shown.lines()[1:]) == [
        "✔ guild-1",
        "✔ guild-2",
        "✘ guild-3",
    ]
    assert shown.output.getvalue().endswith("\x1b[?25h")  # the cursor is back


def test_names_cannot_steer_a_terminal() -> None:
    """Neither those in bars nor those in lines."""
    shown = Terminal()
    evil = "red\x1b[31m\n[bold]:tada:\u202e"
    shown.progress.guild(HARBOUR, evil)
    shown.progress.guild_grows(HARBOUR, 1)
    shown.progress.page(HARBOUR, evil, 100, remaining=1)
    shown.progress.failed(evil, evil)

    everything = "\n".join(shown.lines()) + shown.output.getvalue()

    assert f"{ESCAPE}[31mred" in everything  # our own red, for a failure
    assert everything.count(f"{ESCAPE}[31m") == 1
    assert "\u202e" not in everything
    assert "[bold]:tada:" in everything


def test_threads_may_tell_at_the_same_time() -> None:
    """Nothing gets lost between them, and frames are drawn meanwhile."""
    shown = Terminal()
    shown.progress.guild(HARBOUR, "Harbour")
    shown.progress.guild_grows(HARBOUR, 400)

    def tell(worker: int) -> None:
        for number in range(100):
            name = f"channel-{worker}-{number}"
            shown.progress.page(HARBOUR, name, 10, remaining=1)
            shown.progress.frame()
            shown.progress.channel_done(HARBOUR, name, "10 messages, 10 new")

    threads = [threading.Thread(target=tell, args=(one,)) for one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert shown.lines()[1].split()[3:5] == ["400/400", "4,000"]


# --- in a pipe ------------------------------------------------------------------------


def test_a_pipe_gets_a_line_per_channel_under_the_name_of_its_guild() -> None:
    """Where guilds take turns, the name stands again."""
    pipe = Pipe()
    with pipe.progress.shown():
        pipe.progress.guild(HARBOUR, "Harbour")
        pipe.progress.guild(BAY, "Bay")
        for guild_id, name in ((HARBOUR, "a"), (HARBOUR, "b"), (BAY, "a"), (1, "c")):
            pipe.progress.guild_grows(guild_id, 1)
            pipe.progress.page(guild_id, name, 41, remaining=1)
            pipe.progress.channel_done(guild_id, name, "41 messages, 41 new")
        pipe.progress.skipped("hidden", "no View Channel permission", HARBOUR)
        pipe.progress.failed("account main", "the token was refused")

    assert pipe.lines() == [
        "Harbour",
        "  #a: 41 messages, 41 new",
        "  #b: 41 messages, 41 new",
        "Bay",
        "  #a: 41 messages, 41 new",
        "Harbour",
        "  #c: 41 messages, 41 new",
        "  #hidden: skipped, no View Channel permission",
        "  account main: failed, the token was refused",
    ]


def test_a_sync_in_a_pipe_says_what_it_read_and_nothing_of_quiet_channels(
    fake: FakeDiscord, database: Database
) -> None:
    """The second run has one line, for the one channel where somebody posted."""
    channel_id = max(readable_messages(fake))
    channel = fake.world.channels[channel_id]
    writer = int(fake.world.messages(channel_id)[0]["author"]["id"])

    first = sync(fake, database)
    fake.world.post_message(channel_id, author_id=writer, content="hello")
    second = sync(fake, database)

    guild_name = first.stderr.splitlines()[0]
    read = [line for line in first.stderr.splitlines() if " new" in line]
    assert len(read) >= len(readable_messages(fake))
    assert ESCAPE not in first.stderr + first.stdout
    talk = [line for line in second.stderr.splitlines() if "skipped" not in line]
    assert talk[0] == guild_name
    assert [line.partition(":")[0] for line in talk[1:]] == [f"  #{channel['name']}"]
    assert talk[1].endswith(" 1 new")


def test_two_channels_of_one_name_are_told_apart(
    fake: FakeDiscord, database: Database
) -> None:
    """The second one has its id behind its name."""
    for channel_id in sorted(readable_messages(fake))[:2]:
        fake.world.update_channel(channel_id, name="same")

    result = sync(fake, database)

    lines = [line for line in result.stderr.splitlines() if "#same" in line]
    assert len(lines) == len({line.partition(":")[0] for line in lines}) == 2
    assert sum(bool(re.match(r"  #same \(\d+\): ", line)) for line in lines) == 1


def test_a_sync_on_a_terminal_draws_bars_and_gives_the_cursor_back(
    fake: FakeDiscord, database: Database
) -> None:
    """Standard error is a terminal; standard output, a pipe, gets the summary only."""
    ours, theirs = pty.openpty()
    environment = environment_of(fake, database, TERM="xterm-256color")
    with subprocess.Popen(
        [sys.executable, "-m", "extractor", "sync"],
        env=environment,
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    ) as process:
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b"")).decode()
        stdout, _ = process.communicate(timeout=60)
    os.close(ours)

    assert process.returncode == 0
    assert "✔" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert ESCAPE not in stdout
    assert stdout.startswith("1 guild: ")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # its other side was closed
        return b""


# --- at the end -----------------------------------------------------------------------


def test_the_summary_adds_up(fake: FakeDiscord, database: Database) -> None:
    """Channels by kind, unreadable ones by reason, messages new and read again."""
    world = fake.world
    me = next(one.user_id for one in world.accounts.values() if one.kind == "bot")
    closed = max(readable_messages(fake))
    world.set_overwrite(closed, me, deny=Permission.READ_MESSAGE_HISTORY)
    messages = readable_messages(fake)
    count = sum(map(len, messages.values()))

    first = sync(fake, database).stdout.splitlines()
    again = sync(fake, database, DISCORD_WAREHOUSE_REVISIT_DAYS="all").stdout

    assert first[0].startswith(f"1 guild: {count} messages ({count} new, 0 read again)")
    assert first[1].startswith("channels: ")
    found = re.search(r"(\d+) read.*, (\d+) unreadable \((.*)\)", first[1])
    assert found is not None
    assert int(found[1]) >= len(messages)
    whys = re.findall(r"(\d+) (.*?)(?:, |$)", found[3])
    assert int(found[2]) == sum(int(number) for number, _ in whys)
    assert ("1", "no Read Message History permission") in whys
    assert re.search(r"[1-9]\d* requests? in \d+\.\d s; workers", first[2])
    assert f"{count} messages (0 new, {count} read again)" in again


def test_many_unknown_of_one_kind_are_one_line() -> None:
    """With their number and the first few; few are told each, as Discord said it."""
    summary = Summary()
    for number in range(40):
        summary.unknown[f"Harbour: #channel-{number}: pins"] = (
            f"/channels/{number}/messages/pins: Discord answered 403, code 50013"
        )
    summary.unknown["Harbour: bans"] = "no Ban Members permission"

    unknown = [line for line in summary.lines() if line.startswith("unknown: ")]

    places = "Harbour: #channel-0, Harbour: #channel-1, Harbour: #channel-2"
    why = "Discord answered 403, code 50013"
    assert unknown == [
        f"unknown: pins, 40 times ({places} and 37 more): {why}",
        "unknown: Harbour: bans: no Ban Members permission",
    ]


def test_names_cannot_steer_the_terminal_at_the_end(
    fake: FakeDiscord, database: Database
) -> None:
    """What fails or is unknown is named, and names are Discord's."""
    channel_id = max(readable_messages(fake))
    fake.world.update_channel(channel_id, name="red\x1b[31m")
    fake.fail_next(rf"/channels/{channel_id}/messages", Fault(200, b'[{"id": "x"}]'))

    result = sync(fake, database, "--verbose")

    assert result.returncode == 3
    assert "failed: #red\ufffd[31m" in result.stderr.splitlines()[-1]
    assert ESCAPE not in result.stdout + result.stderr


# --- logs -----------------------------------------------------------------------------


def test_no_log_holds_a_token_or_what_people_wrote(
    fake: FakeDiscord, database: Database, tmp_path: Path
) -> None:
    """Not even with --debug, and not where the database refuses a page's JSON."""
    channel_id = max(readable_messages(fake))
    texts = [one["content"] for one in fake.world.messages(channel_id)]
    last = fake.world.messages(channel_id)[-1]["id"]
    secret = "the password of the lighthouse"
    page = f'[{{"id": "{last}", "content": "{secret}", "strange": 1e999999}}]'
    fake.fail_next(rf"/channels/{channel_id}/messages", Fault(200, page.encode()))
    fake.fail_next(r"/channels/\d+/messages", Fault.rate_limited(0.01))
    path = tmp_path / "sync.log"

    result = sync(fake, database, "--debug", "--log-file", str(path))

    assert result.returncode == 0, result.stderr
    said = result.stdout + result.stderr + path.read_text()
    texts += [
        message["content"]
        for messages in readable_messages(fake).values()
        for message in messages
    ]
    assert fake.bot_token not in said
    assert secret not in said
    assert [text for text in texts if len(text) > 8 and text in said] == []
    assert "urllib3" in said  # it was on


@pytest.mark.parametrize(
    ("option", "has_requests", "has_libraries"),
    [(None, False, False), ("--verbose", True, False), ("--debug", True, True)],
)
def test_the_log_file_always_says_what_was_read(  # noqa: PLR0913 - cases
    fake: FakeDiscord,
    database: Database,
    tmp_path: Path,
    option: str | None,
    *,
    has_requests: bool,
    has_libraries: bool,
) -> None:
    """Requests with --verbose, on standard error as well; libraries with --debug."""
    path = tmp_path / "sync.log"
    options = () if option is None else (option,)

    result = sync(fake, database, "--log-file", str(path), *options)

    log = path.read_text()
    assert "INFO extractor.guild_run: channel " in log
    for text in (log, result.stderr):
        assert has_requests == ("DEBUG extractor.client: /guilds/" in text)
        assert has_libraries == ("urllib3" in text)
