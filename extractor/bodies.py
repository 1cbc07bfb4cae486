"""Bodies as jsonb can hold them, and the bytes beside them where it cannot."""

from __future__ import annotations

import json
import re
from typing import Any

from extractor.client import Answer

# what may be a NUL or a surrogate, as an escape
_SUSPECT = re.compile(r"\\u(?:0000|[dD])")
# the same, but for pairs of surrogates: escaped text is full of them
_SUSPECT_ESCAPE = re.compile(
    r"\\u0000|\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]"
    r"|\\\\u[dD]"  # behind a backslash, it is not clear what is an escape
)
_BARE = re.compile("[\ud800-\udfff]")
# a whole escape, so that a backslash is never taken for the beginning of the next one
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\."
)
_NOT_STORABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})")


def storable(answer: Answer) -> dict[str, Any]:
    """Return body and raw of a page: raw is null where jsonb holds the body exactly.

    jsonb takes neither NUL nor lone surrogates; both are replaced by U+FFFD in body,
    and the bytes received are kept beside it.
    """
    # a surrogate may also come as bytes, against UTF-8
    text = answer.content.decode(errors="surrogatepass")
    if _is_encodable(text) and not ("\\u" in text and _SUSPECT.search(text)):
        return {"body": text, "raw": None}
    cleaned = _without(answer.body)
    if cleaned == answer.body:
        return {"body": text, "raw": None}
    body = json.dumps(cleaned, ensure_ascii=False)
    return {"body": body, "raw": answer.content}


def storable_json(text: str) -> str:
    """Return JSON as jsonb can hold it; the same where it can hold it as it is.

    As above, but word for word: a number stays as it is written.
    """
    if "\\u" in text and _SUSPECT_ESCAPE.search(text):
        text = _ESCAPE.sub(_storable_escape, text)
    return text if _is_encodable(text) else _BARE.sub("\ufffd", text)


def storable_text(text: str) -> str:
    """Return a text as Postgres can hold it: no NUL, no lone surrogates."""
    paired = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return paired.replace("\0", "\ufffd")


def _is_encodable(text: str) -> bool:
    """Tell whether a text has no bare surrogates: much faster than to look for them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _storable_escape(found: re.Match[str]) -> str:
    return "\\ufffd" if _NOT_STORABLE.fullmatch(found[0]) else found[0]


def _without(value: Any) -> Any:
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, list):
        return [_without(item) for item in value]
    if isinstance(value, dict):
        return {_without(key): _without(item) for key, item in value.items()}
    return value
