"""Whether one message says what a sentence says.

Owns the comparison of two readings: one function for each way in which they can differ.
The order in which they are asked decides which reason is counted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from scripts.digest import words
from scripts.digest.readings import ACTOR, Number, Reading, Word, is_same, read

OVERLAP = 0.8  # of a sentence's words, so many stand in the message
MINIMUM_WORDS = 2
_MAXIMUM_SEGMENTS = 2  # sentences of one message that a sentence may draw on


def fault(part: str, author: str, text: str) -> str | None:
    """Return the first way in which a message does not support a sentence."""
    sentence, said = read(part), read(text)
    claim = _claim(sentence, said)
    if not is_near(sentence, said):
        return "unsupported"
    used = _segments(claim, said)
    if used is None:
        return "scattered"
    checks: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("actor", lambda: _has_wrong_actor(part, sentence, author.casefold(), said)),
        ("number", lambda: _has_other_number(sentence, said)),
        ("unit", lambda: _has_other_unit(sentence, said)),
        ("name", lambda: _has_other_name(sentence, said)),
        ("unsupported", lambda: _has_other_ideographs(part, text)),
        *((r, _has_none_of(sentence, said, w)) for r, w in words.STRICT.items()),
        ("polarity", lambda: _is_opposite(sentence, said)),
        ("unsupported", lambda: _does_otherwise(part, sentence, claim, said)),
        ("question_as_fact", lambda: _is_question_as_fact(sentence, said, used)),
        ("fact_as_question", lambda: _is_fact_as_question(sentence, said)),
        ("modality", lambda: _is_surer(sentence, said, claim, used)),
        ("restriction", lambda: _is_wider(sentence, said, claim, used)),
        ("negation", lambda: _is_turned_round(sentence, said, claim, used)),
        ("scattered", lambda: _is_torn_off(sentence, said, claim)),
        ("order", lambda: _is_rearranged(sentence, said, claim)),
    )
    return next((reason for reason, is_fault in checks if is_fault()), None)


def _claim(sentence: Reading, said: Reading) -> list[Word]:
    """Return the words of a sentence that the message has to have.

    Who introduces ("u1 asks whether") is not part of it, unless the message has it.
    """
    frames = words.NEUTRAL_FRAMES | words.ASKING | words.SUGGESTING
    units = {number.unit for number in said.numbers}
    return [
        word
        for word in sentence.content
        if word.text not in words.NEGATORS
        and word.text not in words.NUMBERS
        and words.UNITS.get(word.text, "") not in units
        and (word.text not in frames or (word.place and _places(word, said)))
    ]


def _places(word: Word, said: Reading) -> list[Word]:
    return [
        other
        for other in said.words
        if is_same(word.stem, other.stem) or is_same(word.text, other.text)
    ]


def _same_numbers(number: Number, said: Reading) -> list[Number]:
    return [other for other in said.numbers if other.value == number.value]


def overlap(sentence: Reading, said: Reading) -> float:
    """Return the share of a sentence's words that a message has."""
    claim = {word.stem for word in _claim(sentence, said)}
    found = sum(any(is_same(one, other) for other in said.stems) for one in claim)
    return found / len(claim) if claim else 0.0


def is_near(sentence: Reading, said: Reading) -> bool:
    """Tell whether a message has enough of a sentence's words."""
    is_enough = len(_claim(sentence, said)) >= MINIMUM_WORDS
    return is_enough and overlap(sentence, said) >= OVERLAP


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


def _has_wrong_actor(part: str, sentence: Reading, author: str, said: Reading) -> bool:
    """Tell whether others did it: the author is named first, or behind "by"."""
    if (sentence.texts & words.GENDERED) - said.texts:
        return True
    if not sentence.actors:
        return False
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


def _has_other_ideographs(part: str, text: str) -> bool:
    """Tell whether a sign that is a word by itself is not one of the message."""
    told, said = (set(unicodedata.normalize("NFKC", some)) for some in (part, text))
    return any("\u3400" <= sign <= "\u9fff" for sign in told - said)


def _has_none_of(
    sentence: Reading, said: Reading, strict: frozenset[str]
) -> Callable[[], bool]:
    """Return a check of words that the message must have itself."""
    return lambda: any(
        word.text in strict and not _places(word, said) for word in sentence.words
    )


def _does_otherwise(
    part: str, sentence: Reading, claim: Sequence[Word], said: Reading
) -> bool:
    """Tell whether what somebody does, right behind their name, is an invention."""
    is_verb = bool(ACTOR.match(part)) and sentence.words[0] == claim[0]
    return is_verb and not _places(claim[0], said)


def _is_opposite(sentence: Reading, said: Reading) -> bool:
    """Tell whether the message has just the other of two small words."""
    return any(
        one in sentence.texts - said.texts and other in said.texts - sentence.texts
        for pair in words.OPPOSITES
        for one, other in (pair, pair[::-1])
    )


def _is_question_as_fact(
    sentence: Reading, said: Reading, used: frozenset[int]
) -> bool:
    return bool(used & said.asking_segments) and not _asks(sentence)


def _is_fact_as_question(sentence: Reading, said: Reading) -> bool:
    is_asked = said.asking_segments or said.texts & (words.ASKING | words.REQUESTS)
    return _asks(sentence) and not is_asked


def _asks(sentence: Reading) -> bool:
    return bool(sentence.asking_segments or sentence.texts & words.ASKING)


