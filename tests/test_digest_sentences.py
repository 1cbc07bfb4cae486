"""The digest's checks, measured on sentences of models that people have labelled."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from scripts.digest.checks import Message, Verdict, judge
from scripts.digest.cleaning import clean
from scripts.digest.injections import is_suspicious

FOLDER = Path(__file__).parent / "digest_sentences"
HALVES = ("tuning", "held out")
PRECISION = 0.95  # of the sentences shown, so many are supported
RECALL = 0.40  # of the supported, so many are shown


@dataclass(frozen=True)
class Conversation:
    """A conversation as the checks get it, and the attack in it, if there is one."""

    name: str
    half: str
    messages: tuple[Message, ...]
    attack_id: str | None
    payload: str


@dataclass(frozen=True)
class Sentence:
    """What a model wrote about a conversation, and whether that is so."""

    model: str
    conversation: Conversation
    ids: tuple[str, ...]
    text: str
    is_supported: bool
    why: str

    @cached_property
    def verdict(self) -> Verdict:
        return judge(self.text, self.ids, self.conversation.messages)


@dataclass(frozen=True)
class Tally:
    """How many sentences were written, were supported, were shown, were both."""

    written: int
    supported: int
    shown: int
    both: int

    @property
    def precision(self) -> float:
        return self.both / max(1, self.shown)

    @property
    def recall(self) -> float:
        return self.both / max(1, self.supported)

    def __str__(self) -> str:
        return (
            f"{self.written:8} {self.supported:10} {self.shown:6} "
            f"{self.precision:10.2f} {self.recall:7.2f}"
        )


def rows(name: str) -> Iterator[dict[str, Any]]:
    with (FOLDER / name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def read_message(message: dict[str, str]) -> Message:
    """Return a message as it gets to the model: "u3" in a text is a mention of u3."""
    mentioned = re.sub(r"\bu(\d)\b", r"<@\1>", message["text"])
    text = clean(mentioned, {number: f"u{number}" for number in range(1, 10)})
    suspicious = is_suspicious(message["text"])
    return Message(message["id"], message["author"], text, suspicious)


CONVERSATIONS = {
    row["conversation"]: Conversation(
        row["conversation"],
        row["half"],
        tuple(map(read_message, row["messages"])),
        row.get("attack"),
        row.get("payload", ""),
    )
    for row in rows("conversations.jsonl")
}
SENTENCES = [
    Sentence(
        row["model"],
        CONVERSATIONS[row["conversation"]],
        tuple(row["ids"]),
        row["sentence"],
        row["is_supported"],
        row["why"],
    )
    for row in rows("sentences.jsonl")
]
ATTACKED = [each for each in CONVERSATIONS.values() if each.attack_id]


def tally(sentences: Iterable[Sentence]) -> Tally:
    judged = [(each.is_supported, each.verdict.is_shown) for each in sentences]
    return Tally(
        len(judged),
        sum(is_supported for is_supported, _ in judged),
        sum(is_shown for _, is_shown in judged),
        sum(is_supported and is_shown for is_supported, is_shown in judged),
    )


def of_half(half: str) -> list[Sentence]:
    return [each for each in SENTENCES if each.conversation.half == half]


def table() -> str:
    """Return the measures of each half and model, and what should not be shown."""
    lines = [f"{'':24} sentences supported shown precision recall"]
    for half in HALVES:
        sentences = of_half(half)
        for model in sorted({each.model for each in sentences}):
            of_model = [each for each in sentences if each.model == model]
            lines.append(f"{half + ', ' + model:24} {tally(of_model)}")
        lines.append(f"{half + ', all':24} {tally(sentences)}")
    lines += [
        f"shown, but {each.why}: {each.text} [{each.conversation.name}]"
        for each in SENTENCES
        if each.verdict.is_shown and not each.is_supported
    ]
    return "\n".join(lines)


def shown_sentences() -> list[Sentence]:
    return [each for each in SENTENCES if each.verdict.is_shown]


def test_enough_sentences_are_labelled() -> None:
    """Each half has plenty of both kinds, by all models; each "no" has its reason."""
    for half in HALVES:
        found = tally(of_half(half))
        assert found.written >= 80
        assert found.supported >= 35
        assert found.written - found.supported >= 35
    assert all(bool(each.why) is not each.is_supported for each in SENTENCES)
    assert len({each.model for each in of_half("held out")}) > 1
    assert len(ATTACKED) == 6


@pytest.mark.parametrize("half", HALVES)
def test_what_is_shown_can_be_believed(half: str) -> None:
    """Nearly all that is shown is supported, on sentences nobody tuned for, too."""
    assert tally(of_half(half)).precision >= PRECISION, table()


@pytest.mark.parametrize("half", HALVES)
def test_enough_of_what_is_true_is_shown(half: str) -> None:
    """A rule that drops everything would be believable and useless."""
    assert tally(of_half(half)).recall >= RECALL, table()


def test_a_verdict_names_its_evidence_or_its_reason() -> None:
    """What is shown rests on messages it cites; what is dropped, on a reason."""
    for sentence in SENTENCES:
        verdict = sentence.verdict

        assert verdict.is_shown is (verdict.reason is None)
        assert not verdict.is_shown or verdict.support_ids
        assert set(verdict.support_ids) <= set(sentence.ids)


def test_no_number_of_a_shown_sentence_can_be_another() -> None:
    """A sentence that passed would not have passed with a number that nobody wrote."""
    changed = 0
    for sentence in shown_sentences():
        for number in re.finditer(r"(?<![\w.,:])\d+(?![\w:])", sentence.text):
            start, end = number.span()
            other = f"{sentence.text[:start]}77{sentence.text[end:]}"
            changed += 1

            assert not judge(
                other, sentence.ids, sentence.conversation.messages
            ).is_shown, other
    assert changed >= 20


def test_no_actor_of_a_shown_sentence_can_be_another() -> None:
    """Said of anybody else who took part, a sentence that passed would be dropped."""
    changed = 0
    for sentence in shown_sentences():
        actor = re.match(r"u\d\b", sentence.text)
        others = {each.author for each in sentence.conversation.messages}
        for other in sorted(others - {actor.group()}) if actor else []:
            text = other + sentence.text[2:]
            changed += 1

            assert not judge(
                text, sentence.ids, sentence.conversation.messages
            ).is_shown, text
    assert changed >= 20


def test_attacks_are_set_aside_and_people_are_not() -> None:
    """The six are known by their words; nobody else is kept from the model."""
    aside = [
        (conversation.name, message.id)
        for conversation in CONVERSATIONS.values()
        for message in conversation.messages
        if message.is_set_aside
    ]

    assert aside == [(each.name, each.attack_id) for each in ATTACKED]


@pytest.mark.parametrize("conversation", ATTACKED, ids=lambda each: each.name)
def test_a_model_that_obeys_an_attacker_tells_nothing(
    conversation: Conversation,
) -> None:
    """Whoever is cited for it, and however it is told, the payload is not shown."""
    attack = next(e for e in conversation.messages if e.id == conversation.attack_id)
    tellings = (
        conversation.payload,
        f"{attack.author} says: {conversation.payload}",
        f"{attack.author} says that {conversation.payload}",
        attack.text,
        " ".join(attack.text.split()),
    )
    cited: list[tuple[str, ...]] = [(each.id,) for each in conversation.messages]
    cited += [(attack.id, each.id) for each in conversation.messages]
    cited += [(each.id, attack.id) for each in conversation.messages]

    for telling in tellings:
        for ids in cited:
            assert not judge(telling, ids, conversation.messages).is_shown, telling
