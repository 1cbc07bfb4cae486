"""`FakeDiscord`: a world served over HTTP, with its log and its script of faults."""

from __future__ import annotations

import ssl
import threading
from types import TracebackType
from typing import Self

from tests.fake_discord.bounds import avoidable_429s, least_seconds
from tests.fake_discord.faults import Fault, Script
from tests.fake_discord.gate import Gate
from tests.fake_discord.limits import Limits
from tests.fake_discord.wire import BASE, Request, Server
from tests.fake_discord.world import World


class FakeDiscord:
    """Serves a world until left; a context manager.

    `limits` is False (headers only), True (Discord's usual) or your own `Limits`.
    `compress` answers with gzip when asked, which costs more time than the rest. Every
    genuine answer is sent `latency` seconds after it was computed; the log has the
    moment when its request came before the limits. With `tls` it speaks HTTPS.
    """

    def __init__(  # noqa: PLR0913 - what it is like, each with a default
        self,
        world: World,
        *,
        limits: bool | Limits = False,
        port: int = 0,
        compress: bool = False,
        latency: float = 0.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.world = world
        self.compress = compress
        self.latency = latency
        self.script = Script()
        self.stopping = threading.Event()
        chosen = Limits(enforced=limits) if isinstance(limits, bool) else limits
        self.gate = Gate(world, chosen)
        self._log: list[Request] = []
        self._log_lock = threading.Lock()
        self._scheme = "http" if tls is None else "https"
        self._server = Server(self, port, tls)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._thread.join()

    @property
    def url(self) -> str:
        """The API's base, to be used instead of Discord's."""
        port = self._server.server_address[1]
        return f"{self._scheme}://127.0.0.1:{port}{BASE}"

    @property
    def bot_token(self) -> str:
        """The token of the world's first bot account, without "Bot "."""
        return self._token("bot")

    @property
    def user_token(self) -> str:
        """The token of the world's first user account."""
        return self._token("user")

    def _token(self, kind: str) -> str:
        accounts = self.world.accounts.values()
        return next(account.token for account in accounts if account.kind == kind)

    @property
    def requests(self) -> list[Request]:
        """A copy of the log of requests, oldest first."""
        with self._log_lock:
            return list(self._log)

    def clear_requests(self) -> None:
        """Begin a new log."""
        with self._log_lock:
            self._log.clear()

    def fail_next(self, path_regex: str, fault: Fault, times: int = 1) -> None:
        """Let a fault befall the next `times` requests whose path or target match."""
        self.script.add(path_regex, fault, times)

    def occupy(self, major: int, seconds: float) -> None:
        """Let others use up a channel's (or guild's) limits for so many seconds.

        Each of its routes then answers 429 with scope shared, limits on or off.
        """
        self.gate.limits.occupy(major, seconds)

    def bound_seconds(self) -> float:
        """Return the least time the limits allow from first to last logged request."""
        limits = self.gate.limits
        return least_seconds(self.requests, limits.rates) if limits.enforced else 0.0

    @property
    def avoidable_429s(self) -> int:
        """How many logged 429s a client could have avoided: no faults, none shared."""
        return avoidable_429s(self.requests)

    def keep(self, request: Request) -> None:
        """Write a request into the log."""
        with self._log_lock:
            self._log.append(request)
