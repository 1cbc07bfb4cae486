"""Everything beside messages: what lands, what stays unknown, what is secret."""

from __future__ import annotations

import pytest

from extractor.resources import ON_REQUEST
from tests.archive import connected, query, sync
from tests.community import MANAGE_THREADS, MODERATE, Community
from tests.fake_discord import FakeDiscord, Fault

Database = dict[str, str]
SOUGHT_BY_DEFAULT = ["pins", "members", "emojis", "stickers", "scheduled_events"]


def lively(rights: int = MODERATE | MANAGE_THREADS) -> tuple[Community, int]:
    """Make a guild that has one of everything, and return its main channel too."""
    home = Community(rights=rights)
    world, guild = home.world, home.guild
    channel = home.channel("general")
    people = [world.add_user(f"person {number}") for number in range(130)]
    for person in people:
        world.add_member(guild, person)
    message, poll, *_ = home.write(channel, 2)
    world.add_reaction(channel, message, "👍", normal=120)
    custom = {"id": "123456789012345678", "name": "party"}
    world.add_reaction(channel, message, custom, burst=3, normal=2)
    answers = [
        {"answer_id": number, "poll_media": {"text": text}}
        for number, text in enumerate(("yes", "no"), 1)
    ]
    question = {"text": "Shall we?"}
    body = {"question": question, "answers": answers, "allow_multiselect": False}
    world.alter_message(channel, poll, poll=body)
    world.add_vote(channel, poll, 1, *people[:3])
    world.pin_message(channel, message)
    event = world.add_event(guild, "Picnic", creator_id=home.owner)
    world.add_event_user(event, *people[:2])
    world.add_invite(channel)
    world.add_webhook(channel, "feed")
    world.add_ban(guild, people[-1], "spam")
    world.add_audit_entry(guild, 22, user_id=home.owner, target_id=people[-1])
    return home, channel


def counts(database: Database, *tables: str) -> dict[str, int]:
    """Return how many items have landed in each table."""
    statement = "select coalesce(sum(item_count), 0)::integer from landing."
    return {table: query(database, statement + table)[0][0] for table in tables}


def test_the_default_run_reads_what_costs_a_call_or_two(database: Database) -> None:
    """Guild, roles, members, emojis, stickers, events, pins; nothing per message."""
    home, _ = lively()
    with FakeDiscord(home.world) as fake:
        result = sync(fake, database)

        assert result.returncode == 0, result.stderr
        found = counts(database, "guilds", "roles", "channels", *SOUGHT_BY_DEFAULT)
        assert found["members"] == len(home.world.members[home.guild]) + 1  # and own
        assert found["pins"] == 1
        assert found["scheduled_events"] == 1
        assert set(counts(database, *ON_REQUEST).values()) == {0}
        kinds = {one.path.rsplit("/", 1)[-1] for one in fake.requests}
        assert not kinds & {"invites", "webhooks", "bans", "audit-logs", "users"}


def test_all_reads_everything_that_the_bot_may(database: Database) -> None:
    """Reactions of both kinds, votes, interest, invites, webhooks, bans, audit log."""
    home, channel = lively()
    with FakeDiscord(home.world) as fake:
        result = sync(fake, database, "--only", "all")

    assert result.returncode == 0, result.stderr
    assert "unknown" not in result.stdout
    found = counts(database, *ON_REQUEST)
    assert found == {
        "reaction_users": 120 + 3 + 2,
        "poll_voters": 3,
        "event_users": 2,
        "invites": 1,
        "webhooks": 1,
        "bans": 1,
        "audit_log": 1,
    }
    by_kind = dict(
        query(
            database,
            "select request ->> 'type', sum(item_count)::integer"
            " from landing.reaction_users group by 1",
        )
    )
    assert by_kind == {"0": 122, "1": 3}
    of_channel = "select distinct channel_id, guild_id from landing.reaction_users"
    assert query(database, of_channel) == [(channel, home.guild)]


def test_secrets_of_webhooks_never_land(database: Database) -> None:
    """Neither token nor address, in no table; the rest of the object stays."""
    home, _ = lively()
    with FakeDiscord(home.world) as fake:
        sync(fake, database, "--only", "all")
    (webhook,) = home.world.webhooks[home.guild].values()
    ((body, raw),) = query(database, "select body, raw from landing.webhooks")

    assert raw is None
    assert body[0]["name"] == "feed"
    assert not {"token", "url"} & body[0].keys()
    with connected(database) as connection:
        tables = connection.execute(
            "select format('%I.%I', table_schema, table_name)"
            " from information_schema.tables where table_schema = 'landing'"
        ).fetchall()
        everything = [
            str(connection.execute(f"select * from {table}").fetchall())
            for (table,) in tables
        ]
    assert any(webhook["name"] in text for text in everything)
    assert not any(webhook["token"] in text for text in everything)


def test_what_permissions_deny_is_known_without_asking(database: Database) -> None:
    """One row that says why for each, a line of output, and no request."""
    home, _ = lively(rights=0)
    home.world.set_intents(home.token, ["message_content"])
    with FakeDiscord(home.world) as fake:
        result = sync(fake, database, "--only", "all")

        assert result.returncode == 0, result.stderr
        assert {one.status for one in fake.requests} == {200}
    reasons = dict(
        query(
            database,
            "select resource, unreadable_reason from landing.resource_states"
            " where unreadable_reason is not null",
        )
    )
    assert reasons == {
        "members": "the Server Members intent is off (Developer Portal)",
        "invites": "no Manage Server or View Audit Log permission",
        "webhooks": "no Manage Webhooks permission",
        "bans": "no Ban Members permission",
        "audit_log": "no View Audit Log permission",
    }
    assert "unknown: Guild: members: the Server Members intent is off" in result.stdout


