"""Settings: config.json, .env and the environment, validated, errors name the key.

The environment wins over .env; its database over that of config.json, whose accounts
stand instead of DISCORD_TOKEN. Tokens and passwords stay
inside pydantic's SecretStr until the one place that sends them.
"""

from __future__ import annotations

import getpass
import json
import logging
import os
import re
import shlex
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import psycopg
from dotenv import dotenv_values
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from extractor.embedded import Embedded, EmbeddedError
from extractor.errors import ConfigError, DatabaseError
from extractor.snowflake import LARGEST
from extractor.terminal import printable
from extractor.trust import base_url

logger = logging.getLogger(__name__)

API_BASE_URL = "https://discord.com/api/v10"
DATABASE = "discord"
CONFIG = Path("config.json")

# The source system's names for libpq's variables.
_SYNONYMS = {
    "DB_HOST": "PGHOST",
    "DB_PORT": "PGPORT",
    "DB_NAME": "PGDATABASE",
    "DB_USER": "PGUSER",
    "DB_PASSWORD": "PGPASSWORD",
}
# libpq's own table: "host" -> "PGHOST", "sslmode" -> "PGSSLMODE", ...
_VARIABLES = {
    option.keyword.decode(): option.envvar.decode()
    for option in pq.Conninfo.get_defaults()
    if option.envvar
}
# Without a host these would be half an address, of nobody's server.
_NEED_A_HOST = (
    *("PGHOSTADDR", "PGSERVICE"),  # dbt knows neither
    *("PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD"),
)


def _snowflake(value: object) -> object:
    is_id = isinstance(value, str) and re.fullmatch(r"[0-9]{15,20}", value.strip())
    if is_id and int(str(value)) <= LARGEST:
        return int(str(value))
    raise ValueError('an id is a string of 15 to 20 digits, like "81384788765712384"')


def _header(value: object) -> object:
    if isinstance(value, str) and value.isascii() and value.isprintable():
        return value
    raise ValueError("a user agent is one line of ASCII text")


