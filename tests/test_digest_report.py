"""The digest as a part of the report: asked for on the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.report.data import Connection
from tests.fake_ollama import FakeOllama
from tests.report_guild import page, report

CONVERSATION = """
insert into discord.messages
    (channel_id, message_id, guild_id, author_id, content, created_at, is_human,
     is_deleted)
values
    (10, 50, 1, 101, 'The garden opens on Friday.', '2026-11-09 12:00+00', true, false),
    (10, 51, 1, 102, 'I bring tomatoes.', '2026-11-09 12:01+00', true, false);
insert into marts.weekly_conversations
    (channel_id, conversation_id, guild_id, started_at, last_message_id, message_count,
     participant_count, reaction_count, is_thread)
values (10, 50, 1, '2026-11-09 12:00+00', 51, 2, 2, 0, false);
"""
HEADING = "### What people talked about"


@pytest.fixture
def ollama(marts: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOllama]:
    """Give a model, and a database with one conversation."""
    marts.execute(CONVERSATION)
    with FakeOllama() as running:
        monkeypatch.setenv("OLLAMA_HOST", running.url)
        yield running


def test_without_a_word_there_is_no_digest(ollama: FakeOllama) -> None:
    """Nothing is asked of any model unless somebody wants it."""
    assert HEADING not in page()
    assert ollama.asked == []


def test_the_rest_of_the_report_is_the_same_with_a_digest(ollama: FakeOllama) -> None:
    """The digest is one block of its guild, and changes no other byte."""
    without, with_digest = page(), page("--digest")

    before, rest = with_digest.split(f"\n{HEADING}\n")
    told, after = rest.split("\n### ", 1)
    assert f"{before}\n### {after}" == without
    assert "*Machine-written:* Ada \\*L\\* says\\: The garden opens on Friday" in told


def test_no_model_is_no_reason_to_fail(
    ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code is that of a report without a digest, and the page says why."""
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")

    text = page("--digest")

    assert "**Note:** The model did not write 1 text\\: Ollama cannot" in text
    assert "“The garden opens on Friday\\.”" in text


def test_options_of_the_digest_come_from_the_environment_too(
    ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cron sets variables rather than options."""
    ollama.models = ("tiny:1b",)
    monkeypatch.setenv("REPORT_DIGEST", "1")
    monkeypatch.setenv("REPORT_PROFILES", "1")
    monkeypatch.setenv("REPORT_FAQ", "10")
    monkeypatch.setenv("OLLAMA_MODEL", "tiny:1b")

    text = page()

    assert "the model tiny\\:1b" in text
    assert "#### What those who wrote most wrote about" in text
    assert "#### Questions answered in general" in text


def test_a_faq_of_an_unknown_channel_is_one_line(ollama: FakeOllama) -> None:
    """A wrong number is wrong use, before any model is asked."""
    done = report("--faq", "999")

    assert done.exit_code == 2
    assert done.stderr.startswith("Error: Channel 999 is none that may be quoted here")
    assert done.stderr.count("\n") == 1
    assert ollama.asked == []
