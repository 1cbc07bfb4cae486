"""The socket side: HTTP/1.1 with keep-alive, each answer sent in one piece.

Faults are done to connections here, which is why no framework stands between.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import sys
import threading
from dataclasses import dataclass, replace
from email.utils import formatdate
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from tests.fake_discord.faults import Fault
from tests.fake_discord.gate import Answer

if TYPE_CHECKING:
    from tests.fake_discord.server import FakeDiscord

BASE = "/api/v10"
VIA = "1.1 fake"
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
SMALLEST_GZIP = 1000
NOT_FOUND = b'{"message":"404: Not Found","code":0}'


@dataclass(frozen=True)
class Request:
    """One answered request; `path` is below the API's base, as it was sent.

    The status is 0 when the connection was broken instead. `at` is the moment when it
    came before the limits, not when it was answered: in seconds on their clock, which
    is `time.monotonic` unless a test brought its own. Only what the limits counted or
    refused has a bucket, the name of its rate and a `major` id (channel, guild or 0);
    `scope` is that of their 429 (user, global, shared).
    """

    method: str
    path: str
    query: dict[str, str]
    status: int
    account: str | None
    at: float
    bucket: str | None = None
    rate: str | None = None
    major: int = 0
    scope: str | None = None


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1 and knows its open connections, to end them cleanly."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, fake: FakeDiscord, port: int, tls: ssl.SSLContext | None = None
    ) -> None:
        self.fake = fake
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(("127.0.0.1", port), Handler)
        if tls is not None:
            # hands are shaken in the connection's own thread, by its first read
            self.socket = tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    # socketserver calls a request what is a connection, and types it loosely

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection and serve it in a thread of its own."""
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close the connection and forget it."""
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a client hangs up; tell everything else."""
        if not isinstance(sys.exc_info()[1], ConnectionError | ssl.SSLError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End every kept-alive connection and wait until its thread let go."""
        with self._changed:
            for connection in self._open:
                _shut_down(connection)
            self._changed.wait_for(lambda: not self._open, timeout=5)


class Handler(BaseHTTPRequestHandler):
    """Serves one connection, request after request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer one request, or do to it what the script of faults says."""
        fake = cast("Server", self.server).fake
        target = self.path.removeprefix(BASE)
        path, _, query_text = target.partition("?")
        query = dict(parse_qsl(query_text, keep_blank_values=True))
        fault = fake.script.take(path, target) or Fault()
        if fault.delay:
            fake.stopping.wait(fault.delay)
        arrived = fake.gate.limits.now()
        answer = self._answer(path, query, fault)
        status = 0 if fault.reset else answer.status
        account, counted = answer.account, answer.counted
        request = Request(self.command, path, query, status, account, arrived)
        fake.keep(replace(request, **vars(counted)) if counted else request)
        if fault.is_genuine:
            fake.stopping.wait(fake.latency)
        self._send(answer, fault)

    def do_POST(self) -> None:
        """Answer, with a refusal: nothing in here is written over HTTP."""
        self.do_GET()

    def _answer(self, path: str, query: dict[str, str], fault: Fault) -> Answer:
        fake = cast("Server", self.server).fake
        authorization = self.headers["Authorization"]
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.path.startswith(BASE):
            return Answer(404, NOT_FOUND)
        if fault.is_genuine:
            return fake.gate.answer(self.command, path, query, authorization)
        account = fake.gate.name_of(authorization)
        return Answer(fault.status or 0, fault.body, fault.headers, account)

    def _send(self, answer: Answer, fault: Fault) -> None:
        if fault.reset:
            self._break(b"")
            return
        body, encoding = self._compressed(answer.body)
        headers = {
            "Date": formatdate(usegmt=True),
            "Content-Type": fault.content_type,
            "Content-Length": str(len(body)),
            **({"Via": VIA} if fault.via else {}),
            **encoding,
            **answer.headers,
        }
        reason = responses.get(answer.status, "Unknown")
        lines = [f"HTTP/1.1 {answer.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "\r\n"]).encode("latin-1")
        if fault.truncated:
            self._break(head + body[: len(body) // 2])
        else:
            self.connection.sendall(head + body)

    def _compressed(self, body: bytes) -> tuple[bytes, dict[str, str]]:
        fake = cast("Server", self.server).fake
        asked = "gzip" in (self.headers.get("Accept-Encoding") or "")
        if not (fake.compress and asked and len(body) >= SMALLEST_GZIP):
            return body, {}
        packed = gzip.compress(body, compresslevel=1, mtime=0)
        return packed, {"Content-Encoding": "gzip"}

    def _break(self, first: bytes) -> None:
        """Send some bytes, then end the connection; with none, by a reset."""
        self.close_connection = True
        if first:
            self.connection.sendall(first)
            return
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.rfile.close()  # holds the socket open otherwise
        self.connection.close()

    def log_message(self, *_: object) -> None:
        """Write nothing to stderr: `FakeDiscord.requests` is the log."""


def _shut_down(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # the client was faster
        return
