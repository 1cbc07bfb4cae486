"""Several accounts, people's own accounts, and ids that no file names."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.archive import ids, landed_messages, query, sync
from tests.community import HISTORY, MANAGE_THREADS, READ, VIEW, Community
from tests.fake_discord import FakeDiscord, Fault

Database = dict[str, str]


def configured(folder: Path, *accounts: Mapping[str, object]) -> str:
    """Write a config.json with these accounts; return the option that names it."""
    path = folder / "accounts.json"
    path.write_text(json.dumps({"accounts": accounts}))
    return f"--config={path}"


def readers(fake: FakeDiscord) -> dict[str, set[str | None]]:
    """Return which accounts asked for each channel's messages."""
    found: dict[str, set[str | None]] = {}
    for one in fake.requests:
        if one.path.endswith("/messages"):
            found.setdefault(one.path.split("/")[2], set()).add(one.account)
    return found


def whole(home: Community, *channel_ids: int) -> dict[int, list[int]]:
    """Return all message ids of channels, as the world has them."""
    return ids({one: home.world.messages(one) for one in channel_ids})


def two_bots() -> tuple[Community, str, dict[str, int]]:
    """Make a guild of three channels: for all, for the first bot, for the second."""
    home = Community()
    second = home.add_bot("second")
    both = home.channel("both")
    channels = {"both": both, "first": 0, "second": 0}
    for name, token in (("first", home.token), ("second", second)):
        channel = channels[name] = home.channel(name)
        home.world.set_overwrite(channel, home.guild, deny=VIEW)
        home.world.set_overwrite(channel, home.user_of(token), allow=VIEW)
    return home, second, channels


def test_each_channel_is_read_once_by_the_first_account_that_can(
    database: Database, tmp_path: Path
) -> None:
    """What one may not see another may; together they have everything."""
    home, second, channels = two_bots()
    with FakeDiscord(home.world) as fake:
        config = configured(
            tmp_path,
            {"name": "one", "token": home.token},
            {"name": "two", "token": second},
        )
        result = sync(fake, database, config)

        assert result.returncode == 0, result.stderr
        assert readers(fake) == {
            str(channels["both"]): {"bot"},
            str(channels["first"]): {"bot"},
            str(channels["second"]): {"second"},
        }
        assert ids(landed_messages(database)) == whole(home, *channels.values())
        shared = Counter(one.path for one in fake.requests)
        for path in ("", "/roles", "/emojis"):
            assert shared[f"/guilds/{home.guild}{path}"] == 1
    by = "select name, account from landing.checkpoints order by name"
    assert query(database, by) == [("both", "one"), ("first", "one"), ("second", "two")]
    complete = "select is_complete, readable_channel_count from landing.guild_syncs"
    assert query(database, complete) == [(True, 3)]


def test_what_is_again_as_one_account_once_saw_it_is_news(
    database: Database, tmp_path: Path
) -> None:
    """If another has seen it otherwise in between; channels are each one's own."""
    home, second, _ = two_bots()
    everyone = home.world.roles[home.guild][home.guild]
    one = {"name": "one", "token": home.token}
    two = {"name": "two", "token": second}
    with FakeDiscord(home.world) as fake:
        for name, account in [("@everyone", one), ("all", two), ("@everyone", one)]:
            everyone["name"] = name
            sync(fake, database, configured(tmp_path, account))
        sync(fake, database, configured(tmp_path, one, two))

    pages = "select account from landing.{} order by page_id"
    assert query(database, pages.format("roles")) == [("one",), ("two",), ("one",)]
    assert query(database, pages.format("channels")) == [("one",), ("two",)]


def test_an_account_with_a_dead_token_leaves_its_work_to_the_others(
    database: Database, tmp_path: Path
) -> None:
    """Named, exit code 3, and one request only; the other reads what it can."""
    home, second, channels = two_bots()
    home.world.revoke_token(home.token)
    with FakeDiscord(home.world) as fake:
        config = configured(
            tmp_path,
            {"name": "one", "token": home.token},
            {"name": "two", "token": second},
        )
        result = sync(fake, database, config)

        assert result.returncode == 3
        assert "failed: account one: Discord refused the token" in result.stderr
        assert sum(one.status == 401 for one in fake.requests) == 1
        found = ids(landed_messages(database))
        assert found == whole(home, channels["both"], channels["second"])


