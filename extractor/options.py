"""The command line's own kinds of options, and what their texts mean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import click

from extractor.config import CONFIG
from extractor.errors import ConfigError
from extractor.resources import DEFAULT, ON_REQUEST
from extractor.run_logs import FOLDER
from extractor.snowflake import LARGEST

LONGEST_REVISIT = 36_500  # days; more would leave Python's calendar

Command = TypeVar("Command", bound=Callable[..., Any])


def option(*names: str, **options: Any) -> Callable[[Command], Command]:
    """Return an option that an environment variable of its long name sets too."""
    variable = max(names, key=len).lstrip("-").replace("-", "_").upper()
    return click.option(
        *names,
        envvar=f"DISCORD_WAREHOUSE_{variable}",
        show_envvar=True,
        **{"show_default": True, **options},
    )


config_option = option(
    "--config",
    type=click.Path(path_type=Path),
    default=CONFIG,
    help="Where accounts and the database are set; may be absent.",
)

verbose_option = option(
    "-v", "--verbose", is_flag=True, help="Say what is done, step by step."
)
debug_option = option("--debug", is_flag=True, help="Say what the libraries do, too.")
log_file_option = option(
    "--log-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write messages to this file.",
)
log_folder_option = option(
    "--log-folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=FOLDER,
    show_default="logs, in the checkout",
    help="Where each run leaves a log; the newest are kept.",
)


class IdType(click.ParamType[int]):
    """One of Discord's ids."""

    name = "id"

    def split_envvar_value(self, rv: str) -> list[str]:
        """Split a variable's ids at commas or spaces, as DISCORD_GUILDS."""
        return rv.replace(",", " ").split()

    def convert(
        self,
        value: object,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> int:
        """Return it as a number, or end with exit code 2."""
        text = str(value)
        if not (text.isdecimal() and 15 <= len(text) <= 20 and int(text) <= LARGEST):
            self.fail(f"{text!r} is not an id: 15 to 20 digits", param, ctx)
        return int(text)


def erased_option(name: str, **options: Any) -> Callable[[Command], Command]:
    """Return an option for ids that no variable sets: what it names is to be gone."""
    return click.option(name, multiple=True, type=IdType(), **options)


class DaysType(click.ParamType[int | None]):
    """A number of days, or all of them: None."""

    name = "days|all"

    def convert(
        self,
        value: object,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> int | None:
        """Return it, or end with exit code 2."""
        text = str(value)
        if text == "all":
            return None
        if not (text.isascii() and text.isdecimal() and int(text) <= LONGEST_REVISIT):
            self.fail(f"{text!r} is neither a number of days nor all", param, ctx)
        return int(text)


class ResourceType(click.ParamType[frozenset[str]]):
    """Names of resources, one or several between commas; two stand for many."""

    name = "resource"
    choices: ClassVar = {
        **{name: frozenset({name}) for name in (*DEFAULT, *ON_REQUEST)},
        "default": frozenset(DEFAULT),
        "all": frozenset((*DEFAULT, *ON_REQUEST)),
    }

    def convert(
        self,
        value: object,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> frozenset[str]:
        """Return the resources that are meant, or end with exit code 2."""
        if isinstance(value, frozenset):
            return value
        names = str(value).replace(",", " ").split()
        for name in names:
            if name not in self.choices:
                known = ", ".join(self.choices)
                self.fail(f"{name!r} is no resource; known are {known}", param, ctx)
        return frozenset().union(*(self.choices[name] for name in names))


def chosen_resources(
    only: tuple[frozenset[str], ...], skip: tuple[frozenset[str], ...]
) -> frozenset[str]:
    """Return what --only and --skip leave to be read.

    Raises:
        ConfigError: nothing.

    """
    chosen = frozenset().union(*only) if only else frozenset(DEFAULT)
    left = chosen.difference(*skip)
    if not left:
        raise ConfigError("--only and --skip leave nothing to be read")
    return left
