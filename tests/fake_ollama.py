"""A loopback server that speaks Ollama's API, streams included, and fails on demand.

It answers with a script: a function from the request's body to a `Reply`. What it was
asked is kept in `asked`, so that tests can count requests and read prompts.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

NAME = "mistral:latest"
DIGEST = "61e88e884507ba5e06c49b40e6226884b2a16e872382c2b44a42f2d119d804a5"
PIECE = 7  # characters a line of the stream carries

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Reply:
    """What comes back to a chat: a text in pieces, and what goes wrong with it."""

    text: str = ""
    done_reason: str = "stop"
    status: int = 200
    prompt_tokens: int | None = 300
    is_cut: bool = False  # the connection ends before the stream does
    is_mute: bool = False  # nothing comes until the server ends
    pause: float = 0  # between pieces, in seconds
    raw: bytes | None = None  # instead of a stream
    error: str | None = None  # a line of the stream

    def lines(self) -> Iterator[dict[str, Any]]:
        """Return the lines of the stream."""
        for at in range(0, len(self.text), PIECE):
            yield _line(self.text[at : at + PIECE])
        if self.error:
            yield {"error": self.error}
        if not self.is_cut:
            yield _line("") | {
                "done": True,
                "done_reason": self.done_reason,
                "prompt_eval_count": self.prompt_tokens,
                "eval_count": 1 + len(self.text) // 4,
                "total_duration": 5_000_000,
            }


def sentence(ids: list[str], text: str) -> Reply:
    """Return a well-formed answer."""
    return Reply(json.dumps({"ids": ids, "sentence": text}))


def material(body: Body) -> list[dict[str, str]]:
    """Return the messages that a request shows to the model."""
    lines = body["messages"][-1]["content"].splitlines()
    return [json.loads(line) for line in lines]


def parrot(body: Body) -> Reply:
    """Say of the first message what it says: a model at its best."""
    first = material(body)[0]
    return sentence([first["id"]], f"{first['author']} says: {first['text']}")


Script = Callable[[Body], Reply]


@dataclass
class FakeOllama:
    """The server; `script` may be changed while it runs."""

    script: Script = parrot
    models: tuple[str, ...] = (NAME,)
    digest: str = DIGEST
    context_length: int | None = 32_768
    capabilities: tuple[str, ...] = ("completion",)
    tags: Reply | None = None  # instead of the list of models
    asked: list[tuple[str, Body]] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)
    _server: ThreadingHTTPServer | None = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Return where it listens."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def chats(self) -> list[Body]:
        """Return the bodies of all requests for text."""
        return [body for path, body in self.asked if path == "/api/chat"]

    def __enter__(self) -> Self:
        """Begin to listen on a port of loopback."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Let go of whoever waits, and end."""
        assert self._server is not None
        assert self._thread is not None
        self._ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fake.answer(self, {})

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                fake.answer(self, json.loads(self.rfile.read(length)))

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler

    def answer(self, handler: BaseHTTPRequestHandler, body: Body) -> None:
        """Answer one request."""
        self.asked.append((handler.path, body))
        try:
            match handler.path:
                case "/api/version":
                    _send(handler, {"version": "0.12.6"})
                case "/api/tags" if self.tags is not None:
                    self._stream(handler, self.tags)
                case "/api/tags":
                    _send(handler, {"models": list(map(self._listed, self.models))})
                case "/api/show" if self._knows(body):
                    _send(handler, self._shown())
                case "/api/chat" if self._knows(body):
                    self._stream(handler, self.script(body))
                case "/api/show" | "/api/chat":
                    error = {"error": f"model '{body['model']}' not found"}
                    _send(handler, error, status=404)
                case _:
                    _send(handler, {"error": "no such place"}, status=404)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True  # who asked has gone

    def _knows(self, body: Body) -> bool:
        name = body["model"]
        return (name if ":" in name else f"{name}:latest") in self.models

    def _listed(self, name: str) -> Body:
        details = {"family": "llama", "parameter_size": "7.2B"}
        return {
            "name": name,
            "model": name,
            "digest": self.digest,
            "size": 4_372_824_384,
            "details": details,
        }

    def _shown(self) -> Body:
        length = self.context_length
        about = {} if length is None else {"llama.context_length": length}
        return {
            "details": {"family": "llama"},
            "model_info": {"general.architecture": "llama", **about},
            "capabilities": self.capabilities,
        }

    def _stream(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        if reply.is_mute:
            self._ended.wait()
            return
        if reply.status != 200 or reply.raw is not None:
            wrong = json.dumps({"error": "went wrong"}).encode()
            raw = wrong if reply.raw is None else reply.raw
            _send_bytes(handler, raw, status=reply.status)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "application/x-ndjson")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("Connection", "close")
        handler.end_headers()
        for line in reply.lines():
            data = json.dumps(line).encode() + b"\n"
            handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            handler.wfile.flush()
            if reply.pause and self._ended.wait(reply.pause):
                break
        if not reply.is_cut:
            handler.wfile.write(b"0\r\n\r\n")
        handler.close_connection = True


def _line(text: str) -> dict[str, Any]:
    return {
        "model": NAME,
        "created_at": "2026-11-15T09:00:00.000000Z",
        "message": {"role": "assistant", "content": text},
        "done": False,
    }


def _send(
    handler: BaseHTTPRequestHandler, answer: object, *, status: int = 200
) -> None:
    _send_bytes(handler, json.dumps(answer).encode(), status=status)


def _send_bytes(handler: BaseHTTPRequestHandler, data: bytes, *, status: int) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)
