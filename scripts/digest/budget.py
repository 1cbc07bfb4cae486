"""How much of a conversation fits into one question to a model, and whether it did.

Owns the estimate of tokens. Ollama cuts what is too long without a word, and then the
task itself is lost: so the estimate is careful, and what the server counted is looked
at afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

CONTEXT = 8192  # asked for, if the model has as much
DEFAULT_CONTEXT = 4096  # of a model that does not say
ANSWER_TOKENS = 640  # more than the longest answer that the schema allows
MARGIN = 0.1
_SERVER_CONTEXTS = (2048, 4096, 8192)  # what a server may use whatever it is asked for
_NEAR = 4

Item = TypeVar("Item")


@dataclass(frozen=True)
class Budget:
    """What fits into the context of one model."""

    context: int

    @classmethod
    def of(cls, context_length: int | None) -> Budget:
        """Return the budget of a model that says how long its context is."""
        return cls(min(context_length or DEFAULT_CONTEXT, CONTEXT))

    @property
    def prompt_tokens(self) -> int:
        """Return how many tokens of estimate a question may have."""
        return max(0, math.floor((self.context - ANSWER_TOKENS) * (1 - MARGIN)))

    def parts(
        self, items: Sequence[Item], fixed: str, text: Callable[[Item], str]
    ) -> Iterator[list[Item]]:
        """Cut a sequence so that each part fits beside what is fixed.

        An item that does not even fit alone is left out.
        """
        room = self.prompt_tokens - tokens(fixed)
        part: list[Item] = []
        left = room
        for item in items:
            cost = tokens(text(item))
            if cost > room:
                continue
            if cost > left:
                yield part
                part, left = [], room
            part.append(item)
            left -= cost
        if part:
            yield part

    def is_truncated(self, counted: int | None) -> bool:
        """Tell whether what the server counted is what a cut question would count.

        A cut keeps four tokens and the latter half of the context.
        """
        if counted is None:
            return False
        halves = {4 + (n - 4) // 2 for n in (self.context, *_SERVER_CONTEXTS)}
        is_half = any(abs(counted - half) <= _NEAR for half in halves)
        return is_half or counted >= self.context - 1


def tokens(text: str) -> int:
    """Return how many tokens a text has at most, in all likelihood.

    Of ASCII 2.5 letters make a token; of others, two bytes do.
    """
    plain = sum(character.isascii() for character in text)
    others = len(text.encode(errors="replace")) - plain
    return math.ceil(plain / 2.5 + others / 2) + 4  # what frames a message
