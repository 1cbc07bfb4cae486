"""What a text is made of, for the checks: words, numbers, clauses, who says no.

Owns how a text is cut up; scripts.digest.checks owns what follows from it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
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
_TURNS = frozenset(  # begin a clause that a "not" before them does not reach
    {"but", "however", "although", "though", "while", "because", "whereas"}
    | {"aber", "weil", "denn", "mais", "pero", "porque", "mas", "perché"}
)
_WORDLIKE = frozenset({"word", "unspaced"})
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
    """A number with the unit written beside it, and where it stands among the words."""

    value: str
    unit: str | None
    place: int
    clause: int
    is_denied: bool = False

    def is_bare_before(self, place: int) -> bool:
        """Tell whether it lacks a unit that is written behind the number at a place."""
        return self.unit is None and place - self.place <= 2


@dataclass(frozen=True)
class _Token:
    """What stands between two spaces, more or less: its kind and its place."""

    kind: str | None
    text: str
    place: int
    clause: int
    segment: int


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
    tokens = list(_tokens(bare))
    found = list(_words(tokens))
    denying = frozenset(word.clause for word in found if word.is_denial)
    return Reading(
        tuple(_with_denials(found)),
        tuple(_numbers(tokens, found)),
        actors,
        denying,
        frozenset(_questions(tokens, found)),
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


def _tokens(text: str) -> Iterator[_Token]:
    place = clause = segment = 0
    for match in _TOKEN.finditer(text):
        kind, found = match.lastgroup, match.group()
        clause += kind in {"end", "pause"} or found.casefold() in _TURNS
        segment += kind == "end"
        yield _Token(kind, found, place, clause, segment)
        if kind == "unspaced":
            place += len(_pairs(found))
        else:
            place += kind not in {"end", "pause"}


def _words(tokens: Iterable[_Token]) -> Iterator[Word]:
    is_start = True
    for token in tokens:
        text, lower, at = token.text, token.text.casefold(), token.place
        where = (token.clause, token.segment)
        if token.kind == "unspaced":
            is_denial = any(part in text for part in words.NEGATING_PARTS)
            for place, pair in enumerate(_pairs(text), start=at):
                yield Word(pair, pair, place, *where, is_denial=is_denial)
        elif token.kind == "word":
            is_name = not text.islower() and (not is_start or not text[1:].islower())
            is_name = is_name and len(text) > 1
            yield Word(lower, stem(lower), at, *where, is_name, _denies(lower))
        is_start = token.kind == "end" or (is_start and token.kind not in _WORDLIKE)


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


def _numbers(tokens: Iterable[_Token], found: Iterable[Word]) -> list[Number]:
    listed = [token for token in tokens if token.kind != "end"]
    denials = [word for word in found if word.is_denial]
    numbers: list[Number] = []
    for at, token in enumerate(listed):
        value = _value(token.kind, token.text.casefold())
        if value is None:
            continue
        unit, place, clause = _unit(listed, at), token.place, token.clause
        if unit and numbers and numbers[-1].is_bare_before(place):
            numbers[-1] = replace(numbers[-1], unit=unit)  # 2 to 3 hours
        is_denied = any(
            denial.clause == clause and 0 < place - denial.place <= _REACH
            for denial in denials
        )
        numbers.append(Number(value, unit, place, clause, is_denied))
    return numbers


def _value(kind: str | None, token: str) -> str | None:
    if kind == "word":
        return words.NUMBERS.get(token)
    if kind != "number":
        return None
    if _THOUSANDS.fullmatch(token):
        token = token.replace(",", "")
    digits = "".join(str(unicodedata.digit(c, c)) for c in token.replace(",", "."))
    return digits.lstrip("0") or "0" if digits.isdigit() else digits


def _unit(tokens: Sequence[_Token], at: int) -> str | None:
    if at and tokens[at - 1].kind == "sign" and tokens[at - 1].text in "$€£¥₹₿":
        return words.UNITS[tokens[at - 1].text]
    after = "".join(token.text.casefold() for token in tokens[at + 1 : at + 2])
    if after == "°":
        after += "".join(token.text.casefold() for token in tokens[at + 2 : at + 3])
    return words.UNITS.get(after)


def _questions(tokens: Iterable[_Token], found: Iterable[Word]) -> Iterator[int]:
    """Return the segments that ask: by their mark or their last letters.

    Without any mark, who begins with a question word asks, too.
    """
    segments: dict[int, list[str]] = {}
    for word in found:
        segments.setdefault(word.segment, []).append(word.text)
    ends = [token.text for token in tokens if token.kind == "end"]
    for segment, said in segments.items():
        end = ends[segment] if segment < len(ends) else ""
        is_marked = bool(_QUESTION_MARKS & set(end))
        begins = said[0] in words.BEGIN_QUESTIONS or words.ASK_WITH & set(said[:4])
        if is_marked or (begins and not end) or said[-1].endswith(_QUESTION_ENDS):
            yield segment
