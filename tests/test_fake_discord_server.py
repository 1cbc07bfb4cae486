"""The loopback Discord as a server: its log, its end, its command."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.fake_discord import FakeDiscord, Fault, World
from tests.fake_discord.client import Client, ids, named

ROOT = Path(__file__).parent.parent


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


def test_latency_delays_the_answer_and_not_the_request(world: World) -> None:
    """All wait at once, without a lock; the log has when each request came."""
    general = named(world, "general")
    path = f"/channels/{general}/messages"

    def ask(fake: FakeDiscord) -> tuple[float, float]:
        with Client(fake) as client:
            began = time.monotonic()
            client.json(path)
            return began, time.monotonic()

    with FakeDiscord(world, latency=0.4) as fake, ThreadPoolExecutor(8) as pool:
        times = list(pool.map(ask, [fake] * 8))
        arrived = [request.at for request in fake.requests]

    began, ended = min(t[0] for t in times), max(t[1] for t in times)
    assert all(end - start >= 0.4 for start, end in times)
    assert ended - began < 8 * 0.4
    assert all(began < at <= ended - 0.4 for at in arrived)


def test_latency_spares_scripted_answers_and_the_end(world: World) -> None:
    """A fault comes as fast as it was scripted, and leaving waits for nobody."""
    with FakeDiscord(world, latency=60.0) as fake, Client(fake) as client:
        fake.fail_next("/users/@me", Fault.server_error())
        began = time.monotonic()
        assert client.get("/users/@me").status_code == 502
        with pytest.raises(requests.ReadTimeout):
            client.session.get(f"{fake.url}/users/@me", timeout=0.1)

    assert time.monotonic() - began < 5
    assert [request.status for request in fake.requests] == [502, 200]


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
