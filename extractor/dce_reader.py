"""Reads one export as a stream: its head, and its messages one by one, word for word.

A file may have gigabytes and a message only so much, so never more than a message and
a piece of the file are in memory. Python's own JSON scanner finds where a value ends;
what is landed is the text itself: numbers, escapes and odd bytes stay as written.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

PIECE = 1 << 20  # bytes read at once
LONGEST = 1 << 27  # characters of one value; jsonb holds twice that, Discord far less
_LONGEST_MALFORMED = 1 << 22  # how far to look for the end of a record that is no JSON

Read = Callable[[int], bytes]

# numbers stay text: nothing is computed, and Python refuses very long ones.
# strict=False lets bare control characters pass, for jsonb to refuse: one record only
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, strict=False)
_SPACE = re.compile(r"[ \t\r\n]*")
# where what is no JSON may end: behind strings, which never span lines, and brackets
_BRACKETS = re.compile(r'"(?:[^"\\\n]|\\.)*"|[][{}]')
# how far from the end the scanner stumbles over what only breaks off there, at most
_MARGIN = 16


class BrokenOffError(Exception):
    """The rest of a document cannot be read; the message says why."""


class _MalformedError(BrokenOffError):
    """A value is no JSON, whatever follows."""


@dataclass(frozen=True)
class Record:
    """One element of the array of messages.

    ``value`` is None where it is no object, or no JSON at all (``is_json``).
    """

    text: str
    value: dict[str, Any] | None
    is_json: bool = True


@dataclass
class Document:
    """One export, read once from its beginning.

    ``head`` grows as it is read: each root key but ``messages`` with its text, and
    ``values`` the same, understood, with numbers as texts.
    """

    read: Read
    head: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    has_messages: bool = False

    def __post_init__(self) -> None:
        self._text = _Text(self.read)

    def records(self) -> Iterator[Record]:
        """Yield the messages; the head is whole when they are over.

        Raises:
            BrokenOffError: the document is no JSON from here on.

        """
        for key in self.keys():
            if key == "messages":
                yield from self.messages()

    def keys(self) -> Iterator[str]:
        """Yield each root key: others behind their values, ``messages`` before them.

        Only an array is taken for messages; elements that nobody takes are skipped.

        Raises:
            BrokenOffError: the document is no JSON from here on.

        """
        text = self._text
        if not text.character():
            raise BrokenOffError("it is empty")
        text.expect("{", "it does not begin as a JSON object")
        is_over = text.character() == "}"
        while not is_over:
            key = text.key()
            text.expect(":", "a key has no value")
            self._is_taken = True
            if key == "messages" and text.character() == "[":
                self.has_messages = True
                self._is_taken = False
            else:
                self.head[key], self.values[key] = text.value()
            if key != "messages" or not self._is_taken:
                yield key
            if not self._is_taken:
                for _ in self.messages():
                    pass
            is_over = not text.is_comma()
        text.expect("}", "there is no comma between two of its keys")
        if text.character():
            raise BrokenOffError("something follows the end of the document")

    def messages(self) -> Iterator[Record]:
        """Yield the elements of the array that begins here."""
        self._is_taken = True
        text = self._text
        text.expect("[", "there is no array of messages")
        is_over = text.character() == "]"
        while not is_over:
            yield text.record()
            is_over = not text.is_comma()
        text.expect("]", "there is no comma between two messages")


class _Text:
    """A piece of a document, and the way to more of it."""

    def __init__(self, read: Read) -> None:
        self._read = read
        # bytes that are not UTF-8 become lone surrogates, and can become bytes again
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._text = ""
        self._at = 0
        self._is_over = False
        self._more()
        self._text = self._text.removeprefix("\ufeff")

    def character(self) -> str:
        """Return the next character that is no space; empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            assert space is not None  # noqa: S101 - it matches nothing, too
            self._at = space.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def expect(self, character: str, otherwise: str) -> None:
        """Step over a character that must come next."""
        found = self.character()
        if found != character:
            raise BrokenOffError(otherwise if found else "it breaks off")
        self._at += 1

    def is_comma(self) -> bool:
        """Step over a comma, if it comes next."""
        is_comma = self.character() == ","
        self._at += is_comma
        return is_comma

    def key(self) -> str:
        """Step over a key and return it."""
        if self.character() != '"':
            raise BrokenOffError("a key is no text" if self.character() else "it ends")
        _, key = self.value()
        return str(key)

    def value(self) -> tuple[str, Any]:
        """Step over a value, and return its text and what it says."""
        if not self.character():
            raise BrokenOffError("it breaks off")
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise _MalformedError("it nests too deeply") from error
            except json.JSONDecodeError as error:
                if not self._may_go_on(error):
                    raise _MalformedError(f"it is no JSON: {error.msg}") from error
                if self._double(LONGEST):
                    continue
                # brackets in what is left of a text are no brackets
                is_in_text = "string" in error.msg or "escape" in error.msg
                kind = BrokenOffError if is_in_text else _MalformedError
                raise kind(self._why_it_ends()) from error
            else:
                # a number goes on as long as digits, a point or an exponent may come
                is_whole = self._text[end - 1] in '}]"' or end < len(self._text) - 4
                if is_whole or not self._double(LONGEST):
                    return self._take(end), value

    def record(self) -> Record:
        """Step over an element of the array, even over one that is no JSON."""
        try:
            text, value = self.value()
        except _MalformedError:
            end = self._end_of_malformed()
            if end is None:
                raise
            return Record(self._take(end), None, is_json=False)
        return Record(text, value if isinstance(value, dict) else None)

    def _end_of_malformed(self) -> int | None:
        """Return where the brackets of what is no JSON close, before another record."""
        while self._text[self._at] in "[{":
            end = _closed(self._text, self._at)
            if end is not None:
                following = _SPACE.match(self._text, end)
                assert following is not None  # noqa: S101 - it matches nothing, too
                if following.end() < len(self._text):
                    is_whole = self._text[following.end()] in ",]"
                    return end if is_whole else None
            if not self._double(_LONGEST_MALFORMED):
                return None
        return None

    def _take(self, end: int) -> str:
        taken = self._text[self._at : end]
        self._at = end
        return taken

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        is_near_end = error.pos >= len(self._text.rstrip()) - _MARGIN
        return is_near_end or error.msg.startswith("Unterminated string")

    def _why_it_ends(self) -> str:
        if self._is_over:
            return "it breaks off"
        return f"a value has more than {LONGEST:,} characters"

    def _double(self, limit: int) -> bool:
        """Have twice as much to look at; False: there is no more, or it is too much."""
        length = len(self._text) - self._at
        return length < limit and self._more(length)

    def _more(self, least: int = 1) -> bool:
        """Read so many characters more, and forget what was taken; False at the end."""
        added: list[str] = []
        missing = least
        while missing > 0 and not self._is_over:
            piece = self._read(PIECE)
            self._is_over = not piece
            added.append(self._decode(piece, final=self._is_over))
            missing -= len(added[-1])
        if missing == least:
            return False
        self._text = "".join([self._text[self._at :], *added])
        self._at = 0
        return True


def _closed(text: str, start: int) -> int | None:
    """Return the end of the brackets that open at a place; None: not in this text."""
    depth = 0
    for token in _BRACKETS.finditer(text, start):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        if depth <= 0:
            return token.end()
    return None
