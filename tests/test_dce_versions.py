"""Which version of DiscordChatExporter an export is at least of."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.dce_versions import (
    OLDEST,
    Version,
    oldest_of_head,
    oldest_of_message,
    parsed,
    written,
)
from tests import exports
from tests.exports import VERSIONS

MESSAGE = 1_200_000_000_000_000_000

# the releases that leave a sign in what they write
SIGNS: tuple[Version, ...] = (
    (2, 18),
    (2, 25),
    (2, 27),
    (2, 33),
    (2, 35),
    (2, 38),
    (2, 40, 1),
    (2, 40, 4),
    (2, 41),
    (2, 42, 3),
    (2, 44),
    (2, 46, 1),
    (2, 47),
)

json = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
some_version = st.sampled_from(VERSIONS)


def detected(document: Any) -> Version:
    """Return what a whole document tells."""
    version = oldest_of_head(document)
    for message in document["messages"]:
        version = oldest_of_message(message, version)
    return version


@pytest.mark.parametrize("version", VERSIONS, ids=written)
def test_a_file_that_shows_everything_tells_its_version(version: Version) -> None:
    """To the last release before it that left a sign."""
    document = exports.document([exports.telling(MESSAGE, version)], version)

    assert detected(document) == max(one for one in SIGNS if one <= version)


@pytest.mark.parametrize("version", VERSIONS, ids=written)
def test_a_file_with_a_plain_message_is_not_called_newer(version: Version) -> None:
    """What a message does not show tells nothing."""
    document = exports.document([exports.message(MESSAGE, "hi", version)], version)

    assert detected(document) <= version


@pytest.mark.parametrize("version", VERSIONS, ids=written)
def test_an_empty_channel_tells_what_its_head_shows(version: Version) -> None:
    """Also the one without a category, which is null since 2.41."""
    without = {"category": None, "categoryId": None} if version >= (2, 41) else {}
    document = exports.document([], version, channel=without)

    assert detected(document) <= version
    assert (detected(document) == (2, 41)) == (version >= (2, 41))


@given(some_version, st.lists(some_version, max_size=6))
def test_a_message_more_never_makes_a_file_older(
    head: Version, messages: list[Version]
) -> None:
    """Nor newer than the newest that wrote any of it."""
    version = oldest_of_head(exports.document([], head))
    told = [version]
    for place, one in enumerate(messages):
        told.append(
            oldest_of_message(exports.telling(MESSAGE + 8 * place, one), told[-1])
        )

    assert all(before <= after for before, after in pairwise(told))
    assert told[-1] <= exports.NEWEST


@given(st.permutations([exports.telling(MESSAGE, one) for one in VERSIONS[::4]]))
def test_the_order_of_messages_does_not_matter(messages: list[Any]) -> None:
    """A file may be written in reverse."""
    assert detected({"messages": messages}) == (2, 47)


@given(
    st.dictionaries(st.sampled_from(sorted(exports.telling(MESSAGE))), json), json, json
)
def test_nothing_in_a_file_is_too_odd(message: Any, channel: Any, embed: Any) -> None:
    """Values of any kind stand where others are expected."""
    version = oldest_of_head({"channel": channel})
    odd = {**message, "embeds": [embed, {"author": embed, "images": [embed]}]}

    assert OLDEST <= oldest_of_message(odd, version) <= exports.NEWEST


def test_a_version_is_written_and_read_alike() -> None:
    """It lies in the database as a text."""
    assert [parsed(written(one)) for one in VERSIONS] == list(VERSIONS)
    assert written((2, 40, 1)) == "2.40.1"
