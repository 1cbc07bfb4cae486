"""Names made inert: what people call themselves may not act in our markdown.

Owns the one function through which every text of the database reaches a report.
"""

from __future__ import annotations

import re
import unicodedata

MAXIMUM_LENGTH = 100  # Discord's own limit for the names of channels and guilds

# The look-alike pings nobody, in Discord, in GitHub and in a rendered copy alike;
# a backslash or an entity would be undone by the renderer.
_LOOK_ALIKES = {"@": "\N{FULLWIDTH COMMERCIAL AT}"}
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Backslashed everywhere: code, emphasis, links, tables, headings, numbered lists,
# bare addresses (their dots and colons), mathematics, the tags of site generators.
_MARKERS = re.compile(r"([\\`*_\[\]{}|~^=$#.:)])")
_AT_THE_START = re.compile(r"^([-+])")  # would begin a list or a line across
_BLANKS = re.compile(  # letters and marks without ink
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]"
)
_SPACES = re.compile(r"\s+")


class Markdown(str):
    """Text that is markdown on purpose and may be printed as it is."""

    __slots__ = ()


def plain(name: str | None, limit: int | None = MAXIMUM_LENGTH) -> str:
    """Return a text as one visible line, "" when nothing of it can be seen.

    What is longer than the limit, if there is one, is cut and ends in an ellipsis.
    """
    visible = "".join(_visible(character) for character in name or "")
    line = _SPACES.sub(" ", visible).strip()
    if not _BLANKS.sub("", line).strip():
        return ""
    return line if limit is None or len(line) <= limit else line[: limit - 1] + "…"


def inert(name: str | None, limit: int | None = MAXIMUM_LENGTH) -> Markdown:
    """Return a text that every markdown renderer shows and none obeys."""
    seen = plain(name, limit)
    line = "".join(_LOOK_ALIKES.get(character, character) for character in seen)
    escaped = _AT_THE_START.sub(r"\\\1", _MARKERS.sub(r"\\\1", line))
    return Markdown("".join(_ENTITIES.get(c, c) for c in escaped))


def _visible(character: str) -> str:
    """Return a character that is seen, a space for a break, "" for a control.

    Format characters are the ones that reorder, hide or join what stands around them.
    """
    match unicodedata.category(character):
        case "Cc" | "Zl" | "Zp":
            return " "
        case "Cf" | "Cs":
            return ""
        case _:
            return character
