"""What a connection brings: bodies, bounded in size and in time, and their JSON.

An answer may be packed, and what counts is what it unpacks to: urllib3 unpacks no more
at a time than is asked for, so that a few bytes cannot fill the memory.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import orjson
import requests

from extractor.errors import UnavailableError

# bytes, unpacked; a page with every text at Discord's own limits has about a third
LARGEST = 64 * 2**20
LONGEST = 300.0  # seconds from a body's beginning to its end, however it trickles
_PIECE = 2**16  # bytes

NOT_JSON = object()


class ImmoderateError(UnavailableError):
    """A body larger or longer than any of Discord's: it is not read to its end."""


def content_of(
    response: requests.Response,
    *,
    largest: int = LARGEST,
    longest: float = LONGEST,
    clock: Callable[[], float] = time.monotonic,
) -> bytes:
    """Return a body as it was before it was packed.

    Raises:
        ImmoderateError: it is too large, or takes too long.
        urllib3.exceptions.HTTPError: it breaks off, or was packed wrongly.

    """
    deadline = clock() + longest
    pieces: list[bytes] = []
    size = 0
    # read1 returns what has come; read would wait for whole pieces, without an end
    while piece := response.raw.read1(_PIECE, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > largest:
            raise ImmoderateError(
                f"the answer has more than {largest // 2**20} MiB; it is refused"
            )
        if clock() > deadline:
            raise ImmoderateError(
                f"the answer had no end after {longest:.0f} seconds; it is refused"
            )
    return b"".join(pieces)


def parsed(content: bytes) -> Any:
    """Return a body as Python objects, or NOT_JSON.

    orjson refuses lone surrogates, which JSON allows and Python's own parser keeps.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        try:
            return json.loads(content.decode(errors="surrogatepass"))
        except (ValueError, RecursionError):
            return NOT_JSON
