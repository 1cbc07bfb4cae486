"""Talking to Discord: one session per thread, one request method, retries.

429 is waited out and asked again, for as long as Discord asks. 5xx, broken
connections and bodies that are not JSON back off and give up after five retries.
401 stops every thread of the account, an IP ban those of all accounts. 400, 403 and
404 are answers. A redirect is none: who followed it would hand on the token.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

import requests
import urllib3
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
)
from tenacity.wait import wait_exponential_jitter

from extractor import __version__
from extractor.errors import (
    AccountStoppedError,
    AddressStoppedError,
    UnavailableError,
)
from extractor.ratelimit import Permit, RateLimiter
from extractor.received import NOT_JSON, ImmoderateError, content_of, parsed
from extractor.trust import Trusted, distrust

logger = logging.getLogger(__name__)

# Discord asks for this form, and may block clients without it.
USER_AGENT = (
    "DiscordBot "
    f"(https://github.com/discord-warehouse/discord-warehouse, {__version__})"
)
TIMEOUT = (10.0, 60.0)  # seconds to connect, seconds between two bytes
RETRIES = 5
LONGEST_WAIT = 7 * 86_400.0  # seconds; more than this is no rate limit of Discord's
LONG_WAIT = 30.0  # seconds of a rate limit that a person should hear about
_FINAL = frozenset({400, 403, 404})
_REDIRECTS = range(300, 400)


class _TransientError(Exception):
    """Worth asking again: the request may be repeated as it was."""


@dataclass(frozen=True)
class Request:
    """One GET: ``path`` under the base URL, and what rate limits depend on."""

    template: str
    major: int
    path: str
    parameters: Mapping[str, str | int]

    def as_json(self) -> dict[str, Any]:
        """Return what identifies the request in landing."""
        return {"path": self.path, **self.parameters}


@dataclass(frozen=True)
class Answer:
    """What Discord said: the bytes as received, and when."""

    request: Request
    status: int
    content: bytes
    body: Any
    fetched_at: datetime
    responded_at: datetime | None

    @property
    def error_code(self) -> int | None:
        """Discord's own error code, or None on success."""
        if self.status == 200 or not isinstance(self.body, dict):
            return None
        code = self.body.get("code")
        return code if isinstance(code, int) and abs(code) < 1 << 31 else None


@dataclass
class Counters:
    """What the account has cost so far."""

    requests: int = 0
    waited_seconds: float = 0.0


