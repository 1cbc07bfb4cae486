"""Whether a page of messages shows what people wrote."""

from __future__ import annotations

from typing import Any


def lacks_content(elements: Any) -> bool:
    """Say whether a page is as without the intent: all that people wrote is empty.

    Flags may say otherwise: the portal's switch has been known to take its time.
    """
    written = [
        element
        for element in (elements if isinstance(elements, list) else ())
        if isinstance(element, dict) and _is_written_by_a_person(element)
    ]
    return bool(written) and not any(map(_has_content, written))


def _is_written_by_a_person(element: dict[str, Any]) -> bool:
    author = element.get("author")
    is_bot = not isinstance(author, dict) or author.get("bot")
    return element.get("type") in (0, 19) and not is_bot


def _has_content(element: dict[str, Any]) -> bool:
    keys = ("content", "attachments", "embeds", "components", "poll", "sticker_items")
    return any(element.get(key) for key in (*keys, "message_snapshots", "stickers"))
