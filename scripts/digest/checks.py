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
from scripts.digest.readings import ACTOR, Number, Reading, Word, is_same, read

SENTENCE_LENGTH = 240
OVERLAP = 0.75  # of a sentence's words, so many stand in the message
MINIMUM_WORDS = 2
_MAXIMUM_SEGMENTS = 2  # sentences of one message that a sentence may draw on

_URL = re.compile(
    r"://|\bwww\.|\b\S+\.(?:com|org|net|io|gg|me|ru|cn|de|xyz|app|dev|co|info|link)\b",
    re.IGNORECASE,
)
_MENTION = re.compile(r"[@\uff20]|<[@#]|(?<!\w)#\w")
_MESSAGE_ID = re.compile(r"\bm\d+\b", re.IGNORECASE)
_SPEAKER = re.compile(r"^\s*u\d+\s*:", re.IGNORECASE)
_MARKUP = re.compile(r"<\|?/?\w+|\|>|\[/?INST|```|[{}\[\]|\\`]|\*\*|^\W*(?:[-*#>]\s)")
_TERMINAL = re.compile(r"[.!?。！？؟।][\"'”’»)\]」』]*$")  # noqa: RUF001
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
        verdict = _judge_part(part, cited, messages)
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


def _judge_part(
    part: str, cited: Sequence[Message], messages: Sequence[Message]
) -> Verdict:
    sentence = read(part)
    known_actors = {message.author.casefold() for message in messages}
    if not set(sentence.actors) <= known_actors:
        return Verdict(is_shown=False, reason="actor", support_ids=())
    aside = [message for message in messages if message.is_set_aside]
    if any(_overlap(sentence, read(message.text)) >= OVERLAP for message in aside):
        return Verdict(is_shown=False, reason="set_aside", support_ids=())
    faults = {
        message.id: _fault(part, message)
        for message in cited
        if not message.is_set_aside
    }
    supporting = tuple(i for i, reason in faults.items() if reason is None)
    if supporting:
        return Verdict(is_shown=True, reason=None, support_ids=supporting)
    nearest = max(
        (message for message in cited if message.id in faults),
        key=lambda message: _overlap(sentence, read(message.text)),
        default=None,
    )
    reason = faults[nearest.id] if nearest else "set_aside"
    return Verdict(is_shown=False, reason=reason, support_ids=())


def _fault(part: str, message: Message) -> str | None:
    """Return the first way in which a message does not support a sentence."""
    sentence, said = read(part), read(message.text)
    claim = _claim(sentence, said)
    if len(claim) < MINIMUM_WORDS or _overlap(sentence, said) < OVERLAP:
        return "unsupported"
    used = _segments(claim, said)
    if used is None:
        return "scattered"
    checks: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("actor", lambda: _has_wrong_actor(part, sentence, message, said)),
        ("number", lambda: _has_other_number(sentence, said)),
        ("unit", lambda: _has_other_unit(sentence, said)),
        ("name", lambda: _has_other_name(sentence, said)),
        *((r, _has_none_of(sentence, said, w)) for r, w in words.STRICT.items()),
        ("polarity", lambda: _is_opposite(sentence, said)),
        ("unsupported", lambda: not _places(claim[0], said)),  # mostly what is done
        ("question_as_fact", lambda: _is_question_as_fact(sentence, said, used)),
        ("fact_as_question", lambda: _is_fact_as_question(sentence, said)),
        ("modality", lambda: _is_surer(sentence, said, used)),
        ("negation", lambda: _is_turned_round(sentence, said, claim, used)),
        ("order", lambda: _is_rearranged(sentence, said, claim)),
    )
    return next((reason for reason, is_fault in checks if is_fault()), None)


def _claim(sentence: Reading, said: Reading) -> list[Word]:
    """Return the words of a sentence that the message has to have.

    Who introduces ("u1 asks whether") is not part of it, unless the message has it.
    """
    frames = words.NEUTRAL_FRAMES | words.ASKING | words.SUGGESTING
    return [
        word
        for word in sentence.content
        if word.text not in words.NEGATORS
        and (word.text not in frames or _places(word, said))
    ]


def _places(word: Word, said: Reading) -> list[Word]:
    return [other for other in said.words if is_same(word.stem, other.stem)]


def _overlap(sentence: Reading, said: Reading) -> float:
    claim = {word.stem for word in _claim(sentence, said)}
    found = sum(any(is_same(one, other) for other in said.stems) for one in claim)
    return found / len(claim) if claim else 0.0


