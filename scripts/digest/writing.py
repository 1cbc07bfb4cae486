"""One sentence about some messages: asked for, read, judged, counted.

Owns the way from messages to a sentence that may be shown, or to the reason why there
is none. Prompts are files in prompts/, one per version; the form of an answer is made
here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from scripts.digest.budget import Budget
from scripts.digest.cache import Cache, key_of
from scripts.digest.checks import SENTENCE_LENGTH, Message, judge, same
from scripts.digest.cleaning import Cleaned, json_line, json_lines
from scripts.digest.model import (
    Answer,
    Facts,
    Model,
    ModelError,
    Question,
    UnavailableError,
)

PROMPTS = Path(__file__).parent / "prompts"
VERSION = "v1"
MAXIMUM_IDS = 4
_SEEDS = (0, 1)  # the second one, if the first has led nowhere


class Told(BaseModel):
    """What an answer must be."""

    ids: list[str]
    sentence: str


@dataclass(frozen=True)
class Sentence:
    """A sentence that may be shown, and the messages that hold it."""

    text: str
    support_ids: tuple[str, ...]


@dataclass
class Tally:
    """What became of the sentences of one guild, and of its messages."""

    shown: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    without_text: Counter[str] = field(default_factory=Counter)
    set_aside: int = 0
    said: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)

    @property
    def written(self) -> int:
        """Return how many sentences were written."""
        return self.shown + self.dropped.total()

    @property
    def drops(self) -> list[tuple[str, int]]:
        """Return the reasons for which sentences are not shown, and how often."""
        return _in_words(self.dropped)

    @property
    def failures(self) -> list[tuple[str, int]]:
        """Return why questions stayed without a sentence, and how often."""
        return _in_words(self.without_text)


@dataclass
class Writer:
    """Writes sentences with one model, or none once it is known not to answer.

    `stopped` says why no model is asked any more.
    """

    model: Model
    cache: Cache
    facts: Facts | None = None
    stopped: str | None = None

    @classmethod
    def begin(cls, model: Model, cache: Cache) -> Writer:
        """Find out whether the model is there; what it once said can be used anyhow."""
        try:
            facts = model.facts()
        except ModelError as error:
            return cls(model, cache, cache.facts(model.host, model.name), str(error))
        cache.keep_facts(model.host, facts)
        cache.tidy()
        return cls(model, cache, facts)

    @property
    def budget(self) -> Budget:
        """Return how much fits into one question."""
        return self.facts.budget if self.facts else Budget.of(None)

    def parts(self, prompt: str, messages: Sequence[Message]) -> list[list[Message]]:
        """Cut messages into what fits into one question each."""
        return list(self.budget.parts(messages, prompt_text(prompt), json_line))

    def write(
        self, prompt: str, part: Sequence[Message], cleaned: Cleaned, tally: Tally
    ) -> Sentence | None:
        """Return a sentence about messages, None if there is none that may be shown."""
        try:
            told = self._told(prompt, part, cleaned)
        except ModelError as error:
            tally.without_text[str(error)] += 1
            return None
        aside = [message for message in cleaned.messages if message.is_set_aside]
        verdict = judge(told.sentence, told.ids, [*part, *aside])
        reason = verdict.reason
        said = prompt, same(told.sentence)
        if verdict.is_shown and said in tally.said:
            reason = "duplicate"
        if reason:
            tally.dropped[reason] += 1
            return None
        tally.shown += 1
        tally.said.add(said)
        return Sentence(told.sentence.strip(), verdict.support_ids)

    def _told(self, prompt: str, part: Sequence[Message], cleaned: Cleaned) -> Told:
        """Return what the model tells or once told; asked again if it is no answer."""
        if self.facts is None:
            raise UnavailableError(self.stopped or "no model")
        reason = "no answer"
        for seed in _SEEDS:
            question = Question(
                prompt_text(prompt), json_lines(part), schema(part), seed
            )
            answer = self._answer(prompt, question, part, cleaned, self.facts)
            if self.budget.is_truncated(answer.prompt_tokens):
                raise ModelError("question was cut")
            if answer.done_reason == "length":
                reason = "answer was cut"
                continue
            try:
                return Told.model_validate_json(answer.text)
            except ValidationError:
                reason = "answer was no JSON as asked"
        raise ModelError(reason)

    def _answer(
        self,
        prompt: str,
        question: Question,
        part: Sequence[Message],
        cleaned: Cleaned,
        facts: Facts,
    ) -> Answer:
        key = key_of(
            {
                "model": facts.name,
                "digest": facts.digest,
                "prompt": f"{prompt}.{VERSION}",
                "task": question.task,
                "material": question.material,
                "messages": [identity(cleaned, message) for message in part],
                "schema": question.schema,
                "options": question.options(facts.budget),
            }
        )
        kept = self.cache.answer(key)
        if kept is not None:
            return kept
        if self.stopped:
            raise UnavailableError(self.stopped)
        try:
            answer = self.model.ask(question, facts)
        except UnavailableError as error:
            self.stopped = str(error)
            raise
        self.cache.keep(key, answer, prompt=f"{prompt}.{VERSION}", model=asdict(facts))
        return answer


def _in_words(counted: Counter[str]) -> list[tuple[str, int]]:
    return [(name.replace("_", " "), count) for name, count in sorted(counted.items())]


def identity(cleaned: Cleaned, message: Message) -> tuple[int, int, str | None]:
    """Return what tells a message from all others, and from itself once edited."""
    post = cleaned.posts[message.id]
    edited_at = post.edited_at.isoformat() if post.edited_at else None
    return post.channel_id, post.message_id, edited_at


def prompt_text(prompt: str) -> str:
    """Return the prompt of a kind of sentence, in the version of today."""
    return (PROMPTS / f"{prompt}.{VERSION}.md").read_text("utf-8")


def schema(messages: Sequence[Message]) -> dict[str, Any]:
    """Return the form of an answer about messages: all of it bounded, ids first."""
    return {
        "type": "object",
        "properties": {
            "ids": {
                "type": "array",
                "items": {"type": "string", "enum": [m.id for m in messages]},
                "minItems": 1,
                "maxItems": MAXIMUM_IDS,
            },
            "sentence": {
                "type": "string",
                "minLength": 1,
                "maxLength": SENTENCE_LENGTH,
            },
        },
        "required": ["ids", "sentence"],
        "additionalProperties": False,
    }
