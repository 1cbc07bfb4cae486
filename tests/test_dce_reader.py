"""The streaming reader of exports: every message as written, however a file is cut."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from extractor.dce_reader import BrokenOffError, Document, Record
from tests import exports

HEAD = '"guild": {"id": "1"}, "channel": {"id": "2"}'

# what JSON's text may hold, lone surrogates and NUL included
texts = st.text(st.characters(exclude_categories=())) | st.sampled_from(
    ["\0", "\ud83d", "\\u0000", '"', "a\\", "]}", "\U0001f44d"]
)
numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | texts | st.integers() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner),
    max_leaves=6,
)
objects = st.dictionaries(texts, values, max_size=3)
pieces = st.lists(st.integers(1, 40), min_size=1, max_size=5)


@dataclass
class Read:
    """What a document gave."""

    records: list[Record]
    head: dict[str, Any]
    broken: str | None


def read(data: bytes, sizes: Sequence[int] = (1 << 20,)) -> Read:
    """Read a document that comes in pieces of these sizes, again and again."""
    stream, number = io.BytesIO(data), 0

    def piece(_size: int) -> bytes:
        nonlocal number
        number += 1
        return stream.read(sizes[number % len(sizes)])

    document, records = Document(piece), []
    try:
        for record in document.records():
            records.append(record)  # noqa: PERF402 - those before the break count
    except BrokenOffError as error:
        return Read(records, document.values, str(error))
    return Read(records, document.values, None)


def document_of(*records: str, head: str = HEAD, tail: str = "") -> bytes:
    text = f'{{{head}, "messages": [{",".join(records)}]{tail}}}'
    return text.encode("utf-8", "surrogatepass")


layouts = st.fixed_dictionaries(
    {"ensure_ascii": st.booleans(), "indent": st.sampled_from([None, 0, 2])}
)


@given(st.lists(values, max_size=6), layouts, pieces)
def test_every_record_comes_word_for_word(
    listed: list[Any], layout: dict[str, Any], sizes: list[int]
) -> None:
    """Whatever is in it, however the file is laid out and cut into pieces."""
    written = [json.dumps(one, **layout) for one in listed]

    got = read(document_of(*written), sizes)

    assert got.broken is None
    as_read = [text.encode("utf-8", "surrogatepass") for text in written]
    back = [one.text.encode("utf-8", "surrogateescape") for one in got.records]
    assert back == as_read
    assert [one.value is not None for one in got.records] == [
        isinstance(one, dict) for one in listed
    ]


@given(numbers, numbers)
def test_numbers_stay_as_they_are_written(whole: Any, other: Any) -> None:
    """Their digits are nobody's business."""
    written = f'{{"a": {whole}, "b": [{other}]}}'

    [record] = read(document_of(written)).records

    assert record.text == written
    assert record.value is not None
    assert Decimal(record.value["a"]) == whole


@given(st.lists(objects, max_size=5), st.data())
def test_what_is_whole_before_a_break_is_read(
    listed: list[dict[str, Any]], data: st.DataObject
) -> None:
    """A file may break off at any byte; no half of a message is taken for one."""
    written = [json.dumps(one) for one in listed]
    whole = document_of(*written, tail=', "messageCount": 5')
    cut = data.draw(st.integers(0, len(whole) - 1))

    got = read(whole[:cut], data.draw(pieces))

    ends = [len(document_of(*written[: n + 1])) - 2 for n in range(len(written))]
    assert got.broken is not None
    assert [one.text for one in got.records] == written[: sum(e <= cut for e in ends)]
    assert all(one.is_json for one in got.records)


MALFORMED = [
    '{"id": }',
    '{"id": "1" "b": 2}',
    '{"id": "1",}',
    "{'id': 1}",
    '{"id": "\\x"}',
    '{"id": tru}',
    '{"id": "1, "b": "2"\n}',
    '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}",
]


