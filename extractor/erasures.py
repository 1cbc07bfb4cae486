"""What has been forgotten, as landing keeps it: keyed hashes, and no id.

A page, an export or a channel that comes later is compared with them, so that nothing
comes back. Where nothing was ever forgotten, all of this costs nothing.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, LiteralString

from extractor.bodies import storable_json
from extractor.erasure import (
    Erasure,
    dumps,
    erased,
    erased_request,
    found_in,
    ids_in,
    loads,
)

FORGOTTEN = "forgotten"  # why a channel is not archived

# what it is like to be unreadable: too deep, or no JSON at all
UNREADABLE = (ValueError, RecursionError)
_REMEMBERED = 1 << 20  # ids of others that are kept, so as not to be hashed again

Rows = Callable[[Any, Any], list[dict[str, Any]]]

KEY: LiteralString = "select key from landing.erasure_keys"
_HASHES: LiteralString = """
    select kind, id_hash from landing.erasures
    union all
    select 'message', id_hash from landing.erased_messages
"""
NOTE_MESSAGES: LiteralString = """
    insert into landing.erased_messages (id_hash)
    select id_hash from unnest(%s::bytea[]) as id_hash
    order by id_hash
    on conflict do nothing
"""


def new_key() -> bytes:
    """Return a key that nobody can guess."""
    return secrets.token_bytes(32)


def hashed(key: bytes, one: str) -> bytes:
    """Return what stands for an id."""
    return hmac.digest(key, one.encode(), "sha256")


class Erasures:
    """What is to be forgotten in one database. Safe to share between threads."""

    def __init__(
        self, key: bytes = b"", hashes: Mapping[bytes, set[str]] | None = None
    ) -> None:
        """Take the key, and the kinds of what is to be forgotten by hash."""
        self._key = key
        self._kinds = dict(hashes or {})
        self._known: dict[str, frozenset[str]] = {}

    @classmethod
    def load(cls, rows: Rows) -> Erasures:
        """Read them from a database."""
        keys = rows(KEY, ())
        if not keys:
            return cls()
        hashes: dict[bytes, set[str]] = {}
        for row in rows(_HASHES, ()):
            hashes.setdefault(bytes(row["id_hash"]), set()).add(row["kind"])
        return cls(bytes(keys[0]["key"]), hashes)

    def __bool__(self) -> bool:
        return bool(self._kinds)

    def kinds(self, one: str) -> frozenset[str]:
        """Return as what an id is to be forgotten."""
        known = self._known.get(one)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known = {}
            known = frozenset(self._kinds.get(hashed(self._key, one), ()))
            self._known[one] = known
        return known

    def is_channel(self, *channel_ids: int | None) -> bool:
        """Tell whether one of these channels is to be forgotten."""
        return bool(self) and any(
            "channel" in self.kinds(str(one)) for one in channel_ids if one is not None
        )

    def told_by(self, *texts: str) -> Erasure:
        """Return what of it these texts tell of."""
        found: dict[str, set[str]] = {}
        for one in set[str]().union(*map(ids_in, texts)) if self else ():
            for kind in self.kinds(one):
                found.setdefault(kind, set()).add(one)
        return Erasure(
            *(frozenset(found.get(one, ())) for one in ("user", "message", "channel"))
        )

    def note_messages(self, messages: Iterable[str]) -> list[bytes]:
        """Let messages say nothing, and return the hashes of those that are new."""
        new = []
        for one in messages:
            if "message" not in self.kinds(one):
                one_hash = hashed(self._key, one)
                self._kinds.setdefault(one_hash, set()).add("message")
                self._known[one] = self.kinds(one) | {"message"}
                new.append(one_hash)
        return new


class Rewriting:
    """A page on its way into landing, or standing there, without what is forgotten.

    ``messages`` are the hashes of messages of people that this page is the first to
    show: to be written down, for those who forward them. ``names`` are what the people
    are called on it.
    """

    def __init__(self, erasures: Erasures) -> None:
        self._erasures = erasures
        self.messages: list[bytes] = []
        self.names: set[str] = set()

    def page(
        self, body: str, raw: bytes | None, request: Mapping[str, Any]
    ) -> tuple[str, bytes | None, dict[str, Any]] | None:
        """Return body, raw and request anew; None: they tell nothing.

        A page that cannot be read goes as a whole: nobody could tell whom it shows.
        """
        exact = "" if raw is None else _text(raw)
        asked = dumps(dict(request))
        if not self._erasures or not self._erasures.told_by(body, exact, asked):
            return None
        try:
            return self._page(body, raw, dict(request))
        except UNREADABLE:
            erasure = self._erasures.told_by(body, exact, asked)
            return "null", b"", dict(erased_request(dict(request), None, erasure))

    def _page(
        self, body: str, raw: bytes | None, request: dict[str, Any]
    ) -> tuple[str, bytes | None, dict[str, Any]] | None:
        value, exact = loads(body), None
        with suppress(*UNREADABLE):
            exact = None if raw is None else loads(_text(raw))
        shown = exact if value is None else value  # jsonb may hold none of it
        told = (body, "" if raw is None else _text(raw), dumps(request))
        erasure = self._erasure(shown, *told)
        moved = dict(erased_request(request, shown, erasure))
        kept, kept_exact = erased(value, erasure), erased(exact, erasure)
        is_unreadable = raw and exact is None
        if (kept, kept_exact, moved) == (value, exact, request) and not is_unreadable:
            return None
        if raw is not None:  # where it is no JSON, it goes: body holds what can be read
            raw = b"" if exact is None else dumps(kept_exact, is_ascii=True).encode()
        return storable_json(dumps(kept)), raw, moved

    def text(self, text: str) -> str | None:
        """Return a piece of JSON anew; None: it tells nothing."""
        if not self._erasures or not self._erasures.told_by(text):
            return None
        try:
            value = loads(text)
            kept = erased(value, self._erasure(value, text))
            return None if kept == value else dumps(kept, is_ascii=True)
        except UNREADABLE:
            return "null"

    def _erasure(self, value: Any, *texts: str) -> Erasure:
        """Return what to forget on a page, once the messages it shows are known."""
        erasure = self._erasures.told_by(*texts)
        found = found_in(value, erasure.users)
        new = self._erasures.note_messages(found.messages)
        self.messages += new
        self.names |= found.names
        return self._erasures.told_by(*texts) if new else erasure


def kept_request(
    asked: Mapping[str, Any], content: bytes, erasures: Erasures
) -> dict[str, Any] | None:
    """Return a request anew, given what it was answered; None: it tells nothing."""
    text = dumps(dict(asked))
    if not erasures or not erasures.told_by(text):
        return None
    try:
        body = loads(content)
    except UNREADABLE:
        body = None
    # a new cursor must not lie next to somebody else who is forgotten
    erasure = erasures.told_by(text, _text(content))
    return dict(erased_request(dict(asked), body, erasure))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
