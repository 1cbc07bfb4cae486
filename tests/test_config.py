"""Settings: where they come from, which wins, and what is said when they are wrong."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.config import (
    API_BASE_URL,
    CONFIG,
    Settings,
    connection_arguments,
    load,
)
from extractor.errors import ConfigError

GUILD = "81384788765712384"
TOKEN = "a.made-up.token"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty working directory: no .env, no config.json."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(folder: Path, config: Any = None, **environ: str) -> Settings:
    path = CONFIG  # relative: the folder is the working directory
    if config is not None:
        path.write_text(config if isinstance(config, str) else json.dumps(config))
    return load(path, environ)


def refused(folder: Path, config: Any = None, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        settings(folder, config, **environ)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_with_nothing_set_there_is_no_account_and_no_server(folder: Path) -> None:
    """An empty checkout can still start the embedded server."""
    assert settings(folder) == Settings((), API_BASE_URL, {})


def test_a_token_in_the_environment_is_one_account(folder: Path) -> None:
    """DISCORD_TOKEN and DISCORD_GUILDS are enough for one bot."""
    guilds = f"{GUILD}, 81384788765712385"
    (account,) = settings(folder, DISCORD_TOKEN=TOKEN, DISCORD_GUILDS=guilds).accounts

    assert account.secret() == TOKEN
    assert account.guilds == (int(GUILD), 81384788765712385)


def test_dotenv_is_read_and_the_environment_wins(folder: Path) -> None:
    """A variable that is exported stands above the same one in .env."""
    lines = f"DISCORD_TOKEN={TOKEN}\nPGHOST=\nDISCORD_GUILDS={GUILD}\n"
    (folder / ".env").write_text(lines)

    (account,) = settings(folder, DISCORD_GUILDS="81384788765712385").accounts

    assert account.secret() == TOKEN
    assert account.guilds == (81384788765712385,)


def test_a_pasted_bot_prefix_is_dropped(folder: Path) -> None:
    """The header's own prefix is ours to add."""
    (account,) = settings(folder, DISCORD_TOKEN=f" Bot {TOKEN} ").accounts

    assert account.secret() == TOKEN


def test_an_account_takes_its_token_from_the_variable_it_names(folder: Path) -> None:
    """token_env keeps secrets out of config.json."""
    config = {"accounts": [{"name": "a", "token_env": "MY_TOKEN"}]}

    (account,) = settings(folder, config, MY_TOKEN=TOKEN).accounts

    assert account.secret() == TOKEN
    assert "MY_TOKEN" in refused(folder, config)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        pytest.param("{", ["config.json", "line 1", "column"], id="not JSON"),
        pytest.param([], ["the whole file"], id="not an object"),
        pytest.param({"acounts": []}, ["acounts"], id="unknown key"),
        pytest.param({"accounts": [{}]}, ["accounts[0].name"], id="no name"),
        pytest.param(
            {"accounts": [{"name": "a", "type": "robot"}]},
            ["accounts[0].type", "'bot' or 'user'"],
            id="unknown type",
        ),
        pytest.param(
            {"accounts": [{"name": "a", "guilds": [81384788765712384]}]},
            ["accounts[0].guilds[0]", "string of 15 to 20 digits"],
            id="a guild id as a number",
        ),
        pytest.param(
            {"accounts": [{"name": "a"}, {"name": "a"}]},
            ["two accounts", "'a'"],
            id="two accounts of one name",
        ),
        pytest.param(
            {"accounts": [{"name": "a", "guilds": ["99999999999999999999"]}]},
            ["accounts[0].guilds[0]", "15 to 20 digits"],
            id="a guild id beyond 63 bits",
        ),
        pytest.param(
            {"accounts": [{"name": "a", "guilds": []}]},
            ["accounts[0].guilds", "at least 1"],
            id="no guild at all",
        ),
        pytest.param(
            {"accounts": [{"name": "a", "user_agent": "Böt"}]},
            ["accounts[0].user_agent", "ASCII"],
            id="a user agent that is no header",
        ),
        pytest.param(
            {"database_url": "mysql://user:sesame@host"},
            ["database_url", "postgresql://"],
            id="another database",
        ),
    ],
)
def test_a_wrong_config_names_the_key(
    folder: Path, config: Any, words: list[str]
) -> None:
    """One line says where the mistake is and what belongs there."""
    message = refused(folder, config)

    assert all(word in message for word in words), message
    assert "sesame" not in message