@pytest.mark.parametrize("malformed", MALFORMED, ids=range(len(MALFORMED)))
@pytest.mark.parametrize("space", ["", " " * 100, "\n" * 9000])
def test_a_record_that_is_no_json_costs_no_neighbour(
    malformed: str, space: str
) -> None:
    """Its text is there, to be looked at by somebody."""
    good = '{"id": "7"}'

    got = read(document_of(good, malformed + space, good))

    assert got.broken is None
    assert [one.text for one in got.records] == [good, malformed, good]
    assert [one.is_json for one in got.records] == [True, False, True]


@pytest.mark.parametrize("odd", ["5", '"x"', "null", "[1]", "true", "NaN", "-1e3"])
def test_an_element_that_is_no_object_is_a_record_without_a_value(odd: str) -> None:
    """It is landed and counted like the others."""
    [record] = read(document_of(odd)).records

    assert (record.text, record.value, record.is_json) == (odd, None, True)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is empty"),
        (b"   ", "it is empty"),
        (b"<html>", "does not begin as a JSON object"),
        (b"[]", "does not begin as a JSON object"),
        (b"{]", "a key is no text"),
        (b'{"a" 1}', "a key has no value"),
        (b'{"a": 1 "b": 2}', "no comma between two of its keys"),
        (b'{"messages": [{} {}]}', "no comma between two messages"),
        (b'{"messages": [}, "and": "so on, and on"}', "it is no JSON"),
        (b'{"messages": []} {}', "something follows the end"),
        (b'{"messages": []', "breaks off"),
        (b'{"a": ' + b"[" * 100_000, "nests too deeply"),
        ('{"a": 1}'.encode("utf-16"), "does not begin as a JSON object"),
    ],
)
def test_it_says_why_a_document_breaks_off(data: bytes, why: str) -> None:
    """Each in words that a person can do something with."""
    broken = read(data).broken

    assert broken is not None
    assert why in broken


def test_bytes_that_are_not_utf_8_come_back() -> None:
    """They are nothing that JSON may hold, and still nothing is lost."""
    data = document_of('{"id": "7", "content": "@"}').replace(b"@", b"\xff\xed\xa0\x80")

    [record] = read(data, [1]).records

    assert record.text.encode("utf-8", "surrogateescape") in data


@given(pieces)
@example([1])
def test_line_ends_and_a_byte_order_mark_are_nothing(sizes: list[int]) -> None:
    """Somebody may have opened and stored the file on Windows."""
    text = json.dumps(exports.document([exports.message(1 << 22)]), indent=2)
    data = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()

    got = read(data, sizes)

    assert got.broken is None
    assert got.head["messageCount"] == "1"
    assert [json.loads(one.text) for one in got.records] == [exports.message(1 << 22)]


def test_the_keys_may_come_in_any_order() -> None:
    """Other tools sort them; of two with one name the latter counts, as in jsonb."""
    data = b'{"b": 1, "messages": [{"id": "1"}], "b": 2, "messages": [3], "a": {}}'

    got = read(data)

    assert [one.text for one in got.records] == ['{"id": "1"}', "3"]
    assert got.head == {"b": "2", "a": {}}


def test_what_is_no_array_of_messages_is_a_key_like_others() -> None:
    """Whoever asks for messages sees that there are none."""
    document = Document(io.BytesIO(b'{"messages": null}').read)

    assert list(document.records()) == []
    assert not document.has_messages
    assert document.head == {"messages": "null"}


def test_a_long_record_is_read_in_few_steps() -> None:
    """Twice as much each time: a message with thousands of reactions is no disaster."""
    text = json.dumps({"id": "1", "content": "x" * 10_000_000})
    stream = io.BytesIO(document_of(text))
    started = time.process_time()

    [record] = Document(lambda _: stream.read(10_000)).records()

    assert record.text == text
    assert time.process_time() - started < 2  # a thousand pieces, ten steps


def test_a_value_without_an_end_does_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is longer than anything of Discord's ends the document."""
    monkeypatch.setattr("extractor.dce_reader.LONGEST", 1 << 21)
    got = read(document_of('{"id": "1"}', '{"content": "' + "x" * (1 << 24)))

    assert got.broken is not None
    assert "a value has more than 2,097,152 characters" in got.broken
    assert len(got.records) == 1
