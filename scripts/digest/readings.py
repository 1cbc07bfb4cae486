"""What a text is made of, for the checks: words, numbers, clauses, who says no.

Owns how a text is cut up; scripts.digest.checks owns what follows from it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from scripts.digest import words

# Scripts without spaces between words: two letters at a time stand for a word.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff"
)
_LETTER = rf"(?:(?![{_UNSPACED}])[^\W\d_])"
_TOKEN = re.compile(
    rf"(?P<unspaced>[{_UNSPACED}]+)"
    r"|(?P<number>\d+(?:[.,:]\d+)*)"
    rf"|(?P<word>{_LETTER}+(?:'{_LETTER}+)*)"
    r"|(?P<sign>[$€£¥₹₿%°])"
    r"|(?P<end>[.!?؟]+(?=\s|$|[\"'”)\]])|[。!?]+)"
    r"|(?P<pause>[,;:—()、،]|\s[-\u2013]\s)"
)
# letters of other scripts may follow without a space
ACTOR = re.compile(r"(?<![A-Za-z\d_])[uU]\d+(?![A-Za-z\d_])")
_ACTOR_OR_OWNER = re.compile(rf"{ACTOR.pattern}(?:'s\b)?")
_QUESTION_MARKS = frozenset("?؟՞")
_QUESTION_ENDS = ("吗", "嗎", "呢", "か", "까", "나요")
_TURNS = frozenset(
    {"but", "however", "although", "though", "while", "aber", "mais", "pero"}
)
_REACH = 4  # so many words are turned round by a "not" before them
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_SUFFIXES = ("ingly", "edly", "ing", "ed", "es", "ly", "s", "e")


@dataclass(frozen=True)
class Word:
    """A word: where it stands, and whether it is a name or denied there."""

    text: str
    stem: str
    place: int
    clause: int
    segment: int
    is_name: bool = False
    is_denial: bool = False
    is_denied: bool = False


@dataclass(frozen=True)
class Number:
    """A number with the unit written beside it, and the word that follows."""

    value: str
    unit: str | None
    place: int


@dataclass(frozen=True)
class Reading:
    """A text, cut up. Segments end with a sentence, clauses with a pause."""

    words: tuple[Word, ...]
    numbers: tuple[Number, ...]
    actors: tuple[str, ...]
    denying_clauses: frozenset[int]
    asking_segments: frozenset[int]
    scripts: frozenset[str]

    @cached_property
    def content(self) -> tuple[Word, ...]:
        """Return the words that say something by themselves."""
        return tuple(word for word in self.words if word.text not in words.FUNCTION)

    @cached_property
    def texts(self) -> frozenset[str]:
        """Return all words as they are written, but for capitals."""
        return frozenset(word.text for word in self.words)

    @cached_property
    def stems(self) -> frozenset[str]:
        """Return the stems of all words."""
        return frozenset(word.stem for word in self.words)


def is_same(one: str, other: str) -> bool:
    """Tell whether two stems are forms of one word, as far as spelling tells."""
    if one == other:
        return True
    shared = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    shorter, longer = sorted((len(one), len(other)))
    return shared >= 4 and shorter - shared <= 1 and longer - shared <= 4


def stem(word: str) -> str:
    """Return a word without the endings of English that say when and how many."""
    bare = word.removesuffix("'s")
    if bare in words.IRREGULAR:
        return words.IRREGULAR[bare]
    for suffix in _SUFFIXES:
        if bare.endswith(suffix) and len(bare) - len(suffix) >= 3:
            bare = bare[: -len(suffix)]
            break
    is_doubled = len(bare) > 3 and bare[-1] == bare[-2] and bare[-1] not in "aeiouls"
    if is_doubled:
        return bare[:-1]
    return bare[:-1] + "y" if bare.endswith("i") else bare


@lru_cache(maxsize=4096)
def read(text: str) -> Reading:
    """Cut a text up."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'")  # noqa: RUF001
    actors = tuple(actor.casefold() for actor in ACTOR.findall(text))
    bare = _ACTOR_OR_OWNER.sub(" ", text)
    found = list(_words(bare))
    denying = frozenset(word.clause for word in found if word.is_denial)
    return Reading(
        tuple(_with_denials(found)),
        tuple(_numbers(bare)),
        actors,
        denying,
        frozenset(_questions(bare, found)),
        frozenset(filter(None, map(script, text))),
    )