@pytest.mark.parametrize(
    "token",
    ["two words", f"{TOKEN}\nPGHOST=x", "tökén"],
    ids=["space", "line", "umlaut"],
)
def test_a_broken_token_is_refused_without_being_shown(
    folder: Path, token: str
) -> None:
    """A token pasted with more than itself would only ever answer 401."""
    message = refused(folder, DISCORD_TOKEN=token)

    assert "DISCORD_TOKEN" in message
    assert token not in message


@given(st.text(min_size=5).filter(str.strip).map(lambda text: f"{text} {text}"))
def test_no_refusal_ever_shows_a_token(secret: str) -> None:
    """Whatever stands where a token should, it is not printed."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config.json"
        path.write_text(json.dumps({"accounts": [{"name": "a", "token": secret}]}))

        with pytest.raises(ConfigError) as caught:
            load(path, {})

    assert "accounts[0].token" in str(caught.value)
    assert secret not in str(caught.value)


def test_libpq_variables_choose_the_server_before_config_json(folder: Path) -> None:
    """PG* are the standard way, so they win."""
    config = {"database_url": "postgresql://u:p@elsewhere/d"}

    database = settings(folder, config, PGHOST="here", PGDATABASE="x").database

    assert database == {"PGHOST": "here", "PGDATABASE": "x"}


def test_the_source_systems_variables_are_synonyms(folder: Path) -> None:
    """DB_* fill what PG* leave open."""
    database = settings(
        folder, DB_HOST="here", DB_NAME="x", DB_USER="u", DB_PASSWORD="p", PGUSER="v"
    ).database

    assert database == {
        "PGHOST": "here",
        "PGDATABASE": "x",
        "PGUSER": "v",
        "PGPASSWORD": "p",
    }


def test_a_database_url_with_a_drivers_suffix_is_understood(folder: Path) -> None:
    """The source system wrote SQLAlchemy's form."""
    url = "postgresql+asyncpg://u:p%40ss@host:6543/d?sslmode=require"

    assert settings(folder, {"database_url": url}).database == {
        "PGHOST": "host",
        "PGPORT": "6543",
        "PGUSER": "u",
        "PGPASSWORD": "p@ss",
        "PGDATABASE": "d",
        "PGSSLMODE": "require",
    }


def test_libpq_variables_fill_what_a_database_url_leaves_open(folder: Path) -> None:
    """A password in the environment beside a URL without one is no second address."""
    config = {"database_url": "postgresql://u@host/d"}

    assert settings(folder, config, PGPASSWORD="sesame").database == {
        "PGHOST": "host",
        "PGUSER": "u",
        "PGDATABASE": "d",
        "PGPASSWORD": "sesame",
    }


def test_a_config_that_was_named_must_exist(folder: Path) -> None:
    """A typing mistake must not archive into another database."""
    with pytest.raises(ConfigError, match="does not exist"):
        load(folder / "confg.json", {})


def test_an_empty_config_sets_nothing(folder: Path) -> None:
    """It is a file that somebody has begun."""
    assert settings(folder, "") == Settings((), API_BASE_URL, {})


@pytest.mark.parametrize(
    "name", ["PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSERVICE", "PGHOSTADDR"]
)
def test_half_an_address_is_refused(folder: Path, name: str) -> None:
    """A database name without a host could mean two servers: neither is guessed."""
    message = refused(folder, **{name: "5433"})

    assert name in message
    assert "PGHOST" in message


def test_a_base_url_must_be_one(folder: Path) -> None:
    """Tests and proxies point the client elsewhere, with a whole URL."""
    for url in ("localhost", "http://127.0.0.1:notaport/", "http:///api", "ftp://x"):
        assert "DISCORD_API_BASE_URL" in refused(folder, DISCORD_API_BASE_URL=url)
    there = settings(folder, DISCORD_API_BASE_URL="http://127.0.0.1:1/api/v10/")
    assert there.api_base_url == "http://127.0.0.1:1/api/v10"


def test_settings_show_no_secret(folder: Path) -> None:
    """A settings object that ends in a log or a traceback gives nothing away."""
    config = {"accounts": [{"name": "a", "token": TOKEN}]}

    assert TOKEN not in repr(settings(folder, config).accounts)


def test_variables_become_the_drivers_keywords() -> None:
    """The driver gets them as arguments, not through the process environment."""
    environment = {"PGHOST": "h", "PGDATABASE": "d", "HOME": "/"}

    assert connection_arguments(environment) == {
        "host": "h",
        "dbname": "d",
        "options": "-c datestyle=ISO",
    }
