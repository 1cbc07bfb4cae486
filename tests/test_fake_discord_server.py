"""The loopback Discord as a server: its log, its end, its command."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from tests.fake_discord import FakeDiscord, World, generate_world
from tests.fake_discord.client import Client, ids, named

END = datetime(2026, 11, 21, tzinfo=UTC)
ROOT = Path(__file__).parent.parent


@pytest.fixture
def world() -> World:
    return generate_world(seed=7, size="tiny", end=END)


@pytest.fixture
def fake(world: World) -> Iterator[FakeDiscord]:
    with FakeDiscord(world) as running:
        yield running


@pytest.fixture
def bot(fake: FakeDiscord) -> Iterator[Client]:
    with Client(fake) as client:
        yield client


def test_the_log_tells_every_request(fake: FakeDiscord, bot: Client) -> None:
    """Method, path, query, status and account of each request are kept in order."""
    bot.json("/users/@me")
    bot.refusal("/channels/1/messages", limit=7)

    log = [(r.method, r.path, r.query, r.status, r.account) for r in fake.requests]
    fake.clear_requests()

    assert log == [
        ("GET", "/users/@me", {}, 200, "archivist"),
        ("GET", "/channels/1/messages", {"limit": "7"}, 404, "archivist"),
    ]
    assert fake.requests == []


def test_leaving_ends_kept_alive_connections(world: World) -> None:
    """A client that holds its connection open cannot hold up the end."""
    with FakeDiscord(world) as fake:
        client = Client(fake)
        client.json("/users/@me")

    with pytest.raises(requests.ConnectionError):
        client.get("/users/@me")
    client.session.close()


def test_the_module_serves_until_told_to_stop() -> None:
    """`python -m tests.fake_discord` prints how to reach it and ends on SIGTERM."""
    command = [sys.executable, "-m", "tests.fake_discord", "--size", "tiny"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            said = dict(
                process.stdout.readline().strip().split("=", 1) for _ in range(4)
            )
            headers = {"Authorization": f"Bot {said['bot_token']}"}
            url = f"{said['url']}/guilds/{said['guild_id']}"
            answer = requests.get(url, headers=headers, timeout=5)
        finally:
            process.send_signal(signal.SIGTERM)

    assert answer.json()["id"] == said["guild_id"]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/api/v10", said["url"])
    assert process.returncode == 0


def test_many_clients_read_while_the_world_changes(
    world: World, fake: FakeDiscord
) -> None:
    """Pages read during posts and deletes are whole: sorted, parsed, without gaps."""
    general, author = named(world, "general"), next(iter(world.users))
    path = f"/channels/{general}/messages"

    def read(_: int) -> list[list[int]]:
        with Client(fake) as client:
            return [ids(client.json(path, limit=100)) for _ in range(20)]

    with ThreadPoolExecutor(4) as pool:
        reading = pool.map(read, range(4))
        for _ in range(100):
            kept = world.post_message(general, author_id=author)
            passing = world.post_message(general, author_id=author)
            world.delete_message(general, passing)
        pages = [page for pages in reading for page in pages]

    assert all(page == sorted(page, reverse=True) for page in pages)
    assert ids(world.messages(general))[-1] == kept
    assert len(fake.requests) == 80


def test_a_taken_port_is_told_in_one_line(fake: FakeDiscord) -> None:
    """The command names the port and the way out, without a traceback."""
    port = fake.url.split(":")[2].split("/")[0]
    command = [sys.executable, "-m", "tests.fake_discord", "--size", "tiny"]

    ended = subprocess.run(
        [*command, "--port", port],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"fake_discord: cannot listen on port {port}")
    assert ended.stderr.count("\n") == 1
