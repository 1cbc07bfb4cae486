"""A model that is good, slow, hostile or absent: there is a text, or a reason."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from scripts.digest.budget import Budget, tokens
from scripts.digest.model import (
    Limits,
    Model,
    ModelError,
    Question,
    UnavailableError,
    is_local,
    with_tag,
)
from tests.fake_ollama import DIGEST, FakeOllama, Reply, sentence

LINE = '{"id": "m1", "author": "u1", "text": "All is well."}'
QUESTION = Question("Tell in JSON.", LINE, {"type": "object"})
HASTY = Limits(connect=1, call=0.3, total=5)


@pytest.fixture
def ollama() -> Iterator[FakeOllama]:
    with FakeOllama() as running:
        yield running


def ask(ollama: FakeOllama, limits: Limits = HASTY) -> str:
    model = Model("mistral", ollama.url, limits)
    return model.ask(QUESTION, model.facts()).text


def test_a_text_comes_in_pieces_and_is_put_together(ollama: FakeOllama) -> None:
    """The whole answer is returned, and the server is told how to answer."""
    ollama.script = lambda _: sentence(["m1"], "u1 says that all is well.")

    text = ask(ollama)

    assert text == '{"ids": ["m1"], "sentence": "u1 says that all is well."}'
    (body,) = ollama.chats
    assert body["stream"] is True
    assert body["format"] == {"type": "object"}
    assert body["options"] == {
        "temperature": 0,
        "seed": 0,
        "num_ctx": 8192,
        "num_predict": 640,
    }
    assert "think" not in body


def test_a_model_is_known_by_its_digest_and_context(ollama: FakeOllama) -> None:
    """The same name may be another model tomorrow; its context bounds a question."""
    ollama.context_length = 2048

    facts = Model("mistral", ollama.url).facts()

    assert (facts.digest, facts.context_length) == (DIGEST, 2048)
    assert facts.budget.context == 2048
    assert [path for path, _ in ollama.asked] == ["/api/tags", "/api/show"]


def test_a_model_that_says_nothing_of_its_context_gets_a_small_one(
    ollama: FakeOllama,
) -> None:
    """Ollama's own default is what every model has."""
    ollama.context_length = None

    assert Model("mistral", ollama.url).facts().budget.context == 4096


def test_a_model_that_thinks_is_told_not_to(ollama: FakeOllama) -> None:
    """Thoughts would use up the room for the answer."""
    ollama.capabilities = ("completion", "thinking")

    ask(ollama)

    assert ollama.chats[0]["think"] is False


def test_a_model_that_is_missing_is_not_pulled(ollama: FakeOllama) -> None:
    """Nothing is downloaded unasked: the reason says what to do."""
    with pytest.raises(UnavailableError, match="run ollama pull llama3"):
        Model("llama3", ollama.url).facts()

    assert [path for path, _ in ollama.asked] == ["/api/tags"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        pytest.param(Reply(status=500), "error 500", id="500"),
        pytest.param(Reply(status=404), "the model is gone", id="404"),
        pytest.param(Reply("half an ans", is_cut=True), "cut off", id="cut stream"),
        pytest.param(Reply("x", error="out of memory"), "an error", id="error in it"),
        pytest.param(Reply(raw=b"<html>hi</html>"), "not understood", id="HTML"),
        pytest.param(Reply(raw=b""), "cut off", id="empty"),
        pytest.param(Reply(raw=b"[1]\n"), "not understood", id="another JSON"),
        pytest.param(Reply(raw=b'{"message": 7}\n'), "not understood", id="other form"),
        pytest.param(Reply(raw=b"[" * 99_999), "not understood", id="a deep nest"),
        pytest.param(Reply(raw=b"\xff\xfe\n"), "not understood", id="no text"),
        pytest.param(Reply(is_mute=True), "too slow", id="hangs"),
        pytest.param(Reply("slowly" * 9, pause=0.1), "too slow", id="trickles"),
        pytest.param(Reply("x" * 30_000), "endless", id="endless"),
    ],
)
def test_what_goes_wrong_has_a_reason(
    ollama: FakeOllama, reply: Reply, reason: str
) -> None:
    """Whatever the server does, it is one error, in time."""
    ollama.script = lambda _: reply
    began = time.monotonic()

    with pytest.raises(ModelError, match=reason):
        ask(ollama, Limits(connect=1, call=0.3 if reason == "too slow" else 5))

    assert time.monotonic() - began < 4


