"""The client and the network: whom it asks, whom it believes, how much it takes."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme

from extractor.client import Request
from extractor.errors import AddressStoppedError, ConfigError, UnavailableError
from extractor.received import LARGEST, ImmoderateError, content_of
from extractor.trust import Trusted, base_url
from tests.archive import query, sync
from tests.fake_discord import FakeDiscord, Fault, World, generate_world
from tests.patience import Sleeps, client_of

END = datetime(2026, 11, 15, tzinfo=UTC)
PROBE = Request("/users/@me", 0, "/users/@me", {})
MIB = 2**20
Database = dict[str, str]


@pytest.fixture(autouse=True)
def no_proxy_and_no_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing of this machine's network settings decide a test."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)


@pytest.fixture(scope="module")
def world() -> World:
    """Make a guild of four channels, which no test changes."""
    return generate_world(5, "tiny", END)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Make an authority that nobody knows."""
    return trustme.CA()


@pytest.fixture
def encrypted(world: World, authority: trustme.CA) -> Iterator[FakeDiscord]:
    """Serve HTTPS with a certificate of that authority."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with FakeDiscord(world, tls=tls) as served:
        yield served


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    """Write the authority's certificate into a file."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


# --- where to ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://discord.com/api/v10", "https://discord.com/api/v10"),
        ("https://proxy.example:8443/", "https://proxy.example:8443"),
        ("https://bücher.example/api", "https://xn--bcher-kva.example/api"),
        ("http://127.0.0.1:8080/api", "http://127.0.0.1:8080/api"),
        ("http://127.4.5.6", "http://127.4.5.6"),
        ("http://[::1]:80/api", "http://[::1]:80/api"),
        ("http://localhost:1", "http://localhost:1"),
    ],
)
def test_an_address_is_https_or_on_this_machine(url: str, asked: str) -> None:
    """In its normal form, which is what requests are held against."""
    assert base_url(url) == asked


@pytest.mark.parametrize(
    "url",
    [
        "http://discord.com/api/v10",
        "http://10.0.0.7/api",
        "http://127.0.0.1.evil.example/api",
        "http://localhost.evil.example/api",
        "http://2130706433/api",
        "http://0.0.0.0/api",
    ],
)
def test_no_token_is_sent_in_the_clear(url: str) -> None:
    """What only looks like this machine is not this machine."""
    with pytest.raises(ConfigError, match="in the clear"):
        base_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:sesame@proxy.example/api",
        "https://discord.com@evil.example/api",
        "https://proxy.example/api?key=sesame",
        "https://proxy.example/api#sesame",
    ],
)
def test_an_address_holds_no_secret(url: str) -> None:
    """A password in it would end in logs, and would replace the token."""
    with pytest.raises(ConfigError) as caught:
        base_url(url)

    assert "sesame" not in str(caught.value)


def test_a_session_leads_nowhere_else(world: World) -> None:
    """Whatever a path came to hold: only what is below the address can be asked."""
    with FakeDiscord(world) as fake, FakeDiscord(world) as other:
        session = Trusted(fake.url).session()
        assert session.get(f"{fake.url}/users/@me").status_code == 401

        with pytest.raises(requests.exceptions.InvalidSchema):
            session.get(f"{other.url}/users/@me")

        assert other.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_error_and_nobody_is_told_the_token(
    world: World, status: int
) -> None:
    """Neither another host nor another path of this one; and it is not repeated."""
    with FakeDiscord(world) as fake, FakeDiscord(world) as other:
        for place in (f"{other.url}/users/@me", "/api/v10/gateway"):
            fake.clear_requests()
            fake.fail_next("/users/@me", Fault(status, b"", {"Location": place}))

            with pytest.raises(
                UnavailableError, match=rf"answered {status}, a redirect, and none"
            ):
                client_of(fake, Sleeps()).get(PROBE)

            assert [one.path for one in fake.requests] == ["/users/@me"]
        assert other.requests == []


