"""Scripted trouble: what the fake does to the next requests instead of answering."""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=UTF-8"
CLOUDFLARE_PAGE = (
    "<!doctype html><html><head><title>Access denied</title></head>"
    "<body><h1>Error 1015</h1><p>You are being rate limited</p></body></html>"
)
MESSAGES = {
    10003: "Unknown Channel",
    10004: "Unknown Guild",
    50001: "Missing Access",
    50013: "Missing Permissions",
}


def too_many_message(scope: str) -> str:
    """Return what a 429 says: whether the account or the resource is limited."""
    limited = "The resource is" if scope == "shared" else "You are"
    return f"{limited} being rate limited."


@dataclass(frozen=True)
class Fault:
    """One scripted answer; with no `status` the genuine answer, mishandled.

    `delay` seconds pass first. `reset` breaks the connection instead of answering,
    `truncated` sends half of the body under the full Content-Length.
    """

    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE
    via: bool = True
    delay: float = 0.0
    reset: bool = False
    truncated: bool = False

    @property
    def is_genuine(self) -> bool:
        """Whether the world is asked for the answer after all."""
        return self.status is None and not self.reset

    @classmethod
    def error(cls, status: int, code: int = 0, message: str | None = None) -> Fault:
        """Answer with Discord's JSON error."""
        text = message or MESSAGES.get(code, f"{status}: scripted by the test")
        return cls(status, json.dumps({"message": text, "code": code}).encode())

    @classmethod
    def unauthorized(cls) -> Fault:
        """Answer as for a dead token."""
        return cls.error(401, 0, "401: Unauthorized")

    @classmethod
    def forbidden(cls, code: int = 50001) -> Fault:
        """Answer 403, by default for missing access."""
        return cls.error(403, code)

    @classmethod
    def not_found(cls, code: int = 10003) -> Fault:
        """Answer 404, by default for an unknown channel."""
        return cls.error(404, code)

    @classmethod
    def server_error(cls, status: int = 502) -> Fault:
        """Answer as a tired proxy does: an HTML page."""
        page = f"<html><body><h1>{status} Server Error</h1></body></html>"
        return cls(status, page.encode(), content_type=HTML_TYPE)

    @classmethod
    def rate_limited(
        cls, retry_after: float, scope: str = "user", *, header: int | None = None
    ) -> Fault:
        """Answer 429 for scope user, shared or global.

        The body tells the wait exactly, the header rounded up, or as `header` says.
        """
        body = {
            "message": too_many_message(scope),
            "retry_after": float(retry_after),
            "global": scope == "global",
        }
        headers = {
            "Retry-After": str(math.ceil(retry_after) if header is None else header),
            "X-RateLimit-Scope": scope,
        }
        if scope == "global":
            headers["X-RateLimit-Global"] = "true"
        return cls(429, json.dumps(body).encode(), headers)

    @classmethod
    def index_not_ready(cls, retry_after: float = 0) -> Fault:
        """Answer 202: the index of a search is being built (0 is a short wait)."""
        body = {
            "message": "Index not yet available. Try again later",
            "code": 110000,
            "documents_indexed": 0,
            "retry_after": retry_after,
        }
        return cls(202, json.dumps(body).encode())

    @classmethod
    def banned_page(cls, retry_after: int | None = None) -> Fault:
        """Answer 429 with Cloudflare's page: the address is banned."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        page = CLOUDFLARE_PAGE.encode()
        return cls(429, page, headers, content_type=HTML_TYPE, via=False)

    @classmethod
    def banned_json(cls) -> Fault:
        """Answer 429 in JSON without retry_after: blocked for limiting too often."""
        text = (
            "You are being blocked from accessing our API temporarily "
            "due to exceeding our rate limits frequently."
        )
        return cls.error(429, 0, text)

    @classmethod
    def slow(cls, seconds: float) -> Fault:
        """Answer genuinely, but late."""
        return cls(delay=seconds)

    @classmethod
    def connection_reset(cls) -> Fault:
        """Break the connection without a word."""
        return cls(reset=True)

    @classmethod
    def truncated_body(cls) -> Fault:
        """Break the connection in the middle of the genuine body."""
        return cls(truncated=True)

    @classmethod
    def not_json(cls, body: bytes = b"<html>hello</html>") -> Fault:
        """Answer 200 with something that is no JSON."""
        return cls(200, body)


class Script:
    """The faults still to come, in the order they were asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[tuple[re.Pattern[str], Fault, int]] = []

    def add(self, path_regex: str, fault: Fault, times: int) -> None:
        """Let a fault befall the next `times` requests whose path matches."""
        with self._lock:
            self._faults.append((re.compile(path_regex), fault, times))

    def take(self, path: str, target: str) -> Fault | None:
        """Return the fault due for a request: by its path, or by path and query."""
        with self._lock:
            for position, (pattern, fault, times) in enumerate(self._faults):
                if pattern.search(path) or pattern.search(target):
                    self._faults[position] = (pattern, fault, times - 1)
                    if times == 1:
                        del self._faults[position]
                    return fault
            return None
