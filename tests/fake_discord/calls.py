"""One request as handlers see it, and Discord's ways of refusing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from tests.fake_discord.state import Account
from tests.fake_discord.world import World

Json = dict[str, Any]

BIGGEST_SNOWFLAKE = (1 << 63) - 1


class RefusedError(Exception):
    """An answer other than 200, in Discord's JSON."""

    def __init__(
        self, status: int, code: int, message: str, errors: Json | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message, "code": code}
        if errors:
            self.body["errors"] = errors


UNAUTHORIZED = (401, 0, "401: Unauthorized")
NOT_FOUND = (404, 0, "404: Not Found")
METHOD_NOT_ALLOWED = (405, 0, "405: Method Not Allowed")
UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
UNKNOWN_GUILD = (404, 10004, "Unknown Guild")
UNKNOWN_MEMBER = (404, 10007, "Unknown Member")
UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
UNKNOWN_USER = (404, 10013, "Unknown User")
UNKNOWN_EMOJI = (400, 10014, "Unknown Emoji")
UNKNOWN_EVENT = (404, 10070, "Unknown Guild Scheduled Event")
BOTS_ONLY = (403, 20002, "Only bots can use this endpoint")
MISSING_ACCESS = (403, 50001, "Missing Access")
MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
WRONG_CHANNEL_TYPE = (400, 50024, "Cannot execute action on this channel type")


def invalid_form(name: str, code: str, message: str) -> RefusedError:
    """Return Discord's answer to a field it cannot take."""
    errors = {name: {"_errors": [{"code": code, "message": message}]}}
    return RefusedError(400, 50035, "Invalid Form Body", errors)


def refuse(reason: tuple[int, int, str]) -> NoReturn:
    """Refuse a request for one of the reasons above."""
    raise RefusedError(*reason)


def to_snowflake(name: str, text: str) -> int:
    """Read an id of a path or a query, or refuse it as Discord does."""
    if text.isascii() and text.isdigit() and int(text) <= BIGGEST_SNOWFLAKE:
        return int(text)
    message = f'Value "{text}" is not snowflake.'
    raise invalid_form(name, "NUMBER_TYPE_COERCE", message)


@dataclass(frozen=True)
class Call:
    """A request to the world by an account; query values are the last ones given.

    `path` holds the ids of the path, `words` what is no id there, decoded.
    """

    world: World
    account: Account
    path: Mapping[str, int] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    def limit(self, lowest: int, highest: int, default: int) -> int:
        """Return the page size; out of range is refused, never clipped."""
        return self.number("limit", lowest, highest, default)

    def number(self, name: str, lowest: int, highest: int, default: int) -> int:
        """Return a number of the query; out of range is refused, never clipped."""
        text = self.query.get(name)
        if text is None:
            return default
        if not text.lstrip("-").isdigit():
            message = f'Value "{text}" is not an int.'
            raise invalid_form(name, "NUMBER_TYPE_COERCE", message)
        if int(text) > highest:
            message = f"int value should be less than or equal to {highest}."
            raise invalid_form(name, "NUMBER_TYPE_MAX", message)
        if int(text) < lowest:
            message = f"int value should be greater than or equal to {lowest}."
            raise invalid_form(name, "NUMBER_TYPE_MIN", message)
        return int(text)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return one of some words, the first when none is given."""
        text = self.query.get(name, choices[0])
        if text not in choices:
            message = f"Value must be one of {choices}."
            raise invalid_form(name, "BASE_TYPE_CHOICES", message)
        return text

    def snowflake(self, name: str) -> int | None:
        """Return an id of the query, if it is there."""
        text = self.query.get(name)
        return None if text is None else to_snowflake(name, text)

    def instant(self, name: str) -> datetime | None:
        """Return an ISO 8601 instant of the query, if it is there."""
        text = self.query.get(name)
        if text is None:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            message = f'Value "{text}" is not an ISO8601 date-time with a zone.'
            raise invalid_form(name, "DATE_TIME_TYPE_PARSE", message)
        return found

    def flag(self, name: str) -> bool:
        """Return whether the query switches something on."""
        return self.query.get(name) in {"true", "True", "1"}
