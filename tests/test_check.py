"""`discord-warehouse check`: what accounts may read, and what is missing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.archive import REPOSITORY, command, environment_of
from tests.community import CONNECT, HISTORY, MANAGE_THREADS, MODERATE, VIEW, Community
from tests.fake_discord import FakeDiscord, Fault

VOICE, FORUM = 2, 15


@pytest.fixture
def home() -> Community:
    """Make a guild with one channel."""
    community = Community(rights=MANAGE_THREADS)
    community.channel("general")
    return community


@pytest.fixture
def fake(home: Community) -> Iterator[FakeDiscord]:
    """Serve that guild."""
    with FakeDiscord(home.world) as served:
        yield served


def check(
    fake: FakeDiscord, *arguments: str, **changes: str
) -> subprocess.CompletedProcess[str]:
    """Run `discord-warehouse check` where no database can be reached."""
    nowhere = {"PGHOST": "/nowhere"}
    return command(environment_of(fake, nowhere, **changes), "check", *arguments)


def found(fake: FakeDiscord, *arguments: str) -> dict[str, Any]:
    """Return what a check finds, as JSON."""
    document: dict[str, Any] = json.loads(check(fake, "--json", *arguments).stdout)
    return document


def channels_of(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what was found of the channels of the only guild, by name."""
    (guild,) = document["guilds"]
    return {channel["name"]: channel for channel in guild["channels"]}


def configured(folder: Path, *accounts: Mapping[str, object]) -> str:
    """Write a config.json with these accounts; return the option that names it."""
    path = folder / "accounts.json"
    path.write_text(json.dumps({"accounts": accounts}))
    return f"--config={path}"


def test_a_guild_that_can_be_read_is_ready(home: Community, fake: FakeDiscord) -> None:
    """Token, intents, guild and channels are all there; no message is asked for."""
    result = check(fake)

    assert result.returncode == 0, result.stderr
    (general,) = home.world.logs
    assert f"#general │ {general} │ text │ default" in " ".join(result.stdout.split())
    assert f"bot ({home.user_of(home.token)})" in result.stdout
    assert "all that a sync needs is there" in result.stdout
    assert home.token not in result.stdout + result.stderr
    assert "\x1b" not in result.stdout
    assert not any(one.path.endswith("/messages") for one in fake.requests)
    assert {one.status for one in fake.requests} == {200}