def test_a_refusal_is_asked_again_after_days_not_on_every_run(
    database: Database,
) -> None:
    """Discord may refuse what permissions allow: once on record, then left alone."""
    home, _ = lively()
    path = f"/guilds/{home.guild}/emojis"
    refused = "select status, error_code from landing.fetches where resource = 'emojis'"
    with FakeDiscord(home.world) as fake:
        fake.fail_next(path, Fault.forbidden())
        first = sync(fake, database)
        second = sync(fake, database)
        asked_twice = [one for one in fake.requests if one.path == path]
        assert query(database, refused) == [(403, 50001)]
        with connected(database) as connection:
            connection.execute(
                "update landing.resource_states"
                " set asked_at = now() - interval '8 days'"
            )
        third = sync(fake, database)

        assert len(asked_twice) == 1
        assert "emojis: /guilds" in first.stdout
        assert "code 50001" in second.stdout
        assert "emojis" not in third.stdout
        healed = "select unreadable_reason from landing.resource_states"
        assert query(database, f"{healed} where resource = 'emojis'") == [(None,)]


def test_an_event_that_leaves_the_list_is_asked_for_its_last_word_once(
    database: Database,
) -> None:
    """Lists leave out what is over; its final status is fetched singly."""
    home, _ = lively()
    (event,) = home.world.events[home.guild]
    with FakeDiscord(home.world) as fake:
        sync(fake, database)
        home.world.end_event(int(event["id"]))
        fake.clear_requests()
        for _ in range(2):
            sync(fake, database)

        single = [one for one in fake.requests if one.path.endswith(event["id"])]
        assert len(single) == 1
    last = "select body ->> 'status' from landing.scheduled_events"
    assert query(database, f"{last} where jsonb_typeof(body) = 'object'") == [("3",)]


def test_who_reacted_is_asked_for_new_pages_only(database: Database) -> None:
    """Wanted later than the messages, it begins with the first page that landed."""
    home, channel = lively()
    with FakeDiscord(home.world) as fake:
        sync(fake, database)
        fake.clear_requests()
        sync(fake, database, "--only", "messages,reaction_users")
        # 120 users are two pages; party is one of each kind
        assert _reaction_calls(fake) == 4
        fake.clear_requests()
        sync(fake, database, "--only", "messages,reaction_users")
        assert _reaction_calls(fake) == 0

        (new,) = home.write(channel)
        home.world.add_reaction(channel, new, "🎉", normal=1)
        fake.clear_requests()
        sync(fake, database, "--only", "messages,reaction_users")
        # the increment's overlap shows older messages again: they may have changed
        assert _reaction_calls(fake) >= 1
        users = "select item_count from landing.reaction_users"
        assert query(database, f"{users} where request ->> 'path' like '%{new}%'")


def _reaction_calls(fake: FakeDiscord) -> int:
    return sum("/reactions/" in one.path for one in fake.requests)


def test_an_emoji_that_discord_refuses_stops_nothing(database: Database) -> None:
    """400 with code 10014 has been seen for emoji that are there."""
    home, _ = lively()
    with FakeDiscord(home.world) as fake:
        fake.fail_next("/reactions/", Fault.error(400, 10014))
        result = sync(fake, database, "--only", "default,reaction_users")

    assert result.returncode == 0, result.stderr
    refused = "select error_code from landing.fetches where status = 400"
    assert query(database, refused) == [(10014,)]
    assert counts(database, "reaction_users")["reaction_users"] > 0


def test_the_audit_log_goes_on_after_its_last_entry(database: Database) -> None:
    """Entries are kept for 45 days: each run adds what is new."""
    home, _ = lively()
    log = f"/guilds/{home.guild}/audit-logs"
    with FakeDiscord(home.world) as fake:
        sync(fake, database, "--only", "audit_log")
        home.world.add_audit_entry(home.guild, 20, user_id=home.owner)
        fake.clear_requests()
        sync(fake, database, "--only", "audit_log")

        asked = [one.query["after"] for one in fake.requests if one.path == log]
    assert len(asked) == 2
    assert "0" not in asked
    assert counts(database, "audit_log")["audit_log"] == 2


def test_only_a_guilds_list_asks_no_channel_and_no_thread_list(
    database: Database,
) -> None:
    """--only emojis: who we are, the guild, its emojis."""
    home, _ = lively()
    with FakeDiscord(home.world) as fake:
        result = sync(fake, database, "--only", "emojis")

        assert result.returncode == 0, result.stderr
        assert not [one for one in fake.requests if one.path.startswith("/channels")]
        assert not [one for one in fake.requests if "threads" in one.path]
    assert query(database, "select count(*) from landing.guild_syncs") == [(0,)]


@pytest.mark.parametrize("option", ["--only", "--skip"])
def test_a_resource_that_does_not_exist_is_refused_with_the_list(
    database: Database, option: str
) -> None:
    """Exit code 2, before anything is asked."""
    home, _ = lively()
    with FakeDiscord(home.world) as fake:
        result = sync(fake, database, option, "mesages")

        assert result.returncode == 2
        assert "reaction_users" in result.stderr
        assert fake.requests == []


def test_skip_leaves_out_of_what_only_chose(database: Database) -> None:
    """--only all --skip members,bans."""
    home, _ = lively()
    with FakeDiscord(home.world) as fake:
        sync(fake, database, "--only", "all", "--skip", "members,bans")

        ends = {one.path.rsplit("/", 1)[-1] for one in fake.requests}
    assert "webhooks" in ends
    assert not ends & {"members", "bans"}
