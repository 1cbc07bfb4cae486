"""A model behind Ollama: asked over HTTP, trusted in nothing.

Owns the client, the deadlines and the ways in which a server can fail. Errors:

    ModelError            no text, with a reason in a few words
    └── UnavailableError  ... and none to come: do not ask again

Nothing is ever pulled, and no answer is believed: what comes back is just a string.
"""

from __future__ import annotations

import ipaddress
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from ollama import ChatResponse, Client, RequestError, ResponseError

from scripts.digest.budget import ANSWER_TOKENS, Budget

DEFAULT_HOST = "127.0.0.1:11434"
UNREACHABLE = "Ollama cannot be reached, start it or set OLLAMA_HOST"
_MAXIMUM_ANSWER = 20_000  # letters: a server may ignore that the answer is bounded
_ERRORS_IN_A_ROW = 2

# What the client lets through when a server is down, slow, or none at all.
_TRANSPORT = (ConnectionError, httpx.TransportError, httpx.InvalidURL)
_GARBAGE = (ValueError, TypeError, AttributeError, RecursionError, httpx.HTTPError)


# reading them takes longer than asking a server on this machine anything
_certificates = cache(httpx.create_ssl_context)


class ModelError(Exception):
    """There is no text; the message says why in a few words."""


class UnavailableError(ModelError):
    """There will be no text from this model any more; the message says why."""


@dataclass(frozen=True)
class Limits:
    """How long to wait, in seconds: for a connection, for a text, for all of them."""

    connect: float = 3
    call: float = 180
    total: float = 1800


@dataclass(frozen=True)
class Facts:
    """What makes a model this very model, and what it can do."""

    name: str
    digest: str
    context_length: int | None
    is_thinking: bool

    @property
    def budget(self) -> Budget:
        """Return what fits into a question."""
        return Budget.of(self.context_length)


@dataclass(frozen=True)
class Answer:
    """What came back: raw, with what the server says of it."""

    text: str
    done_reason: str | None
    prompt_tokens: int | None
    answer_tokens: int | None
    seconds: float


@dataclass(frozen=True)
class Question:
    """A task, the material, and the form of the answer."""

    task: str
    material: str
    schema: Mapping[str, Any]
    seed: int = 0

    def options(self, budget: Budget) -> dict[str, int | float]:
        """Return what the server is told about how to answer."""
        return {
            "temperature": 0,
            "seed": self.seed,
            "num_ctx": budget.context,
            "num_predict": ANSWER_TOKENS,
        }


@dataclass
class Model:
    """One model at one host, and how often it has failed in a row.

    `host` is written like OLLAMA_HOST, which names it unless it is given.
    """

    name: str
    host: str = field(
        default_factory=lambda: os.environ.get("OLLAMA_HOST") or DEFAULT_HOST
    )
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], float] = time.monotonic
    _began: float | None = None
    _failures: int = 0

    def facts(self) -> Facts:
        """Ask the server about the model."""
        with self._client(self.limits.call) as client:
            listed = client.list().models
            wanted = with_tag(self.name)
            found = next((m for m in listed if with_tag(m.model or "") == wanted), None)
            if found is None:
                raise UnavailableError(
                    f"the model {self.name} is not there: run ollama pull {self.name}"
                )
            shown = client.show(found.model or wanted)
        lengths = (
            value
            for name, value in (shown.modelinfo or {}).items()
            if name.endswith(".context_length") and isinstance(value, int)
        )
        return Facts(
            name=self.name,
            digest=found.digest or "",
            context_length=next((length for length in lengths if length > 0), None),
            is_thinking="thinking" in (shown.capabilities or ()),
        )

    def ask(self, question: Question, facts: Facts) -> Answer:
        """Return what the model says, or raise why it says nothing."""
        began = self.clock()
        self._began = began if self._began is None else self._began
        left = self._began + self.limits.total - began
        if left <= 0:
            raise UnavailableError("its time was up")
        seconds = min(self.limits.call, left)
        with self._client(seconds) as client:
            return self._listen(
                client.chat(
                    facts.name,
                    [
                        {"role": "system", "content": question.task},
                        {"role": "user", "content": question.material},
                    ],
                    stream=True,
                    think=False if facts.is_thinking else None,
                    format=dict(question.schema),
                    options=question.options(facts.budget),
                ),
                began,
                began + seconds,
            )

    def _listen(
        self, stream: Iterator[ChatResponse], began: float, deadline: float
    ) -> Answer:
        """Put the pieces together; who is late, or never ends, is not waited for."""
        text = ""
        for piece in stream:
            text += piece.message.content or ""
            if self.clock() > deadline:
                raise ModelError("too slow")
            if len(text) > _MAXIMUM_ANSWER:
                raise ModelError("endless")
            if piece.done:
                self._failures = 0
                return Answer(
                    text,
                    piece.done_reason,
                    piece.prompt_eval_count,
                    piece.eval_count,
                    round(self.clock() - began, 3),
                )
        raise ModelError("cut off")

    @contextmanager
    def _client(self, seconds: float) -> Iterator[Client]:
        """Give a client for one question, and turn all that can fail into a reason."""
        timeout = httpx.Timeout(seconds, connect=min(seconds, self.limits.connect))
        try:
            # a proxy in the environment is not for a server on this machine
            is_open = not is_local(self.host)
            with Client(
                self.host, timeout=timeout, trust_env=is_open, verify=_certificates()
            ) as client:
                yield client
        except httpx.TimeoutException as error:
            is_connecting = isinstance(error, httpx.ConnectTimeout)
            raise self._failed(UNREACHABLE if is_connecting else "too slow") from error
        except _TRANSPORT as error:
            is_connecting = isinstance(error, ConnectionError | httpx.ConnectError)
            raise self._failed(UNREACHABLE if is_connecting else "cut off") from error
        except (ResponseError, RequestError) as error:
            raise self._failed(_refusal(error)) from error
        except _GARBAGE as error:
            raise self._failed("not understood") from error
        except ModelError as error:
            if isinstance(error, UnavailableError):
                raise
            raise self._failed(str(error)) from error

    def _failed(self, reason: str) -> ModelError:
        self._failures += 1
        is_last = self._failures >= _ERRORS_IN_A_ROW
        return (UnavailableError if is_last else ModelError)(reason)


def with_tag(name: str) -> str:
    """Return a model's name as Ollama lists it."""
    last = name.rsplit("/", 1)[-1]
    return name if ":" in last else f"{name}:latest"


def is_local(host: str) -> bool:
    """Tell whether a host is this machine, however it is written."""
    try:
        name = urlsplit(host if "://" in host else f"//{host}").hostname or ""
        address = ipaddress.ip_address("127.0.0.1" if name == "localhost" else name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refusal(error: ResponseError | RequestError) -> str:
    code = getattr(error, "status_code", -1)
    if code == 404:
        return "the model is gone"
    return f"error {code}" if code > 0 else "an error"