def test_a_check_starts_no_server(fake: FakeDiscord, tmp_path: Path) -> None:
    """With no database configured, the embedded one is left alone."""
    shutil.copytree(REPOSITORY / "extractor", tmp_path / "extractor")

    result = subprocess.run(
        [sys.executable, "-m", "extractor", "check"],
        env=environment_of(fake, {}),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["extractor"]


def test_each_channel_says_which_permission_is_missing(
    home: Community, fake: FakeDiscord
) -> None:
    """Unreadable channels are listed, and no reason to fail."""
    world = home.world
    mute = home.channel("no history")
    world.set_overwrite(mute, home.guild, deny=HISTORY)
    voice = home.channel("no connect", kind=VOICE)
    world.set_overwrite(voice, home.guild, deny=CONNECT)
    both = home.channel("neither", kind=VOICE)
    world.set_overwrite(both, home.guild, deny=CONNECT | HISTORY)
    forum = world.add_channel(home.guild, FORUM, "forum")
    world.set_overwrite(forum, home.guild, deny=HISTORY)
    secret = home.channel("no private threads")
    world.set_overwrite(secret, home.user_of(home.token), deny=MANAGE_THREADS)

    result = check(fake)
    channels = channels_of(found(fake))

    assert result.returncode == 0, result.stderr
    assert {
        name: (one["type_name"], one["account"], one["missing"])
        for name, one in channels.items()
    } == {
        "general": ("text", "default", []),
        "no history": ("text", None, ["Read Message History"]),
        "no connect": ("voice", None, ["Connect"]),
        "neither": ("voice", None, ["Read Message History", "Connect"]),
        "forum": ("forum", None, ["Read Message History"]),
        "no private threads": ("text", "default", ["Manage Threads"]),
    }
    assert "Manage Threads (some private threads)" in result.stdout


def test_threads_are_counted_with_their_parent(
    home: Community, fake: FakeDiscord
) -> None:
    """Archived and active ones; the JSON has each."""
    (general,) = home.world.logs
    home.thread(general, "old")
    home.thread(general, "new", is_archived=False)

    (line,) = (one for one in check(fake).stdout.splitlines() if "#general" in one)
    channels = channels_of(found(fake))

    assert line.split("│")[-1].strip() == "2"
    assert channels["old"]["parent_id"] == channels["new"]["parent_id"] == str(general)


def test_of_several_accounts_the_one_that_reads_is_named(
    home: Community, fake: FakeDiscord, tmp_path: Path
) -> None:
    """What one may not see another may; who sees most tells what is missing."""
    second = home.add_bot("second", rights=MODERATE)
    open_, neither = home.channel("second only"), home.channel("neither")
    home.world.set_overwrite(open_, home.user_of(home.token), deny=VIEW)
    home.world.set_overwrite(neither, home.user_of(home.token), deny=VIEW)
    home.world.set_overwrite(neither, home.user_of(second), deny=HISTORY)
    config = configured(
        tmp_path,
        {"name": "one", "token": home.token},
        {"name": "two", "token": second},
    )

    both, alone = found(fake, config), found(fake, config, "--account", "one")

    channels = channels_of(both)
    assert channels["general"]["account"] == "one"
    # the second has no right to manage threads, and nobody else sees this channel
    assert channels["second only"]["account"] == "two"
    assert channels["second only"]["missing"] == ["Manage Threads"]
    assert channels["neither"]["missing"] == ["Read Message History"]
    assert both["guilds"][0]["rights"] == {
        right: ["two"]
        for right in (
            *("View Audit Log", "Manage Server"),
            *("Manage Webhooks", "Ban Members"),
        )
    }
    assert list(channels_of(alone)) == ["general"]


def test_rights_of_the_guild_say_what_they_open(
    home: Community, fake: FakeDiscord, tmp_path: Path
) -> None:
    """Lists that are read on request, each by the first account that may."""
    before = found(fake)["guilds"][0]["lists"]
    moderator = home.add_bot("moderator", rights=MODERATE)
    config = configured(tmp_path, {"name": "moderator", "token": moderator})

    after = found(fake, config)["guilds"][0]["lists"]
    printed = " ".join(check(fake, config).stdout.split())

    closed = {"invites", "webhooks", "bans", "audit_log"}
    assert {name for name, account in before.items() if account is None} == closed
    assert set(after.values()) == {"moderator"}
    assert "View Audit Log │ moderator │ invites, audit_log" in printed
    assert "none needed │ │ reaction_users, poll_voters, event_users" in printed


def test_a_missing_message_content_intent_is_an_error_unless_allowed(
    home: Community, fake: FakeDiscord
) -> None:
    """Exit code 2, with all the rest said; with the option it is a note."""
    home.world.set_intents(home.token, ["guild_members"])

    refused, allowed = check(fake), check(fake, "--allow-missing-content")

    assert refused.returncode == 2
    assert "Error: account default (bot) lacks the Message Content" in refused.stderr
    assert "#general" in refused.stdout
    assert allowed.returncode == 0, allowed.stderr
    assert "note: account default: messages come without text" in allowed.stdout


def test_a_missing_members_intent_is_a_note(home: Community, fake: FakeDiscord) -> None:
    """The member list stays unknown, which does not stop a sync."""
    home.world.set_intents(home.token, ["message_content"])

    result = check(fake)

    assert result.returncode == 0, result.stderr
    assert "note: Guild: the member list stays unknown" in result.stdout


def test_a_user_account_is_warned_about_discords_terms(
    home: Community, fake: FakeDiscord, tmp_path: Path
) -> None:
    """As a sync warns; its list of members is closed to it."""
    person = home.add_person("person")
    config = configured(tmp_path, {"name": "me", "token": person, "type": "user"})

    result = check(fake, config)

    assert result.returncode == 0, result.stderr
    assert "breaks Discord's terms" in result.stderr
    assert "the member list stays unknown" in result.stdout
    assert person not in result.stdout + result.stderr


def test_accounts_that_cannot_sign_in_are_named_and_the_others_checked(
    home: Community, fake: FakeDiscord, tmp_path: Path
) -> None:
    """Exit code 1; what the good account sees is still said."""
    config = configured(
        tmp_path,
        {"name": "gone", "token": "bot.nobody.knows"},
        {"name": "good", "token": home.token},
    )

    result, document = check(fake, config), found(fake, config)

    assert result.returncode == 1
    assert "failed: account gone: Discord refused the token (401)" in result.stderr
    assert "not ready" in result.stdout
    assert "nobody.knows" not in result.stdout + result.stderr
    gone, good = document["accounts"]
    assert "401" in gone["error"]
    assert gone["user_id"] is None
    assert good == {
        "name": "good",
        "type": "bot",
        "user_id": str(home.user_of(home.token)),
        "username": "bot",
        "has_message_content": True,
        "has_member_list": True,
        "guild_ids": [str(home.guild)],
        "error": None,
    }
    assert channels_of(document)["general"]["account"] == "good"


@pytest.mark.parametrize(
    ("guild_id", "path", "fault"),
    [
        pytest.param("123456789012345678", "^$", Fault.not_found(), id="not in it"),
        pytest.param(None, r"/guilds/\d+$", Fault.forbidden(), id="refused"),
        pytest.param(None, r"/guilds/\d+/roles$", Fault.not_found(), id="half of it"),
    ],
)
def test_a_guild_that_cannot_be_reached_fails(
    fake: FakeDiscord, guild_id: str | None, path: str, fault: Fault
) -> None:
    """Exit code 1, and the guild is named."""
    fake.fail_next(path, fault)

    result = check(fake, *(["--guild-id", guild_id] if guild_id else []))

    assert result.returncode == 1
    assert "failed: guild " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_bot_that_is_in_no_guild_is_told_to_be_invited(
    home: Community, fake: FakeDiscord
) -> None:
    """It signs in, and can read nothing."""
    home.world.remove_member(home.guild, home.user_of(home.token))

    result = check(fake)

    assert result.returncode == 1
    assert "it is in no guild yet: invite the bot" in result.stderr


def test_without_an_account_a_check_says_where_to_put_one(fake: FakeDiscord) -> None:
    """Exit code 2: that is configuration."""
    result = check(fake, DISCORD_TOKEN="")

    assert result.returncode == 2
    assert "no account: put DISCORD_TOKEN" in result.stderr


def test_a_list_of_threads_that_is_refused_is_a_note(fake: FakeDiscord) -> None:
    """The computed rights said yes: what comes of it is known only by asking."""
    fake.fail_next(r"/threads/archived/public$", Fault.forbidden())

    result = check(fake)

    assert result.returncode == 0, result.stderr
    assert "note: unknown: Guild: threads may be missing" in result.stdout
