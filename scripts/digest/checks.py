"""Whether a sentence of a model may be shown: only if a message that it cites says so.

One message alone must hold the sentence: its words, its numbers, its names, who did it,
whether it is so or not so, asked or said, planned or done. Each way to fail has a name,
which the report counts. The checks are strict on purpose: a sentence that is dropped
costs nothing, for the messages themselves are quoted instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scripts.digest import words
from scripts.digest.injections import is_suspicious
from scripts.digest.readings import ACTOR, read
from scripts.digest.support import fault, is_near, overlap

SENTENCE_LENGTH = 240
_REPLIES = 3  # so many messages may follow before a correction

_URL = re.compile(
    r"://|\bwww\.|\b\S+\.(?:com|org|net|io|gg|me|ru|cn|de|xyz|app|dev|co|info|link)\b",
    re.IGNORECASE,
)
_MENTION = re.compile(r"[@\uff20]|<[@#]|(?<!\w)#(?!\d+\b)\w")
_MESSAGE_ID = re.compile(r"\bm\d+\b", re.IGNORECASE)
_SPEAKER = re.compile(r"^\s*u\d+\s*:", re.IGNORECASE)
_MARKUP = re.compile(r"<\|?/?\w+|\|>|\[/?INST|```|[{}\[\]|\\`]|\*\*|^\W*(?:[-*#>]\s)")
_TERMINAL = re.compile(r"[.!?。！？؟।][\"'”’»)\]」』]*$")  # noqa: RUF001
_TELLS_THAT = re.compile(
    rf"^(u\d+) (?:also )?(?:{'|'.join(sorted(words.TELLING))}) that\b", re.IGNORECASE
)
_TELLS_UNSPACED = re.compile(
    rf"^(u\d+)\s*(?:{'|'.join(words.TELLING_PARTS)})[\u3001\uff0c,\uff1a:]?"
    rf"(.*?)(?:(?:{'|'.join(words.TELLING_ENDS)})[\u3002.]?)?$",
    re.DOTALL,
)
_ELLIPSIS = re.compile(r"(?:\.\.|…)\W*$")
_ENDS = re.compile(r"(?<=[.!?])\s+(?=\S)|(?<=[。！？])\s*(?=\S)")  # noqa: RUF001


@dataclass(frozen=True)
class Message:
    """A message as the model saw it, or was not to see it because of what it says."""

    id: str
    author: str
    text: str
    is_set_aside: bool = False


@dataclass(frozen=True)
class Verdict:
    """Whether a sentence may be shown, why not, and which messages support it."""

    is_shown: bool
    reason: str | None
    support_ids: tuple[str, ...]


def judge(sentence: str, ids: Sequence[str], messages: Sequence[Message]) -> Verdict:
    """Judge a sentence by the messages that it cites.

    What is cited and supports nothing is left out of `support_ids`. When the text is
    of several sentences, each must be supported, and the first that is not says why.
    """
    known = {message.id: message for message in messages}
    cited = [known[i] for i in dict.fromkeys(ids) if i in known]
    reason = _unfit(sentence) or _uncited(ids, cited) or _foreign(sentence, cited)
    if reason:
        return Verdict(is_shown=False, reason=reason, support_ids=())
    supporting: list[str] = []
    for part in filter(str.strip, _ENDS.split(sentence.strip())):
        verdict = _judge_part(_plainly(part), cited, messages)
        if not verdict.is_shown:
            return verdict
        supporting += verdict.support_ids
    return Verdict(
        is_shown=True, reason=None, support_ids=tuple(dict.fromkeys(supporting))
    )


def same(sentence: str) -> tuple[str, ...]:
    """Return what two sentences have in common that say the same thing twice."""
    reading = read(sentence)
    numbers = (number.value for number in reading.numbers)
    return (*sorted({word.stem for word in reading.content}), *sorted(numbers))


# --- the sentence alone ---------------------------------------------------------------


def _unfit(sentence: str) -> str | None:
    """Return what forbids a sentence, whatever the messages say."""
    faults: tuple[tuple[str, Callable[[], object]], ...] = (
        ("empty", lambda: not sentence.strip()),
        ("control", lambda: any(map(_is_control, sentence.strip()))),
        ("url", lambda: _URL.search(sentence)),
        ("mention", lambda: _MENTION.search(sentence)),
        ("markup", lambda: _MARKUP.search(sentence)),
        ("suspicious", lambda: is_suspicious(_SPEAKER.sub("", sentence))),
        ("id_in_text", lambda: _MESSAGE_ID.search(sentence)),
        ("cut_off", lambda: _is_cut_off(sentence.strip())),
        ("person", lambda: _speaks_of_itself(sentence)),
    )
    return next((reason for reason, is_fault in faults if is_fault()), None)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _is_cut_off(sentence: str) -> bool:
    if _ELLIPSIS.search(sentence):
        return True
    if _TERMINAL.search(sentence):
        return False
    last = sentence.rsplit(maxsplit=1)[-1].casefold()
    is_open = not last[-1].isalnum() or last in words.OPEN_ENDS
    return is_open or len(sentence) >= SENTENCE_LENGTH - 1


def _speaks_of_itself(sentence: str) -> bool:
    reading = read(sentence)
    return bool(reading.texts & words.FIRST_OR_SECOND_PERSON) or any(
        part in sentence for part in words.PERSON_PARTS
    )


def _uncited(ids: Sequence[str], cited: Sequence[Message]) -> str | None:
    if not ids:
        return "no_citation"
    return None if cited else "unknown_id"


def _foreign(sentence: str, cited: Sequence[Message]) -> str | None:
    """Tell of letters in whose script nobody wrote, and of rubbish."""
    written = {script for message in cited for script in read(message.text).scripts}
    is_foreign = bool(read(ACTOR.sub(" ", sentence)).scripts - written)
    return "foreign_chars" if is_foreign or "\ufffd" in sentence else None


# --- the sentence and a message -------------------------------------------------------


def _plainly(sentence: str) -> str:
    """Return a sentence that only says, where it warns, confirms or announces that."""
    return _TELLS_UNSPACED.sub(r"\1 \2", _TELLS_THAT.sub(r"\1 says that", sentence))


def _judge_part(
    part: str, cited: Sequence[Message], messages: Sequence[Message]
) -> Verdict:
    sentence = read(part)
    known_actors = {message.author.casefold() for message in messages}
    if not set(sentence.actors) <= known_actors:
        return Verdict(is_shown=False, reason="actor", support_ids=())
    aside = [message for message in messages if message.is_set_aside]
    if any(is_near(sentence, read(message.text)) for message in aside):
        return Verdict(is_shown=False, reason="set_aside", support_ids=())
    faults = {
        message.id: fault(part, message.author, message.text)
        for message in cited
        if not message.is_set_aside
    }
    supporting = tuple(i for i, reason in faults.items() if reason is None)
    if supporting and not sentence.actors and _is_corrected(supporting, messages):
        return Verdict(is_shown=False, reason="corrected", support_ids=())
    if supporting:
        return Verdict(is_shown=True, reason=None, support_ids=supporting)
    nearest = max(
        (message for message in cited if message.id in faults),
        key=lambda message: overlap(sentence, read(message.text)),
        default=None,
    )
    reason = faults[nearest.id] if nearest else "set_aside"
    return Verdict(is_shown=False, reason=reason, support_ids=())


def _is_corrected(ids: Sequence[str], messages: Sequence[Message]) -> bool:
    """Tell whether soon after the first of some messages somebody corrects something.

    What is told of nobody is told as a fact; of somebody, it is what they said.
    """
    at = min(place for place, message in enumerate(messages) if message.id in ids)
    replies = (read(m.text) for m in messages[at + 1 : at + 1 + _REPLIES])
    return any(
        reply.texts & words.CORRECTIONS or (reply.words and reply.words[0].is_denial)
        for reply in replies
    )
