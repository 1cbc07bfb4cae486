"""What people talked about, for the report: checked sentences, or quotes.

Owns the order of work and the form in which the template gets it. Which conversations,
in which order, by how many people: SQL says so (scripts.digest.conversations). A model
only writes sentences, and every one stands beside the message that holds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from scripts.digest.cleaning import Cleaned, cleaned
from scripts.digest.conversations import (
    Contributor,
    Conversation,
    Exchange,
    Material,
    Post,
)
from scripts.digest.injections import is_suspicious
from scripts.digest.readings import ACTOR
from scripts.digest.writing import VERSION, Sentence, Tally, Writer
from scripts.report.data import Row
from scripts.report.inert import Markdown, inert, plain
from scripts.report.quotes import quote

MAXIMUM_PARTS = 3  # questions about one conversation
MAXIMUM_SOURCES = 2  # messages named behind one sentence
_LINE_LENGTH = 400

Item = TypeVar("Item")
Result = TypeVar("Result")
Progress = Callable[[str, int, int], object]


@dataclass(frozen=True)
class Line:
    """One line of the digest: a machine's sentence, or a person's words.

    `sources` are the messages that it is taken from.
    """

    text: Markdown
    is_machine_written: bool
    sources: tuple[Post, ...]


@dataclass(frozen=True)
class Topic:
    """A conversation and what is told of it."""

    conversation: Conversation
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Profile:
    """A contributor and what is told of what they wrote."""

    contributor: Contributor
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Entry:
    """A frequent question: a title if there is one, and both in their own words."""

    title: Line | None
    question: Line
    answer: Line


@dataclass(frozen=True)
class Faq:
    """The questions of one channel that found an answer."""

    channel: Row
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class GuildDigest:
    """All that a digest tells of one guild. None stands for what was not asked for."""

    model: str
    prompts: str
    topics: tuple[Topic, ...]
    profiles: tuple[Profile, ...] | None
    faq: Faq | None
    tally: Tally
    notes: tuple[str, ...]


@dataclass
class Telling:
    """The digest of one guild in the making."""

    writer: Writer
    progress: Progress = lambda _label, _done, _total: None
    tally: Tally = field(default_factory=Tally)

    def all(self, material: Material) -> GuildDigest:
        """Tell what was asked for."""
        topics = self._each("conversations", material.conversations, self.topic)
        profiles: list[Profile] | None = None
        if material.contributors is not None:
            profiles = self._each("profiles", material.contributors, self.profile)
        faq: Faq | None = None
        if material.faq_channel is not None:
            entries = self._each("questions", material.exchanges, self.entry)
            told = tuple(entry for entry in entries if entry)
            faq = Faq(material.faq_channel, told)
        return GuildDigest(
            model=self.writer.model.name,
            prompts=_prompts(material),
            topics=tuple(topics),
            profiles=None if profiles is None else tuple(profiles),
            faq=faq,
            tally=self.tally,
            notes=notes(self.tally),
        )

    def topic(self, conversation: Conversation) -> Topic:
        """Tell a conversation: by what was written about it, else by what was said."""
        material = self._cleaned(conversation.posts)
        lines = self._lines("conversation", material)
        return Topic(conversation, lines or quotes(material))

    def profile(self, contributor: Contributor) -> Profile:
        """Tell what somebody wrote about."""
        material = self._cleaned(contributor.posts)
        lines = self._lines("profile", material)
        return Profile(contributor, lines or quotes(material))

    def entry(self, exchange: Exchange) -> Entry | None:
        """Tell a question and its answer, None if either cannot be shown."""
        material = self._cleaned([exchange.question, exchange.answer])
        question, answer = quoted(exchange.question), quoted(exchange.answer)
        if material.set_aside_count or question is None or answer is None:
            return None
        titles = self._lines("faq", material)
        return Entry(titles[0] if titles else None, question, answer)

    def _cleaned(self, posts: Sequence[Post]) -> Cleaned:
        material = cleaned(posts)
        self.tally.set_aside += material.set_aside_count
        return material

    def _lines(self, prompt: str, material: Cleaned) -> tuple[Line, ...]:
        """Return what the model tells of a material, as far as it may be shown."""
        parts = self.writer.parts(prompt, material.shown)[:MAXIMUM_PARTS]
        sentences = (
            self.writer.write(prompt, part, material, self.tally) for part in parts
        )
        return tuple(written(s, material) for s in sentences if s)

    def _each(
        self, label: str, items: Sequence[Item], tell: Callable[[Item], Result]
    ) -> list[Result]:
        results = []
        for done, item in enumerate(items):
            self.progress(label, done, len(items))
            results.append(tell(item))
        self.progress(label, len(items), len(items))
        return results


def _prompts(material: Material) -> str:
    names = ["conversation"]
    names += ["profile"] if material.contributors is not None else []
    names += ["faq"] if material.faq_channel is not None else []
    return ", ".join(f"{name}.{VERSION}" for name in names)


def notes(tally: Tally) -> tuple[str, ...]:
    """Return what a reader must know about sentences that are missing."""
    if not tally.failures:
        return ()
    reasons = ", ".join(f"{reason} ({count})" for reason, count in tally.failures)
    count = tally.without_text.total()
    texts = "1 text" if count == 1 else f"{count} texts"
    return (f"The model did not write {texts}: {reasons}.",)


def quotes(material: Cleaned) -> tuple[Line, ...]:
    """Return the first message, and the one with most reactions, in their own words.

    Where nobody reacted, the first message of somebody else stands for the latter.
    """
    posts = [material.posts[message.id] for message in material.shown]
    if not posts:
        return ()
    first = posts[0]
    best = max(posts, key=lambda post: (post.reaction_count, -post.message_id))
    if not best.reaction_count:
        others = (post for post in posts if post.author_id != first.author_id)
        best = next(others, first)
    chosen = [first] if best is first else sorted((first, best), key=_in_time)
    return tuple(line for post in chosen if (line := quoted(post)))


def quoted(post: Post) -> Line | None:
    """Return what somebody wrote, None if nothing of it can be seen or should be."""
    words = quote(post.content)
    if not words or is_suspicious(post.content):
        return None
    text = Markdown(
        f"\N{LEFT DOUBLE QUOTATION MARK}{words}\N{RIGHT DOUBLE QUOTATION MARK}"
    )
    return Line(text, is_machine_written=False, sources=(post,))


def written(sentence: Sentence, material: Cleaned) -> Line:
    """Return a model's sentence as it may be shown: with names, inert, with sources."""

    def name(actor: re.Match[str]) -> str:
        post = material.author(actor.group())
        return called(post.author) if post else actor.group()

    sources = tuple(material.posts[i] for i in sentence.support_ids[:MAXIMUM_SOURCES])
    text = inert(ACTOR.sub(name, sentence.text), _LINE_LENGTH)
    return Line(text, is_machine_written=True, sources=sources)


def called(user: Row) -> str:
    """Return what somebody is called, in plain text."""
    named = plain(user["global_name"]) or plain(user["username"])
    return named or f"user {user['user_id']}"


def _in_time(post: Post) -> int:
    return post.message_id