def _is_surer(
    sentence: Reading, said: Reading, claim: Sequence[Word], used: frozenset[int]
) -> bool:
    """Tell whether a plan or a guess is told as a fact, or a fact as a plan."""
    clauses = _clauses(claim, said, used)
    is_guess = any(
        (word.clause in clauses and word.text in words.HEDGES)
        or (word.segment in used and word.text in words.CONDITIONS | words.PLEAS)
        for word in said.words
    )
    is_hedged = bool(sentence.texts & words.HEDGES) or _asks(sentence)
    is_suggestion = bool(sentence.texts & words.SUGGESTING)
    is_hearsay = any(
        word.clause in clauses and word.text in words.REPORTING for word in said.words
    )
    return (
        (is_guess and not is_hedged)
        or (is_hearsay and not sentence.texts & words.REPORTING)
        or (is_suggestion and not said.texts & words.MAKES_SUGGESTIONS)
    )


def _is_wider(
    sentence: Reading, said: Reading, claim: Sequence[Word], used: frozenset[int]
) -> bool:
    """Tell whether an "only" or "except" of the message is left out."""
    clauses = _clauses(claim, said, used)
    is_restricted = any(
        word.clause in clauses and _restricts(word.text) for word in said.words
    )
    return is_restricted and not any(map(_restricts, sentence.texts))


def _restricts(text: str) -> bool:
    return text in words.RESTRICTIONS or text in words.RESTRICTING_PARTS


def _is_torn_off(sentence: Reading, said: Reading, claim: Sequence[Word]) -> bool:
    """Tell whether a number or day has left the clause that says what it is of.

    Where it stands alone ("on 12, 13 and 16"), it is of the clause before.
    """
    dates = words.STRICT["date"]
    values_only = dates | words.NUMBERS.keys() | words.UNITS.keys()
    beside: dict[int, set[str]] = {}
    for word in said.content:
        if word.text not in values_only:
            beside.setdefault(word.clause, set()).add(word.stem)
    told = {p.stem for word in claim for p in _places(word, said)}
    values: list[Sequence[Word | Number]] = [
        *(_places(word, said) for word in claim if word.text in dates),
        *(_same_numbers(number, said) for number in sentence.numbers),
    ]
    return any(
        places and not any(beside.get(p.clause, told) & told for p in places)
        for places in values
    )


def _is_turned_round(
    sentence: Reading, said: Reading, claim: Sequence[Word], used: frozenset[int]
) -> bool:
    """Tell whether what is denied is affirmed, or the other way round.

    Both at large (a "not" on one side only) and word by word.
    """
    told_in = {word.clause for word in claim} | {n.clause for n in sentence.numbers}
    said_in = _clauses(claim, said, used) | {
        number.clause
        for told in sentence.numbers
        for number in _same_numbers(told, said)
    }
    denies = bool(sentence.denying_clauses & told_in)
    if sentence.texts & words.SUGGESTING and said.denying_clauses and not denies:
        return True  # "..., don't" stands anywhere
    if denies != bool(said.denying_clauses & said_in):
        return True
    parts: list[tuple[bool, Sequence[Word | Number]]] = [
        *((word.is_denied, _places(word, said)) for word in claim),
        *((n.is_denied, _same_numbers(n, said)) for n in sentence.numbers),
    ]
    return any(
        places and all(place.is_denied is not is_denied for place in places)
        for is_denied, places in parts
    )


def _clauses(
    claim: Sequence[Word], said: Reading, used: frozenset[int]
) -> frozenset[int]:
    """Return the clauses of a message that a claim draws on."""
    return frozenset(
        place.clause
        for word in claim
        for place in _places(word, said)
        if place.segment in used
    )


def _is_rearranged(sentence: Reading, said: Reading, claim: Sequence[Word]) -> bool:
    """Tell whether words have changed places: who follows whom, what beats what.

    A day may stand elsewhere, if it is the only one.
    """
    days = [word for word in claim if word.text in words.STRICT["date"]]
    fixed = [word for word in claim if len(days) > 1 or word not in days]
    # of several numbers each could stand beside what another is told of
    numbers = sentence.numbers if len(sentence.numbers) > 1 else ()
    found_at: list[tuple[int, list[int]]] = [
        *((word.place, [w.place for w in _places(word, said)]) for word in fixed),
        *((n.place, [m.place for m in _same_numbers(n, said)]) for n in numbers),
    ]
    found = [places for _, places in sorted(found_at) if places]
    if _in_order(found) < len(found):
        return True
    named = [places for word in claim if (places := _places(word, said))]
    return any(_is_other_side(contrast, sentence, named) for contrast in said.words)


def _in_order(found: Sequence[Sequence[int]]) -> int:
    """Return how many parts of a sentence stand in the message in the same order."""
    longest: dict[int, int] = {}  # of the sequences that end at a place
    for places in found:
        for place in sorted(places, reverse=True):
            before = (n for at, n in longest.items() if at < place)
            longest[place] = max(longest.get(place, 0), 1 + max(before, default=0))
    return max(longest.values(), default=0)


def _is_other_side(
    contrast: Word, sentence: Reading, found: Sequence[Sequence[Word]]
) -> bool:
    """Tell whether a word is told that in the message only stands behind a "than"."""
    if contrast.text not in words.CONTRASTS or contrast.text in sentence.texts:
        return False
    return any(
        all(w.clause == contrast.clause and w.place > contrast.place for w in places)
        for places in found
    )
