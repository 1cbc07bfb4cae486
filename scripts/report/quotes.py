"""What people wrote, as it may be quoted: read like a person, obeyed by nobody.

Owns what becomes of Discord's own markup (message formatting reference of Discord's
developer documentation) where a message is shown outside of Discord, and the way back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from scripts.report.inert import Markdown, inert, plain

QUOTE_LENGTH = 240

_SPOILER = re.compile(r"\|\|.+?\|\|", re.DOTALL)
_ADDRESS = re.compile(r"<?[a-z][a-z0-9+.-]{1,20}://[^\s<>]+>?", re.IGNORECASE)
_INVITE = re.compile(
    r"\b(?:discord\.gg|discord(?:app)?\.com/invite)/[\w-]+", re.IGNORECASE
)
# what Discord draws instead of these letters
_DRAWN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<@&\d+>"), "@role"),
    (re.compile(r"<@!?\d+>"), "@somebody"),
    (re.compile(r"<#\d+>"), "#channel"),
    (re.compile(r"<a?(:\w+:)\d+>"), r"\1"),
    (re.compile(r"<(/[^:<>]+):\d+>"), r"\1"),
    (re.compile(r"<t:-?\d+(?::\w)?>"), "[time]"),
    (re.compile(r"<id:\w+>"), "[channel]"),
)


def readable(text: str | None, link: Callable[[str], str] | None = None) -> str:
    """Return a message as one line of plain text, without what Discord would draw.

    Spoilers stay covered. Of an address only the host is told, by `link` if given.
    """
    covered = _SPOILER.sub("[spoiler]", text or "")
    named = _INVITE.sub("[invite]", _ADDRESS.sub(_named(link or _host), covered))
    for pattern, instead in _DRAWN:
        named = pattern.sub(instead, named)
    return plain(named, limit=None)


def quote(text: str | None, length: int = QUOTE_LENGTH) -> Markdown:
    """Return a message as markdown that shows it in one line and does nothing.

    "" when nothing of it can be seen. Cut behind `length` characters.
    """
    return inert(readable(text), limit=length)


def message_link(guild_id: int, channel_id: int, message_id: int) -> Markdown:
    """Return the address under which Discord shows a message."""
    place = f"{guild_id}/{channel_id}/{message_id}"
    return Markdown(f"https://discord.com/channels/{place}")


def _named(link: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    return lambda address: link(address.group().strip("<>"))


def _host(address: str) -> str:
    try:
        host = urlsplit(address).hostname
    except ValueError:
        host = None
    return f"[link to {host}]" if host else "[link]"
