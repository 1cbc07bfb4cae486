"""The errors of the extractor, grouped by what the caller does next.

WarehouseError              the run ends with one line; exit code 1
├── ConfigError             the user changes a setting; exit code 2
├── DatabaseError           the user looks after the database
├── ExportError             this file is left out, others are imported
└── DiscordError
    ├── RefusedError        this is unknown, the run goes on without it
    ├── AccountStoppedError every thread of this account stops at once
    │   └── AddressStoppedError every thread of every account does
    └── UnavailableError    this channel is left for the next run
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

# What Discord's answers raise where they are not what its documentation says.
MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def malformed(error: Exception) -> str:
    """Say where an answer could not be read, without a word of its content."""
    *_, place = traceback.extract_tb(error.__traceback__)
    return (
        f"Discord's answer is not what it should be ({type(error).__name__} in "
        f"{place.name}); it is kept if it was a page, please report this"
    )


@contextmanager
def sensible_answers() -> Iterator[None]:
    """Turn what odd answers raise in a block into one of our errors.

    Raises:
        UnavailableError: an answer of Discord's was not what it should be.

    """
    try:
        yield
    except MALFORMED as error:
        raise UnavailableError(malformed(error)) from error


class WarehouseError(Exception):
    """An error whose message is one line for the person who ran the command."""

    exit_code = 1


class ConfigError(WarehouseError):
    """A setting is missing or wrong; the message names it."""

    exit_code = 2


class DatabaseError(WarehouseError):
    """The database cannot be reached, or is not one that we can use."""


class ExportError(WarehouseError):
    """A file is no export, or cannot be read."""


class DiscordError(WarehouseError):
    """Discord did not give what was asked for."""


class RefusedError(DiscordError):
    """Discord answered 400, 403 or 404: final for this request, in this run."""


class AccountStoppedError(DiscordError):
    """No further request may be sent: token refused, IP banned, or guard tripped."""


class AddressStoppedError(AccountStoppedError):
    """Discord refuses, or would soon refuse, whoever asks from this address."""


class UnavailableError(DiscordError):
    """Retries are used up; the next run goes on from the checkpoint."""
