"""Messages as a model may see them: cleaned, without names, one line of JSON each.

Owns what becomes of a text on its way into a prompt, and the pseudonyms: `m1`, `m2`, …
for messages, `u1`, `u2`, … for who wrote them. Code alone knows what they stand for.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scripts.digest.checks import Message
from scripts.digest.conversations import Post
from scripts.digest.injections import is_suspicious
from scripts.report.inert import plain
from scripts.report.quotes import readable

TEXT_LENGTH = 600  # what is said after that is rarely what a conversation is about

# What programs that run models take for the end of a text and the begin of an order:
# <|im_end|>, [INST], <<SYS>>, <s>, <start_of_turn>, [TOOL_CALLS].
_CONTROL_TOKENS = re.compile(
    r"<\|[^|>]{0,60}\|?>|\[/?[A-Z][A-Z_]{2,30}\]|<</?\s*SYS\s*>>|</?[a-z_]{1,30}>|<\||\|>"
)
_OWN_IDS = re.compile(r"(?<![a-z\d_])([um])(?=\d)", re.IGNORECASE)
_USER = re.compile(r"<@!?(\d+)>")
_EVERYBODY = re.compile(r"@(everyone|here|somebody|role)\b")


@dataclass(frozen=True)
class Cleaned:
    """What a model may see of some posts, and what the pseudonyms stand for.

    `messages` holds those that were set aside, too: for the checks, not for the model.
    """

    messages: tuple[Message, ...]
    posts: Mapping[str, Post]

    @property
    def shown(self) -> tuple[Message, ...]:
        """Return what the model may see."""
        return tuple(m for m in self.messages if not m.is_set_aside)

    @property
    def set_aside_count(self) -> int:
        """Return how many messages are kept from the model for what they say."""
        return len(self.messages) - len(self.shown)

    def author(self, pseudonym: str) -> Post | None:
        """Return a post of whom a pseudonym stands for."""
        wanted = pseudonym.casefold()
        found = (self.posts[m.id] for m in self.messages if m.author == wanted)
        return next(found, None)


def cleaned(posts: Sequence[Post]) -> Cleaned:
    """Return posts as a model may see them; what has no text is left out."""
    pseudonyms: dict[int, str] = {}
    for post in posts:
        pseudonyms.setdefault(post.author_id, f"u{len(pseudonyms) + 1}")
    messages: list[Message] = []
    known: dict[str, Post] = {}
    for post in posts:
        text = clean(post.content, pseudonyms)
        if text:
            name = f"m{len(known) + 1}"
            author = pseudonyms[post.author_id]
            messages.append(Message(name, author, text, is_suspicious(post.content)))
            known[name] = post
    return Cleaned(tuple(messages), known)


def clean(text: str, pseudonyms: Mapping[int, str] | None = None) -> str:
    """Return a text as one short line that means nothing to a program.

    Who is mentioned and takes part is called by pseudonym. No text can look like a
    pseudonym by itself: who writes "u1" is read as "u-1".
    """
    known = pseudonyms or {}
    line = unicodedata.normalize(
        "NFKC", plain(unicodedata.normalize("NFKC", text), None)
    )
    line = _OWN_IDS.sub(r"\1-", line)
    line = _USER.sub(lambda user: f" {known.get(int(user[1]), '[user]')} ", line)
    line = _EVERYBODY.sub(r"[\1]", readable(line, lambda _address: "[link]"))
    line = " ".join(without_tokens(line).replace("@", " ").split())
    return line if len(line) <= TEXT_LENGTH else line[: TEXT_LENGTH - 1] + "…"


def without_tokens(line: str) -> str:
    """Return a text without control tokens, not even such as remain when some go."""
    while (less := _CONTROL_TOKENS.sub(" ", line)) != line:
        line = less
    return line


def json_lines(messages: Iterable[Message]) -> str:
    """Return messages as the prompts describe them, one a line."""
    return "\n".join(map(json_line, messages))


def json_line(message: Message) -> str:
    """Return one message as a line of JSON: no text in it can end the line."""
    line = {"id": message.id, "author": message.author, "text": message.text}
    return json.dumps(line, ensure_ascii=False)