def _segments(claim: Sequence[Word], said: Reading) -> frozenset[int] | None:
    """Return the few sentences of a message that hold a claim, None if more do."""
    holds: dict[int, set[str]] = {}
    for word in claim:
        for place in _places(word, said):
            holds.setdefault(place.segment, set()).add(word.stem)
    missing = set().union(*holds.values()) if holds else set()
    chosen: list[int] = []
    while missing and len(chosen) < _MAXIMUM_SEGMENTS:
        best = max(holds, key=lambda segment: (len(holds[segment] & missing), -segment))
        chosen.append(best)
        missing -= holds[best]
    return None if missing else frozenset(chosen)


def _has_wrong_actor(
    part: str, sentence: Reading, message: Message, said: Reading
) -> bool:
    """Tell whether others did it: the author is named first, or behind "by"."""
    if (sentence.texts & words.GENDERED) - said.texts:
        return True
    if not sentence.actors:
        return False
    author = message.author.casefold()
    by = re.findall(r"\b(?:by|von|par|por|da)\s+(u\d+)\b", part.casefold())
    doers = by or sentence.actors[:1]
    is_known = set(sentence.actors) <= {author, *said.actors}
    return not is_known or set(doers) != {author}


def _has_other_number(sentence: Reading, said: Reading) -> bool:
    """Tell whether the numbers are not those of the message, in its order."""
    values = iter(number.value for number in said.numbers)
    if all(number.value in values for number in sentence.numbers):
        return False
    # one number said twice is still that number
    told = {number.value for number in said.numbers}
    wanted = {number.value for number in sentence.numbers}
    return not (wanted <= told and len(wanted) == 1)


def _has_other_unit(sentence: Reading, said: Reading) -> bool:
    def fits(number: Number) -> bool:
        units = {other.unit for other in said.numbers if other.value == number.value}
        return number.unit is None or number.unit in units

    return not all(map(fits, sentence.numbers))


def _has_other_name(sentence: Reading, said: Reading) -> bool:
    frames = words.NEUTRAL_FRAMES | words.ASKING | words.FUNCTION
    names = (word for word in sentence.words if word.is_name)
    return any(name.text not in frames and not _places(name, said) for name in names)


def _has_none_of(
    sentence: Reading, said: Reading, strict: frozenset[str]
) -> Callable[[], bool]:
    """Return a check of words that the message must have itself."""
    return lambda: any(
        word.text in strict and not _places(word, said) for word in sentence.words
    )


def _is_opposite(sentence: Reading, said: Reading) -> bool:
    """Tell whether the message has just the other of two small words."""
    return any(
        one in sentence.texts and one not in said.texts and other in said.texts
        for pair in words.OPPOSITES
        for one, other in (pair, pair[::-1])
    )


def _is_question_as_fact(
    sentence: Reading, said: Reading, used: frozenset[int]
) -> bool:
    return bool(used & said.asking_segments) and not _asks(sentence)


def _is_fact_as_question(sentence: Reading, said: Reading) -> bool:
    asked = said.texts & (words.ASKING | words.REQUESTS | words.BEGIN_QUESTIONS)
    return _asks(sentence) and not said.asking_segments and not asked


def _asks(sentence: Reading) -> bool:
    return bool(sentence.asking_segments or sentence.texts & words.ASKING)


def _is_surer(sentence: Reading, said: Reading, used: frozenset[int]) -> bool:
    """Tell whether a plan or a guess is told as a fact, or a fact as a plan."""
    drawn_on = {word.text for word in said.words if word.segment in used}
    is_hedged = bool(sentence.texts & words.HEDGES) or _asks(sentence)
    is_suggestion = bool(sentence.texts & words.SUGGESTING)
    return (bool(drawn_on & words.HEDGES) and not is_hedged) or (
        is_suggestion and not said.texts & words.MAKES_SUGGESTIONS
    )


def _is_turned_round(
    sentence: Reading, said: Reading, claim: Sequence[Word], used: frozenset[int]
) -> bool:
    """Tell whether what is denied is affirmed, or the other way round.

    Both at large (a "not" on one side only) and word by word.
    """
    clauses = {
        place.clause
        for word in claim
        for place in _places(word, said)
        if place.segment in used
    }
    if bool(sentence.denying_clauses) != bool(said.denying_clauses & clauses):
        return True
    for word in claim:
        denials = {place.is_denied for place in _places(word, said)}
        if denials and word.is_denied not in denials:
            return True
    return False


def _is_rearranged(sentence: Reading, said: Reading, claim: Sequence[Word]) -> bool:
    """Tell whether what stands around "than" or "before" stands there otherwise."""
    if not (sentence.texts | said.texts) & words.RELATIONS:
        return False
    at = -1
    for word in claim:
        places = [place.place for place in _places(word, said)]
        following = [place for place in places if place > at]
        if places and not following:
            return True
        at = min(following, default=at)
    return False