def script(character: str) -> str | None:
    """Return the script of a letter or sign, None for what all scripts share."""
    if character.isascii():
        return "LATIN" if character.isalpha() else None
    match unicodedata.category(character)[0]:
        case "L" | "M":
            return unicodedata.name(character, "?").split()[0].split("-")[0]
        case "S" if ord(character) > 0x2FFF:
            return character
        case _:
            return None


def _words(text: str) -> Iterator[Word]:
    place = clause = segment = 0
    is_start = True
    for token in _TOKEN.finditer(text):
        kind, found = token.lastgroup, token.group()
        if kind == "end":
            clause, segment, is_start = clause + 1, segment + 1, True
        elif kind == "pause":
            clause += 1
        elif kind == "unspaced":
            is_denial = any(part in found for part in words.NEGATING_PARTS)
            for pair in _pairs(found):
                yield Word(pair, pair, place, clause, segment, is_denial=is_denial)
                place += 1
            is_start = False
        elif kind == "word":
            lower = found.casefold()
            clause += lower in _TURNS
            is_name = not found.islower() and (not is_start or not found[1:].islower())
            is_name = is_name and len(found) > 1
            is_denial = _denies(lower)
            yield Word(lower, stem(lower), place, clause, segment, is_name, is_denial)
            place, is_start = place + 1, False
        else:
            place += 1


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(max(1, len(run) - 1))]


def _denies(word: str) -> bool:
    return (
        word in words.NEGATORS
        or word.endswith("n't")
        or any(part in word for part in words.NEGATING_PARTS)
    )


def _with_denials(found: list[Word]) -> Iterator[Word]:
    """Mark the words that a "not" of their clause stands before."""
    denied_until, clause = -1, -1
    for word in found:
        if word.clause != clause:
            denied_until, clause = -1, word.clause
        if word.is_denial:
            denied_until = word.place + _REACH
        yield replace(word, is_denied=word.place <= denied_until)


def _numbers(text: str) -> list[Number]:
    tokens = [
        (token.lastgroup, token.group().casefold())
        for token in _TOKEN.finditer(text)
        if token.lastgroup != "end"
    ]
    found: list[Number] = []
    for place, (kind, token) in enumerate(tokens):
        value = _value(kind, token)
        if value is None:
            continue
        unit = _unit(tokens, place)
        if unit and found and found[-1].unit is None and place - found[-1].place <= 2:
            found[-1] = Number(found[-1].value, unit, found[-1].place)  # 2 to 3 hours
        found.append(Number(value, unit, place))
    return found


def _value(kind: str | None, token: str) -> str | None:
    if kind == "word":
        return words.NUMBERS.get(token)
    if kind != "number":
        return None
    if _THOUSANDS.fullmatch(token):
        token = token.replace(",", "")
    digits = "".join(str(unicodedata.digit(c, c)) for c in token.replace(",", "."))
    return digits.lstrip("0") or "0" if digits.isdigit() else digits


def _unit(tokens: list[tuple[str | None, str]], place: int) -> str | None:
    before = tokens[place - 1] if place else (None, "")
    if before[0] == "sign" and before[1] in "$€£¥₹₿":
        return words.UNITS[before[1]]
    after = "".join(token for _, token in tokens[place + 1 : place + 2])
    if after == "°":
        after += "".join(token for _, token in tokens[place + 2 : place + 3])
    return words.UNITS.get(after)


def _questions(text: str, found: list[Word]) -> Iterator[int]:
    """Return the segments that ask: by their mark or their last letters.

    Without any mark, who begins with a question word asks, too.
    """
    segments: dict[int, list[str]] = {}
    for word in found:
        segments.setdefault(word.segment, []).append(word.text)
    ends = [token[0] for token in _TOKEN.finditer(text) if token.lastgroup == "end"]
    for segment, said in segments.items():
        end = ends[segment] if segment < len(ends) else ""
        is_marked = bool(_QUESTION_MARKS & set(end))
        begins = said[0] in words.BEGIN_QUESTIONS or words.ASK_WITH & set(said[:4])
        if is_marked or (begins and not end) or said[-1].endswith(_QUESTION_ENDS):
            yield segment