def test_a_netrc_does_not_replace_the_token(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others would read it; here the token is what was configured."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))

    with FakeDiscord(world) as fake:
        assert client_of(fake, Sleeps()).get(PROBE).status == 200


# --- whom to believe ---------------------------------------------------------------


def test_a_certificate_of_nobodys_is_refused_at_once(encrypted: FakeDiscord) -> None:
    """Asking again would not make it true, and the token has not left."""
    sleeps = Sleeps()

    with pytest.raises(UnavailableError, match=r"not known to be Discord: .*certif"):
        client_of(encrypted, sleeps).get(PROBE)

    assert (encrypted.requests, sleeps) == ([], [])


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_authority_of_ones_own_is_believed(
    encrypted: FakeDiscord, bundle: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """For a proxy of a company's that looks into what it passes on."""
    monkeypatch.setenv(name, bundle)

    assert client_of(encrypted, Sleeps()).get(PROBE).status == 200


def test_a_certificate_of_another_host_is_refused(
    world: World, authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has a certificate is not yet who was asked."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("discord.com").configure_cert(tls)

    with (
        FakeDiscord(world, tls=tls) as fake,
        pytest.raises(UnavailableError, match=r"not known to be Discord: .*127"),
    ):
        client_of(fake, Sleeps()).get(PROBE)


def test_authorities_that_are_not_there_are_a_wrong_setting(
    database: Database, world: World, tmp_path: Path
) -> None:
    """One line and exit code 2, before anything is asked: none is worse than any."""
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate\n")
    with FakeDiscord(world) as fake:
        for path, reason in ((tmp_path / "no", "No such file"), (empty, "no certif")):
            done = sync(fake, database, REQUESTS_CA_BUNDLE=str(path))

            assert done.returncode == 2
            (line,) = done.stderr.splitlines()
            assert line.startswith("Error: REQUESTS_CA_BUNDLE names ")
            assert reason in line
        assert fake.requests == []


# --- through whom ------------------------------------------------------------------


class Tunnel:
    """A proxy on loopback that passes on what comes, and remembers all of it."""

    def __init__(self) -> None:
        self.seen = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = [self._listener]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += client.recv(1)
                self.seen += head
                host, _, port = head.split()[1].decode().rpartition(":")
                there = socket.create_connection((host, int(port)))
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._open += [client, there]
                for one, other in ((client, there), (there, client)):
                    thread = threading.Thread(target=self._pass_on, args=(one, other))
                    self._threads.append(thread)
                    thread.start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while piece := one.recv(65_536):
                self.seen += piece
                other.sendall(piece)

    def close(self) -> None:
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def tunnel() -> Iterator[Tunnel]:
    """Give a proxy that is gone after the test."""
    opened = Tunnel()
    yield opened
    opened.close()


def test_a_proxy_of_the_environment_sees_no_more_than_where_to(
    encrypted: FakeDiscord,
    bundle: str,
    tunnel: Tunnel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """TLS goes through it from end to end."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    monkeypatch.setenv("HTTPS_PROXY", tunnel.url)

    assert client_of(encrypted, Sleeps()).get(PROBE).status == 200

    host = encrypted.url.split("/")[2]
    assert tunnel.seen.startswith(f"CONNECT {host} HTTP/1.".encode())
    assert encrypted.bot_token.encode() not in tunnel.seen
    assert b"users" not in tunnel.seen


def test_what_is_not_encrypted_goes_through_no_proxy(
    world: World, tunnel: Tunnel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would read the token."""
    monkeypatch.setenv("HTTP_PROXY", tunnel.url)
    monkeypatch.setenv("ALL_PROXY", tunnel.url)

    with FakeDiscord(world) as fake:
        assert client_of(fake, Sleeps()).get(PROBE).status == 200

    assert tunnel.seen == b""


# --- how much ----------------------------------------------------------------------


def bomb(mebibytes: int) -> bytes:
    """Return so much of nothing, packed into a thousandth of it."""
    return gzip.compress(bytes(64 * MIB), 1) * (mebibytes // 64)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        pytest.param(200, {"Content-Encoding": "gzip"}, id="an answer"),
        pytest.param(
            302,
            {"Content-Encoding": "gzip", "Location": "https://discord.com"},
            id="a redirect, which requests would read to its end",
        ),
        pytest.param(403, {"Content-Encoding": "x-gzip"}, id="a refusal"),
    ],
)
def test_a_body_that_unpacks_to_a_gibibyte_is_refused_before_it_does(
    world: World, status: int, headers: dict[str, str]
) -> None:
    """One line says so, and memory holds the allowed part of it at most."""
    body = bomb(1024)
    assert len(body) < 8 * MIB
    with FakeDiscord(world) as fake, peak_of_memory() as peak:
        fake.fail_next("/users/@me", Fault(status, body, headers), times=2)

        with pytest.raises(UnavailableError, match=r"/users/@me: .* more than 64 MiB"):
            client_of(fake, Sleeps()).get(PROBE)

        assert len(fake.requests) == 1
    assert peak() < LARGEST + 16 * MIB


@contextmanager
def peak_of_memory() -> Iterator[Callable[[], int]]:
    """Measure the most bytes that a block's own objects had."""
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_body_packed_twice_is_bounded_as_well(world: World) -> None:
    """What counts is what it becomes in the end."""
    twice = gzip.compress(bomb(1024), 1)
    with FakeDiscord(world) as fake:
        headers = {"Content-Encoding": "gzip, gzip"}
        fake.fail_next("/users/@me", Fault(200, twice, headers))

        with pytest.raises(ImmoderateError):
            client_of(fake, Sleeps()).get(PROBE)


def test_a_429_of_that_size_is_a_ban(world: World) -> None:
    """Discord's own say how long to wait, in a few bytes: nothing more is asked."""
    headers = {"Content-Encoding": "gzip"}
    with FakeDiscord(world) as fake:
        fake.fail_next("/users/@me", Fault(429, bomb(128), headers))
        client = client_of(fake, Sleeps())

        for _ in range(2):
            with pytest.raises(AddressStoppedError):
                client.get(PROBE)

        assert len(fake.requests) == 1


def test_a_channel_with_such_a_page_is_left_and_named(
    world: World, database: Database
) -> None:
    """As with any request that fails: exit code 3, the others are done."""
    channel_id = next(iter(world.logs))
    headers = {"Content-Encoding": "gzip"}
    with FakeDiscord(world) as fake:
        path = rf"/channels/{channel_id}/messages"
        fake.fail_next(path, Fault(200, bomb(128), headers))

        done = sync(fake, database)

    assert done.returncode == 3
    (line,) = [one for one in done.stderr.splitlines() if one.startswith("failed:")]
    assert str(channel_id) in line
    assert "more than 64 MiB" in line
    ((kept,),) = query(database, "select summary ->> 'failed' from landing.runs")
    assert str(channel_id) in kept
    assert "more than 64 MiB" in kept


@contextmanager
def trickle(piece: bytes) -> Iterator[requests.Response]:
    """Give an answer whose body never ends, a piece every few milliseconds."""
    stopping = threading.Event()

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not stopping.wait(0.005):
                connection.sendall(piece)

    with ExitStack() as opened:
        listener = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        opened.callback(thread.join, 5)
        opened.callback(stopping.set)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        session = opened.enter_context(Trusted(url).session())
        yield opened.enter_context(session.get(f"{url}/", stream=True, timeout=5))


def test_a_body_that_trickles_for_ever_is_given_up() -> None:
    """Each byte comes in time, and the last one never does."""
    with trickle(b" ") as response, pytest.raises(ImmoderateError, match="no end"):
        content_of(response, longest=0.1)


def test_a_body_that_is_large_by_itself_is_refused() -> None:
    """Without a length in its head, and without being packed."""
    with (
        trickle(b" " * 65_536) as response,
        pytest.raises(ImmoderateError, match="more than 1 MiB"),
    ):
        content_of(response, largest=MIB)


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_connection_serves_again_after_each_body(
    world: World, *, is_packed: bool
) -> None:
    """A new one for each page would cost more than the page."""
    with FakeDiscord(world, compress=is_packed) as fake:
        session = Trusted(fake.url).session()
        session.headers["Authorization"] = f"Bot {fake.bot_token}"
        channel_id = max(world.logs, key=lambda one: len(world.messages(one)))
        url = f"{fake.url}/channels/{channel_id}/messages?limit=100"
        ports = set()
        for _ in range(3):
            with session.get(url, stream=True) as response:
                sender: Any = response.raw.connection
                ports.add(sender.sock.getsockname())
                body = content_of(response)
            assert body.startswith(b'[{"')
        assert is_packed == ("Content-Encoding" in response.headers)

    assert len(ports) == 1
