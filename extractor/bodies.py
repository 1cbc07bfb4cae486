"""Bodies as jsonb can hold them, and the bytes beside them where it cannot."""

from __future__ import annotations

import json
from typing import Any

from extractor.client import Answer


def storable(answer: Answer) -> dict[str, Any]:
    """Return body and raw of a page: raw is null where jsonb holds the body exactly.

    jsonb takes neither NUL nor lone surrogates; both are replaced by U+FFFD in body,
    and the bytes received are kept beside it.
    """
    text = answer.content.decode()
    if "\\u0000" not in text and "\\ud" not in text.lower():
        return {"body": text, "raw": None}
    cleaned = _without(answer.body)
    is_exact = cleaned == answer.body
    body = text if is_exact else json.dumps(cleaned, ensure_ascii=False)
    return {"body": body, "raw": None if is_exact else answer.content}


def _without(value: Any) -> Any:
    if isinstance(value, str):
        paired = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return paired.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_without(item) for item in value]
    if isinstance(value, dict):
        return {_without(key): _without(item) for key, item in value.items()}
    return value