def test_a_ban_of_the_address_stops_every_account(
    database: Database, tmp_path: Path
) -> None:
    """Discord counts by address: whoever went on would make it longer."""
    home, second, _ = two_bots()
    with FakeDiscord(home.world) as fake:
        fake.fail_next("/messages", Fault.banned_page())
        config = configured(
            tmp_path,
            {"name": "one", "token": home.token},
            {"name": "two", "token": second},
        )
        result = sync(fake, database, config, "--workers", "2")

        after = fake.requests
        banned = next(number for number, one in enumerate(after) if one.status == 429)
        assert result.returncode == 1
        # what the other worker had under way, and began before the word got around
        assert len(after) - banned <= 4
        assert result.stderr.count("refuses this address") >= 2


def test_a_private_thread_is_read_by_the_account_that_joined_it(
    database: Database, tmp_path: Path
) -> None:
    """Both see its parent; only one is in the thread, open or archived."""
    home = Community()
    second = home.add_bot("second")
    parent = home.channel("parent")
    threads = [
        home.thread(parent, "open secret", private=True, is_archived=False),
        home.thread(parent, "old secret", private=True),
    ]
    for thread in threads:
        home.world.join_thread(thread, home.user_of(second))
    with FakeDiscord(home.world) as fake:
        config = configured(
            tmp_path,
            {"name": "one", "token": home.token},
            {"name": "two", "token": second},
        )
        sync(fake, database, config)

        assert {readers(fake)[str(one)] == {"second"} for one in threads} == {True}
        assert ids(landed_messages(database)) == whole(home, parent, *threads)


def test_a_persons_account_ends_in_the_same_tables(
    database: Database, tmp_path: Path
) -> None:
    """Threads by search, no member list, a warning about Discord's terms."""
    home = Community()
    token = home.add_person("person")
    parent = home.channel("parent")
    threads = [home.thread(parent, f"t{n}", is_archived=n % 2 == 0) for n in range(60)]
    hidden = home.channel("hidden")
    home.world.set_overwrite(hidden, home.guild, deny=VIEW)
    with FakeDiscord(home.world) as fake:
        config = configured(tmp_path, {"name": "me", "token": token, "type": "user"})
        result = sync(fake, database, config)

        assert result.returncode == 0, result.stderr
        assert "breaks Discord's terms" in result.stderr
        assert {one.status for one in fake.requests} == {200}
        assert ids(landed_messages(database)) == whole(home, parent, *threads)
        fake.clear_requests()
        sync(fake, database, config)
        assert readers(fake) == {}
    complete = "select is_complete, is_backfill_complete from landing.guild_syncs"
    assert query(database, complete) == [(True, True)] * 2
    reason = "select unreadable_reason from landing.resource_states"
    assert query(database, f"{reason} where resource = 'members'") == [
        ("closed to user accounts",)
    ]
    hidden_reason = "select unreadable_reason from landing.checkpoints where channel_id"
    assert query(database, f"{hidden_reason} = {hidden}") == [
        ("no View Channel permission",)
    ]


def test_a_thread_a_forum_and_a_post_can_be_read_alone(database: Database) -> None:
    """--channel-id takes any of them, without asking for the rest of the guild."""
    home = Community(rights=MANAGE_THREADS)
    parent, other = home.channel("parent"), home.channel("other")
    thread = home.thread(parent, "thread")
    home.thread(parent, "its neighbour")
    forum = home.channel("forum", 0, kind=15)
    posts = [home.thread(forum, f"post {n}", content="x") for n in range(3)]
    with FakeDiscord(home.world) as fake:
        assert _read_alone(fake, database, thread) == {str(thread)}
        assert _read_alone(fake, database, forum) == {str(one) for one in posts}
        assert _read_alone(fake, database, other) == {str(other)}
        assert ids(landed_messages(database)) == whole(home, thread, *posts, other)
        sync(fake, database)
        everything = [one for one in home.world.channels if one in home.world.logs]
        assert ids(landed_messages(database)) == whole(home, *everything)


