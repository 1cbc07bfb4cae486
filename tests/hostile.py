"""What nobody should send, and somebody will: names, texts, and pages of messages."""

from __future__ import annotations

import json
from typing import Any

import hypothesis
from hypothesis import strategies as st

Json = Any

# names, each with what would run, break out of its place or hide, if it were let
NAMES = (
    "'; drop table discord.messages; --",
    "{{ env_var('DISCORD_TOKEN') }}{% raw %}",
    "*a* **b** [c](https://evil.example/x) ![d](https://evil.example/y.png) | e `f`",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</text></svg><a href='javascript:alert(1)'>&#x3c;",
    "\x1b[31mred\x1b[2J\x1b]0;title\x07\x9b31m",
    "../../../etc/passwd",
    "abc\u202efed\u2066g\u2069\u200bh\ufeff\u061c\u00ad",
    "a NUL \x00, a bell \x07, a backspace \x08",
    "line\nbreak\r\ttab\u2028and\u2029\x85more",
    "%s %(x)s %n \\N \\. $1 $$ :name ${HOME} `id` $(id)",
    "=cmd|' /C calc'!A0",
    "@everyone <@1> <#2> <t:0:R> https://evil.example",
    "# heading",
    "- item",
    "\u3164\u200b",
    "null",
    "👩\u200d👩\u200d👧 日本語 שלום عربى",
    "Z̴̛͎͈͓a̷̢̛l̴g̸o̵",
    "n" * 100,
)
_TROUBLE = (
    "ab \n\t\\`*_{}[]()<>#+-.!|~=$&:@/\"'“é𝔘日שع"
    "\u202e\u200b\u2066\u00a0\x00\x1b\x7f\x9b😀"
)

characters = st.sampled_from(_TROUBLE) | st.characters()
short = st.text(characters, max_size=60) | st.sampled_from(NAMES)
full = st.text(characters, min_size=1, max_size=40).map(lambda one: (one * 4000)[:4000])
texts = st.one_of(short, full, st.text(st.characters(codec=None), max_size=40))

_DEPTHS = (50, 500)

# ids that are none of Discord's, or no snowflake that there could be by now
ids: st.SearchStrategy[Any] = st.sampled_from(
    [
        *("0", "-1", "1.5", "abc", "", " 12 ", "1_000", "٣", "1e5", "0x10"),
        *(str(2**63 - 1), str(2**63), str(2**64), str(10**40), "9" * 5000),
        *(0, -1, 2**63, 2**64, 10**40, 1.5, None, True, [], {}, "\x00", "\ud800"),
    ]
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    texts,
    ids,
    st.sampled_from([f"@deep {depth}" for depth in _DEPTHS]),
)
values = st.recursive(
    scalars,
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(short, inside, max_size=3)
    ),
    max_leaves=8,
)
_INSTANTS = ("yesterday", "2026-11-15T00:00:00+99:00", "9999-12-31T23:59:59Z", "-1")
_optional: dict[Any, st.SearchStrategy[Any]] = {
    "type": values | st.sampled_from([99, 10**6, 2**31, 2**63, -1]),
    "flags": values | st.sampled_from([1 << 5, 1 << 62, 2**64]),
    "timestamp": values | st.sampled_from(_INSTANTS),
    "edited_timestamp": values | st.sampled_from(_INSTANTS),
    "content": texts | values,
    "author": values | st.fixed_dictionaries({"id": ids, "username": texts}),
    "webhook_id": ids,
    "embeds": values,
    "attachments": values
    | st.lists(st.fixed_dictionaries({"id": ids, "filename": short}), max_size=2),
    "components": values,
    "mentions": values,
    "mention_roles": values,
    "message_reference": values
    | st.fixed_dictionaries({"channel_id": ids, "message_id": ids}),
    "message_snapshots": values,
    "poll": values,
    "reactions": values
    | st.lists(
        st.fixed_dictionaries(
            {
                "emoji": st.fixed_dictionaries({"id": ids, "name": short | ids}),
                "count": values,
            }
        ),
        max_size=2,
    ),
    "sticker_items": values,
    "thread": values | st.fixed_dictionaries({"id": ids, "name": short}),
    "mood": values,
}
# with an id that a page can be gone on from, and without
_ids = st.integers(1 << 40, 1 << 50).map(str)
messages = st.fixed_dictionaries({"id": _ids}, optional=_optional)
odd_messages = st.fixed_dictionaries({"id": ids}, optional=_optional)
_readable = st.tuples(messages, odd_messages | scalars, messages | scalars)
pages = st.one_of(
    _readable,
    _readable.map(list),
    _readable.map(reversed).map(list),
    st.lists(odd_messages | scalars, min_size=1, max_size=5) | values,
)


def written(value: Json, *, is_ascii: bool) -> bytes:
    """Return JSON as it may come, its deep places dug."""
    text = json.dumps(value, ensure_ascii=is_ascii)
    for depth in _DEPTHS:
        text = text.replace(f'"@deep {depth}"', "[" * depth + "]" * depth)
    return text.encode("utf-8", "surrogatepass")


def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """Return so many examples of a strategy, the same in every run.

    For what many examples can go through together, and each alone would take seconds.
    """
    found: list[Any] = []

    @hypothesis.settings(
        max_examples=count,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategy)
    def draw(one: Any) -> None:
        found.append(one)

    draw()
    return found