def _token(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("a token is a string")  # noqa: TRY004 - pydantic wants it
    token = value.strip().removeprefix("Bot ").strip()
    if re.search(r"\s", token) or not token.isascii():
        raise ValueError("a token holds no spaces, line breaks or accents")
    return token


Snowflake = Annotated[int, BeforeValidator(_snowflake)]
Token = Annotated[SecretStr, BeforeValidator(_token)]


class Account(BaseModel):
    """One token, and the guilds that it archives (None: all it is in)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(min_length=1)
    token: Token | None = None
    token_env: str | None = None
    type: Literal["bot", "user"] = "bot"
    user_agent: Annotated[str, BeforeValidator(_header)] | None = None
    guilds: tuple[Snowflake, ...] | None = Field(default=None, min_length=1)

    def secret(self) -> str:
        """Return the token itself.

        Raises:
            ConfigError: there is none.

        """
        if self.token is None or not self.token.get_secret_value():
            raise ConfigError(
                f"account {self.name!r} has no token: put it into config.json "
                "(token, or token_env and that variable) and try again"
            )
        return self.token.get_secret_value()


class _ConfigFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    database_url: SecretStr | None = None
    accounts: tuple[Account, ...] = ()


@dataclass(frozen=True)
class Settings:
    """All that a command needs to know before it starts.

    ``database`` holds libpq variables; empty means the embedded server.
    """

    accounts: tuple[Account, ...]
    api_base_url: str
    database: Mapping[str, str]


def load(config_path: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read settings from ``config_path``, .env and ``environ``.

    Only the default config.json may be absent. An empty file sets nothing.

    Raises:
        ConfigError: one line naming the file and the key, and what it should be.

    """
    if config_path != CONFIG and not config_path.exists():
        raise ConfigError(f"{config_path} does not exist: is the path right?")
    for path in (_env_path(environ), config_path):
        _warn_if_open_to_others(path)
    environ = {**env_file(environ), **environ}
    file = _read(config_path)
    return Settings(
        accounts=_accounts(file, environ),
        api_base_url=base_url(environ.get("DISCORD_API_BASE_URL") or API_BASE_URL),
        database=_database(environ, file.database_url),
    )


def env_file(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what .env sets, or the file that DISCORD_WAREHOUSE_ENV_FILE names.

    No file sets nothing, nor does a name without a value.

    Raises:
        ConfigError: it is there and cannot be read.

    """
    path = _env_path(environ)
    try:
        values = dotenv_values(path) if path.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    return {key: value for key, value in values.items() if value}


def _env_path(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("DISCORD_WAREHOUSE_ENV_FILE", ".env"))


def _warn_if_open_to_others(path: Path) -> None:
    """Warn of a file with secrets that others on this machine may read or change."""
    with suppress(OSError):  # who reads it, next, says why it cannot be
        if path.is_file() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            logger.warning(
                "%s is open to other users of this machine: chmod 600 %s",
                path,
                shlex.quote(str(path)),
            )


def _read(path: Path) -> _ConfigFile:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return _ConfigFile()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    try:
        return _ConfigFile.model_validate(json.loads(text or "{}"))
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"{path} is not JSON: line {error.lineno}, column {error.colno}: "
            f"{error.msg}; compare it with config.example.json"
        ) from error
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first_problem(error)}") from error
    except (RecursionError, ValueError) as error:  # nested, or a number, beyond reason
        raise ConfigError(
            f"{path} is not a configuration: compare it with config.example.json"
        ) from error


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    key = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"]
    ).lstrip(".")
    message = problem["msg"].removeprefix("Value error, ")
    return printable(f"{key or 'the whole file'}: {message}; see config.example.json")


def _accounts(file: _ConfigFile, environ: Mapping[str, str]) -> tuple[Account, ...]:
    if file.accounts:
        names = [account.name for account in file.accounts]
        if doubled := {name for name in names if names.count(name) > 1}:
            raise ConfigError(f"config.json: two accounts are named {doubled.pop()!r}")
        return tuple(_with_token(account, environ) for account in file.accounts)
    if not environ.get("DISCORD_TOKEN", "").strip():
        return ()
    guilds = environ.get("DISCORD_GUILDS", "").replace(",", " ").split()
    try:
        return (
            Account.model_validate(
                {
                    "name": "default",
                    "token": environ["DISCORD_TOKEN"],
                    "guilds": guilds or None,
                }
            ),
        )
    except ValidationError as error:
        variable = {"token": "DISCORD_TOKEN", "guilds": "DISCORD_GUILDS"}
        problem = error.errors(include_url=False, include_input=False)[0]
        message = problem["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{variable[str(problem['loc'][0])]}: {message}") from error


def _with_token(account: Account, environ: Mapping[str, str]) -> Account:
    if account.token_env is None:
        return account
    token = environ.get(account.token_env, "")
    if not token.strip():
        raise ConfigError(
            f"account {account.name!r} takes its token from {account.token_env}, "
            "which is not set: set it in .env or in the environment"
        )
    try:
        return account.model_copy(update={"token": SecretStr(str(_token(token)))})
    except ValueError as error:
        raise ConfigError(f"{account.token_env}: {error}") from error


def _database(
    environ: Mapping[str, str], database_url: SecretStr | None
) -> dict[str, str]:
    known = {
        variable: environ[variable]
        for variable in _VARIABLES.values()
        if environ.get(variable)
    }
    for synonym, variable in _SYNONYMS.items():
        if environ.get(synonym):
            known.setdefault(variable, environ[synonym])
    if "PGHOST" in known:
        return known
    if database_url is not None:
        return {**_from_url(database_url.get_secret_value()), **known}
    if stray := [variable for variable in _NEED_A_HOST if variable in known]:
        raise ConfigError(
            f"{stray[0]} is set but PGHOST is not: set PGHOST too (localhost, or "
            f"/var/run/postgresql), or unset {', '.join(stray)} to use the "
            "embedded server"
        )
    return {}


def _from_url(url: str) -> dict[str, str]:
    """Return a URL as libpq variables; SQLAlchemy's driver suffix is accepted."""
    try:
        parts = conninfo_to_dict(re.sub(r"^(postgres(?:ql)?)\+\w+://", r"\1://", url))
    except psycopg.ProgrammingError:
        # libpq's message would quote the URL, and with it the password
        raise ConfigError(
            "config.json: database_url: not a PostgreSQL URL; it looks like "
            "postgresql://user:password@host:5432/database"
        ) from None
    known = {
        _VARIABLES[keyword]: str(value)
        for keyword, value in parts.items()
        if keyword in _VARIABLES
    }
    return {"PGHOST": "localhost", **known}


def database_environment(settings: Settings, embedded: Embedded) -> dict[str, str]:
    """Return libpq variables of the database to use, complete enough for dbt.

    With no server configured, the embedded one is started when needed, and its
    database made.

    Raises:
        DatabaseError: the embedded server cannot be started; one line says why.

    """
    if settings.database:
        user = settings.database.get("PGUSER", getpass.getuser())
        defaults = {"PGPORT": "5432", "PGUSER": user, "PGDATABASE": user}
        return {**defaults, **settings.database}
    try:
        embedded.start()
        embedded.create_database(DATABASE)
    except EmbeddedError as error:
        raise DatabaseError(str(error)) from error
    return embedded.environment(DATABASE)


def connection_arguments(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the keywords of ``psycopg.connect`` for libpq variables.

    The driver reads dates in ISO style only, whatever the server's own is.
    """
    keywords = {variable: keyword for keyword, variable in _VARIABLES.items()}
    arguments = {
        keywords[variable]: value
        for variable, value in environment.items()
        if variable in keywords
    }
    options = f"{arguments.get('options', '')} -c datestyle=ISO"
    return {**arguments, "options": options.strip()}