def test_who_fails_twice_in_a_row_is_not_asked_again(ollama: FakeOllama) -> None:
    """The first failure may be chance; the second one ends it."""
    ollama.script = lambda _: Reply(status=500)
    model = Model("mistral", ollama.url)
    facts = model.facts()

    with pytest.raises(ModelError) as first:
        model.ask(QUESTION, facts)
    with pytest.raises(UnavailableError):
        model.ask(QUESTION, facts)

    assert not isinstance(first.value, UnavailableError)


def test_a_failure_between_two_texts_is_forgiven(ollama: FakeOllama) -> None:
    """Only failures in a row say that a server is down."""
    replies = [Reply("a"), Reply(status=500), Reply("b"), Reply(status=500)]
    ollama.script = lambda _: replies[len(ollama.chats) - 1]
    model = Model("mistral", ollama.url)
    facts = model.facts()

    for _ in range(2):
        model.ask(QUESTION, facts)
        with pytest.raises(ModelError) as error:
            model.ask(QUESTION, facts)

        assert not isinstance(error.value, UnavailableError)


def test_all_texts_together_have_a_time(ollama: FakeOllama) -> None:
    """When it is up, nothing is asked any more."""
    now = [0.0]
    model = Model("mistral", ollama.url, Limits(total=60), clock=lambda: now[0])
    facts = model.facts()
    model.ask(QUESTION, facts)
    now[0] = 60

    with pytest.raises(UnavailableError, match="time was up"):
        model.ask(QUESTION, facts)

    assert len(ollama.chats) == 1


def test_a_server_that_is_down_is_unreachable() -> None:
    """Neither a list nor a text, and no traceback of an HTTP library."""
    with FakeOllama() as ollama:
        url = ollama.url
        facts = Model("mistral", url).facts()
    model = Model("mistral", url)

    with pytest.raises(ModelError, match="cannot be reached"):
        model.facts()
    with pytest.raises(ModelError, match="cannot be reached"):
        model.ask(QUESTION, facts)


@pytest.mark.parametrize("host", ["http://[bad", "127.0.0.1:notaport", "ftp://x"])
def test_a_host_that_is_none_is_a_reason(host: str) -> None:
    """A slip in OLLAMA_HOST is no reason to fail."""
    with pytest.raises(ModelError):
        Model("mistral", host, HASTY).facts()


def test_a_proxy_is_not_for_this_machine(
    ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy in the environment would be asked even for loopback."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)

    assert ask(ollama).startswith("{")


def test_the_environment_names_the_host(
    ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OLLAMA_HOST counts when the report is written, not when Python starts."""
    monkeypatch.setenv("OLLAMA_HOST", ollama.url.removeprefix("http://"))

    assert Model("mistral").facts().digest == DIGEST


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:11434", True),
        ("http://localhost:11434", True),
        ("localhost", True),
        ("http://[::1]:11434", True),
        ("0.0.0.0", True),  # noqa: S104 - how Ollama itself is often told to listen
        ("ollama.example.org", False),
        ("http://192.0.2.7:11434", False),
        ("localhost.example.org", False),
        ("http://[bad", False),
    ],
)
def test_what_is_this_machine(host: str, expected: bool) -> None:  # noqa: FBT001
    """In every way in which Ollama understands a host."""
    assert is_local(host) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mistral", "mistral:latest"),
        ("mistral:7b", "mistral:7b"),
        ("host:5000/me/mistral", "host:5000/me/mistral:latest"),
    ],
)
def test_a_name_without_a_tag_is_the_latest(name: str, expected: str) -> None:
    """As Ollama itself completes it."""
    assert with_tag(name) == expected


def test_a_long_conversation_is_cut_into_parts_that_fit() -> None:
    """Every item is in one part, in order; one that is too long by itself in none."""
    budget = Budget(1000)
    items = [*("word " * 20 for _ in range(40)), "x" * 9000]

    parts = list(budget.parts(items, "task", str))

    assert [item for part in parts for item in part] == items[:-1]
    assert len(parts) > 1
    for part in parts:
        assert sum(map(tokens, part)) + tokens("task") <= budget.prompt_tokens


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        (None, False),
        (700, False),
        (2050, True),  # half of a server's own 4096
        (4098, True),  # half of what was asked for
        (8192, True),
    ],
)
def test_a_question_that_was_cut_is_noticed(
    counted: int | None,
    expected: bool,  # noqa: FBT001
) -> None:
    """A cut question has lost its task, and the server does not say so."""
    assert Budget(8192).is_truncated(counted) is expected