def _read_alone(fake: FakeDiscord, database: Database, channel_id: int) -> set[str]:
    fake.clear_requests()
    result = sync(fake, database, "--channel-id", str(channel_id))
    assert result.returncode == 0, result.stderr
    return set(readers(fake))


def test_guild_id_may_name_a_guild_that_the_file_does_not(
    database: Database, tmp_path: Path
) -> None:
    """The file says what is archived by default, the option what is wanted now."""
    home = Community()
    channel = home.channel("here")
    elsewhere = home.world.add_guild("Elsewhere", home.owner, everyone_may=READ)
    home.world.add_member(elsewhere, home.user_of(home.token))
    there = home.world.add_channel(elsewhere, 0, "there")
    home.write(there, 2)
    account = {"name": "one", "token": home.token, "guilds": [str(home.guild)]}
    with FakeDiscord(home.world) as fake:
        config = configured(tmp_path, account)
        sync(fake, database, config)
        assert ids(landed_messages(database)) == whole(home, channel)

        result = sync(fake, database, config, "--guild-id", str(elsewhere))

        assert result.returncode == 0, result.stderr
        assert ids(landed_messages(database)) == whole(home, channel, there)


def test_direct_messages_are_read_when_they_are_asked_for(database: Database) -> None:
    """They belong to no guild: 0 stands for it, and nothing else reads them."""
    home = Community()
    home.channel("here")
    dm = home.world.add_dm([home.user_of(home.token), home.owner])
    home.write(dm, 120)
    with FakeDiscord(home.world) as fake:
        sync(fake, database)
        assert dm not in landed_messages(database)

        for _ in range(2):
            result = sync(fake, database, "--channel-id", str(dm))
            assert result.returncode == 0, result.stderr

        assert ids(landed_messages(database))[dm] == whole(home, dm)[dm]
        assert {one.status for one in fake.requests} == {200}
    of = "select distinct guild_id from landing.messages where channel_id = "
    assert query(database, f"{of}{dm}") == [(0,)]


def test_two_guilds_are_archived_each_whole(database: Database) -> None:
    """Channels of both share the workers; each guild is complete for itself."""
    home = Community()
    elsewhere = home.world.add_guild("Elsewhere", home.owner, everyone_may=READ)
    home.world.add_member(elsewhere, home.user_of(home.token))
    there = home.world.add_channel(elsewhere, 0, "there")
    home.write(there, 250)
    channels = [home.channel(f"channel {n}", 120) for n in range(4)]
    with FakeDiscord(home.world) as fake:
        fake.fail_next(f"/guilds/{home.guild}/threads/active", Fault.forbidden())
        result = sync(fake, database, DISCORD_WAREHOUSE_WORKERS="3")

        assert result.returncode == 0, result.stderr
        assert "Guild: threads may be missing" in result.stdout
        found = ids(landed_messages(database))
        assert found == whole(home, there, *channels)
    complete = "select guild_id, is_complete from landing.guild_syncs order by 1"
    assert query(database, complete) == [(home.guild, False), (elsewhere, True)]


def test_history_that_only_the_second_account_may_read_is_read_by_it(
    database: Database, tmp_path: Path
) -> None:
    """The first sees the channel, and would get empty pages."""
    home = Community(everyone=VIEW)
    second = home.add_bot("second", rights=HISTORY)
    channel = home.channel("channel")
    with FakeDiscord(home.world) as fake:
        config = configured(
            tmp_path,
            {"name": "one", "token": home.token},
            {"name": "two", "token": second},
        )
        sync(fake, database, config)

        assert readers(fake) == {str(channel): {"second"}}
    assert ids(landed_messages(database)) == whole(home, channel)