class Client:
    """Discord's REST API as one account sees it. Safe to share between threads."""

    def __init__(  # noqa: PLR0913 - clock, sleep and limiter are here for tests
        self,
        base_url: str,
        token: str,
        *,
        account_type: str = "bot",
        user_agent: str | None = None,
        limiter: RateLimiter | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._base_url = base_url
        self._trusted = Trusted(base_url)
        self._authorization = f"Bot {token}" if account_type == "bot" else token
        self._user_agent = user_agent or USER_AGENT
        self._limiter = limiter or RateLimiter()
        self._local = threading.local()
        self._stopped = threading.Event()
        self.stop_error: AccountStoppedError | None = None
        self.on_ban: Callable[[AddressStoppedError], None] = self.stop
        self._sleep = self._interruptible_sleep if sleep is None else sleep
        self._lock = threading.Lock()
        self.counters = Counters()

    def get(self, request: Request) -> Answer:
        """Ask until there is an answer: 200, 400, 403 or 404.

        Raises:
            UnavailableError: five retries did not help.
            AccountStoppedError: this account may not ask any more.

        """
        retrying = Retrying(
            retry=retry_if_exception_type(_TransientError),
            stop=stop_after_attempt(RETRIES + 1),
            wait=wait_exponential_jitter(initial=1, max=64, jitter=1),
            sleep=self._sleep,
            before_sleep=self._before_retry,
            reraise=True,
        )
        try:
            return retrying(self._ask, request)
        except _TransientError as error:
            raise UnavailableError(
                f"{request.path}: {error}, {RETRIES} retries included; "
                "run again to go on from here"
            ) from error

    def stop(self, error: AccountStoppedError) -> None:
        """Let no further request of any thread start; waiting ones end at once."""
        with self._lock:
            self.stop_error = self.stop_error or error
        self._stopped.set()

    def ready_in(self, request: Request) -> float:
        """Return the seconds until this request's own rate limit lets it through."""
        return self._limiter.ready_in((request.template, request.major))

    def _ask(self, request: Request) -> Answer:
        """Send one request, waiting for permission and through every 429."""
        while True:
            permit = self._permit(request)
            fetched_at = datetime.now(UTC)
            response, content = self._send(request, permit)
            if response.status_code != 429:
                return self._answer(request, response, content, fetched_at)

    def _permit(self, request: Request) -> Permit:
        while True:
            self._raise_if_stopped()
            try:
                permit = self._limiter.permit((request.template, request.major))
            except AddressStoppedError as error:
                self._stop_address(error)
            if not permit.wait:
                return permit
            with self._lock:
                self.counters.waited_seconds += permit.wait
            self._sleep(permit.wait)

    def _raise_if_stopped(self) -> None:
        if self.stop_error is not None:
            raise type(self.stop_error)(str(self.stop_error))

    def _send(
        self, request: Request, permit: Permit
    ) -> tuple[requests.Response, bytes]:
        with self._lock:
            self.counters.requests += 1
        started = time.monotonic()
        try:
            with self._session().get(
                self._base_url + request.path,
                params=dict(request.parameters),
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,  # limits are counted when headers come, not the body
            ) as response:
                if response.status_code != 429:
                    self._observe(permit, response)
                content = self._content(request, response)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _no_answer(request, error) from error
        if response.status_code == 429:
            self._observe_429(permit, response, content)
        logger.debug(
            "%s %s -> %d, %d bytes, %.3f s",
            request.path,
            dict(request.parameters),
            response.status_code,
            len(content),
            time.monotonic() - started,
        )
        return response, content

    def _content(self, request: Request, response: requests.Response) -> bytes:
        try:
            return content_of(response)
        except ImmoderateError as error:
            if response.status_code == 429:  # no rate limit of Discord's
                self._stop_for_ban(response)
            raise ImmoderateError(f"{request.path}: {error}") from error

    def _observe(self, permit: Permit, response: requests.Response) -> None:
        self._limiter.observe(permit, response.status_code, response.headers)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._trusted.session()
            session.headers["Authorization"] = self._authorization
            session.headers["User-Agent"] = self._user_agent
            self._local.session = session
        return session

    def _observe_429(
        self, permit: Permit, response: requests.Response, content: bytes
    ) -> None:
        """Hand a 429 to the limiter; one that is no rate limit is an IP ban."""
        body = parsed(content)
        if not isinstance(body, dict) or not _is_number(body.get("retry_after")):
            self._stop_for_ban(response)
        header = _number(response.headers.get("Retry-After"))
        seconds = max(float(body["retry_after"]), header)
        self._limiter.observe(
            permit,
            429,
            response.headers,
            retry_after=seconds + random.uniform(0.0, 0.1),  # noqa: S311 - jitter
            is_global=bool(body.get("global")),
        )
        level = logging.WARNING if seconds >= LONG_WAIT else logging.INFO
        logger.log(level, "%s: rate limited for %.1f s", permit.route[0], seconds)

    def _stop_for_ban(self, response: requests.Response) -> None:
        minutes = _number(response.headers.get("Retry-After")) / 60 or 60
        self._stop_address(
            AddressStoppedError(
                "Discord's edge refuses this address (a 429 that is no rate limit): "
                f"all requests stopped; wait {minutes:.0f} minutes, then run again"
            )
        )

    def _stop_address(self, error: AddressStoppedError) -> NoReturn:
        """Stop this account, and through ``on_ban`` all others of this address."""
        self.stop(error)
        self.on_ban(error)
        raise error

    def _answer(
        self,
        request: Request,
        response: requests.Response,
        content: bytes,
        fetched_at: datetime,
    ) -> Answer:
        status = response.status_code
        if status == 401:
            self.stop(
                AccountStoppedError(
                    "Discord refused the token (401): copy it again from the Developer "
                    "Portal (Bot, Reset Token) into .env or config.json"
                )
            )
            self._raise_if_stopped()
        if status in _REDIRECTS:
            raise UnavailableError(
                f"{request.path}: Discord answered {status}, a redirect, and none is "
                "followed: is DISCORD_API_BASE_URL right, and is no proxy in the way?"
            )
        if status != 200 and status not in _FINAL:
            raise _TransientError(f"Discord answered {status}")
        body = parsed(content)
        if status == 200 and body is NOT_JSON:
            raise _TransientError("Discord answered with something that is not JSON")
        return Answer(
            request=request,
            status=status,
            content=content,
            body=None if body is NOT_JSON else body,
            fetched_at=fetched_at,
            responded_at=_date(response.headers.get("Date")),
        )

    def _before_retry(self, state: RetryCallState) -> None:
        self._raise_if_stopped()
        error = state.outcome.exception() if state.outcome else None
        path = state.args[0].path
        logger.info("%s: %s; again in %.0f s", path, error, state.upcoming_sleep)

    def _interruptible_sleep(self, seconds: float) -> None:
        self._stopped.wait(seconds)


def _no_answer(request: Request, error: Exception) -> Exception:
    """Return what a broken connection means: asking again, but for a wrong certificate.

    The text of such an error may hold the URL, never a header.
    """
    reason = distrust(error)
    if reason is None:
        return _TransientError(f"no answer ({type(error).__name__})")
    return UnavailableError(
        f"{request.path}: who answers is not known to be Discord: {reason}; "
        "REQUESTS_CA_BUNDLE may name a file of authorities of your own"
    )


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return 0 <= value <= LONGEST_WAIT


def _number(text: str | None) -> float:
    try:
        seconds = float(text or 0)
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds <= LONGEST_WAIT else 0.0


def _date(text: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(text) if text else None
    except (TypeError, ValueError):
        return None
    return date and (date if date.tzinfo else date.replace(tzinfo=UTC))
