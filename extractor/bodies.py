"""Bodies as jsonb can hold them, and the bytes beside them where it cannot."""

from __future__ import annotations

import json
import re
from typing import Any

from extractor.client import Answer

# what may be a NUL or a surrogate: as an escape, or bare
_SUSPECT = re.compile(r"\\u(?:0000|[dD])|[\ud800-\udfff]")


def storable(answer: Answer) -> dict[str, Any]:
    """Return body and raw of a page: raw is null where jsonb holds the body exactly.

    jsonb takes neither NUL nor lone surrogates; both are replaced by U+FFFD in body,
    and the bytes received are kept beside it.
    """
    # a surrogate may also come as bytes, against UTF-8
    text = answer.content.decode(errors="surrogatepass")
    if not _SUSPECT.search(text):
        return {"body": text, "raw": None}
    cleaned = _without(answer.body)
    if cleaned == answer.body:
        return {"body": text, "raw": None}
    body = json.dumps(cleaned, ensure_ascii=False)
    return {"body": body, "raw": answer.content}


def storable_text(text: str) -> str:
    """Return a text as Postgres can hold it: no NUL, no lone surrogates."""
    paired = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return paired.replace("\0", "\ufffd")


def _without(value: Any) -> Any:
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, list):
        return [_without(item) for item in value]
    if isinstance(value, dict):
        return {_without(key): _without(item) for key, item in value.items()}
    return value
